// Owns the requests that are for no resource: health, version, discovery, keys of service account tokens.
import { createHash } from 'node:crypto'

import { StatusError } from '../../base/errors.ts'
import { qualifiedResource } from '../../rules/kubernetes/resource-names.ts'
import type { Api } from './api.ts'
import { discoveryDocument } from './discovery.ts'
import { notServed } from './dispatch.ts'
import { healthChecks, healthResponse } from './health.ts'
import { jsonResponse, textResponse, type ApiRequest, type ApiResponse } from './http.ts'
import { healthMetrics } from './metrics.ts'
import { openApiResponse } from './openapi.ts'
import { rootPaths } from './root-paths.ts'
import { versionInfo } from './version.ts'

const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8; escaping=underscores'
const JWKS_TYPE = 'application/jwk-set+json'

/** Answers a path; 404 for what is not served. */
export async function answerPath(
  api: Api,
  request: ApiRequest,
  { path, query }: { path: string; query: URLSearchParams },
): Promise<ApiResponse> {
  if (path === '/') return jsonResponse(200, { paths: rootPaths(api.kinds.all) })
  const health = healthResponse({ isClosing: api.closing.aborted }, { path, query })
  if (health) return health
  if (path === '/metrics') return metricsResponse(api.metrics.text(figuresOf(api)))
  if (path === '/metrics/slis') return metricsResponse(healthMetrics(healthChecks))
  if (path === '/version' || path === '/version/') return jsonResponse(200, versionInfo(api.gitVersion))
  if (path === '/.well-known/openid-configuration') {
    return jsonResponse(200, api.tokens.configuration(`${api.tokens.issuer}/keys`))
  }
  if (path === '/openid/v1/jwks') {
    return keysResponse(api, request)
  }
  const accept = request.headers['accept'] ?? ''
  const discovery = discoveryDocument(
    { kinds: api.kinds.all, extensions: api.aggregator.versions() },
    { path, accept, ...(request.headers['host'] ? { host: request.headers['host'] } : {}) },
  )
  if (discovery) return discoveryResponse(discovery, request)
  if (isVersion(api, path)) throw notServed()
  return (
    openApiResponse({ ...api, kinds: api.kinds.all }, path, accept) ??
    textResponse(404, '404 page not found\n')
  )
}

function figuresOf({ kinds, registry, gitVersion }: Api): Parameters<Api['metrics']['text']>[0] {
  const stored = kinds.all.filter(
    ({ computed, storedAs }) => computed === undefined && storedAs === undefined,
  )
  const objects = new Map(stored.map((kind) => [qualifiedResource(kind.resource), registry.count(kind)]))
  return { gitVersion, objects }
}

function metricsResponse(text: string): ApiResponse {
  return { status: 200, headers: { 'content-type': METRICS_TYPE }, body: text }
}

// The keys have a type of their own, and are sent as nothing else (kubernetes pkg/routes/openidmetadata.go).
function keysResponse({ tokens }: Api, { headers }: ApiRequest): ApiResponse {
  const accepted = (headers['accept'] || '*/*').split(',').map((clause) => clause.split(';')[0]?.trim())
  if (!accepted.some((type) => type === '*/*' || type === JWKS_TYPE)) {
    throw new StatusError('NotAcceptable', `406: Not Acceptable\n\nAvailable representations: ${JWKS_TYPE}`)
  }
  const response = jsonResponse(200, tokens.jwks())
  return { ...response, headers: { ...response.headers, 'content-type': JWKS_TYPE } }
}

// A version that there is not, of a group that there is, is missing as a resource is; other paths are not known at all.
function isVersion({ kinds }: Api, path: string): boolean {
  const [root, group, version, ...more] = path.slice(1).split('/')
  if (root === 'api') return group !== undefined && version === undefined
  const isGroup = kinds.all.some(({ resource }) => resource.group === group)
  return root === 'apis' && isGroup && version !== undefined && more.length === 0
}

// Clients keep the aggregated form, and ask whether it is still the one (apiserver discovery/aggregated/etag.go).
function discoveryResponse(document: object, { headers }: ApiRequest): ApiResponse {
  const response = jsonResponse(200, document)
  if ((document as { kind?: string }).kind !== 'APIGroupDiscoveryList') return response
  const type = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'
  const etag = `"${createHash('sha512').update(JSON.stringify(document)).digest('hex').toUpperCase()}"`
  const { 'content-type': _, ...kept } = response.headers
  const described = { ...kept, etag, vary: 'Accept' }
  // Without a type: a client's cache takes over the headers, and the type tells the two forms apart.
  if (headers['if-none-match'] === etag) return { status: 304, headers: described, body: '' }
  return { ...response, headers: { ...described, 'content-type': type } }
}
