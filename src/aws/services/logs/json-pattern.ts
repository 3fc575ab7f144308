// Owns filter patterns for JSON events: `{ ($.verb = "create") && ($.responseStatus.code >= 400) }`.
// Source: CloudWatch Logs user guide, "Filter pattern syntax", JSON log events.
import { isObject, own } from '../../../base/json.ts'
import { wildcardMatches } from '../../../base/glob.ts'
import { invalidParameter } from './state.ts'

type Test = (event: unknown) => boolean

const SELECTOR = /^\$(?:\.[\w-]+|\[\d+\]|\.?\['[^']+'\]|\["[^"]+"\])+/
const WORDS =
  /^(?:(IS\s+NULL|IS\s+TRUE|IS\s+FALSE|NOT\s+EXISTS|EXISTS)|(!=|<=|>=|=|<|>)\s*("(?:[^"\\]|\\.)*"|[^\s(){}&|]+))/i

/** @throws AwsError InvalidParameterException */
export function jsonPatternOf(text: string): (message: string) => boolean {
  const inner = /^\{([\s\S]*)\}$/.exec(text)?.[1]
  if (inner === undefined) throw invalid(text)
  const reader = new PatternReader(inner, text)
  const test = reader.any()
  reader.end()
  return (message) => {
    try {
      const event: unknown = JSON.parse(message)
      return isObject(event) && test(event)
    } catch {
      // What is no JSON matches no pattern for it.
      return false
    }
  }
}

function invalid(pattern: string) {
  return invalidParameter(`Invalid filter pattern: ${pattern}`)
}

class PatternReader {
  #rest: string
  readonly #pattern: string

  constructor(text: string, pattern: string) {
    this.#rest = text.trim()
    this.#pattern = pattern
  }

  any(): Test {
    const tests = [this.#all()]
    while (this.#accept('||')) tests.push(this.#all())
    return (event) => tests.some((test) => test(event))
  }

  end(): void {
    if (this.#rest !== '') throw invalid(this.#pattern)
  }

  #all(): Test {
    const tests = [this.#single()]
    while (this.#accept('&&')) tests.push(this.#single())
    return (event) => tests.every((test) => test(event))
  }

  #single(): Test {
    if (this.#accept('(')) {
      const inner = this.any()
      if (!this.#accept(')')) throw invalid(this.#pattern)
      return inner
    }
    const [selector] = this.#match(SELECTOR)
    const [, word, operator = '', value = ''] = this.#match(WORDS)
    const read = selectorOf(selector)
    if (word !== undefined) return stateTest(word.toUpperCase().replaceAll(/\s+/g, ' '), read)
    return valueTest(operator, value, read)
  }

  #accept(sign: string): boolean {
    if (!this.#rest.startsWith(sign)) return false
    this.#rest = this.#rest.slice(sign.length).trimStart()
    return true
  }

  #match(pattern: RegExp): RegExpExecArray {
    const match = pattern.exec(this.#rest)
    if (!match) throw invalid(this.#pattern)
    this.#rest = this.#rest.slice(match[0].length).trimStart()
    return match
  }
}

function selectorOf(selector: string): (event: unknown) => unknown {
  const keys = [...selector.matchAll(/\.([\w-]+)|\[(\d+)\]|\['([^']+)'\]|\["([^"]+)"\]/g)].map(
    ([, plain, index, single, double]) => plain ?? index ?? single ?? double ?? '',
  )
  return (event) =>
    keys.reduce<unknown>((value, key) => {
      if (Array.isArray(value)) return value[Number(key)] as unknown
      return isObject(value) ? own(value, key) : undefined
    }, event)
}

function stateTest(word: string, read: (event: unknown) => unknown): Test {
  const tests: Readonly<Record<string, (value: unknown) => boolean>> = {
    'IS NULL': (value) => value === null,
    'IS TRUE': (value) => value === true,
    'IS FALSE': (value) => value === false,
    EXISTS: (value) => value !== undefined,
    'NOT EXISTS': (value) => value === undefined,
  }
  return (event) => tests[word]?.(read(event)) ?? false
}

// Numbers are compared with numbers, text with text: there a star stands for anything.
function valueTest(operator: string, written: string, read: (event: unknown) => unknown): Test {
  const isQuoted = written.startsWith('"')
  const text = isQuoted ? written.slice(1, -1).replaceAll(/\\(["\\])/g, '$1') : written
  const number = isQuoted ? Number.NaN : Number(text)
  if (operator === '=' || operator === '!=') {
    const isSame = (value: unknown): boolean =>
      typeof value === 'number' ? value === number : typeof value === 'string' && wildcardMatches(text, value)
    return (event) => {
      const value = read(event)
      return value !== undefined && value !== null && isSame(value) === (operator === '=')
    }
  }
  return (event) => {
    const value = read(event)
    if (typeof value !== 'number' || Number.isNaN(number)) return false
    if (operator === '<') return value < number
    if (operator === '<=') return value <= number
    return operator === '>' ? value > number : value >= number
  }
}
