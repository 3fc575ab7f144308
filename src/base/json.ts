// Owns the types of parsed JSON and the few structural operations on it that everything needs.

export type JsonPrimitive = string | number | boolean | null
export type Json = JsonPrimitive | Json[] | JsonObject
export interface JsonObject {
  [key: string]: Json | undefined
}

/** True for a plain JSON object: not null, not an array. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Structural equality of JSON values; a key whose value is undefined equals an absent key. */
export function deepEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, index) => deepEqual(item, b[index]))
  }
  if (!isObject(a) || !isObject(b)) return false
  return hasEqualKeys(a, b) && hasEqualKeys(b, a)
}

function hasEqualKeys(a: Record<string, unknown>, b: Record<string, unknown>): boolean {
  return Object.keys(a).every((key) => deepEqual(a[key], b[key]))
}

/** A deep copy of a JSON value; the result shares nothing with the argument. */
export function deepCopy<T>(value: T): T {
  if (Array.isArray(value)) return value.map((item: unknown) => deepCopy(item)) as T
  if (!isObject(value)) return value
  const copy: Record<string, unknown> = {}
  for (const [key, item] of Object.entries(value)) {
    if (item !== undefined) copy[key] = deepCopy(item)
  }
  return copy as T
}
