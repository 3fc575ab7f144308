// Owns HTTP/2 towards a target: one connection for all requests, as long as it lives.
import { connect, constants, type ClientHttp2Session, type ClientHttp2Stream } from 'node:http2'

import type { Answer, Outgoing, TargetClient } from './answer.ts'
import type { Dial } from './back-http1.ts'
import { objectOf } from './front-http2.ts'
import { pairsOf, valuesOf, type Header } from './headers.ts'

/** The target ended the stream without an answer. */
class TargetClosed extends Error {
  override readonly name = 'TargetClosed'
}

/** A target of protocol version HTTP2 or GRPC. */
export class Http2Target implements TargetClient {
  readonly #dial: Dial
  readonly #scheme: 'http' | 'https'
  #session: Promise<ClientHttp2Session> | undefined

  constructor(dial: Dial, scheme: 'http' | 'https') {
    this.#dial = dial
    this.#scheme = scheme
  }

  async send(outgoing: Outgoing): Promise<Answer> {
    const { method, url, headers, hasBody, body, signal } = outgoing
    const session = await this.#open()
    const [host = ''] = valuesOf(headers, 'host')
    const stream = session.request(
      {
        ':method': method,
        ':path': url,
        ':scheme': this.#scheme,
        ':authority': host,
        ...objectOf(headers.filter(([name]) => name.toLowerCase() !== 'host')),
      },
      { endStream: !hasBody, waitForTrailers: hasBody, signal },
    )
    stream.once('continue', () => outgoing.onContinue())
    if (hasBody) {
      // Without trailers Node ends the stream by an empty frame.
      stream.once('wantTrailers', () => stream.sendTrailers(objectOf(outgoing.trailers())))
      body.pipe(stream)
    }
    return await answerOf(stream)
  }

  close(): void {
    void this.#session?.then(
      (session) => session.destroy(),
      () => undefined,
    )
    this.#session = undefined
  }

  // Several requests at once wait for the same connection.
  async #open(): Promise<ClientHttp2Session> {
    for (;;) {
      const known = this.#session
      const there = await known?.catch(() => undefined)
      if (there && !there.closed && !there.destroyed) return there
      // Another request may have begun a new one meanwhile.
      if (known === this.#session) break
    }
    this.#session = this.#dial().then((stream) => {
      const session = connect(`${this.#scheme}://target`, { createConnection: () => stream })
      session.on('error', () => undefined)
      // Node's session waits for its socket to close, and this one stays half open by itself.
      stream.once('end', () => stream.end())
      // What it has begun it finishes; new requests need a new connection.
      session.on('goaway', () => session.close())
      return session
    })
    return await this.#session
  }
}

function answerOf(stream: ClientHttp2Stream): Promise<Answer> {
  let trailers: readonly Header[] = []
  stream.on('trailers', (_headers, _flags, raw: string[] | undefined) => {
    trailers = pairsOf(raw ?? [])
  })
  return new Promise((resolve, reject) => {
    stream.on('error', reject)
    stream.once('close', () => reject(new TargetClosed()))
    stream.once('response', (headers, flags: number, raw: string[] | undefined) => {
      resolve({
        status: headers[':status'] ?? 0,
        reason: '',
        headers: pairsOf(raw ?? []).filter(([name]) => !name.startsWith(':')),
        body: stream,
        isBodiless: (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0,
        trailers: () => trailers,
      })
    })
  })
}
