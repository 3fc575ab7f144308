// Owns filter patterns: for unstructured events, the terms that must, may and must not occur.
import { jsonPatternOf } from './json-pattern.ts'
import { invalidParameter } from './state.ts'

/**
 * The test that a filter pattern stands for ("Filter pattern syntax": unstructured log events): every plain or quoted
 * term, at least one of the `?term`s when there are no others, none of the `-term`s.
 * @throws AwsError InvalidParameterException for space-delimited and regular-expression patterns: not emulated.
 */
export function patternOf(pattern: string): (message: string) => boolean {
  const text = pattern.trim()
  if (text.startsWith('{')) return jsonPatternOf(text)
  if (text.startsWith('[') || text.includes('%')) {
    throw invalidParameter('Space-delimited and regular expression patterns are not emulated by Neargate.')
  }
  const terms = [...text.matchAll(/([?-]?)(?:"([^"]*)"|(\S+))/g)].map(([, sign, quoted, plain]) => ({
    sign,
    term: quoted ?? plain ?? '',
  }))
  const withSign = (sign: string): string[] =>
    terms.filter((each) => each.sign === sign).map(({ term }) => term)
  const [all, any, none] = [withSign(''), withSign('?'), withSign('-')]
  return (message) =>
    all.every((term) => message.includes(term)) &&
    // Mixed with plain terms, optional ones are ignored, as the user guide says.
    (all.length > 0 || any.length === 0 || any.some((term) => message.includes(term))) &&
    !none.some((term) => message.includes(term))
}
