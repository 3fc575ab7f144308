// Owns PUT of an object or its status.
import type { Call } from '../api.ts'
import { decodeBody } from '../body.ts'
import type { ApiResponse } from '../http.ts'
import { requireSameKey } from '../patching.ts'
import { objectResponse } from '../representation.ts'
import { writeContext } from '../request-options.ts'
import { creatingChange } from './creation.ts'

/** The new version of the object; 201 for kinds that a PUT may create, when there was none. */
export async function update(call: Call): Promise<ApiResponse> {
  const { api, kind, route } = call
  const object = decodeBody(call)
  requireSameKey(object, route)
  const mayCreate = route.subresource === '' && kind.madeByPut
  const { change, status } = creatingChange(call, {
    change: () => object,
    ...(mayCreate ? { createInstead: () => object } : {}),
  })
  const updated = await api.registry.update(kind, route, {
    ...writeContext(call),
    subresource: route.subresource,
    ...change,
  })
  return objectResponse(call, updated, status())
}
