// Owns requests to an API server without a port, as its administrator.
import type { ApiServer } from '../api-server.ts'
import type { ApiResponse } from '../http.ts'

export interface Sent {
  /** Text as it stands, everything else as JSON. */
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/** Sends one request. */
export function sendTo(
  server: ApiServer,
  method: string,
  url: string,
  { body, headers = {} }: Sent = {},
): Promise<ApiResponse> {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return server.handle({
    method,
    url,
    headers: { authorization: 'Bearer admin', ...headers },
    ...(body === undefined ? {} : { body: Buffer.from(text) }),
    signal: new AbortController().signal,
  })
}

/** The text of an answer that is no stream. */
export function wholeText({ body }: ApiResponse): string {
  if (typeof body === 'string' || body instanceof Uint8Array) return Buffer.from(body).toString()
  throw new Error('the answer is a stream')
}
