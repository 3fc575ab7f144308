// Owns reading the plain part of shell scripts: commands, lists, if, while, for, quotes, variables and redirections.
// What it does not know it refuses: a script that is understood in part would be run wrong.

/** A part of a word: as it stands, or to be filled in. */
export type Part =
  | { readonly type: 'text'; readonly text: string; readonly quoted: boolean }
  | { readonly type: 'variable'; readonly name: string; readonly fallback: string | undefined }
  | { readonly type: 'command'; readonly script: Script }
  | { readonly type: 'arithmetic'; readonly text: string }

export type Word = readonly Part[]

export interface Simple {
  readonly type: 'simple'
  readonly words: readonly Word[]
  readonly redirect?: { readonly append: boolean; readonly to: Word }
}

export type Command =
  | Simple
  | { readonly type: 'if'; readonly branches: readonly Branch[]; readonly otherwise: Script | undefined }
  | { readonly type: 'while'; readonly until: boolean; readonly condition: Script; readonly body: Script }
  | { readonly type: 'for'; readonly name: string; readonly words: readonly Word[]; readonly body: Script }
  | { readonly type: 'not'; readonly command: Command }

interface Branch {
  readonly condition: Script
  readonly body: Script
}

/** Commands, each with what decides whether it is run: always, or by how the one before ended. */
export type Script = readonly { readonly when: 'always' | 'success' | 'failure'; readonly command: Command }[]

/** Thrown for what is not understood. */
export class UnknownScript extends Error {
  override readonly name = 'UnknownScript'
}

type Token =
  | { readonly type: 'word'; readonly word: Word }
  | { readonly type: 'operator'; readonly text: string }

const OPERATORS = ['&&', '||', '>>', ';', '\n', '>', '|', '&', '<', '(', ')', '{', '}']
const ENDS = new Set(['then', 'elif', 'else', 'fi', 'do', 'done'])
const BLANK = /[ \t\r]/

/** Reads a script. @throws UnknownScript */
export function parseScript(text: string): Script {
  const parser = new Parser(tokenize(text))
  const script = parser.script()
  parser.finish()
  return script
}

function tokenize(text: string): Token[] {
  const tokens: Token[] = []
  let at = 0
  while (at < text.length) {
    const char = text.charAt(at)
    if (BLANK.test(char)) at += 1
    else if (text.startsWith('\\\n', at)) at += 2
    else if (char === '#') at = lineEnd(text, at)
    else {
      const operator = operatorAt(text, at)
      if (operator !== undefined) {
        tokens.push({ type: 'operator', text: operator })
        at += operator.length
      } else {
        const { word, end } = readWord(text, at)
        tokens.push({ type: 'word', word })
        at = end
      }
    }
  }
  return tokens
}

function lineEnd(text: string, at: number): number {
  const end = text.indexOf('\n', at)
  return end < 0 ? text.length : end
}

function operatorAt(text: string, at: number): string | undefined {
  return OPERATORS.find((operator) => text.startsWith(operator, at))
}

function readWord(text: string, start: number): { word: Word; end: number } {
  const parts: Part[] = []
  let at = start
  let plain = ''
  const flush = (): void => {
    if (plain !== '') parts.push({ type: 'text', text: plain, quoted: false })
    plain = ''
  }
  while (at < text.length) {
    const char = text.charAt(at)
    if (BLANK.test(char) || operatorAt(text, at) !== undefined) break
    if (char === '\\') {
      plain += text.charAt(at + 1)
      at += 2
    } else if (char === "'") {
      flush()
      const end = closing(text, "'", at + 1)
      parts.push({ type: 'text', text: text.slice(at + 1, end), quoted: true })
      at = end + 1
    } else if (char === '"') {
      flush()
      const quoted = readQuoted(text, at + 1)
      parts.push(...quoted.parts)
      at = quoted.end
    } else if (char === '$') {
      flush()
      const { part, end } = readExpansion(text, at)
      parts.push(part)
      at = end
    } else if (char === '`' || char === '*' || char === '~') {
      throw new UnknownScript(char)
    } else {
      plain += char
      at += 1
    }
  }
  flush()
  return { word: parts, end: at }
}

function closing(text: string, quote: string, from: number): number {
  const end = text.indexOf(quote, from)
  if (end < 0) throw new UnknownScript('a quote is open')
  return end
}

function readQuoted(text: string, start: number): { parts: Part[]; end: number } {
  // An empty text keeps "" a word of its own.
  const parts: Part[] = [{ type: 'text', text: '', quoted: true }]
  let at = start
  let plain = ''
  const flush = (): void => {
    if (plain !== '') parts.push({ type: 'text', text: plain, quoted: true })
    plain = ''
  }
  while (at < text.length) {
    const char = text.charAt(at)
    if (char === '"') {
      flush()
      return { parts, end: at + 1 }
    }
    if (char === '\\' && /["\\$`\n]/.test(text.charAt(at + 1))) {
      plain += text.charAt(at + 1)
      at += 2
    } else if (char === '$') {
      flush()
      const { part, end } = readExpansion(text, at)
      parts.push(part)
      at = end
    } else if (char === '`') {
      throw new UnknownScript(char)
    } else {
      plain += char
      at += 1
    }
  }
  throw new UnknownScript('a quote is open')
}

function readExpansion(text: string, at: number): { part: Part; end: number } {
  const rest = text.slice(at)
  const named = /^\$([A-Za-z_]\w*|[?$])/.exec(rest) ?? /^\$\{([A-Za-z_]\w*)(?::?-([^}$]*))?\}/.exec(rest)
  if (named) {
    const [all, name = '', fallback] = named
    return { part: { type: 'variable', name, fallback }, end: at + all.length }
  }
  if (rest.startsWith('$((')) {
    const end = closing(text, '))', at)
    return { part: { type: 'arithmetic', text: text.slice(at + 3, end) }, end: end + 2 }
  }
  if (rest.startsWith('$(')) {
    const end = matchingParenthesis(text, at + 2)
    return { part: { type: 'command', script: parseScript(text.slice(at + 2, end)) }, end: end + 1 }
  }
  if (/^\$(\s|"|$)/.test(rest)) return { part: { type: 'text', text: '$', quoted: true }, end: at + 1 }
  throw new UnknownScript(rest.slice(0, 10))
}

function matchingParenthesis(text: string, from: number): number {
  let depth = 1
  for (let at = from; at < text.length; at += 1) {
    if (text.charAt(at) === '(') depth += 1
    if (text.charAt(at) === ')') depth -= 1
    if (depth === 0) return at
  }
  throw new UnknownScript('a parenthesis is open')
}

class Parser {
  readonly #tokens: readonly Token[]
  #position = 0

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens
  }

  finish(): void {
    if (this.#position < this.#tokens.length) throw new UnknownScript('more than a script')
  }

  script(): Script {
    const script: { when: 'always' | 'success' | 'failure'; command: Command }[] = []
    let when: 'always' | 'success' | 'failure' = 'always'
    for (;;) {
      this.#skipEnds()
      if (this.#position >= this.#tokens.length || ENDS.has(this.#keyword())) return script
      script.push({ when, command: this.#command() })
      const operator = this.#operator()
      if (operator === '&&' || operator === '||') {
        this.#position += 1
        when = operator === '&&' ? 'success' : 'failure'
      } else if (operator === ';' || operator === '\n') {
        when = 'always'
      } else if (this.#position < this.#tokens.length && !ENDS.has(this.#keyword())) {
        throw new UnknownScript(operator)
      }
    }
  }

  #command(): Command {
    switch (this.#keyword()) {
      case '!':
        this.#position += 1
        return { type: 'not', command: this.#command() }
      case 'if':
        return this.#if()
      case 'while':
      case 'until':
        return this.#while(this.#take() === 'until')
      case 'for':
        return this.#for()
      default:
        return this.#simple()
    }
  }

  #if(): Command {
    const branches: Branch[] = []
    let otherwise: Script | undefined
    this.#expect('if')
    for (;;) {
      const condition = this.script()
      this.#expect('then')
      branches.push({ condition, body: this.script() })
      const next = this.#take()
      if (next === 'elif') continue
      if (next === 'else') {
        otherwise = this.script()
        this.#expect('fi')
      } else if (next !== 'fi') throw new UnknownScript('fi')
      return { type: 'if', branches, otherwise }
    }
  }

  #while(until: boolean): Command {
    const condition = this.script()
    return { type: 'while', until, condition, body: this.#body() }
  }

  #for(): Command {
    this.#expect('for')
    const name = this.#take()
    this.#expect('in')
    const words: Word[] = []
    for (let token = this.#token(); token?.type === 'word'; token = this.#token()) {
      words.push(token.word)
      this.#position += 1
    }
    this.#skipEnds()
    return { type: 'for', name, words, body: this.#body() }
  }

  #body(): Script {
    this.#expect('do')
    const body = this.script()
    this.#expect('done')
    return body
  }

  #simple(): Simple {
    const words: Word[] = []
    let redirect: Simple['redirect']
    for (let token = this.#token(); token; token = this.#token()) {
      if (token.type === 'word') words.push(token.word)
      else if (token.text === '>' || token.text === '>>') {
        this.#position += 1
        const to = this.#token()
        if (to?.type !== 'word' || redirect) throw new UnknownScript(token.text)
        redirect = { append: token.text === '>>', to: to.word }
      } else if (['|', '&', '<', '(', ')', '{', '}'].includes(token.text)) throw new UnknownScript(token.text)
      else break
      this.#position += 1
    }
    return { type: 'simple', words, ...(redirect ? { redirect } : {}) }
  }

  #skipEnds(): void {
    while (this.#operator() === ';' || this.#operator() === '\n') this.#position += 1
  }

  #token(): Token | undefined {
    return this.#tokens[this.#position]
  }

  #operator(): string {
    const token = this.#token()
    return token?.type === 'operator' ? token.text : ''
  }

  /** The word that comes next when it is a plain one. */
  #keyword(): string {
    const token = this.#token()
    if (token?.type !== 'word') return ''
    const [part, ...more] = token.word
    return part?.type === 'text' && !part.quoted && more.length === 0 ? part.text : ''
  }

  #take(): string {
    const word = this.#keyword()
    this.#position += 1
    return word
  }

  #expect(word: string): void {
    if (this.#take() !== word) throw new UnknownScript(word)
  }
}
