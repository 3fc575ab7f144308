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

/**
 * The value under a key that somebody else chose: `record[key]` would also find what objects inherit
 * (`toString`, `constructor`).
 */
export function own<T>(record: Readonly<Record<string, T>> | undefined, key: string): T | undefined {
  return record !== undefined && Object.hasOwn(record, key) ? record[key] : undefined
}

/** Sets a key that somebody else chose: plain assignment to `__proto__` would change the prototype. */
export function setOwn<T>(record: Record<string, T>, key: string, value: T): void {
  if (key === '__proto__') {
    Object.defineProperty(record, key, { value, enumerable: true, configurable: true, writable: true })
  } else record[key] = value
}

/** Structural equality of JSON values; a key whose value is undefined equals an absent key. */
export function deepEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, index) => deepEqual(item, b[index]))
  }
  if (!isObject(a) || !isObject(b)) return false
  for (const key of Object.keys(a)) if (!deepEqual(a[key], own(b, key))) return false
  // What both have is compared by now: twice at every level would double the work with each.
  return Object.keys(b).every((key) => b[key] === undefined || Object.hasOwn(a, key))
}

/** JSON text with the keys of every object in order: the same for equal values. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) =>
    isObject(item) ? Object.fromEntries(Object.entries(item).toSorted(([a], [b]) => (a < b ? -1 : 1))) : item,
  )
}

/** True when nothing in a JSON value is undefined: its text reads back as the same value. */
export function isWithoutAbsent(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return value !== undefined
  if (Array.isArray(value)) return value.every(isWithoutAbsent)
  for (const key in value) {
    if (!isWithoutAbsent((value as Record<string, unknown>)[key])) return false
  }
  return true
}

/** A deep copy of a JSON value; the result shares nothing with the argument. */
export function deepCopy<T>(value: T): T {
  if (Array.isArray(value)) return value.map((item: unknown) => deepCopy(item)) as T
  if (!isObject(value)) return value
  // Spread first: objects of one shape stay of one shape, and nothing is looked up by name.
  const copy: Record<string, unknown> = { ...value }
  let hasAbsent = false
  for (const key in copy) {
    const item = copy[key]
    if (item === undefined) hasAbsent = true
    else if (typeof item === 'object' && item !== null) copy[key] = deepCopy(item)
  }
  return (hasAbsent ? withoutAbsent(copy) : copy) as T
}

function withoutAbsent(value: Record<string, unknown>): Record<string, unknown> {
  const present: Record<string, unknown> = {}
  for (const [key, item] of Object.entries(value)) if (item !== undefined) setOwn(present, key, item)
  return present
}
