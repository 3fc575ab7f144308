// Owns the life of a request: who, may they, what is it, answer; and an answer for everything that fails.
import type { APIService } from '../../../generated/kubernetes.d.ts'
import { StatusError } from '../../base/errors.ts'
import { own } from '../../base/json.ts'
import type { Api } from './api.ts'
import { attributesOf, requireAllowed } from './authorization.ts'
import { deadlineMs, withDeadline } from './deadline.ts'
import { dispatch } from './dispatch.ts'
import type { ApiRequest, ApiResponse } from './http.ts'
import { effectiveUser } from './impersonation.ts'
import { answerPath } from './paths.ts'
import type { UserInfo } from './ports.ts'
import { findReview } from './reviews.ts'
import { rootPaths } from './root-paths.ts'
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
  let response: ApiResponse
  try {
    admitted = await admitRequest(api, request)
    response = await serve(api, request, admitted)
  } catch (error) {
    if (!(error instanceof StatusError)) api.log.error('request failed', { url: request.url, error })
    response = errorResponse(error, request)
  }
  if (admitted && isKnown(api, admitted.route))
    observe(api, { request, admitted, code: response.status, startedMs })
  // Whoever reports a failure names the request by it (apiserver pkg/endpoints/filters/audit_init.go).
  const auditId = request.headers['audit-id'] ?? api.ids.uuid()
  return { ...response, headers: { 'audit-id': auditId, ...response.headers } }
}

async function serve(api: Api, request: ApiRequest, admitted: Admitted): Promise<ApiResponse> {
  const { user, route, query } = admitted
  const extension = extensionOf(api, route)
  // Its own server says how long it takes and whose turn it is.
  if (extension) return await api.aggregator.proxy(extension, request, user)
  const answer = (): Promise<ApiResponse> =>
    route.type === 'path'
      ? answerPath(api, request, { path: route.path, query })
      : dispatch(api, request, { route, query, user })
  if (isLongRunning(route) && isKnown(api, route)) return await longRunning(api, admitted, answer)
  const isWrite = !READS.has(route.verb)
  const limitMs = deadlineMs(query, isWrite)
  const end = api.metrics.begin(isWrite ? 'mutating' : 'readOnly')
  try {
    const task = (): Promise<ApiResponse> => withDeadline(api.clock, limitMs, answer)
    return await api.queue.run(user.username, task, user.groups.includes(EXEMPT_GROUP))
  } finally {
    end()
  }
}

// What the flow schema `exempt` is for.
const EXEMPT_GROUP = 'system:masters'
const READS: ReadonlySet<string> = new Set(['get', 'list', 'watch', 'head', 'options'])
// kube-apiserver's test for long-running requests, with the streams that it serves as such.
const STREAMS: ReadonlySet<string> = new Set(['attach', 'exec', 'log', 'portforward', 'proxy'])

function isLongRunning(route: ResourceRoute | PathRoute): boolean {
  return route.type === 'resource' && (route.verb === 'watch' || STREAMS.has(route.subresource))
}

// Names that anybody may make up are not counted: they would never end.
function isKnown({ kinds }: Api, route: ResourceRoute | PathRoute): boolean {
  if (route.type === 'resource') {
    const { group, version, resource } = route
    return (
      kinds.find({ ...route, plural: resource }) !== undefined ||
      findReview(group, version, resource) !== undefined
    )
  }
  return rootPaths(kinds.all).includes(route.path)
}

async function longRunning(
  api: Api,
  admitted: Admitted,
  answer: () => Promise<ApiResponse>,
): Promise<ApiResponse> {
  const end = api.metrics.beginLongRunning(figuresOf(admitted))
  try {
    const response = await answer()
    const { body } = response
    if (typeof body === 'string' || body instanceof Uint8Array) {
      end()
      return response
    }
    return { ...response, body: untilRead(body, end) }
  } catch (error) {
    end()
    throw error
  }
}

async function* untilRead<T>(stream: AsyncIterable<T>, end: () => void): AsyncGenerator<T> {
  try {
    yield* stream
  } finally {
    end()
  }
}

interface Answered {
  readonly request: ApiRequest
  readonly admitted: Admitted
  readonly code: number
  readonly startedMs: number
}

function observe(api: Api, { request, admitted, code, startedMs }: Answered): void {
  const { route, query } = admitted
  const figures = figuresOf(admitted)
  const isApply = (request.headers['content-type'] ?? '').startsWith('application/apply-patch')
  api.metrics.observe({
    ...figures,
    verb: figures.verb === 'PATCH' && isApply ? 'APPLY' : figures.verb,
    dryRun: query.getAll('dryRun').join(','),
    code,
    seconds: (api.clock.now() - startedMs) / 1000,
    isLongRunning: isLongRunning(route),
  })
}

const METHODS: Readonly<Record<string, string>> = { create: 'POST', update: 'PUT' }

// apiserver pkg/endpoints/metrics: CleanVerb, CleanScope.
function figuresOf({ route }: Admitted): Parameters<Api['metrics']['beginLongRunning']>[0] {
  const verb = own(METHODS, route.verb) ?? route.verb.toUpperCase()
  if (route.type === 'path') {
    return { verb, group: '', version: '', resource: '', subresource: route.path, scope: '' }
  }
  const { group, version, resource, subresource, name, namespace } = route
  const scope = name !== '' ? 'resource' : namespace !== '' ? 'namespace' : 'cluster'
  return { verb, group, version, resource, subresource, scope }
}

/** The extension server that answers for a path; undefined when this one does. */
function extensionOf({ aggregator }: Api, route: ResourceRoute | PathRoute): APIService | undefined {
  if (route.type === 'resource') return aggregator.find(route.group, route.version)
  const [, group, version] = /^\/apis\/([^/]+)\/([^/]+)\/?$/.exec(route.path) ?? []
  return group === undefined || version === undefined ? undefined : aggregator.find(group, version)
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
