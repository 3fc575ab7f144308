// Owns answers and events in JSON: put together from the texts of the stored objects in them.
import type { KubernetesObject } from '../client/client.ts'
import type { ObjectText, Pieces } from '../registry/object-text.ts'
import type { Call } from './api.ts'
import { LongBody, PART_BYTES } from './http.ts'

/** The text of an object, where it has one. */
export type TextOf = (object: KubernetesObject) => ObjectText | undefined

/** Where the texts of a call's objects are. */
export function textsOf({ api, kind }: Call): TextOf {
  return (object) => api.registry.textOf(kind, object)
}

/** An object. */
export function jsonOf(text: ObjectText | undefined, object: KubernetesObject): Pieces {
  return text?.whole ?? [JSON.stringify(object)]
}

/** An object in a typed list, which says already what its items are. */
export function jsonItem(text: ObjectText | undefined, object: KubernetesObject): Pieces {
  if (text) return text.item
  const { apiVersion: _a, kind: _k, ...item } = object
  return [JSON.stringify(item)]
}

/** An object's metadata alone. @param version of meta.k8s.io */
export function jsonPartial(text: ObjectText | undefined, object: KubernetesObject, version: string): Pieces {
  const metadata = text?.metadataOf(object) ?? [JSON.stringify(object.metadata)]
  const head = `{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/${version}","metadata":`
  return [head, ...metadata, '}']
}

// An answer of so many characters is made while it is sent: it is never in memory as a whole, and others get their turn.
const LONG = 128 * 1024

/**
 * An object with a list at its end.
 * @param head the fields before the list
 * @param items JSON each
 */
export function jsonWithList(head: object, name: string, items: Iterable<Pieces>): string | LongBody {
  const pieces = piecesOf(`${JSON.stringify(head).slice(0, -1)},${JSON.stringify(name)}:[`, items)
  const first: string[] = []
  let length = 0
  for (let next = pieces.next(); next.done !== true; next = pieces.next()) {
    first.push(next.value)
    length += next.value.length
    if (length >= LONG) return new LongBody(inParts(first, pieces))
  }
  return first.join('')
}

function* piecesOf(opening: string, items: Iterable<Pieces>): Generator<string, undefined> {
  yield opening
  let isFirst = true
  for (const item of items) {
    if (!isFirst) yield ','
    isFirst = false
    for (const piece of item) yield piece
  }
  yield ']}\n'
}

// A character of JavaScript takes no more bytes than this.
const UTF8_BYTES = 3

/** Texts, one behind the other, as UTF-8. */
function* inParts(...texts: Iterable<string>[]): Generator<Uint8Array> {
  let part = Buffer.allocUnsafeSlow(PART_BYTES)
  let size = 0
  for (const text of texts) {
    for (const piece of text) {
      const most = piece.length * UTF8_BYTES
      if (size + most > part.length) {
        yield part.subarray(0, size)
        part = Buffer.allocUnsafeSlow(Math.max(PART_BYTES, most))
        size = 0
      }
      size += part.write(piece, size)
    }
  }
  yield part.subarray(0, size)
}
