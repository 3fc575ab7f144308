// Owns DELETE of an object or of a collection.
import { isObject } from '../../../base/json.ts'
import type { DeleteOptions } from '../../client/client.ts'
import { decodeObject } from '../../schema/decode.ts'
import { writeContext, type Call } from '../api.ts'
import { parseBody } from '../body.ts'
import { jsonResponse, type ApiResponse } from '../http.ts'
import { listResponse, objectResponse } from '../representation.ts'
import { listOptions } from './list.ts'

/** A Status when the object has gone, the object while it lingers. */
export async function deleteOne(call: Call): Promise<ApiResponse> {
  const { api, kind, route } = call
  const { options, dryRun } = readOptions(call)
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
  const { options, dryRun } = readOptions(call)
  const context = writeContext(call)
  const items = await api.registry.deleteCollection(kind, listOptions(call), {
    ...context,
    dryRun: dryRun || context.dryRun,
    options,
  })
  return listResponse(call, { items, resourceVersion: api.registry.resourceVersion })
}

interface DeleteBody extends DeleteOptions {
  readonly orphanDependents?: boolean
  readonly dryRun?: readonly string[]
}

function readOptions(call: Call): { options: DeleteOptions; dryRun: boolean } {
  const { query, request } = call
  const value = request.body?.length ? parseBody(request).value : undefined
  const body = isObject(value)
    ? decodeObject<DeleteBody>('meta/v1.DeleteOptions', value, { fieldValidation: 'Ignore' }).object
    : {}
  const grace = query.get('gracePeriodSeconds')
  const policy =
    body.propagationPolicy ??
    query.get('propagationPolicy') ??
    (body.orphanDependents === undefined ? undefined : body.orphanDependents ? 'Orphan' : 'Background')
  const seconds = body.gracePeriodSeconds ?? (grace === null ? undefined : Number(grace))
  return {
    dryRun: body.dryRun?.includes('All') ?? false,
    options: {
      ...(policy === 'Orphan' || policy === 'Background' || policy === 'Foreground'
        ? { propagationPolicy: policy }
        : {}),
      ...(seconds === undefined ? {} : { gracePeriodSeconds: seconds }),
      ...(body.preconditions ? { preconditions: body.preconditions } : {}),
    },
  }
}
