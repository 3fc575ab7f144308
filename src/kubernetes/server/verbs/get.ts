// Owns GET of one object, its status included.
import { StatusError } from '../../../base/errors.ts'
import { parseResourceVersion } from '../../registry/read.ts'
import { whenConverted } from '../../resources/unconverted.ts'
import type { Call } from '../api.ts'
import type { ApiResponse } from '../http.ts'
import { objectResponse } from '../representation.ts'

/** The object. @throws StatusError Timeout for a version from the future. */
export async function get(call: Call): Promise<ApiResponse> {
  const { api, kind, route, query } = call
  requireVersion(call, query.get('resourceVersion') ?? '')
  return objectResponse(call, await whenConverted(() => api.registry.get(kind, route)))
}

// Any version that is not older will do: the newest always is.
function requireVersion({ api }: Call, version: string): void {
  if (version === '') return
  try {
    api.registry.requireReached(parseResourceVersion(version))
  } catch (error) {
    if (!(error instanceof StatusError) || error.reason !== 'BadRequest') throw error
    // The API server has not classified this error, other than in lists.
    throw new StatusError('Unknown', error.message)
  }
}
