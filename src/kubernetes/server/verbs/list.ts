// Owns GET of a collection.
import { whenConverted } from '../../resources/unconverted.ts'
import type { Call } from '../api.ts'
import type { ApiResponse } from '../http.ts'
import { listOptions } from '../list-options.ts'
import { acceptedOf, listResponse } from '../representation.ts'

/** The objects that the query selects. */
export async function list(call: Call): Promise<ApiResponse> {
  const options = listOptions(call)
  // Before the work is done.
  acceptedOf(call)
  return listResponse(call, await whenConverted(() => call.api.registry.list(call.kind, options)))
}
