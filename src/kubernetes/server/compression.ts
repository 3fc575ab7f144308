// Owns the compression of large answers.
// Source: apiserver pkg/endpoints/handlers/responsewriters/writers.go (APIResponseCompression).
import { pipeline } from 'node:stream'
import { promisify } from 'node:util'
import { constants, createGzip, gzip } from 'node:zlib'

import { LongBody, type ApiRequest, type ApiResponse } from './http.ts'

const MINIMUM_BYTES = 128 * 1024
// Runs on a thread of its own: other requests are served meanwhile.
const compress = promisify(gzip)
const LEVEL = { level: constants.Z_BEST_SPEED }

/** The answer, compressed when it is large and the client takes that. Streams are sent as they are. */
export async function compressed(response: ApiResponse, { headers }: ApiRequest): Promise<ApiResponse> {
  const { body } = response
  if (!isLarge(body) || !takesGzip(headers['accept-encoding'])) return response
  return {
    ...response,
    headers: { ...response.headers, 'content-encoding': 'gzip', vary: 'Accept-Encoding' },
    body: body instanceof LongBody ? compressedParts(body) : await compress(body, LEVEL),
  }
}

function isLarge(body: ApiResponse['body']): body is string | Uint8Array | LongBody {
  if (typeof body === 'string' || body instanceof Uint8Array) return body.length >= MINIMUM_BYTES
  return body instanceof LongBody
}

function compressedParts(body: LongBody): AsyncIterable<Uint8Array> {
  const gzip = createGzip(LEVEL)
  // What goes wrong ends the stream with it, and is told to its reader.
  pipeline(body, gzip, () => undefined)
  return gzip
}

function takesGzip(accepted = ''): boolean {
  return accepted.split(',').some((clause) => clause.split(';')[0]?.trim() === 'gzip')
}
