// Owns the patch of a mutating webhook: one operation after the other, and the words for the one that fails.
// Source of the wording: evanphx/json-patch v4 patch.go, which the API server patches with.
import jsonPatch, { type Operation } from 'fast-json-patch'

import { messageOf, StatusError } from '../../../base/errors.ts'
import { deepCopy, isObject, own } from '../../../base/json.ts'
import { OutboundError } from '../outbound/go-words.ts'

/** The operations of a patch in JSON text. @throws OutboundError when it is none. */
export function decodePatch(text: string): readonly Operation[] {
  const undecodable = (why: string): OutboundError =>
    new OutboundError(`received undecodable patch in webhook response: ${why}`)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    const first = text.trimStart()[0]
    throw undecodable(
      first === undefined
        ? 'unexpected end of JSON input'
        : `invalid character '${first}' looking for beginning of value`,
    )
  }
  if (Array.isArray(value) && value.every((each) => isObject(each) && typeof each['op'] === 'string')) {
    // The library checks the rest of an operation as it carries it out.
    return value as Operation[]
  }
  const found = isObject(value) ? 'object' : typeof value
  throw undecodable(`json: cannot unmarshal ${found} into Go value of type jsonpatch.Patch`)
}

/** A patched copy. @throws StatusError InternalError naming the operation that fails. */
export function patchObject(object: object, operations: readonly Operation[]): unknown {
  let document: unknown = deepCopy(object)
  for (const operation of operations) document = applyOne(document, operation)
  return document
}

function applyOne(document: unknown, operation: Operation): unknown {
  try {
    const { newDocument, test } = jsonPatch.applyOperation(document, deepCopy(operation), true, true)
    if (test !== false) return newDocument
  } catch (error) {
    throw new StatusError('InternalError', `Internal error occurred: ${words(document, operation, error)}`, {
      causes: [{ message: words(document, operation, error) }],
    })
  }
  const failed = `testing value ${operation.path} failed: test failed`
  throw new StatusError('InternalError', `Internal error occurred: ${failed}`, {
    causes: [{ message: failed }],
  })
}

function words(document: unknown, { op, path }: Operation, error: unknown): string {
  const cut = path.lastIndexOf('/')
  const key = path
    .slice(cut + 1)
    .replaceAll('~1', '/')
    .replaceAll('~0', '~')
  const hasParent = isContainer(document, path.slice(0, Math.max(cut, 0)))
  const missing = 'missing value'
  switch (op) {
    case 'remove':
      return hasParent
        ? `error in remove for path: '${path}': Unable to remove nonexistent key: ${key}: ${missing}`
        : `remove operation does not apply: doc is missing path: "${path}": ${missing}`
    case 'replace':
      return `replace operation does not apply: doc is missing ${hasParent ? 'key' : 'path'}: ${path}: ${missing}`
    case 'add':
      return `add operation does not apply: doc is missing path: "${path}": ${missing}`
    case 'test':
      return `testing value ${path} failed: test failed`
    case 'move':
    case 'copy':
      return `error in ${op} for path: '${key}': ${missing}`
    default:
      return isObject(error) && 'name' in error && error.name === 'OPERATION_OP_INVALID'
        ? `Unexpected kind: ${op}`
        : messageOf(error)
  }
}

function isContainer(document: unknown, pointer: string): boolean {
  const names = pointer.split('/').slice(1)
  let value = document
  for (const name of names) {
    if (typeof value !== 'object' || value === null) return false
    value = own(value as Record<string, unknown>, name.replaceAll('~1', '/').replaceAll('~0', '~'))
  }
  return typeof value === 'object' && value !== null
}
