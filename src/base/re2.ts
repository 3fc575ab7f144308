// Owns regular expressions as Go and CEL read them: RE2's syntax, matched in time that grows with the text alone.
import { RE2JS } from 're2js'

/** A pattern that has been read. */
export interface Re2 {
  /** Whether it occurs anywhere in the text. */
  test(text: string): boolean
  /** What it matches, from the left, without overlaps; at most `limit` of them. */
  findAll(text: string, limit?: number): string[]
  /**
   * The text with its first match replaced; `$1` stands for what a group has matched. The text itself without a match.
   * @throws Re2SyntaxError for a group that is not there
   */
  replaceFirst(text: string, replacement: string): string
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
