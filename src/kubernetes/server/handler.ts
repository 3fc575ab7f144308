// Owns the life of a request: who, may they, what is it, answer; and an answer for everything that fails.
import { StatusError } from '../../base/errors.ts'
import type { Api } from './api.ts'
import { attributesOf, requireAllowed } from './authorization.ts'
import { dispatch } from './dispatch.ts'
import type { ApiRequest, ApiResponse } from './http.ts'
import { effectiveUser } from './impersonation.ts'
import { answerPath } from './paths.ts'
import type { UserInfo } from './ports.ts'
import { errorResponse } from './status.ts'
import { parseRoute, type PathRoute, type ResourceRoute } from './route.ts'

/** A request that may go on. */
export interface Admitted {
  readonly user: UserInfo
  readonly route: ResourceRoute | PathRoute
  readonly query: URLSearchParams
}

/** Answers any request; never rejects. */
export async function handle(api: Api, request: ApiRequest): Promise<ApiResponse> {
  try {
    const { user, route, query } = await admitRequest(api, request)
    if (route.type === 'path') return await answerPath(api, request, { path: route.path, query })
    return await dispatch(api, request, { route, query, user })
  } catch (error) {
    if (!(error instanceof StatusError)) api.log.error('request failed', { url: request.url, error })
    return errorResponse(error, request)
  }
}

/** Authenticates and authorizes. @throws StatusError Unauthorized, Forbidden, BadRequest for a malformed URL. */
export async function admitRequest(api: Api, request: ApiRequest): Promise<Admitted> {
  const { path, query } = parseUrl(request.url)
  const authenticated = await api.authentication.authenticate(request)
  const user = effectiveUser(api.authorization, request, authenticated)
  const route = parseRoute(request.method, path, query)
  requireAllowed(api.authorization, attributesOf(user, route))
  return { user, route, query }
}

function parseUrl(url: string): { path: string; query: URLSearchParams } {
  try {
    const { pathname, searchParams } = new URL(url, 'http://localhost')
    // Decoding is the router's; this is only to refuse what it could not decode.
    decodeURIComponent(pathname)
    return { path: pathname, query: searchParams }
  } catch (error) {
    throw new StatusError('BadRequest', `invalid URL: ${String(error)}`)
  }
}
