// Owns expressions of Logs Insights: reading them, in their order of precedence.
import { malformed, type Token, tokensOf } from './tokens.ts'

export type Expression =
  | { readonly kind: 'field'; readonly name: string }
  | { readonly kind: 'value'; readonly value: string | number | boolean }
  | { readonly kind: 'regex'; readonly source: string }
  | { readonly kind: 'list'; readonly items: readonly Expression[] }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Expression[] }
  | {
      readonly kind: 'operation'
      readonly operator: string
      readonly left: Expression
      readonly right: Expression
    }

/** An expression with the name that its column has. */
export interface Named {
  readonly expression: Expression
  readonly name: string
}

// Lowest first.
const LEVELS: readonly (readonly string[])[] = [
  ['or'],
  ['and'],
  ['=', '!=', '<', '<=', '>', '>=', 'like', '=~', 'in', 'not like', 'not in'],
  ['+', '-'],
  ['*', '/', '%'],
  ['^'],
]

/** Reads the words of one command, from the first to the last. */
export class Reader {
  readonly #tokens: readonly Token[]
  #next = 0

  /** @throws AwsError MalformedQueryException */
  constructor(text: string) {
    this.#tokens = tokensOf(text)
  }

  get isAtEnd(): boolean {
    return this.#next >= this.#tokens.length
  }

  /** Takes a word when it is the one. */
  accept(word: string): boolean {
    if (!this.#is(word)) return false
    this.#next += 1
    return true
  }

  /** The next word, whatever it is. */
  take(): Token {
    const token = this.#tokens[this.#next]
    if (!token) throw malformed('unexpected end of the query')
    this.#next += 1
    return token
  }

  /** Nothing may follow. */
  end(): void {
    const token = this.#tokens[this.#next]
    if (token) throw malformed(`unexpected symbol found ${token.text}`)
  }

  /** `a, b as c, …` */
  named(): Named[] {
    const found: Named[] = []
    do {
      const from = this.#next
      const expression = this.expression()
      const written = textOf(this.#tokens.slice(from, this.#next))
      found.push({ expression, name: this.accept('as') ? this.take().text : written })
    } while (this.accept(','))
    return found
  }

  expression(level = 0): Expression {
    const operators = LEVELS[level]
    if (!operators) return this.#single()
    let left = this.expression(level + 1)
    for (let operator = this.#operator(operators); operator; operator = this.#operator(operators)) {
      left = { kind: 'operation', operator, left, right: this.expression(level + 1) }
    }
    return left
  }

  #operator(operators: readonly string[]): string | undefined {
    return operators.find((operator) => {
      const [first = '', second] = operator.split(' ')
      if (second === undefined) return this.accept(operator)
      if (!this.#is(first) || !this.#is(second, 1)) return false
      this.#next += 2
      return true
    })
  }

  #single(): Expression {
    if (this.accept('not')) return { kind: 'call', name: 'not', args: [this.expression(2)] }
    if (this.accept('-')) return { kind: 'call', name: 'negate', args: [this.#single()] }
    if (this.accept('(')) {
      const inner = this.expression()
      this.#expect(')')
      return inner
    }
    if (this.accept('[')) return { kind: 'list', items: this.#items(']') }
    const { kind, text } = this.take()
    if (kind === 'text') return { kind: 'value', value: text }
    if (kind === 'regex') return { kind: 'regex', source: text }
    if (kind === 'number') {
      const number = Number(text)
      return { kind: 'value', value: Number.isNaN(number) ? text : number }
    }
    if (text === '*') return { kind: 'field', name: '*' }
    if (kind !== 'name') throw malformed(`unexpected symbol found ${text}`)
    if (this.accept('(')) return { kind: 'call', name: text.toLowerCase(), args: this.#items(')') }
    if (text === 'true' || text === 'false') return { kind: 'value', value: text === 'true' }
    return { kind: 'field', name: text }
  }

  #items(end: string): Expression[] {
    const items: Expression[] = []
    if (this.accept(end)) return items
    do items.push(this.expression())
    while (this.accept(','))
    this.#expect(end)
    return items
  }

  #expect(word: string): void {
    if (!this.accept(word))
      throw malformed(`expected ${word}, found ${this.#tokens[this.#next]?.text ?? 'the end'}`)
  }

  #is(word: string, ahead = 0): boolean {
    const token = this.#tokens[this.#next + ahead]
    return token !== undefined && isWord(token) && token.text.toLowerCase() === word
  }
}

function isWord({ kind }: Token): boolean {
  return kind === 'name' || kind === 'sign'
}

// A column without a name of its own has that of what was written: `count(*)`, `bin(5m)`.
function textOf(tokens: readonly Token[]): string {
  return tokens.map(({ kind, text }) => (kind === 'text' ? `"${text}"` : text)).join('')
}
