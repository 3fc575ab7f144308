// Owns cutting a query of Logs Insights into words.
// Source: CloudWatch Logs user guide, "CloudWatch Logs Insights language query syntax".
import { AwsError } from '../../../../base/errors.ts'

export interface Token {
  readonly kind: 'name' | 'number' | 'text' | 'regex' | 'sign'
  /** Without quotes; a backquoted field is a name like others. */
  readonly text: string
}

/** @param message what is wrong with the query */
export function malformed(message: string): AwsError {
  return new AwsError('MalformedQueryException', message)
}

const PATTERNS: readonly (readonly [Token['kind'] | 'space', RegExp])[] = [
  ['space', /^(?:\s+|#[^\n]*)/],
  ['text', /^"((?:[^"\\]|\\.)*)"/],
  ['text', /^'((?:[^'\\]|\\.)*)'/],
  ['name', /^`([^`]+)`/],
  // A span of time is a word of its own: `5m`.
  ['number', /^(\d+(?:\.\d+)?(?:ms|mo|[smhdwqy])?)(?![\w.])/],
  ['name', /^([A-Za-z_@][\w.@]*)/],
  ['sign', /^(!=|<=|>=|=~|[=<>+\-*/%^(),|[\]])/],
]

/** @throws AwsError MalformedQueryException */
export function tokensOf(query: string): Token[] {
  const tokens: Token[] = []
  let rest = query
  while (rest !== '') {
    const regex = isRegexNext(tokens.at(-1)) ? /^\/((?:[^/\\]|\\.)+)\//.exec(rest) : null
    if (regex) {
      tokens.push({ kind: 'regex', text: regex[1] ?? '' })
      rest = rest.slice(regex[0].length)
      continue
    }
    const found = PATTERNS.map(([kind, pattern]) => ({ kind, match: pattern.exec(rest) })).find(
      ({ match }) => match,
    )
    if (!found?.match) throw malformed(`unexpected symbol found ${rest.slice(0, 1)}`)
    const { kind, match } = found
    if (kind === 'text') tokens.push({ kind, text: unescape(match[1] ?? '') })
    else if (kind !== 'space') tokens.push({ kind, text: match[1] ?? '' })
    rest = rest.slice(match[0].length)
  }
  return tokens
}

// Elsewhere a slash divides: `parse FIELD /…/` is told apart by its command.
function isRegexNext(before: Token | undefined): boolean {
  if (!before) return false
  if (before.kind === 'sign') return before.text === '=~' || before.text === '(' || before.text === ','
  return before.kind === 'name' && before.text.toLowerCase() === 'like'
}

function unescape(text: string): string {
  return text.replaceAll(/\\(["'\\])/g, '$1')
}
