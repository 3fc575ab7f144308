// Owns breaking prose into lines that fit a terminal.
import stringWidth from 'string-width'

/** A name with two spaces or more behind it, as in `node     ip-10-0-0-10`, and a mark. */
const HEAD = /^ *(?:\S+(?: \S+)* {2,})?(?:[✔✖▲→] )?/u
const PLAIN = /^[\x20-\x7e]*$/

/** Text in lines of so many characters at most; a longer word has a line of its own. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  let room = 0
  for (const word of text.split(' ')) {
    const wide = widthOf(word)
    if (lines.length === 0 || 1 + wide > room) {
      lines.push(word)
      room = width - wide
    } else {
      lines[lines.length - 1] += ` ${word}`
      room -= 1 + wide
    }
  }
  return lines
}

/**
 * Lines that are too long are broken, and go on under where their text begins: behind their indentation, a name and a mark.
 * Others stay as they are. Colours take no room.
 * @param columns of the terminal; infinite where nobody looks
 */
export function wrapLines(text: string, columns: number): string {
  const fit = (line: string): string => {
    if (widthOf(line) <= columns) return line
    const head = HEAD.exec(line)?.[0] ?? ''
    const indent = ' '.repeat(widthOf(head))
    const broken = wrap(line.slice(head.length), columns - indent.length)
    return broken.map((part, index) => (index === 0 ? head : indent) + part).join('\n')
  }
  return text.split('\n').map(fit).join('\n')
}

// What most texts are costs nothing to measure.
function widthOf(text: string): number {
  return PLAIN.test(text) ? text.length : stringWidth(text)
}
