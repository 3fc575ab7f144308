// Owns answers and events in JSON: put together from the texts of the stored objects in them.
import type { KubernetesObject } from '../client/client.ts'
import type { ObjectText } from '../registry/object-text.ts'
import type { Call } from './api.ts'

/** The text of an object, where it has one. */
export type TextOf = (object: KubernetesObject) => ObjectText | undefined

/** Where the texts of a call's objects are. */
export function textsOf({ api, kind }: Call): TextOf {
  return (object) => api.registry.textOf(kind, object)
}

/** An object. */
export function jsonOf(textOf: TextOf, object: KubernetesObject): string {
  return textOf(object)?.whole ?? JSON.stringify(object)
}

/** An object in a typed list, which says already what its items are. */
export function jsonItem(textOf: TextOf, object: KubernetesObject): string {
  const text = textOf(object)
  if (text) return text.item
  const { apiVersion: _a, kind: _k, ...item } = object
  return JSON.stringify(item)
}

/** An object's metadata alone. @param version of meta.k8s.io */
export function jsonPartial(textOf: TextOf, object: KubernetesObject, version: string): string {
  const metadata = textOf(object)?.metadataOf(object) ?? JSON.stringify(object.metadata)
  return `{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/${version}","metadata":${metadata}}`
}

/**
 * An object with a long list at its end, as UTF-8.
 * @param head the fields before the list
 * @param items JSON each
 */
export function jsonWithList(head: object, name: string, items: readonly string[]): Uint8Array {
  const opening = `${JSON.stringify(head).slice(0, -1)},${JSON.stringify(name)}:[`
  // Text by text: a list as one string would be in memory twice.
  const size = items.reduce((sum, item) => sum + Buffer.byteLength(item) + 1, Buffer.byteLength(opening))
  const body = Buffer.allocUnsafe(size + CLOSING.length)
  let at = body.write(opening)
  for (const [index, item] of items.entries()) {
    if (index > 0) at += body.write(',', at)
    at += body.write(item, at)
  }
  at += body.write(CLOSING, at)
  return body.subarray(0, at)
}

const CLOSING = ']}\n'
