// Owns DELETE of an object or of a collection.
import type { Call } from '../api.ts'
import { LongBody, type ApiResponse } from '../http.ts'
import { listResponse, objectResponse, otherResponse } from '../representation.ts'
import { deleteOptionsOf, writerOf } from '../request-options.ts'
import { listOptions } from '../list-options.ts'

/** A Status when the object has gone, the object while it lingers. */
export async function deleteOne(call: Call): Promise<ApiResponse> {
  const { api, kind, route } = call
  const { options, dryRun } = deleteOptionsOf(call)
  const context = { ...writerOf(call), dryRun, options }
  const { object, removed } = await api.registry.delete(kind, route, context)
  // Pods are answered with the pod even when they have gone (ReturnDeletedObject).
  if (!removed || route.resource === 'pods') return objectResponse(call, object)
  const { name, uid } = object.metadata
  const { group, plural } = kind.resource
  return otherResponse(call, {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details: { name, ...(group ? { group } : {}), kind: plural, uid },
  })
}

/** The list of what was deleted. */
export async function deleteCollection(call: Call): Promise<ApiResponse> {
  const { api, kind } = call
  const { options, dryRun } = deleteOptionsOf(call)
  const context = { ...writerOf(call), dryRun, options }
  const items = await api.registry.deleteCollection(kind, listOptions(call), context)
  const answer = listResponse(call, { items, sources: [], resourceVersion: api.registry.resourceVersion })
  // Whole: the audit log has it, as it has no list.
  const { body } = answer
  return body instanceof LongBody ? { ...answer, body: Buffer.concat([...body.parts]) } : answer
}
