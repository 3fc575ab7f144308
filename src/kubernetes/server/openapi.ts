// Owns the OpenAPI endpoints: the index of group versions and a document for each.
import type { Kind } from '../resources/kind.ts'
import { openApiDocument, openApiIndex } from '../schema/openapi.ts'
import { jsonResponse, textResponse, type ApiResponse } from './http.ts'
import { OPENAPI_V2_PROTOBUF } from './openapi-v2-protobuf.ts'
import type { OpenApiV2Source } from './openapi-v2.ts'

interface Server {
  readonly kinds: readonly Kind[]
  readonly gitVersion: string
  readonly openApiV2: OpenApiV2Source
}

/** The answer for a path under `/openapi`; undefined for other paths. */
export function openApiResponse(server: Server, path: string, accept: string): ApiResponse | undefined {
  if (path !== '/openapi' && !path.startsWith('/openapi/')) return undefined
  // An extension server publishes its own schema; the one here has none.
  const described = server.kinds.filter(({ computed }) => computed === undefined)
  if (path === '/openapi/v3' || path === '/openapi/v3/') return jsonResponse(200, openApiIndex(described))
  if (path === '/openapi/v2') return versionTwo(server, described, accept)
  const root = /^\/openapi\/v3\/(.+)$/.exec(path)?.[1]
  const document = root === undefined ? undefined : openApiDocument(root, described)
  return document ? jsonResponse(200, document) : textResponse(404, '404 page not found\n')
}

function versionTwo({ openApiV2, gitVersion }: Server, kinds: readonly Kind[], accept: string): ApiResponse {
  const { json, protobuf, etag } = openApiV2.documentOf(kinds, gitVersion)
  const headers = { etag: `"${etag}"`, vary: 'Accept' }
  if (accept.includes('proto-openapi.spec.v2')) {
    return { status: 200, headers: { ...headers, 'content-type': OPENAPI_V2_PROTOBUF }, body: protobuf }
  }
  return { status: 200, headers: { ...headers, 'content-type': 'application/json' }, body: json }
}
