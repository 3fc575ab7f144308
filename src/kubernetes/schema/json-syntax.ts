// Owns the words of Go's JSON decoder for text that is no JSON: V8's own differ from release to release.
// Source: Go encoding/json scanner.go.

const END = 'unexpected end of JSON input'
const SPACE = new Set([0x20, 0x09, 0x0a, 0x0d])
const LITERALS = ['true', 'false', 'null']

/** Thrown inside of this file alone: the scan ends at the first thing that is wrong. */
class Stop {
  readonly message: string

  constructor(message: string) {
    this.message = message
  }
}

/** What Go says about the first mistake in a text; undefined when it is JSON. */
export function jsonSyntaxError(bytes: Uint8Array): string | undefined {
  try {
    new Scan(bytes).document()
    return undefined
  } catch (error) {
    if (error instanceof Stop) return error.message
    throw error
  }
}

class Scan {
  readonly #bytes: Uint8Array
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  document(): void {
    this.#value()
    this.#space()
    if (this.#at < this.#bytes.length) this.#wrong('after top-level value')
  }

  // Nested brackets are counted and not recursed into, so that depth costs no stack.
  #value(): void {
    const open: number[] = []
    do {
      this.#space()
      const byte = this.#peek()
      if (byte === 0x7b || byte === 0x5b) {
        this.#at += 1
        this.#space()
        if (this.#peek() !== byte + 2) {
          open.push(byte)
          if (byte === 0x7b) this.#key('looking for beginning of object key string')
          continue
        }
        this.#at += 1
      } else this.#scalar(byte)
      this.#close(open)
    } while (open.length > 0)
  }

  /** After a value: the end of what it is in, or a comma and what follows it. */
  #close(open: number[]): void {
    for (;;) {
      const bracket = open.at(-1)
      if (bracket === undefined) return
      this.#space()
      const byte = this.#peek()
      if (byte === 0x2c) {
        this.#at += 1
        this.#space()
        if (bracket === 0x7b) this.#key('looking for beginning of object key string')
        return
      }
      if (byte !== bracket + 2) {
        this.#wrong(bracket === 0x7b ? 'after object key:value pair' : 'after array element')
      }
      this.#at += 1
      open.pop()
    }
  }

  #key(context: string): void {
    if (this.#peek() !== 0x22) this.#wrong(context)
    this.#string()
    this.#space()
    if (this.#peek() !== 0x3a) this.#wrong('after object key')
    this.#at += 1
  }

  #scalar(byte: number): void {
    if (byte === 0x22) return this.#string()
    if (byte === 0x2d || isDigit(byte)) return this.#number()
    const literal = LITERALS.find((text) => text.charCodeAt(0) === byte) ?? ''
    if (literal === '') this.#wrong('looking for beginning of value')
    for (let index = 0; index < literal.length; index += 1) {
      const wanted = literal.charCodeAt(index)
      if (this.#peek() !== wanted) this.#wrong(`in literal ${literal} (expecting ${quote(wanted)})`)
      this.#at += 1
    }
  }

  #string(): void {
    this.#at += 1
    for (;;) {
      const byte = this.#peek()
      if (byte === 0x22) break
      if (byte < 0x20) this.#wrong('in string literal')
      this.#at += 1
      if (byte === 0x5c) this.#escape()
    }
    this.#at += 1
  }

  #escape(): void {
    const byte = this.#peek()
    if (!'"\\/bfnrtu'.includes(String.fromCharCode(byte))) this.#wrong('in string escape code')
    this.#at += 1
    if (byte !== 0x75) return
    for (let digit = 0; digit < 4; digit += 1) {
      if (!/[0-9a-fA-F]/.test(String.fromCharCode(this.#peek())))
        this.#wrong('in \\u hexadecimal character escape')
      this.#at += 1
    }
  }

  #number(): void {
    if (this.#peek() === 0x2d) this.#at += 1
    if (this.#peek() === 0x30) this.#at += 1
    else this.#digits('in numeric literal')
    if (this.#bytes[this.#at] === 0x2e) {
      this.#at += 1
      this.#digits('after decimal point in numeric literal')
    }
    if (this.#bytes[this.#at] === 0x65 || this.#bytes[this.#at] === 0x45) {
      this.#at += 1
      if (this.#peek() === 0x2b || this.#peek() === 0x2d) this.#at += 1
      this.#digits('in exponent of numeric literal')
    }
  }

  #digits(context: string): void {
    if (!isDigit(this.#peek())) this.#wrong(context)
    while (isDigit(this.#bytes[this.#at] ?? 0)) this.#at += 1
  }

  #space(): void {
    while (SPACE.has(this.#bytes[this.#at] ?? 0)) this.#at += 1
  }

  #peek(): number {
    const byte = this.#bytes[this.#at]
    if (byte === undefined) throw new Stop(END)
    return byte
  }

  #wrong(context: string): never {
    throw new Stop(`invalid character ${quote(this.#peek())} ${context}`)
  }
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39
}

// Go prints the byte as if it were a code point.
function quote(byte: number): string {
  const character = String.fromCharCode(byte)
  if (character === "'") return `'\\''`
  if (character === '"') return `'"'`
  if (character === '\\') return `'\\\\'`
  const named = {
    '\n': '\\n',
    '\r': '\\r',
    '\t': '\\t',
    '\b': '\\b',
    '\f': '\\f',
    '\v': '\\v',
    '\x07': '\\a',
  }
  const short = Object.hasOwn(named, character) ? named[character as keyof typeof named] : undefined
  if (short !== undefined) return `'${short}'`
  const isPrintable = (byte >= 0x20 && byte < 0x7f) || (byte > 0xa0 && byte !== 0xad)
  if (isPrintable) return `'${character}'`
  return byte < 0x80 ? `'\\x${byte.toString(16).padStart(2, '0')}'` : `'\\u00${byte.toString(16)}'`
}
