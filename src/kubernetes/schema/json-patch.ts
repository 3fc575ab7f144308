// Owns JSON patches (RFC 6902) as the API server answers for them.
import jsonPatch, { type Operation } from 'fast-json-patch'

import { StatusError } from '../../base/errors.ts'
import { deepCopy, isObject } from '../../base/json.ts'
import { goKind } from './format-go.ts'

// apiserver pkg/endpoints/handlers/patch.go
const MAX_OPERATIONS = 10_000
const OPERATIONS: ReadonlySet<unknown> = new Set(['add', 'remove', 'replace', 'move', 'copy', 'test'])

/**
 * A copy of `document` with all operations applied.
 * @throws StatusError BadRequest for what is no JSON patch, RequestEntityTooLarge for more than 10,000
 * operations, Invalid (422) when an operation fails, a `test` among them.
 * Source: apiserver pkg/endpoints/handlers/patch.go (jsonPatcher.applyJSPatch).
 */
export function applyJsonPatch(document: unknown, patch: unknown): unknown {
  const operations = readOperations(patch)
  if (operations.length > MAX_OPERATIONS) {
    throw new StatusError(
      'RequestEntityTooLarge',
      `Request entity too large: The allowed maximum operations in a JSON patch is ${MAX_OPERATIONS}, got ${operations.length}`,
    )
  }
  try {
    return operations.reduce<unknown>(
      (current, operation) => applyOne(current, deepCopy(operation)),
      deepCopy(document),
    )
  } catch {
    throw rejected()
  }
}

function applyOne(document: unknown, operation: Operation): unknown {
  const isNew = operation.op === 'replace' && isMissingKey(document, operation.path)
  // Upstream's library takes a replacement for a key that is not there, if there is something for it to be in.
  const applied = isNew ? { ...operation, op: 'add' as const } : operation
  return jsonPatch.applyOperation(document, applied, true, true).newDocument
}

function isMissingKey(document: unknown, path: string): boolean {
  const at = path.lastIndexOf('/')
  if (at < 0) return false
  const holder: unknown = jsonPatch.getValueByPointer(document, path.slice(0, at))
  return isObject(holder) && !Object.hasOwn(holder, jsonPatch.unescapePathComponent(path.slice(at + 1)))
}

function rejected(): StatusError {
  return new StatusError('Invalid', 'the server rejected our request due to an error in our request', {
    name: '',
  })
}

function readOperations(patch: unknown): Operation[] {
  if (!Array.isArray(patch)) {
    throw new StatusError(
      'BadRequest',
      `error decoding patch: json: cannot unmarshal ${goKind(patch)} into Go value of type []handlers.jsonPatchOp`,
    )
  }
  for (const operation of patch as unknown[]) {
    if (!isObject(operation) || !OPERATIONS.has(operation['op'])) {
      throw rejected()
    }
  }
  // Checked above as far as the library does not check it itself.
  return patch as Operation[]
}
