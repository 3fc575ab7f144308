// Owns PUT of an object or its status.
import { StatusError } from '../../../base/errors.ts'
import { writeContext, type Call } from '../api.ts'
import { decodeBody } from '../body.ts'
import type { ApiResponse } from '../http.ts'
import { objectResponse } from '../representation.ts'

/** The new version of the object. */
export async function update(call: Call): Promise<ApiResponse> {
  const { api, kind, route } = call
  const object = decodeBody(call)
  const { name, namespace } = object.metadata
  if (name && name !== route.name) {
    throw new StatusError(
      'BadRequest',
      `the name of the object (${name}) does not match the name on the URL (${route.name})`,
    )
  }
  if (kind.resource.namespaced && namespace && namespace !== route.namespace) {
    throw new StatusError(
      'BadRequest',
      `the namespace of the object (${namespace}) does not match the namespace on the URL (${route.namespace})`,
    )
  }
  const next = { ...object, metadata: { ...object.metadata, name: route.name } }
  const updated = await api.registry.update(kind, route, {
    ...writeContext(call),
    subresource: route.subresource,
    change: () => next,
  })
  return objectResponse(call, updated)
}
