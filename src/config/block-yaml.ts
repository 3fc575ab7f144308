// Owns the fast reading of YAML as nearly all manifests are written: maps and lists in blocks, scalars of one line. What has
// anything else in it is left to the library, which takes twenty times as long, because it keeps every sign.

/** The value that the library gives a plain scalar. */
export type ResolveScalar = (text: string) => unknown

/** Where in its document something begins; both count from 0. */
export interface Place {
  readonly line: number
  readonly column: number
}

/** A map, a list or a scalar. */
export interface Block extends Place {
  readonly value: unknown
  /** What is in a map or a list, by its key or its index; an item of a list begins where it is. */
  readonly entries?: ReadonlyMap<string, { readonly key: Place; readonly block: Block }>
  /** The text of a scalar, without its quotes. */
  readonly source?: string
}

/**
 * Reads one document.
 * @returns undefined when there is something in it that only the library reads (flow collections, anchors, texts of several
 * lines, empty values, …), or that is wrong: it then says what
 */
export function readBlocks(text: string, resolve: ResolveScalar): Block | undefined {
  const lines = linesOf(text)
  if (!lines?.length) return undefined
  const reader = new BlockReader(lines, resolve)
  try {
    const block = reader.block(lines[0]?.indent ?? 0)
    return reader.isAtEnd ? block : undefined
  } catch (error) {
    if (error === UNUSUAL) return undefined
    throw error
  }
}

/** The key at the end of a path and what belongs to it, or those of its nearest ancestor. */
export function findBlock(root: Block, path: readonly (string | number)[]): { key: Place; block: Block } {
  let found: { key: Place; block: Block } = { key: root, block: root }
  for (const step of path) {
    const next = found.block.entries?.get(String(step))
    if (!next) break
    found = next
  }
  return found
}

/** Not an error: thrown to leave all levels at once, and never seen outside. */
const UNUSUAL = Symbol('something that only the library reads')

interface Line {
  readonly number: number
  /** Where its text begins. */
  readonly indent: number
  /** Without a comment, and without spaces at its end. */
  readonly text: string
}

/** Lines that say something; undefined when a sign occurs that YAML treats in a way of its own. */
function linesOf(text: string): Line[] | undefined {
  if (UNUSUAL_SIGN.test(text)) return undefined
  const lines: Line[] = []
  for (const [number, raw] of text.split('\n').entries()) {
    const indent = raw.search(/[^ ]/)
    if (indent < 0 || raw[indent] === '#') continue
    const comment = raw.indexOf(' #', indent)
    lines.push({ number, indent, text: (comment < 0 ? raw : raw.slice(0, comment)).slice(indent).trimEnd() })
  }
  return lines
}

// Line breaks other than \n, tabs, spaces that YAML takes for letters, and what it does not print.
const UNUSUAL_SIGN =
  // oxlint-disable-next-line no-control-regex
  /[\u0000-\u0009\u000b-\u001f\u007f-\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff]/

// Keys of texts: those that YAML 1.1 reads as truth values or nothing are refused below.
const LONGEST_KEY = 1000
const KEY = /^([A-Za-z][\w./-]*):(?: +(?=\S)|$)/
// Whatever begins with another sign may be an anchor, a tag, a flow collection, a quoted text, …
const PLAIN_START = /^[A-Za-z0-9./_+~\u00c0-\uffff-]/
// Between quotes, and nothing to be replaced. A comment has been cut off: it would have taken a quote with it.
const QUOTED = /^(?:"([^"\\]*)"|'([^']*)')$/
// What begins with a letter is a text, but for these.
const WORD = /^[A-Za-z]/
const NO_TEXT = /^(?:y|n|yes|no|on|off|true|false|null)$/i

class BlockReader {
  readonly #lines: readonly Line[]
  readonly #resolve: ResolveScalar
  #at = 0

  constructor(lines: readonly Line[], resolve: ResolveScalar) {
    this.#lines = lines
    this.#resolve = resolve
  }

  get isAtEnd(): boolean {
    return this.#at === this.#lines.length
  }

  /** The map or the list whose first line is the next one. */
  block(indent: number): Block {
    const text = this.#next?.text ?? ''
    return isItem(text) ? this.#list(indent) : this.#map(indent, text)
  }

  get #next(): Line | undefined {
    return this.#lines[this.#at]
  }

  #place(column: number): Place {
    return { line: this.#next?.number ?? 0, column }
  }

  #list(indent: number): Block {
    const place = this.#place(indent)
    const value: unknown[] = []
    const entries = new Map<string, { key: Place; block: Block }>()
    for (let line = this.#next; line?.indent === indent && isItem(line.text); line = this.#next) {
      const content = line.text.slice(1).trimStart()
      // A list in a list, or an item that begins on the next line.
      if (content === '' || isItem(content)) throw UNUSUAL
      const column = indent + line.text.length - content.length
      const block = KEY.test(content) ? this.#map(column, content) : this.#scalar(content, { indent, column })
      entries.set(String(value.length), { key: block, block })
      value.push(block.value)
    }
    return { ...place, value, entries }
  }

  /** @param first the text of its first entry, which may stand behind the dash of an item */
  #map(indent: number, first: string): Block {
    const place = this.#place(indent)
    const value: Record<string, unknown> = {}
    const entries = new Map<string, { key: Place; block: Block }>()
    let text: string | undefined = first
    while (text !== undefined) {
      const [head, name = ''] = KEY.exec(text) ?? []
      // Keys that occur twice are the library's to refuse.
      if (head === undefined || head.length > LONGEST_KEY || NO_TEXT.test(name) || name in value)
        throw UNUSUAL
      const key = this.#place(indent)
      const content = text.slice(head.length)
      const block =
        content === '' ? this.#below(indent) : this.#scalar(content, { indent, column: indent + head.length })
      entries.set(name, { key, block })
      value[name] = block.value
      const line = this.#next
      text = line?.indent === indent && !isItem(line.text) ? line.text : undefined
    }
    return { ...place, value, entries }
  }

  /** What stands in the lines after a key: further in, or a list at the same place. */
  #below(indent: number): Block {
    this.#at += 1
    const line = this.#next
    if (line && (line.indent > indent || (line.indent === indent && isItem(line.text)))) {
      return this.block(line.indent)
    }
    throw UNUSUAL
  }

  #scalar(text: string, { indent, column }: { readonly indent: number; readonly column: number }): Block {
    const place = this.#place(column)
    this.#at += 1
    // It goes on in the next line.
    if ((this.#next?.indent ?? 0) > indent) throw UNUSUAL
    if (text === '{}') return { ...place, value: {} }
    if (text === '[]') return { ...place, value: [] }
    const [quoted, double, single] = QUOTED.exec(text) ?? []
    if (quoted !== undefined) return { ...place, value: double ?? single, source: double ?? single ?? '' }
    if (!PLAIN_START.test(text) || text.includes(': ') || text.endsWith(':') || isItem(text)) throw UNUSUAL
    const value = WORD.test(text) && !NO_TEXT.test(text) ? text : this.#resolve(text)
    return { ...place, value, source: text }
  }
}

function isItem(text: string): boolean {
  return text === '-' || text.startsWith('- ')
}
