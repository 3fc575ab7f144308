// Owns the shapes of a request and a response, free of any server.
import type { ClientCertificate } from './client-certificate.ts'

export interface ApiRequest {
  readonly method: string
  /** Path and query, e.g. `/api/v1/pods?watch=true`. */
  readonly url: string
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body?: Uint8Array
  /** That the client has shown on this connection. */
  readonly certificate?: ClientCertificate
  /** The address that the client has on its connection; absent for requests that come by none. */
  readonly remoteAddress?: string
  /** Aborted when the client goes away or the server stops. */
  readonly signal: AbortSignal
}

export interface ApiResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string | readonly string[]>>
  /** A stream is written as it comes; the reader's pace holds it back. */
  readonly body: string | Uint8Array | AsyncIterable<string | Uint8Array>
}

/** How much of an answer is handed on at a time: what TLS is given is in memory once more, encrypted, until it is sent. */
export const PART_BYTES = 256 * 1024

/** A long answer that is made while it is sent. Unlike a stream of events it has an end, and may be compressed. */
export class LongBody implements AsyncIterable<Uint8Array> {
  readonly parts: Iterable<Uint8Array>

  constructor(parts: Iterable<Uint8Array>) {
    this.parts = parts
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    yield* this.parts
  }
}

/** A JSON answer. */
export function jsonResponse(status: number, body: unknown, warnings: readonly string[] = []): ApiResponse {
  return {
    status,
    headers: {
      'content-type': 'application/json',
      'cache-control': 'no-cache, private',
      ...warningHeaders(warnings),
    },
    body: `${JSON.stringify(body)}\n`,
  }
}

/** Texts as `Warning` headers: RFC 7234 warn-code 299, as client-go expects it. */
export function warningHeaders(warnings: readonly string[]): Record<string, readonly string[]> {
  if (warnings.length === 0) return {}
  const quoted = [...new Set(warnings)].map(
    (text) => `299 - "${text.replace(/[\\"]/g, '\\$&').replace(/[\r\n\t]+/g, ' ')}"`,
  )
  return { warning: quoted }
}

/** A plain text answer. */
export function textResponse(status: number, body: string): ApiResponse {
  return {
    status,
    headers: { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-cache, private' },
    body,
  }
}
