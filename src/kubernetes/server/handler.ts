// Owns the life of a request: who, may they, what is it, answer; and an answer for everything that fails.
import type { APIService } from '../../../generated/kubernetes.d.ts'
import { StatusError } from '../../base/errors.ts'
import type { Api } from './api.ts'
import { tell } from './audit.ts'
import { attributesOf, requireAllowed } from './authorization.ts'
import { deadlineMs, withDeadline } from './deadline.ts'
import { dispatch } from './dispatch.ts'
import type { ApiRequest, ApiResponse } from './http.ts'
import type { Flow } from './flow-control.ts'
import { effectiveUser } from './impersonation.ts'
import { isLongRunning, isWriteVerb, longRunning, observe } from './observation.ts'
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
  const startedMs = api.clock.now()
  let admitted: Admitted | undefined
  let flow: Flow | undefined
  let response: ApiResponse
  try {
    admitted = await identify(api, request)
    const attributes = attributesOf(admitted.user, admitted.route)
    flow = api.flowControl.classify(attributes)
    requireAllowed(api.authorization, attributes)
    response = await serve(api, { request, admitted, flow })
  } catch (error) {
    if (!(error instanceof StatusError)) api.log.error('request failed', { url: request.url, error })
    response = errorResponse(error, request)
  }
  if (admitted) observe(api, { request, admitted, code: response.status, startedMs })
  // Whoever reports a failure names the request by it (apiserver pkg/endpoints/filters/audit_init.go).
  const auditId = request.headers['audit-id'] ?? api.ids.uuid()
  tell(api, { auditId, request, admitted, response, startedMs })
  return { ...response, headers: { 'audit-id': auditId, ...flow?.headers, ...response.headers } }
}

async function serve(
  api: Api,
  { request, admitted, flow }: { request: ApiRequest; admitted: Admitted; flow: Flow },
): Promise<ApiResponse> {
  const { user, route, query } = admitted
  const extension = extensionOf(api, route)
  // Its own server says how long it takes and whose turn it is.
  if (extension) return await api.aggregator.proxy(extension, request, user)
  const answer = (): Promise<ApiResponse> =>
    route.type === 'path'
      ? answerPath(api, request, { path: route.path, query })
      : dispatch(api, request, { route, query, user })
  if (isLongRunning(route)) return await longRunning(api, route, answer)
  const isWrite = isWriteVerb(route.verb)
  const limitMs = deadlineMs(query, isWrite)
  const end = api.metrics.begin(isWrite ? 'mutating' : 'readOnly')
  try {
    return await api.queue.run(flow, () => withDeadline(api.clock, limitMs, answer))
  } finally {
    end()
  }
}

/** The extension server that answers for a path; undefined when this one does. */
function extensionOf({ aggregator }: Api, route: ResourceRoute | PathRoute): APIService | undefined {
  if (route.type === 'resource') return aggregator.find(route.group, route.version)
  const [, group, version] = /^\/apis\/([^/]+)\/([^/]+)\/?$/.exec(route.path) ?? []
  return group === undefined || version === undefined ? undefined : aggregator.find(group, version)
}

/** Who asks for what. @throws StatusError Unauthorized, Forbidden to impersonate, BadRequest for a malformed URL. */
export async function identify(api: Api, request: ApiRequest): Promise<Admitted> {
  const { path, query } = parseUrl(request.url)
  const authenticated = await api.authentication.authenticate(request)
  const user = effectiveUser(api.authorization, request, authenticated)
  return { user, route: parseRoute(request.method, path, query), query }
}

// Without a host, escapes, empty parts or dots that lead elsewhere there is nothing to work out.
const PLAIN_PATH = /^(?:\/[\w:-][\w.:-]*)+$/

function parseUrl(url: string): { path: string; query: URLSearchParams } {
  const end = url.indexOf('?')
  const plain = end < 0 ? url : url.slice(0, end)
  if (PLAIN_PATH.test(plain) && !url.includes('#')) {
    return { path: plain, query: new URLSearchParams(end < 0 ? '' : url.slice(end + 1)) }
  }
  try {
    const { pathname, searchParams } = new URL(url, 'http://localhost')
    // Decoding is the router's; this is only to refuse what it could not decode.
    decodeURIComponent(pathname)
    return { path: pathname, query: searchParams }
  } catch (error) {
    throw new StatusError('BadRequest', `invalid URL: ${String(error)}`)
  }
}
