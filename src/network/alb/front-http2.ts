// Owns the HTTP/2 side towards clients: streams and answers in the form that the rest of the load balancer uses.
import { constants, type OutgoingHttpHeaders, type ServerHttp2Stream } from 'node:http2'

import type { Ask, Head, Peer, Reply } from './ask.ts'
import { pairsOf, valuesOf, type Header } from './headers.ts'

/** A request as it came. @param raw names and values by turns, those with a colon among them */
export function askOfStream(
  stream: ServerHttp2Stream,
  raw: readonly string[],
  { peer, isEnded }: { readonly peer: Peer; readonly isEnded: boolean },
): Ask {
  const all = pairsOf(raw)
  const pseudo = (name: string): string | undefined => valuesOf(all, name)[0]
  const headers = all.filter(([name]) => !name.startsWith(':'))
  let trailers: readonly Header[] = []
  stream.on('trailers', (_headers, _flags, rawTrailers: string[] | undefined) => {
    trailers = pairsOf(rawTrailers ?? [])
  })
  return {
    method: pseudo(':method') ?? 'GET',
    target: pseudo(':path') ?? '/',
    httpVersion: '2.0',
    host: pseudo(':authority') ?? valuesOf(headers, 'host')[0],
    headers: joinCookies(headers),
    body: stream,
    hasBody: !isEnded,
    peer,
    expectsContinue: /100-continue/i.test(valuesOf(headers, 'expect')[0] ?? ''),
    trailers: () => trailers,
  }
}

// HTTP/2 sends each cookie by itself; towards HTTP/1 they are one header (RFC 9113 8.2.3).
function joinCookies(headers: readonly Header[]): Header[] {
  const cookies = valuesOf(headers, 'cookie')
  if (cookies.length < 2) return [...headers]
  const others = headers.filter(([name]) => name.toLowerCase() !== 'cookie')
  return [...others, ['cookie', cookies.join('; ')]]
}

/** The answer to a stream. */
export class Http2Reply implements Reply {
  readonly #stream: ServerHttp2Stream
  #trailers: readonly Header[] = []

  constructor(stream: ServerHttp2Stream) {
    this.#stream = stream
    stream.on('error', () => undefined)
  }

  get isStarted(): boolean {
    return this.#stream.headersSent
  }

  get isClosed(): boolean {
    return this.#stream.closed || this.#stream.destroyed
  }

  get connection(): undefined {
    return undefined
  }

  continue(): void {
    this.#stream.additionalHeaders({ ':status': 100 })
  }

  start({ status, headers }: Head, { isBodiless }: { readonly isBodiless: boolean }): ServerHttp2Stream {
    const stream = this.#stream
    const named = headers.filter(([name]) => name.toLowerCase() !== 'connection')
    stream.respond(
      { ':status': status, ...objectOf(named) },
      { endStream: isBodiless, waitForTrailers: !isBodiless },
    )
    if (isBodiless) this.#release()
    // Without trailers Node ends the stream by an empty frame.
    stream.once('wantTrailers', () => {
      stream.sendTrailers(objectOf(this.#trailers))
      this.#release()
    })
    return stream
  }

  trailers(headers: readonly Header[]): void {
    this.#trailers = headers
  }

  // A client that never ends its body would keep the stream, and with it the connection (RFC 9113 8.1: "RST_STREAM with an
  // error code of NO_ERROR after sending a complete response").
  #release(): void {
    setImmediate(() => {
      if (!this.#stream.destroyed && !this.#stream.readableEnded)
        this.#stream.close(constants.NGHTTP2_NO_ERROR)
    })
  }

  // A connection of HTTP/2 carries other streams.
  closeAfterwards(): void {}

  abort(): void {
    this.#stream.close(constants.NGHTTP2_INTERNAL_ERROR)
  }

  onClose(handler: () => void): void {
    this.#stream.once('close', handler)
  }
}

/** Headers as Node's HTTP/2 takes them: names in lower case, several values in a list. */
export function objectOf(headers: readonly Header[]): OutgoingHttpHeaders {
  const result: Record<string, string | string[]> = {}
  for (const [name, value] of headers) {
    const key = name.toLowerCase()
    const before = result[key]
    result[key] = before === undefined ? value : [...(Array.isArray(before) ? before : [before]), value]
  }
  return result
}
