// Owns DELETE of an object or of a collection.
import type { Call } from '../api.ts'
import { jsonResponse, type ApiResponse } from '../http.ts'
import { listResponse, objectResponse } from '../representation.ts'
import { deleteOptionsOf, writeContext } from '../request-options.ts'
import { listOptions } from './list.ts'

/** A Status when the object has gone, the object while it lingers. */
export async function deleteOne(call: Call): Promise<ApiResponse> {
  const { api, kind, route } = call
  const { options, dryRun } = deleteOptionsOf(call)
  const context = writeContext(call)
  const { object, removed } = await api.registry.delete(kind, route, {
    ...context,
    dryRun: dryRun || context.dryRun,
    options,
  })
  // Pods are answered with the pod even when they have gone (ReturnDeletedObject).
  if (!removed || route.resource === 'pods') return objectResponse(call, object)
  const { name, uid } = object.metadata
  const { group, plural } = kind.resource
  return jsonResponse(
    200,
    {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Success',
      details: { name, ...(group ? { group } : {}), kind: plural, uid },
    },
    call.warnings,
  )
}

/** The list of what was deleted. */
export async function deleteCollection(call: Call): Promise<ApiResponse> {
  const { api, kind } = call
  const { options, dryRun } = deleteOptionsOf(call)
  const context = writeContext(call)
  const items = await api.registry.deleteCollection(kind, listOptions(call), {
    ...context,
    dryRun: dryRun || context.dryRun,
    options,
  })
  return listResponse(call, { items, resourceVersion: api.registry.resourceVersion })
}
