// Owns reading times by a format of strptime, with Fluent Bit's %L for fractions of a second.
// Source: strptime(3); Fluent Bit's manual, "Configuring parser", Time_Format.
import { notEmulated } from './refusal.ts'

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

const FIELDS: Readonly<Record<string, string>> = {
  Y: String.raw`(?<year>\d{4})`,
  m: String.raw`(?<month>\d{1,2})`,
  b: String.raw`(?<monthName>[A-Za-z]{3})`,
  d: String.raw`\s*(?<day>\d{1,2})`,
  e: String.raw`\s*(?<day>\d{1,2})`,
  H: String.raw`(?<hour>\d{1,2})`,
  M: String.raw`(?<minute>\d{1,2})`,
  S: String.raw`(?<second>\d{1,2})`,
  L: String.raw`(?<fraction>\d{1,9})`,
  z: String.raw`(?<zone>Z|[+-]\d{2}:?\d{2})`,
  s: String.raw`(?<epoch>\d+)`,
  '%': '%',
}
const ABBREVIATIONS: Readonly<Record<string, string>> = { T: '%H:%M:%S', F: '%Y-%m-%d', D: '%m/%d/%y' }

/**
 * @param format `%Y-%m-%dT%H:%M:%S.%L%z`
 * @returns reads a text as milliseconds since 1970, undefined when it has another form; without a zone it is UTC
 * @throws LogRouterRefusal for fields that are not read here
 */
export function timeReader(format: string): (text: string) => number | undefined {
  const whole = format.replaceAll(/%([TFD])/g, (_, letter: string) => ABBREVIATIONS[letter] ?? '')
  const pattern = whole.replaceAll(/%(.)|([^%\s])|\s+/g, (match, letter?: string, literal?: string) => {
    if (literal !== undefined) return literal.replaceAll(/[.+*?^${}()|[\]\\/]/g, String.raw`\$&`)
    if (letter === undefined) return String.raw`\s+`
    const field = FIELDS[letter]
    if (field === undefined) throw notEmulated(`${match} of Time_Format ${format}`)
    return field
  })
  const expression = new RegExp(`^${pattern}`)
  return (text) => {
    const groups = expression.exec(text)?.groups
    return groups && timeOf(groups)
  }
}

function timeOf(groups: Readonly<Record<string, string | undefined>>): number | undefined {
  const number = (name: string, otherwise: number): number => Number(groups[name] ?? otherwise)
  const millis = Number(`0.${groups['fraction'] ?? 0}`) * 1000
  if (groups['epoch'] !== undefined) return number('epoch', 0) * 1000 + millis
  const named = groups['monthName']
  const month = named === undefined ? number('month', 1) - 1 : MONTHS.indexOf(capitalized(named))
  if (month < 0) return undefined
  const utc = Date.UTC(
    number('year', 1970),
    month,
    number('day', 1),
    number('hour', 0),
    number('minute', 0),
    number('second', 0),
  )
  return utc + Math.floor(millis) - offsetOf(groups['zone'])
}

function capitalized(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1).toLowerCase()
}

function offsetOf(zone: string | undefined): number {
  const [, sign, hours, minutes] = /^([+-])(\d{2}):?(\d{2})$/.exec(zone ?? '') ?? []
  const offset = (Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * 60_000
  return sign === '-' ? -offset : offset
}
