// Owns regular expressions as Go and CEL read them: RE2's syntax, matched in time that grows with the text alone.
import { RE2JS } from 're2js'

/** A pattern that has been read. */
export interface Re2 {
  /** Whether it occurs anywhere in the text. */
  test(text: string): boolean
  /** Its first match; undefined without one. */
  match(text: string): Re2Match | undefined
  /** What it matches, from the left, without overlaps; at most `limit` of them. */
  findAll(text: string, limit?: number): string[]
  /**
   * The text with its first match replaced; `$1` stands for what a group has matched. The text itself without a match.
   * @throws Re2SyntaxError for a group that is not there
   */
  replaceFirst(text: string, replacement: string): string
}

export interface Re2Match {
  /** The whole match, and what each group has matched; undefined for one that took no part. */
  readonly captures: readonly (string | undefined)[]
  /** Those of them that have names. */
  readonly named: Readonly<Record<string, string | undefined>>
}

/** A pattern that cannot be read; the message is Go's (`error parsing regexp: missing closing ): ...`). */
export class Re2SyntaxError extends Error {
  override readonly name = 'Re2SyntaxError'
}

// Patterns stand in schemas and expressions: a few, used again and again. Those made of data push out the oldest.
const MAXIMUM_KEPT = 500
const kept = new Map<string, Re2>()

/** @throws Re2SyntaxError */
export function compileRe2(pattern: string): Re2 {
  const known = kept.get(pattern)
  if (known) return known
  const made = read(pattern)
  const [oldest] = kept.keys()
  if (kept.size >= MAXIMUM_KEPT && oldest !== undefined) kept.delete(oldest)
  kept.set(pattern, made)
  return made
}

function read(pattern: string): Re2 {
  let compiled: RE2JS
  try {
    compiled = RE2JS.compile(pattern)
  } catch (error) {
    throw new Re2SyntaxError(Error.isError(error) ? error.message : String(error))
  }
  return {
    test: (text) => compiled.test(text),
    match: (text) => firstMatch(compiled, text),
    findAll(text, limit = Number.POSITIVE_INFINITY) {
      const matcher = compiled.matcher(text)
      const found: string[] = []
      while (found.length < limit && matcher.find()) found.push(matcher.group() ?? '')
      return found
    },
    replaceFirst(text, replacement) {
      try {
        return compiled.matcher(text).replaceFirst(replacement)
      } catch (error) {
        throw new Re2SyntaxError(Error.isError(error) ? error.message : String(error))
      }
    },
  }
}

function firstMatch(compiled: RE2JS, text: string): Re2Match | undefined {
  const matcher = compiled.matcher(text)
  if (!matcher.find()) return undefined
  const captures = Array.from(
    { length: compiled.groupCount() + 1 },
    (_, at) => matcher.group(at) ?? undefined,
  )
  const named = Object.entries(compiled.namedGroups()).map(([name, at]) => [name, captures[at]] as const)
  return { captures, named: Object.fromEntries(named) }
}
