// Owns the OpenAPI endpoints: the index of group versions and a document for each.
import { kinds } from '../resources/index.ts'
import { openApiDocument, openApiIndex } from '../schema/openapi.ts'
import { jsonResponse, textResponse, type ApiResponse } from './http.ts'

/** The answer for a path under `/openapi`; undefined for other paths. There is no version 2. */
export function openApiResponse(path: string): ApiResponse | undefined {
  if (path !== '/openapi' && !path.startsWith('/openapi/')) return undefined
  if (path === '/openapi/v3') return jsonResponse(200, openApiIndex(kinds))
  const root = /^\/openapi\/v3\/(.+)$/.exec(path)?.[1]
  const document = root === undefined ? undefined : openApiDocument(root, kinds)
  return document ? jsonResponse(200, document) : textResponse(404, '404 page not found\n')
}
