// Owns the OpenAPI endpoints: the index of group versions and a document for each.
import type { Kind } from '../resources/kind.ts'
import { openApiDocument, openApiIndex } from '../schema/openapi.ts'
import { jsonResponse, textResponse, type ApiResponse } from './http.ts'
import { OPENAPI_V2_PROTOBUF, openApiV2Document } from './openapi-v2.ts'

/** The answer for a path under `/openapi`; undefined for other paths. Version 2 is there in protobuf only. */
export function openApiResponse(
  kinds: readonly Kind[],
  path: string,
  accept: string,
): ApiResponse | undefined {
  if (path !== '/openapi' && !path.startsWith('/openapi/')) return undefined
  // An extension server publishes its own schema; the one here has none.
  const described = kinds.filter(({ computed }) => computed === undefined)
  if (path === '/openapi/v3' || path === '/openapi/v3/') return jsonResponse(200, openApiIndex(described))
  if (path === '/openapi/v2' && accept.includes('proto-openapi.spec.v2')) return versionTwo(described)
  const root = /^\/openapi\/v3\/(.+)$/.exec(path)?.[1]
  const document = root === undefined ? undefined : openApiDocument(root, described)
  return document ? jsonResponse(200, document) : textResponse(404, '404 page not found\n')
}

function versionTwo(kinds: readonly Kind[]): ApiResponse {
  return { status: 200, headers: { 'content-type': OPENAPI_V2_PROTOBUF }, body: openApiV2Document(kinds) }
}
