// Owns JSON merge patches (RFC 7386).
import { StatusError } from '../../base/errors.ts'
import { deepCopy, isObject, own, setOwn } from '../../base/json.ts'
import { goKind } from './format-go.ts'

/**
 * A copy of an object with a merge patch applied.
 * @throws StatusError BadRequest for a patch that is no object.
 * Source: apiserver pkg/endpoints/handlers/patch.go (jsonPatcher.applyJSPatch).
 */
export function mergePatched(object: unknown, patch: unknown): unknown {
  if (isObject(patch)) return applyMergePatch(object, patch)
  if (patch === null) throw new StatusError('BadRequest', 'Invalid JSON Patch')
  throw new StatusError(
    'BadRequest',
    `error decoding patch: json: cannot unmarshal ${goKind(patch)} into Go value of type map[string]interface {}`,
  )
}

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
