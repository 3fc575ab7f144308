// Owns reading the text form of label and field selectors, as query parameters carry it.
// Source of the grammar and wording: apimachinery pkg/labels/selector.go and pkg/fields/selector.go.
import { StatusError } from '../../base/errors.ts'
import type { Requirement } from '../../rules/scheduling/label-selector.ts'
import { nameProblems, qualifiedNameProblems } from './naming.ts'

const SPECIAL = new Set(['=', '!', '(', ')', ',', '>', '<'])

function tokenize(text: string): string[] {
  const tokens: string[] = []
  let position = 0
  while (position < text.length) {
    const char = text[position] ?? ''
    if (/\s/.test(char)) {
      position += 1
    } else if (SPECIAL.has(char)) {
      const pair = text.slice(position, position + 2)
      const token = pair === '==' || pair === '!=' ? pair : char
      tokens.push(token)
      position += token.length
    } else {
      const start = position
      while (position < text.length && !SPECIAL.has(text[position] ?? '') && !/\s/.test(text[position] ?? ''))
        position += 1
      tokens.push(text.slice(start, position))
    }
  }
  return tokens
}

function selectorError(message: string): StatusError {
  return new StatusError('BadRequest', message)
}

class LabelParser {
  readonly #tokens: readonly string[]
  #position = 0

  constructor(text: string) {
    this.#tokens = tokenize(text)
  }

  parse(): Requirement[] {
    const requirements: Requirement[] = []
    while (this.#peek() !== undefined) {
      requirements.push(this.#requirement())
      const next = this.#next()
      if (next === undefined) break
      if (next !== ',') throw selectorError(`found '${next}', expected: ',' or 'end of string'`)
      if (this.#peek() === undefined) throw selectorError("found '', expected: identifier after ','")
    }
    return requirements
  }

  #requirement(): Requirement {
    if (this.#peek() === '!') {
      this.#next()
      return { key: this.#key(), operator: 'absent' }
    }
    const key = this.#key()
    const operator = this.#peek()
    if (operator === undefined || operator === ',') return { key, operator: 'exists' }
    this.#next()
    switch (operator) {
      case '=':
      case '==':
        return { key, operator: 'in', values: [this.#value()] }
      case '!=':
        return { key, operator: 'notin', values: [this.#value()] }
      case 'in':
      case 'notin':
        return { key, operator, values: this.#values() }
      case '>':
      case '<':
        return this.#comparison(key, operator)
      default:
        throw new SyntaxError(`found '${operator}', expected: in, notin, =, ==, !=, gt, lt`)
    }
  }

  #comparison(key: string, operator: '>' | '<'): Requirement {
    const value = this.#value()
    if (!/^[-+]?\d+$/.test(value)) {
      throw new SyntaxError(
        `values[0][${key}]: Invalid value: ${JSON.stringify(value)}: for 'Gt', 'Lt' operators, the value must be an integer`,
      )
    }
    return { key, operator: operator === '>' ? 'gt' : 'lt', value: BigInt(value) }
  }

  #key(): string {
    const key = this.#next()
    if (key === undefined || SPECIAL.has(key)) {
      throw new SyntaxError(`found '${key ?? ''}', expected: !, identifier, or 'end of string'`)
    }
    const [problem] = qualifiedNameProblems(key)
    if (problem) throw new SyntaxError(`key: Invalid value: ${JSON.stringify(key)}: ${problem}`)
    return key
  }

  #value(): string {
    const next = this.#peek()
    if (next === undefined || next === ',' || next === ')') return ''
    const value = this.#next() ?? ''
    if (SPECIAL.has(value) || value === '==' || value === '!=') {
      throw new SyntaxError(`found '${value}', expected: identifier`)
    }
    const [problem] = nameProblems(value, 'value')
    if (problem) throw new SyntaxError(`values[0]: Invalid value: ${JSON.stringify(value)}: ${problem}`)
    return value
  }

  #values(): string[] {
    this.#expect('(')
    const values = [this.#value()]
    while (this.#peek() === ',') {
      this.#next()
      values.push(this.#value())
    }
    this.#expect(')')
    return values
  }

  #expect(token: string): void {
    const found = this.#next()
    // Upstream's two messages differ by a comma.
    const comma = token === '(' ? '' : ','
    if (found !== token) throw new SyntaxError(`found '${found ?? ''}'${comma} expected: '${token}'`)
  }

  #peek(): string | undefined {
    return this.#tokens[this.#position]
  }

  #next(): string | undefined {
    const token = this.#tokens[this.#position]
    this.#position += 1
    return token
  }
}

/**
 * Parses the text form of a label selector: `a=b,c!=d,e in (f,g),!h,i>1`.
 * @throws StatusError BadRequest naming what could not be parsed.
 */
export function parseLabelSelector(text: string): Requirement[] {
  try {
    return new LabelParser(text).parse()
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throw selectorError(`unable to parse requirement: ${error.message}`)
  }
}

/**
 * Parses the text form of a field selector: `a=b,c!=d`, backslash escapes included.
 * @throws StatusError BadRequest when it has no such form.
 */
export function parseFieldSelector(text: string): Requirement[] {
  const terms = text.split(/(?<!\\),/).filter((term) => term !== '')
  return terms.map((term) => {
    const match = /^((?:[^=!\\]|\\.)*?)(!=|==|=)(.*)$/s.exec(term)
    if (!match) {
      throw new StatusError('BadRequest', `invalid selector: '${text}'; can't understand '${term}'`)
    }
    const [, key = '', operator = '', rawValue = ''] = match
    const value = rawValue.replace(/\\([\\,=])/g, '$1')
    return { key, operator: operator === '!=' ? 'notin' : 'in', values: [value] }
  })
}
