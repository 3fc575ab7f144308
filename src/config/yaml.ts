// Owns parsing YAML and JSON with the position of every value kept.
import { isAlias, isMap, isScalar, isSeq, LineCounter, parseAllDocuments, parseDocument, visit } from 'yaml'
import type { Document, Node, ScalarTag, Tags } from 'yaml'
import { isObject } from '../base/json.ts'
import type { Position, Problem } from './problem.ts'
import { problem } from './problem.ts'
import { fileHint } from './text-hint.ts'
import { placeFinder } from './yaml-places.ts'
import { valueReader } from './yaml-values.ts'

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

/** Why a text could not be read from its bytes; undefined when it could. */
function encodingFault(text: string): { message: string; help: string } | undefined {
  if (text.includes('\0')) {
    return {
      message: 'this is no UTF-8 text; it looks like UTF-16, as PowerShell writes it',
      help: 'Save the file as UTF-8; in PowerShell: Get-Content FILE | Set-Content -Encoding utf8 NEW',
    }
  }
  // What decoding puts in the place of bytes that are none of UTF-8.
  if (!text.includes('\ufffd')) return undefined
  return {
    message: 'this is no UTF-8 text; it looks like another encoding, such as GBK or Latin-1',
    help: 'Save the file as UTF-8; for example: iconv -f GBK -t UTF-8 FILE > NEW',
  }
}

/**
 * Parses a file of any number of documents the way Kubernetes' tools do: YAML 1.1 scalars (`0644` is octal, `yes` is
 * true) as Go reads them, without dates and base-60 numbers, merge keys allowed, duplicate keys refused. Empty documents are left out.
 */
export function parseDocuments(
  text: string,
  file: string,
): { documents: SourceDocument[]; problems: Problem[] } {
  const encoding = encodingFault(text)
  if (encoding) {
    const at = { file, line: lineOf(text, '\ufffd'), column: 1 }
    return { documents: [], problems: [problem('yaml-syntax', encoding.message, at, encoding.help)] }
  }
  const out: Read = {
    file,
    isTemplate: text.includes('{{'),
    hint: () => fileHint(text),
    documents: [],
    problems: [],
  }
  for (const part of partsOf(text)) {
    const document = readSimple(part, file)
    if (document) out.documents.push(document)
    else readPart(part, out)
  }
  return { documents: out.documents, problems: out.problems }
}

/** What has been read of a file, and what of the file matters to each of its documents. */
interface Read {
  readonly file: string
  readonly isTemplate: boolean
  readonly hint: () => string | undefined
  readonly documents: SourceDocument[]
  readonly problems: Problem[]
}

/** A text that holds whole documents. */
interface Part {
  readonly text: string
  /** Lines of the file before it. */
  readonly linesBefore: number
}

/** Each document by itself, or all of them at once where they cannot be told apart by their first lines alone. */
function partsOf(text: string): readonly Part[] {
  if (/^(?:---(?![ \t]*(?:#.*)?$)|\.\.\.|%|\ufeff)/m.test(text) || text.includes('\r')) {
    return [{ text, linesBefore: 0 }]
  }
  const parts: Part[] = []
  let linesBefore = 0
  for (const each of text.split(/^(?=---)/m)) {
    parts.push({ text: each, linesBefore })
    linesBefore += each.split('\n').length - 1
  }
  return parts
}

const OPTIONS = {
  version: '1.1',
  merge: true,
  prettyErrors: false,
  customTags: asGoReads,
  // The library would write a warning of keys that are no texts to standard error; they are reported below.
  logLevel: 'error',
} as const

// As an item of a list, so that no text is taken for the end of a document or a directive.
const readValue = valueReader((text) => {
  const read: unknown = parseDocument(`- ${text}`, OPTIONS).toJS()
  return Array.isArray(read) ? read[0] : text
})

const findPlace = placeFinder()

/** A document as nearly all are written; undefined when it is another. */
function readSimple(part: Part, file: string): SourceDocument | undefined {
  const value = readValue(part.text)
  if (value === undefined || value === null) return undefined
  // Few documents are asked where something is in them, and those by few problems.
  let kept: SourceDocument | undefined
  const whole = (): SourceDocument => {
    if (kept) return kept
    const out: Read = { file, isTemplate: false, hint: () => undefined, documents: [], problems: [] }
    readPart(part, out)
    kept = out.documents[0] ?? atStart(part, file)
    return kept
  }
  const lines = lineStarts(part)
  const quick = (path: Path, which: 'key' | 'value'): Position | undefined => {
    const place = findPlace(part.text, path)
    return place && { file, ...lines(place[which]) }
  }
  return {
    file,
    value,
    locate: (path) => quick(path, 'value') ?? whole().locate(path),
    locateKey: (path) => quick(path, 'key') ?? whole().locateKey(path),
    sourceOf: (path) => {
      const place = findPlace(part.text, path)
      return place ? place.source : whole().sourceOf(path)
    },
  }
}

/** Line and column in the file, counted from 1, of an offset into the text of a part. */
function lineStarts({ text, linesBefore }: Part): (offset: number) => Pick<Position, 'line' | 'column'> {
  return (offset) => {
    const before = text.slice(0, offset)
    const line = before.split('\n').length
    return { line: linesBefore + line, column: offset - before.lastIndexOf('\n') }
  }
}

/** A document that only one of the two libraries takes: a few that are wrong within their flow collections. */
function atStart({ linesBefore }: Part, file: string): SourceDocument {
  const start = (): Position => ({ file, line: linesBefore + 1, column: 1 })
  return { file, value: undefined, locate: start, locateKey: start, sourceOf: () => undefined }
}

function readPart({ text, linesBefore }: Part, out: Read): void {
  const lineCounter = new LineCounter()
  const parsed = parseAllDocuments(text, { ...OPTIONS, lineCounter })
  const { file, isTemplate, hint, problems } = out
  const at = (offset: number): Position => {
    const { line, col } = lineCounter.linePos(offset)
    return { file, line: linesBefore + Math.max(1, line), column: Math.max(1, col) }
  }
  for (const document of Array.isArray(parsed) ? parsed : []) {
    const [fault] = document.errors
    const key = !fault && isTemplate ? collectionKey(document) : undefined
    if (fault) problems.push(problem('yaml-syntax', fault.message, at(fault.pos[0]), hint()))
    else if (key !== undefined) {
      problems.push(problem('yaml-syntax', 'a map or a list is used as a key', at(key), hint()))
    } else readDocument(document, at, out)
  }
}

function lineOf(text: string, sign: string): number {
  return text.slice(0, Math.max(0, text.indexOf(sign))).split('\n').length
}

/** Where a key is that is no scalar, as `{{ name }}` is to YAML: Go's reader refuses it as an invalid map key. */
function collectionKey(document: Document.Parsed): number | undefined {
  let found: number | undefined
  visit(document, {
    Pair: (_, { key }) => {
      if (!isMap(key) && !isSeq(key)) return undefined
      found = rangeStart(key) ?? 0
      return visit.BREAK
    },
  })
  return found
}

function readDocument(
  document: Document.Parsed,
  at: (offset: number) => Position,
  out: Pick<Read, 'file' | 'documents' | 'problems'>,
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
      problem('yaml-syntax', Error.isError(error) ? error.message : String(error), start(root)),
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

// yamlStyleFloat of go-yaml v2, resolve.go: a mantissa has a digit. To YAML 1.1 itself `e1` and `.` are numbers too.
const FLOATS = {
  EXP: /^[-+]?(?:[0-9][0-9_]*(?:\.[0-9_]*)?|\.[0-9][0-9_]*)[eE][-+]?[0-9]+$/,
  plain: /^[-+]?(?:[0-9][0-9_]*\.[0-9_]*|\.[0-9][0-9_]*)$/,
} as const

const OCTAL: ScalarTag = {
  default: true,
  tag: 'tag:yaml.org,2002:int',
  format: 'OCT',
  test: /^[-+]?0o[0-7_]+$/,
  resolve: (text) => Number(text.replaceAll(/[-+_]/g, '')) * (text.startsWith('-') ? -1 : 1),
}

/**
 * Go's YAML reader, which kubectl and eksctl use, has no timestamps, base-60 numbers, sets or binaries, reads `e1` as a
 * text and `0o644` as octal.
 */
function asGoReads(tags: Tags): Tags {
  const known = tags.filter((tag) => {
    if (typeof tag === 'string') return true
    return tag.format !== 'TIME' && !/timestamp|binary|omap|pairs|:set/.test(tag.tag)
  })
  return [...known.map(withGoFloats), OCTAL]
}

function withGoFloats(tag: Tags[number]): Tags[number] {
  if (typeof tag === 'string' || tag.collection || !tag.tag.endsWith(':float')) return tag
  // Beside the two there is one for infinity and for what is no number.
  if (tag.test?.test('.inf')) return tag
  return { ...tag, test: tag.format === 'EXP' ? FLOATS.EXP : FLOATS.plain }
}

/** The value without empty fields (`labels:` and nothing after it), which Go reads as absent. */
export function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmpty)
  if (!isObject(value)) return value
  const entries = Object.entries(value).filter(([, item]) => item !== null && item !== undefined)
  return Object.fromEntries(entries.map(([key, item]) => [key, withoutEmpty(item)]))
}
