// Owns PUT of an object or its status.
import type { Call } from '../api.ts'
import { decodeBody } from '../body.ts'
import type { ApiResponse } from '../http.ts'
import { requireSameKey } from '../patching.ts'
import { objectResponse } from '../representation.ts'
import { writeContext } from '../request-options.ts'

/** The new version of the object. */
export async function update(call: Call): Promise<ApiResponse> {
  const { api, kind, route } = call
  const object = decodeBody(call)
  requireSameKey(object, route)
  const updated = await api.registry.update(kind, route, {
    ...writeContext(call),
    subresource: route.subresource,
    change: () => object,
  })
  return objectResponse(call, updated)
}
