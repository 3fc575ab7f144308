// Owns the compression of large answers.
// Source: apiserver pkg/endpoints/handlers/responsewriters/writers.go (APIResponseCompression).
import { promisify } from 'node:util'
import { constants, gzip } from 'node:zlib'

import type { ApiRequest, ApiResponse } from './http.ts'

const MINIMUM_BYTES = 128 * 1024
// Runs on a thread of its own: other requests are served meanwhile.
const compress = promisify(gzip)

/** The answer, compressed when it is large and the client takes that. Streams are sent as they are. */
export async function compressed(response: ApiResponse, { headers }: ApiRequest): Promise<ApiResponse> {
  const { body } = response
  const isWhole = typeof body === 'string' || body instanceof Uint8Array
  if (!isWhole || body.length < MINIMUM_BYTES || !takesGzip(headers['accept-encoding'])) return response
  const bytes = await compress(body, { level: constants.Z_BEST_SPEED })
  return {
    ...response,
    headers: { ...response.headers, 'content-encoding': 'gzip', vary: 'Accept-Encoding' },
    body: bytes,
  }
}

function takesGzip(accepted = ''): boolean {
  return accepted.split(',').some((clause) => clause.split(';')[0]?.trim() === 'gzip')
}
