// Owns GET of a collection.
import { StatusError } from '../../../base/errors.ts'
import type { ReadListOptions } from '../../registry/read.ts'
import type { Call } from '../api.ts'
import type { ApiResponse } from '../http.ts'
import { listResponse } from '../representation.ts'

/** The objects that the query selects. */
export async function list(call: Call): Promise<ApiResponse> {
  return listResponse(call, call.api.registry.list(call.kind, listOptions(call)))
}

/** Namespace, selectors, page and version of a request. @throws StatusError BadRequest for a limit that is none. */
export function listOptions({ route, query }: Call): ReadListOptions {
  const text = (name: string): string | undefined => query.get(name) || undefined
  const limit = text('limit')
  if (limit !== undefined && !/^\d+$/.test(limit)) {
    throw new StatusError('BadRequest', `strconv.ParseInt: parsing ${JSON.stringify(limit)}: invalid syntax`)
  }
  const options = {
    namespace: route.resource === 'namespaces' ? undefined : route.namespace || undefined,
    labelSelector: text('labelSelector'),
    fieldSelector: text('fieldSelector'),
    continue: text('continue'),
    resourceVersion: text('resourceVersion'),
    resourceVersionMatch: text('resourceVersionMatch'),
    limit: limit ? Number(limit) : undefined,
  }
  // Only what was given: absent and undefined differ for the types.
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
}
