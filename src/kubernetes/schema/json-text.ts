// Owns reading JSON text with the duplicate keys in it, which JSON.parse hides.
import { StatusError } from '../../base/errors.ts'
import { formatPath } from './decode.ts'
import { jsonSyntaxError } from './json-syntax.ts'

export interface ParsedJson {
  readonly value: unknown
  /** Paths of keys that an object has twice, such as `spec.replicas`; the last one wins in `value`. */
  readonly duplicates: readonly string[]
  /** What Go's reader of YAML says of such keys, by line; text that is YAML has this instead of paths. */
  readonly yamlComplaint?: string | undefined
  /** Paths of all keys as they stand in the text, those that stand twice twice. */
  readonly order?: () => readonly string[]
}

// Go's decoder gives up at 10,000 levels; what walks the value here is recursive and has less stack than that.
const MAXIMUM_DEPTH = 1000

/**
 * Parses JSON text and finds duplicate keys.
 * @throws StatusError BadRequest when the text is no JSON or is nested too deeply.
 */
export function parseJson(text: string): ParsedJson {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    const words = jsonSyntaxError(Buffer.from(text)) ?? error.message
    throw new StatusError('BadRequest', `couldn't get version/kind; json parse error: ${words}`)
  }
  return {
    value,
    duplicates: hasAllKeys(text, value) ? [] : findDuplicates(text),
    order: () => keyPaths(text),
  }
}

/**
 * True when no key stands twice, told without reading the text again: whatever looks like a key in it is one of the
 * value. Where a string looks like one as well, this says nothing.
 */
function hasAllKeys(text: string, value: unknown): boolean {
  let likeKeys = 0
  for (const key = /"\s*:/g; key.test(text);) likeKeys += 1
  return likeKeys === countKeys(value, 0)
}

function countKeys(value: unknown, depth: number): number {
  if (typeof value !== 'object' || value === null) return 0
  if (depth >= MAXIMUM_DEPTH) throw tooDeep()
  const items: readonly unknown[] = Object.values(value)
  const below = items.reduce<number>((sum, item) => sum + countKeys(item, depth + 1), 0)
  return Array.isArray(value) ? below : below + items.length
}

interface Frame {
  readonly keys: Set<string> | undefined
  at: string | number
}

/** Scans text that is known to be JSON. */
function findDuplicates(text: string): string[] {
  const duplicates: string[] = []
  scanKeys(text, (frames, isDuplicate) => {
    if (isDuplicate) duplicates.push(pathOf(frames))
  })
  return duplicates
}

function keyPaths(text: string): string[] {
  const paths: string[] = []
  scanKeys(text, (frames) => void paths.push(pathOf(frames)))
  return paths
}

function pathOf(frames: readonly Frame[]): string {
  return formatPath(frames.map((frame) => frame.at))
}

function scanKeys(text: string, onKey: (frames: readonly Frame[], isDuplicate: boolean) => void): void {
  const frames: Frame[] = []
  const token = /[{}[\],]|"((?:[^"\\]|\\.)*)"(\s*:)?/g
  for (let match = token.exec(text); match; match = token.exec(text)) {
    const top = frames.at(-1)
    switch (match[0]) {
      case '{':
      case '[':
        if (frames.length >= MAXIMUM_DEPTH) throw tooDeep()
        frames.push(match[0] === '{' ? { keys: new Set(), at: '' } : { keys: undefined, at: 0 })
        break
      case '}':
      case ']':
        frames.pop()
        break
      case ',':
        if (typeof top?.at === 'number') top.at++
        break
      default: {
        if (match[2] === undefined || !top?.keys) break
        const raw = match[1] ?? ''
        const key = raw.includes('\\') ? (JSON.parse(`"${raw}"`) as string) : raw
        top.at = key
        onKey(frames, top.keys.has(key))
        top.keys.add(key)
      }
    }
  }
}

/**
 * The value itself, when it is not nested too deeply: values of YAML may even contain themselves.
 * @throws StatusError BadRequest.
 */
export function requireShallow(value: unknown, depth = 0): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (depth >= MAXIMUM_DEPTH) throw tooDeep()
  for (const item of Object.values(value)) requireShallow(item, depth + 1)
  return value
}

// encoding/json, scanner.go.
function tooDeep(): StatusError {
  return new StatusError('BadRequest', "couldn't get version/kind; json parse error: exceeded max depth")
}
