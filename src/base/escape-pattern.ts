// Owns putting text into a regular expression as it is: `RegExp.escape` of Node 24, for the older one too.

/** The text with a backslash before each character that means something in a pattern. */
export function escapePattern(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`)
}
