// Owns parsing YAML and JSON with the position of every value kept.
import { isAlias, isMap, isScalar, isSeq, LineCounter, parseAllDocuments } from 'yaml'
import type { Document, Node, Tags } from 'yaml'
import { isObject } from '../base/json.ts'
import type { Position, Problem } from './problem.ts'
import { problem } from './problem.ts'

export type Path = readonly (string | number)[]

/** One document of a file: its value, and where each part of it stands. */
export interface SourceDocument {
  readonly file: string
  readonly value: unknown
  /** Position of the value at a path, or of its nearest ancestor when there is none. */
  readonly locate: (path: Path) => Position
  /** Position of the key at the end of a path, or of its nearest ancestor. */
  readonly locateKey: (path: Path) => Position
  /** The text of a scalar as it stands in the file; undefined for anything else. */
  readonly sourceOf: (path: Path) => string | undefined
}

/** What a file is probably wrong in, judged by characters that YAML takes for ordinary letters; undefined for none. */
function syntaxHint(text: string): string | undefined {
  const [character] = /[：，“”‘’（）｛｝［］\u3000\u00a0]/u.exec(text) ?? []
  if (character === undefined) return undefined
  const name =
    character.trim() === ''
      ? `a space of another kind (U+${character.charCodeAt(0).toString(16).padStart(4, '0')})`
      : `the full-width or typographic ${character}`
  const line = text.slice(0, text.indexOf(character)).split('\n').length
  return `Line ${line} holds ${name}; YAML takes only the plain characters : , " ' ( ) { } [ ] and space.`
}

/**
 * Parses a file of any number of documents the way Kubernetes' tools do: YAML 1.1 scalars (`0644` is octal, `yes` is
 * true) without its dates and base-60 numbers, merge keys allowed, duplicate keys refused. Empty documents are left out.
 */
export function parseDocuments(
  text: string,
  file: string,
): { documents: SourceDocument[]; problems: Problem[] } {
  if (text.includes('\0')) {
    const message = 'this is no UTF-8 text; it looks like UTF-16, as PowerShell writes it'
    const found = problem('yaml-syntax', message, { file, line: 1, column: 1 }, 'Save the file as UTF-8.')
    return { documents: [], problems: [found] }
  }
  const lineCounter = new LineCounter()
  const parsed = parseAllDocuments(text, {
    lineCounter,
    version: '1.1',
    merge: true,
    prettyErrors: false,
    customTags: withoutSurprises,
  })
  const documents: SourceDocument[] = []
  const problems: Problem[] = []
  const hint = syntaxHint(text)
  const at = (offset: number): Position => {
    const { line, col } = lineCounter.linePos(offset)
    return { file, line: Math.max(1, line), column: Math.max(1, col) }
  }
  for (const document of Array.isArray(parsed) ? parsed : []) {
    const [fault] = document.errors
    if (fault) problems.push(problem('yaml-syntax', fault.message, at(fault.pos[0]), hint))
    else readDocument(document, at, { file, documents, problems })
  }
  return { documents, problems }
}

function readDocument(
  document: Document.Parsed,
  at: (offset: number) => Position,
  out: { file: string; documents: SourceDocument[]; problems: Problem[] },
): void {
  const root = document.contents as Node | null
  if (root === null || (isScalar(root) && root.value === null)) return
  const start = (node: unknown): Position => at(rangeStart(node) ?? rangeStart(root) ?? 0)
  try {
    out.documents.push({
      file: out.file,
      value: document.toJS({ maxAliasCount: 100 }),
      locate: (path) => start(walk(document, path).value),
      locateKey: (path) => start(walk(document, path).key),
      sourceOf: (path) => {
        const node = walk(document, path).value
        return isScalar(node) ? node.source : undefined
      },
    })
  } catch (error) {
    // toJS throws a ReferenceError on unresolved aliases and on aliases that would multiply without bound.
    out.problems.push(
      problem('yaml-syntax', error instanceof Error ? error.message : String(error), start(root)),
    )
  }
}

function walk(document: Document.Parsed, path: Path): { key: unknown; value: unknown } {
  let value: unknown = document.contents
  let key: unknown = value
  for (const step of path) {
    const node: unknown = isAlias(value) ? value.resolve(document) : value
    if (isMap(node)) {
      const pair = node.items.find(
        (item) => String(isScalar(item.key) ? item.key.value : item.key) === String(step),
      )
      if (!pair) break
      key = pair.key
      value = pair.value ?? pair.key
    } else if (isSeq(node)) {
      const item: unknown = node.items[Number(step)]
      if (item === undefined) break
      key = value = item
    } else break
  }
  return { key, value }
}

function rangeStart(node: unknown): number | undefined {
  if (typeof node !== 'object' || node === null || !('range' in node) || !Array.isArray(node.range))
    return undefined
  const start: unknown = node.range[0]
  return typeof start === 'number' ? start : undefined
}

/** Go's YAML reader, which kubectl and eksctl use, has no timestamps, base-60 numbers, sets or binaries. */
function withoutSurprises(tags: Tags): Tags {
  return tags.filter((tag) => {
    if (typeof tag === 'string') return true
    return tag.format !== 'TIME' && !/timestamp|binary|omap|pairs|:set/.test(tag.tag)
  })
}

/** The value without empty fields (`labels:` and nothing after it), which Go reads as absent. */
export function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmpty)
  if (!isObject(value)) return value
  const entries = Object.entries(value).filter(([, item]) => item !== null && item !== undefined)
  return Object.fromEntries(entries.map(([key, item]) => [key, withoutEmpty(item)]))
}
