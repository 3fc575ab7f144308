// Owns the comparison of a computed status with a stored one.
import { deepEqual, isObject } from '../../base/json.ts'

/**
 * True when two statuses say the same. Counts of 0, empty texts and empty lists equal absent ones: the API server
 * does not store them, and a controller that took them for a change would write for ever.
 */
export function isSameStatus(a: unknown, b: unknown): boolean {
  return deepEqual(pruned(a), pruned(b))
}

function pruned(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? undefined : value.map(pruned)
  if (isObject(value)) {
    const entries = Object.entries(value)
      .map(([key, item]) => [key, pruned(item)] as const)
      .filter(([, item]) => item !== undefined)
    return entries.length === 0 ? undefined : Object.fromEntries(entries)
  }
  return value === 0 || value === '' || value === null ? undefined : value
}
