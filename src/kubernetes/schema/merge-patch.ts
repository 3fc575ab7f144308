// Owns JSON merge patches (RFC 7386).
import { deepCopy, isObject, own, setOwn } from '../../base/json.ts'

/** `target` with `patch` merged in: objects merge, null removes, everything else replaces. Shares nothing with either. */
export function applyMergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return deepCopy(patch)
  const result = isObject(target) ? { ...target } : {}
  for (const [key, value] of Object.entries(patch)) {
    if (value === null || value === undefined) delete result[key]
    else setOwn(result, key, applyMergePatch(own(result, key), value))
  }
  return deepCopy(result)
}
