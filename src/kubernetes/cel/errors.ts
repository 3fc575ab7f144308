// Owns the words of cel-go for what is wrong with an expression: Kubernetes' messages quote them.
// Source: google/cel-go common/error.go, checker/errors.go, common/types/err.go; syntax errors are those of its parser
// generator as far as they can be told from what another parser met.
import { EvaluationError, ParseError, type TypeError as CelTypeError } from '@marcbachmann/cel-js'

import { withoutReplacements } from './ast.ts'

/** An expression that does not compile or evaluate. */
export class CelError extends Error {
  override readonly name = 'CelError'
}

type LibraryError = ParseError | CelTypeError

/** `ERROR: <input>:1:8: …` with the line and a mark under the place. */
export function compileWords(error: LibraryError, expression: string): string {
  const start = error.range?.start ?? 0
  // Of a field that is not there, cel-go marks the dot.
  const offset =
    'code' in error && error.code === 'no_such_key' && expression[start - 1] === '.' ? start - 1 : start
  const before = expression.slice(0, offset).split('\n')
  const line = before.length
  const column = (before.at(-1) ?? '').length
  const text = expression.split('\n')[line - 1] ?? ''
  const message =
    error instanceof ParseError ? syntaxWords(error, expression) : withoutReplacements(typeWords(error))
  return `ERROR: <input>:${line}:${column + 1}: ${message}\n | ${text}\n | ${'.'.repeat(column)}^`
}

const EXPECTED =
  "{'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}"
const closing: Readonly<Record<string, string>> = { RPAREN: ')', RBRACKET: ']', RBRACE: '}' }

function syntaxWords({ summary, range }: ParseError, expression: string): string {
  const start = range?.start ?? 0
  const token = start >= expression.length ? '<EOF>' : expression.slice(start, range?.end)
  const wanted = /^Expected (\w+), got/.exec(summary)?.[1] ?? ''
  if (wanted === 'IDENTIFIER') {
    const last = expression.slice(0, start).trimEnd().at(-1) ?? ''
    return `Syntax error: no viable alternative at input '${token === '<EOF>' ? last : last + token}'`
  }
  const close = closing[wanted]
  if (close !== undefined) return `Syntax error: missing '${close}' at '${token}'`
  if (summary.startsWith('Unexpected character')) {
    return `Syntax error: extraneous input '${token}' expecting <EOF>`
  }
  if (summary.startsWith('Unexpected token')) {
    return `Syntax error: mismatched input '${token}' expecting ${EXPECTED}`
  }
  return `Syntax error: ${summary}`
}

const operators: Readonly<Record<string, string>> = {
  '&&': '_&&_',
  '||': '_||_',
  in: '@in',
  '?:': '_?_:_',
}

function typeWords(error: CelTypeError): string {
  const { code, summary = error.message } = error as Partial<CelTypeError>
  const variable = /^Unknown variable: (.*)$/.exec(summary)?.[1]
  if (variable !== undefined) return `undeclared reference to '${variable}' (in container '')`
  const overload = /^no such overload: (\S+) (\S+) (\S+)$/.exec(summary)
  if (overload) {
    const [, left = '', operator = '', right = ''] = overload
    const name = operators[operator] ?? `_${operator}_`
    return `found no matching overload for '${name}' applied to '(${left}, ${right})'`
  }
  const call = /^found no matching overload for '(?:(.+)\.)?(\w+)\((.*)\)'$/.exec(summary)
  if (call) {
    const [, receiver, name = '', args = ''] = call
    const applied = receiver === undefined ? `(${args})` : `${receiver}.(${args})`
    return `found no matching overload for '${name}' applied to '${applied}'`
  }
  const field = /^No such key: (.*)$/.exec(summary)?.[1]
  return code === 'no_such_key' && field !== undefined ? `undefined field '${field}'` : summary
}

/** What cel-go says of an expression that fails as it is evaluated. */
export function runtimeWords(error: unknown): string {
  if (error instanceof CelError) return error.message
  if (!(error instanceof EvaluationError)) return Error.isError(error) ? error.message : String(error)
  const { code, summary } = error
  if (code === 'no_such_key') return summary.replace(/^No such key: /, 'no such key: ')
  if (code === 'index_out_of_bounds') {
    return `index out of bounds: ${/index (-?\d+)/.exec(summary)?.[1] ?? ''}`
  }
  if (code === 'unknown_variable') return summary.replace(/^Unknown variable: /, 'no such attribute(s): ')
  const isOverload = [
    'no_such_overload',
    'no_matching_overload',
    'invalid_condition_type',
    'invalid_logical_operand',
  ]
  return isOverload.includes(code) ? 'no such overload' : summary
}
