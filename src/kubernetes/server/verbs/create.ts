// Owns POST to a collection.
import { StatusError } from '../../../base/errors.ts'
import type { Call } from '../api.ts'
import { decodeBody } from '../body.ts'
import type { ApiResponse } from '../http.ts'
import { objectResponse } from '../representation.ts'
import { writeContext } from '../request-options.ts'

/** The new object, 201. */
export async function create(call: Call): Promise<ApiResponse> {
  const { api, kind, route } = call
  const object = decodeBody(call)
  const { namespace } = route
  if (kind.resource.namespaced && !namespace) {
    throw new StatusError('BadRequest', 'an empty namespace may not be set during creation')
  }
  const given = object.metadata.namespace
  if (kind.resource.namespaced && given && given !== namespace) {
    throw new StatusError(
      'BadRequest',
      'the namespace of the provided object does not match the namespace sent on the request',
    )
  }
  const created = await api.registry.create(kind, object, { ...writeContext(call), namespace })
  return objectResponse(call, created, 201)
}
