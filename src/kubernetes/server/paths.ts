// Owns the requests that are for no resource: health, version, discovery, keys of service account tokens.
import type { Api } from './api.ts'
import { discoveryDocument } from './discovery.ts'
import { jsonResponse, textResponse, type ApiRequest, type ApiResponse } from './http.ts'
import { openApiResponse } from './openapi.ts'

const health = ['/healthz', '/livez', '/readyz']

/** Answers a path; 404 for what is not served. */
export async function answerPath(
  api: Api,
  request: ApiRequest,
  { path, query }: { path: string; query: URLSearchParams },
): Promise<ApiResponse> {
  const root = health.find((prefix) => path === prefix || path.startsWith(`${prefix}/`))
  if (root) return healthResponse(root, query)
  if (path === '/version' || path === '/version/') return jsonResponse(200, versionInfo(api.gitVersion))
  if (path === '/.well-known/openid-configuration') {
    return jsonResponse(200, api.tokens.configuration(`${api.tokens.issuer}/keys`))
  }
  if (path === '/openid/v1/jwks') {
    const response = jsonResponse(200, api.tokens.jwks())
    return { ...response, headers: { ...response.headers, 'content-type': 'application/jwk-set+json' } }
  }
  const accept = request.headers['accept'] ?? ''
  const discovery = discoveryDocument(api.kinds.all, path, accept)
  if (discovery) return discoveryResponse(discovery)
  return openApiResponse(api.kinds.all, path, accept) ?? textResponse(404, '404 page not found\n')
}

function discoveryResponse(document: object): ApiResponse {
  const response = jsonResponse(200, document)
  if ((document as { kind?: string }).kind !== 'APIGroupDiscoveryList') return response
  const type = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'
  return { ...response, headers: { ...response.headers, 'content-type': type } }
}

function healthResponse(root: string, query: URLSearchParams): ApiResponse {
  if (!query.has('verbose')) return textResponse(200, 'ok')
  return textResponse(200, `[+]ping ok\n[+]store ok\n${root.slice(1)} check passed\n`)
}

function versionInfo(gitVersion: string): object {
  const [, major = '', minor = '', commit = ''] =
    /^v(\d+)\.(\d+)\.\d+-eks-([0-9a-f]+)$/.exec(gitVersion) ?? []
  return {
    major,
    minor,
    gitVersion,
    gitCommit: commit,
    gitTreeState: 'clean',
    buildDate: '1970-01-01T00:00:00Z',
    goVersion: '',
    compiler: '',
    platform: 'linux/amd64',
  }
}
