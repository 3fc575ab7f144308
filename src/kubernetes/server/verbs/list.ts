// Owns GET of a collection.
import type { ReadListOptions } from '../../registry/read.ts'
import type { Call } from '../api.ts'
import type { ApiResponse } from '../http.ts'
import { listResponse } from '../representation.ts'
import { integerOf } from '../request-options.ts'

/** The objects that the query selects. */
export async function list(call: Call): Promise<ApiResponse> {
  return listResponse(call, call.api.registry.list(call.kind, listOptions(call)))
}

/** Namespace, selectors, page and version of a request. @throws StatusError BadRequest for a limit that is none. */
export function listOptions({ route, query }: Call): ReadListOptions {
  const text = (name: string): string | undefined => query.get(name) || undefined
  const limit = integerOf(query, 'limit') ?? 0
  const options = {
    namespace: route.resource === 'namespaces' ? undefined : route.namespace || undefined,
    labelSelector: text('labelSelector'),
    fieldSelector: text('fieldSelector'),
    continue: text('continue'),
    resourceVersion: text('resourceVersion'),
    resourceVersionMatch: text('resourceVersionMatch'),
    // A negative limit is none.
    limit: limit > 0 ? limit : undefined,
  }
  // Only what was given: absent and undefined differ for the types.
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
}
