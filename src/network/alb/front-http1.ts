// Owns the HTTP/1 side towards clients: requests and answers in the form that the rest of the load balancer uses.
import type { IncomingMessage, ServerResponse } from 'node:http'

import type { Ask, Head, Peer, Reply } from './ask.ts'
import { pairsOf, valuesOf, type Header } from './headers.ts'

/** A request as it came. */
export function askOf(request: IncomingMessage, peer: Peer): Ask {
  const headers = pairsOf(request.rawHeaders)
  const [host] = valuesOf(headers, 'host')
  return {
    method: request.method ?? 'GET',
    target: request.url ?? '/',
    httpVersion: request.httpVersion === '1.0' ? '1.0' : '1.1',
    ...(request.httpVersionMajor > 1 && { isForeignVersion: true }),
    host,
    headers,
    body: request,
    hasBody:
      request.headers['transfer-encoding'] !== undefined ||
      Number(request.headers['content-length'] ?? 0) > 0,
    peer,
    expectsContinue: /100-continue/i.test(request.headers.expect ?? ''),
    trailers: () => pairsOf(request.rawTrailers),
  }
}

/** The answer to a request. */
export class Http1Reply implements Reply {
  readonly #response: ServerResponse

  constructor(response: ServerResponse) {
    this.#response = response
    // A client that leaves is noticed by 'close'.
    response.on('error', () => undefined)
  }

  get isStarted(): boolean {
    return this.#response.headersSent
  }

  get isClosed(): boolean {
    return this.#response.closed || this.#response.destroyed
  }

  get connection(): 'keep-alive' | 'close' {
    return this.#response.shouldKeepAlive ? 'keep-alive' : 'close'
  }

  continue(): void {
    this.#response.writeContinue()
  }

  start({ status, reason, headers }: Head, { isBodiless }: { readonly isBodiless: boolean }): ServerResponse {
    const response = this.#response
    const hasConnection = headers.some(([name]) => name.toLowerCase() === 'connection')
    const all: Header[] = hasConnection ? [...headers] : [...headers, ['Connection', this.connection]]
    response.writeHead(status, reason, all.flat())
    if (isBodiless) response.end()
    return response
  }

  trailers(headers: readonly Header[]): void {
    if (headers.length > 0)
      this.#response.addTrailers(headers.map(([name, value]): [string, string] => [name, value]))
  }

  closeAfterwards(): void {
    this.#response.shouldKeepAlive = false
  }

  abort(): void {
    this.#response.destroy()
    this.#response.socket?.destroy()
  }

  onClose(handler: () => void): void {
    this.#response.once('close', handler)
  }
}
