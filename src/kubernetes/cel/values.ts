// Owns Kubernetes objects as values of CEL: whole numbers are of its type int, which is bigint here.

// Objects are immutable: what has been made from one is kept as long as it is.
const made = new WeakMap<object, unknown>()

/** A JSON value as CEL sees it; the same one for the same object. */
export function toCel(value: unknown): unknown {
  if (typeof value === 'number') return Number.isInteger(value) ? BigInt(value) : value
  if (typeof value !== 'object' || value === null) return value ?? null
  const known = made.get(value)
  if (known !== undefined) return known
  const result = Array.isArray(value)
    ? (value as unknown[]).map(toCel)
    : Object.fromEntries(
        Object.entries(value).flatMap(([key, item]) => (item === undefined ? [] : [[key, toCel(item)]])),
      )
  made.set(value, result)
  return result
}
