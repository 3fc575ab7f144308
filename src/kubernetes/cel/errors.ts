// Owns the words of cel-go for what is wrong with an expression: Kubernetes' messages quote them.
// Source: google/cel-go common/error.go, checker/errors.go, common/types/err.go; syntax errors are those of its parser
// generator as far as they can be told from what another parser met.
import { EvaluationError, type ParseError } from '@marcbachmann/cel-js'

/** An expression that does not compile or evaluate. */
export class CelError extends Error {
  override readonly name = 'CelError'
}

/** Something that is wrong with an expression, and where: an offset into its text. */
export interface Finding {
  readonly offset: number
  readonly message: string
}

/** Each finding as `ERROR: <input>:1:8: …`, with the line and a mark under the place. */
export function marked(findings: readonly Finding[], expression: string): string {
  const lines = expression.split('\n')
  return findings
    .map(({ offset, message }) => {
      const before = expression.slice(0, offset).split('\n')
      const column = (before.at(-1) ?? '').length
      const text = lines[before.length - 1] ?? ''
      return `ERROR: <input>:${before.length}:${column + 1}: ${message}\n | ${text}\n | ${'.'.repeat(column)}^`
    })
    .join('\n')
}

/** What is wrong with an expression that cannot be read. */
export function syntaxFinding(error: ParseError, expression: string): Finding {
  return { offset: error.range?.start ?? 0, message: syntaxWords(error, expression) }
}

const EXPECTED =
  "{'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}"
const closing: Readonly<Record<string, string>> = { RPAREN: ')', RBRACKET: ']', RBRACE: '}' }

function syntaxWords({ summary, range }: ParseError, expression: string): string {
  if (summary === 'has() invalid argument') return 'invalid argument to has() macro'
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
