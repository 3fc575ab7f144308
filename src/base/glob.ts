// Owns the wildcards of AWS: selectors of profiles, policy documents, filters.

/**
 * True when the text matches a pattern in which `*` stands for none, one or many characters and `?` for exactly one.
 * Linear in practice: only the last `*` is ever tried again.
 */
export function wildcardMatches(pattern: string, text: string): boolean {
  let at = 0
  let star = -1
  let resume = 0
  let position = 0
  while (position < text.length) {
    if (pattern[at] === '*') {
      star = at
      at += 1
      resume = position
    } else if (at < pattern.length && (pattern[at] === '?' || pattern[at] === text[position])) {
      at += 1
      position += 1
    } else if (star >= 0) {
      at = star + 1
      resume += 1
      position = resume
    } else return false
  }
  while (pattern[at] === '*') at += 1
  return at === pattern.length
}
