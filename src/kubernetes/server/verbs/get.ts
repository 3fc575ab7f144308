// Owns GET of one object, its status included.
import type { Call } from '../api.ts'
import type { ApiResponse } from '../http.ts'
import { objectResponse } from '../representation.ts'

/** The object. */
export async function get(call: Call): Promise<ApiResponse> {
  const { api, kind, route } = call
  return objectResponse(call, api.registry.get(kind, route))
}
