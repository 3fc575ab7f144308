// Owns the functions for text that CEL has in Kubernetes beyond its standard ones: strings version 2, regular
// expressions, format. Source: cel-go ext/strings.go, apiserver pkg/cel/library/{regex,format}.go.
import type { Environment } from '@marcbachmann/cel-js'

import { compileRe2, Re2SyntaxError, type Re2 } from '../../../base/re2.ts'
import { replacementOf } from '../ast.ts'
import { CelError } from '../errors.ts'

/** True for what `matches` can be asked for. */
export function isRegularExpression(pattern: string): boolean {
  try {
    compileRe2(pattern)
    return true
  } catch (error) {
    if (error instanceof Re2SyntaxError) return false
    throw error
  }
}

/** Registers `charAt`, `replace`, `quote`, `format`, `find`, `findAll`. */
export function registerText(environment: Environment): void {
  environment
    .registerFunction('string.charAt(int): string', (text: string, at: bigint) => charAt(text, at))
    .registerFunction('string.replace(string, string): string', (text: string, from: string, to: string) =>
      text.replaceAll(from, () => to),
    )
    .registerFunction(
      'string.replace(string, string, int): string',
      (text: string, from: string, to: string, limit: bigint) => replaceSome(text, { from, to, limit }),
    )
    .registerFunction('string.reverse(): string', (text: string) => Array.from(text).toReversed().join(''))
    .registerFunction(`string.${replacementOf('lowerAscii')}(): string`, (text: string) =>
      text.replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase()),
    )
    .registerFunction(`string.${replacementOf('upperAscii')}(): string`, (text: string) =>
      text.replaceAll(/[a-z]+/g, (letters) => letters.toUpperCase()),
    )
    .registerFunction(`string.${replacementOf('matches')}(string): bool`, matches)
    .registerFunction(`${replacementOf('matches')}(string, string): bool`, matches)
    .registerFunction(
      'string.find(string): string',
      (text: string, pattern: string) => findAll(text, pattern, 1n)[0] ?? '',
    )
    .registerFunction('string.findAll(string): list<string>', (text: string, pattern: string) =>
      findAll(text, pattern, -1n),
    )
    .registerFunction('string.findAll(string, int): list<string>', findAll)
    .registerFunction('string.format(list<dyn>): string', formatText)
  class Strings {}
  environment
    .registerType('Strings', { ctor: Strings, fields: {} })
    .registerConstant('strings', 'Strings', new Strings())
    .registerFunction('Strings.quote(string): string', (_strings: Strings, text: string) =>
      JSON.stringify(text),
    )
}

function charAt(text: string, at: bigint): string {
  const characters = Array.from(text)
  if (at < 0n || at > BigInt(characters.length)) throw new CelError(`index out of range: ${at}`)
  return characters[Number(at)] ?? ''
}

function replaceSome(
  text: string,
  { from, to, limit }: { readonly from: string; readonly to: string; readonly limit: bigint },
): string {
  if (limit < 0n) return text.replaceAll(from, () => to)
  let left = Number(limit)
  return text.replaceAll(from, (found) => {
    left -= 1
    return left >= 0 ? to : found
  })
}

function compile(pattern: string): Re2 {
  try {
    return compileRe2(pattern)
  } catch (error) {
    if (error instanceof Re2SyntaxError) throw new CelError(error.message)
    throw error
  }
}

function matches(text: string, pattern: string): boolean {
  return compile(pattern).test(text)
}

function findAll(text: string, pattern: string, limit: bigint): string[] {
  return compile(pattern).findAll(text, limit < 0n ? undefined : Number(limit))
}

// cel-go ext/formatting.go
function formatText(template: string, args: readonly unknown[]): string {
  let next = 0
  return template.replace(
    /%(?:\.(\d+))?([%sdfebxXo])/g,
    (_clause, precision: string | undefined, verb: string) => {
      if (verb === '%') return '%'
      if (next >= args.length) throw new CelError(`index ${next} out of range`)
      const argument = args[next]
      next += 1
      return formatOne(argument, verb, precision === undefined ? 6 : Number(precision))
    },
  )
}

function formatOne(value: unknown, verb: string, precision: number): string {
  switch (verb) {
    case 's':
      return textOf(value)
    case 'd':
      return textOf(counted(value))
    case 'f':
      return Number(counted(value)).toFixed(precision)
    case 'e':
      // Go writes two digits of the exponent at least.
      return Number(counted(value))
        .toExponential(precision)
        .replace(/([+-])(\d)$/, '$10$2')
    case 'b':
      return typeof value === 'boolean' ? String(Number(value)) : BigInt(value as bigint).toString(2)
    case 'o':
      return BigInt(value as bigint).toString(8)
    default: {
      const hex =
        typeof value === 'string' || value instanceof Uint8Array
          ? Buffer.from(value as string).toString('hex')
          : BigInt(value as bigint).toString(16)
      return verb === 'X' ? hex.toUpperCase() : hex
    }
  }
}

// Nothing else is a number: neither null nor a duration, which JavaScript would count.
function counted(value: unknown): unknown {
  // Unsigned numbers are objects whose value is a bigint.
  const isNumber = typeof value !== 'object' || typeof value?.valueOf() === 'bigint'
  if (isNumber) return value
  throw new CelError('error during formatting: decimal clause can only be used on integers')
}

function textOf(value: unknown): string {
  if (value instanceof Uint8Array) return Buffer.from(value).toString()
  if (typeof value === 'string') return value
  if (Array.isArray(value)) return `[${value.map(textOf).join(', ')}]`
  if (value instanceof Date) return value.toISOString().replace(/\.000Z$/, 'Z')
  if (typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype) {
    const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))
    return `{${entries.map(([key, item]) => `${key}: ${textOf(item)}`).join(', ')}}`
  }
  return String(value)
}
