// Owns the parsers that filters name: how a text becomes the members of a record.
// Source: Fluent Bit's manual, "Parsers": JSON, Regular Expression, LTSV, Logfmt.
import { isObject } from '../../base/json.ts'
import { expressionOf, textOf, type LogRecord } from './record.ts'
import { invalid, notEmulated } from './refusal.ts'
import type { Section } from './sections.ts'
import { Settings } from './settings.ts'
import { timeReader } from './time-format.ts'

export interface Parsed {
  readonly record: LogRecord
  /** Undefined where the text does not say when it was. */
  readonly timeMs: number | undefined
}

export interface Parser {
  readonly name: string
  /** @returns undefined when the text has another form */
  readonly parse: (text: string) => Parsed | undefined
}

type Reader = (text: string) => Record<string, unknown> | undefined

/** @throws LogRouterRefusal */
export function readParser(section: Section): Parser {
  const settings = new Settings(section, '[PARSER]')
  const name = settings.required('Name')
  const read = readerOf(settings.required('Format').toLowerCase(), settings)
  const types = typesOf(settings.one('Types'))
  const takeTime = timeTaker(settings)
  settings.end()
  return {
    name,
    parse(text) {
      const members = read(text)
      if (!members) return undefined
      for (const [key, convert] of types) if (key in members) members[key] = convert(members[key])
      const timeMs = takeTime(members)
      return { record: members, timeMs }
    },
  }
}

function readerOf(format: string, settings: Settings): Reader {
  switch (format) {
    case 'regex':
      return regexReader(settings)
    case 'json':
      return readJson
    case 'logfmt':
      return readLogfmt
    case 'ltsv':
      return readLtsv
    default:
      throw invalid(`${format} is not a supported format of a parser`)
  }
}

function regexReader(settings: Settings): Reader {
  const expression = expressionOf(settings.required('Regex'))
  const skipsEmpty = settings.flag('Skip_Empty_Values', true)
  return (text) => {
    const match = expression.match(text)
    if (!match) return undefined
    const found = Object.entries(match.named).filter(
      ([, value]) => value !== undefined && !(skipsEmpty && value === ''),
    )
    return Object.fromEntries(found)
  }
}

/** Members of a text that is a JSON object; undefined otherwise. */
export function readJson(text: string): Record<string, unknown> | undefined {
  if (!text.trimStart().startsWith('{')) return undefined
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? { ...value } : undefined
  } catch {
    return undefined
  }
}

const LOGFMT = /([^\s="]+)(?:=(?:"((?:[^"\\]|\\.)*)"|(\S*)))?/g

function readLogfmt(text: string): Record<string, unknown> | undefined {
  const members: Record<string, unknown> = {}
  for (const [, key = '', quoted, bare] of text.matchAll(LOGFMT)) {
    members[key] = quoted?.replaceAll(/\\(.)/g, '$1') ?? bare ?? true
  }
  return Object.keys(members).length > 0 ? members : undefined
}

function readLtsv(text: string): Record<string, unknown> | undefined {
  const fields = text.split('\t').map((field) => /^([^:]+):(.*)$/.exec(field))
  const members = fields.flatMap((field) => (field ? [[field[1] ?? '', field[2] ?? ''] as const] : []))
  return members.length > 0 ? Object.fromEntries(members) : undefined
}

const CONVERSIONS: Readonly<Record<string, (value: unknown) => unknown>> = {
  integer: (value) => Number.parseInt(textOf(value) ?? '', 10) || 0,
  float: (value) => Number.parseFloat(textOf(value) ?? '') || 0,
  bool: (value) => textOf(value) === 'true',
  string: (value) => value,
}

function typesOf(text: string | undefined): readonly (readonly [string, (value: unknown) => unknown])[] {
  return (text ?? '')
    .split(/\s+/)
    .filter((pair) => pair !== '')
    .map((pair) => {
      const [key = '', type = ''] = pair.split(':')
      const convert = CONVERSIONS[type.toLowerCase()]
      if (!convert) throw notEmulated(`the type ${type} of a parser`)
      return [key, convert] as const
    })
}

/** Takes the time out of the members, as it does unless it is to be kept. */
function timeTaker(settings: Settings): (members: Record<string, unknown>) => number | undefined {
  const key = settings.one('Time_Key')
  const format = settings.one('Time_Format')
  const isKept = settings.flag('Time_Keep', false)
  if (key === undefined || format === undefined) return () => undefined
  const read = timeReader(format)
  return (members) => {
    const timeMs = read(textOf(members[key]) ?? '')
    if (timeMs !== undefined && !isKept) delete members[key]
    return timeMs
  }
}
