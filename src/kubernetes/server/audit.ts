// Owns the audit events of requests: what is told of each, at which level.
// Sources: apiserver pkg/apis/audit/v1, pkg/audit; the levels are those of EKS's own policy (EKS best practices guide,
// "Detective controls"): reads with their request, writes with both bodies, secrets and tokens never with any.
import { formatMicroTime } from '../../base/clock.ts'
import { StatusError } from '../../base/errors.ts'
import { isObject } from '../../base/json.ts'
import type { Api } from './api.ts'
import { attributesOf } from './authorization.ts'
import type { ApiRequest, ApiResponse } from './http.ts'
import { isLongRunning, isWriteVerb } from './observation.ts'
import type { UserInfo } from './ports.ts'
import { sourceOf, type AnsweredRequest } from './request-observer.ts'
import { parseRoute, type ResourceRoute } from './route.ts'

type Level = 'None' | 'Metadata' | 'Request' | 'RequestResponse'

const UNAUTHORIZED = 401

/** Tells the observer, if there is one that wants to know. Nothing is told of a request that could not be read. */
export function tell(
  api: Pick<Api, 'requests' | 'clock' | 'authorization'>,
  of: Omit<AnsweredRequest, 'endedMs' | 'isAllowed' | 'user' | 'route'> & {
    /** Absent for a request whose sender was not recognized. */
    readonly admitted: Pick<AnsweredRequest, 'user' | 'route'> | undefined
  },
): void {
  if (!api.requests?.isWanted()) return
  const { admitted, ...rest } = of
  const user = admitted?.user
  const route = admitted?.route ?? (of.response.status === UNAUTHORIZED ? routeOf(of.request) : undefined)
  if (!route) return
  const isAllowed =
    user !== undefined &&
    (rest.response.status !== 403 || api.authorization.decide(attributesOf(user, route)).allowed)
  api.requests.answered({ ...rest, user, route, isAllowed, endedMs: api.clock.now() })
}

function routeOf({ method, url }: ApiRequest): AnsweredRequest['route'] | undefined {
  if (!URL.canParse(url, 'http://localhost')) return undefined
  const { pathname, searchParams } = new URL(url, 'http://localhost')
  try {
    return parseRoute(method, pathname, searchParams)
  } catch (error) {
    if (error instanceof StatusError) return undefined
    throw error
  }
}

const UNINTERESTING = /^\/(?:healthz|livez|readyz|version|swagger|openapi|metrics)/
const SECRET: ReadonlySet<string> = new Set([
  'secrets',
  'configmaps',
  'tokenreviews',
  'serviceaccounts/token',
])

/** How much of a request EKS writes down. */
export function auditLevel({ user, route }: Pick<AnsweredRequest, 'user' | 'route'>): Level {
  if (route.type === 'path') return UNINTERESTING.test(route.path) ? 'None' : 'Metadata'
  const { resource, subresource, group, verb, name, namespace } = route
  if (resource === 'events' && (group === '' || group === 'events.k8s.io')) return 'None'
  const isNode = user?.groups.includes('system:nodes') ?? false
  if (isNode && resource === 'nodes' && verb === 'get') return 'None'
  if (user?.username === 'system:kube-proxy' && verb === 'watch') return 'None'
  if (resource === 'configmaps' && name === 'aws-auth' && namespace === 'kube-system') {
    return isWriteVerb(verb) ? 'RequestResponse' : 'Metadata'
  }
  if (SECRET.has(subresource === '' ? resource : `${resource}/${subresource}`)) return 'Metadata'
  if (!isWriteVerb(verb)) return 'Request'
  return subresource === 'status' && isNode ? 'Request' : 'RequestResponse'
}

/** The audit event of a request; undefined for one that is not written down. */
export function auditEvent(answered: AnsweredRequest): object | undefined {
  const level = auditLevel(answered)
  if (level === 'None') return undefined
  const { auditId, request, user, route, response, startedMs, endedMs, isAllowed } = answered
  const responseObject = level === 'RequestResponse' ? readObject(response.body) : undefined
  const requestObject = level === 'Metadata' ? undefined : readObject(request.body)
  return {
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1',
    level,
    auditID: auditId,
    stage: isLongRunning(route) || !user ? 'ResponseStarted' : 'ResponseComplete',
    requestURI: request.url,
    verb: route.verb,
    user: user ? userOf(user) : {},
    sourceIPs: [sourceOf(request)],
    ...(request.headers['user-agent'] === undefined ? {} : { userAgent: request.headers['user-agent'] }),
    ...(route.type === 'resource' ? { objectRef: referenceOf(route) } : {}),
    responseStatus: {
      metadata: {},
      code: response.status,
      ...(user ? {} : { message: attempted(request) }),
    },
    ...(requestObject ? { requestObject } : {}),
    ...(responseObject ? { responseObject } : {}),
    requestReceivedTimestamp: formatMicroTime(startedMs),
    stageTimestamp: formatMicroTime(endedMs),
    // Nothing was decided about who is not known.
    ...(user ? { annotations: { 'authorization.k8s.io/decision': isAllowed ? 'allow' : 'forbid' } } : {}),
  }
}

// apiserver pkg/endpoints/filters/authn_audit.go getAuthMethods.
function attempted({ headers, certificate }: ApiRequest): string {
  const scheme = /^\s*(basic|bearer)\s/i.exec(headers['authorization'] ?? '')?.[1]?.toLowerCase()
  const methods = [...(scheme === undefined ? [] : [scheme]), ...(certificate ? ['x509'] : [])]
  return methods.length > 0
    ? `Authentication failed, attempted: ${methods.join(', ')}`
    : 'Authentication failed, no credentials provided'
}

function userOf({ username, uid, groups, extra }: UserInfo): object {
  return { username, ...(uid === undefined ? {} : { uid }), groups, ...(extra ? { extra } : {}) }
}

function referenceOf({ resource, namespace, name, group, version, subresource }: ResourceRoute): object {
  const given = Object.entries({
    resource,
    namespace,
    name,
    apiGroup: group,
    apiVersion: version,
    subresource,
  })
  return Object.fromEntries(given.filter(([, value]) => value !== ''))
}

// Bodies that are not JSON (protobuf, compressed, streams) or long are left out.
function readObject(body: ApiResponse['body'] | undefined): object | undefined {
  if (body === undefined || (typeof body !== 'string' && !(body instanceof Uint8Array))) return undefined
  try {
    const value: unknown = JSON.parse(typeof body === 'string' ? body : Buffer.from(body).toString())
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}
