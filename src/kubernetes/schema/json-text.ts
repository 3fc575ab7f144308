// Owns reading JSON text with the duplicate keys in it, which JSON.parse hides.
import { StatusError } from '../../base/errors.ts'
import { formatPath } from './decode.ts'

export interface ParsedJson {
  readonly value: unknown
  /** Paths of keys that an object has twice, such as `spec.replicas`; the last one wins in `value`. */
  readonly duplicates: readonly string[]
}

/**
 * Parses JSON text and finds duplicate keys.
 * @throws StatusError BadRequest when the text is no JSON.
 */
export function parseJson(text: string): ParsedJson {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new StatusError(
      'BadRequest',
      `couldn't get version/kind; json parse error: ${(error as Error).message}`,
    )
  }
  return { value, duplicates: findDuplicates(text) }
}

interface Frame {
  readonly keys: Set<string> | undefined
  at: string | number
}

/** Scans text that is known to be JSON. */
function findDuplicates(text: string): string[] {
  const duplicates: string[] = []
  const frames: Frame[] = []
  const token = /[{}[\],]|"((?:[^"\\]|\\.)*)"(\s*:)?/g
  for (let match = token.exec(text); match; match = token.exec(text)) {
    const top = frames.at(-1)
    switch (match[0]) {
      case '{':
        frames.push({ keys: new Set(), at: '' })
        break
      case '[':
        frames.push({ keys: undefined, at: 0 })
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
        if (top.keys.has(key)) duplicates.push(formatPath(frames.map((frame) => frame.at)))
        top.keys.add(key)
      }
    }
  }
  return duplicates
}
