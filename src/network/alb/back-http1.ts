// Owns HTTP/1.1 towards a target: connections that are used again, requests with bodies and trailers, upgrades.
import { Agent, request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { connect as connectTls } from 'node:tls'

import { DialError } from '../dialer.ts'
import { hasTrustedKey } from '../tls/peer-key.ts'
import type { Answer, Outgoing, TargetClient, Upgraded } from './answer.ts'
import { pairsOf, type Header } from './headers.ts'

/** Larger heads of responses are answered with 502 (quotas). */
const LONGEST_HEAD = 32 * 1024

/** Connects to the target. @throws DialError */
export type Dial = () => Promise<Duplex>

// What Node's agent waits for when it gets no stream at once.
type Created = (error: Error | null, stream: Duplex) => void

class TargetAgent extends Agent {
  readonly #dial: Dial

  constructor(dial: Dial) {
    super({ keepAlive: true, maxFreeSockets: 256, scheduling: 'lifo' })
    this.#dial = dial
  }

  override createConnection(_options: object, created?: Created): undefined {
    this.#dial().then(
      (stream) => {
        // A request hears of its own faults; between requests nobody would, and Node ends the process for that.
        stream.on('error', () => undefined)
        created?.(null, stream)
      },
      // The type wants a stream even where there is an error; the agent does not look at it then.
      (error: Error) => created?.(error, undefined as never),
    )
    return undefined
  }

  // What is in this process is no socket, and has no keep-alive of TCP.
  override keepSocketAlive(socket: Duplex): boolean {
    if (socket instanceof Socket) super.keepSocketAlive(socket)
    return true
  }

  override reuseSocket(socket: Duplex, request: ClientRequest): void {
    if (socket instanceof Socket) super.reuseSocket(socket, request)
    else request.reusedSocket = true
  }
}

/** A target of protocol version HTTP1. */
export class Http1Target implements TargetClient {
  readonly #agent: TargetAgent

  constructor(dial: Dial) {
    this.#agent = new TargetAgent(dial)
  }

  async send(outgoing: Outgoing): Promise<Answer> {
    const request = this.#request(outgoing)
    sendBody(request, outgoing)
    return await new Promise((resolve, reject) => {
      request.on('continue', () => outgoing.onContinue())
      request.on('error', reject)
      request.once('response', (response) => resolve(answerOf(response)))
    })
  }

  /** Asks for another protocol. The target may agree, or answer as to any request. */
  async upgrade(outgoing: Outgoing): Promise<Answer | Upgraded> {
    const request = this.#request(outgoing)
    request.end()
    return await new Promise((resolve, reject) => {
      request.on('error', reject)
      request.once('response', (response) => resolve(answerOf(response)))
      request.once('upgrade', (response, stream, first) => resolve({ ...headOf(response), stream, first }))
    })
  }

  close(): void {
    this.#agent.destroy()
  }

  #request({ method, url, headers, hasBody, signal }: Outgoing): ClientRequest {
    const request = httpRequest({
      agent: this.#agent,
      method,
      path: url,
      setHost: false,
      maxHeaderSize: LONGEST_HEAD,
      signal,
    })
    for (const [name, values] of grouped(headers)) request.setHeader(name, values)
    // The load balancer says nothing of the connection; HTTP/1.1 keeps it.
    if (!request.hasHeader('connection')) request.removeHeader('connection')
    // Node sends what a GET carries without any length, unless it is told.
    if (hasBody) request.useChunkedEncodingByDefault = true
    return request
  }
}

function sendBody(request: ClientRequest, outgoing: Outgoing): void {
  const { body, hasBody } = outgoing
  if (!hasBody) return void request.end()
  body.on('end', () => {
    const behind = outgoing.trailers()
    if (behind.length > 0) request.addTrailers(behind.map(([name, value]): [string, string] => [name, value]))
    request.end()
  })
  body.pipe(request, { end: false })
  // Node holds the head back until the body begins; the target may refuse the one by the other.
  setImmediate(() => void (request.destroyed || request.headersSent || request.flushHeaders()))
}

function answerOf(response: IncomingMessage): Answer {
  return {
    ...headOf(response),
    body: response,
    isBodiless: false,
    trailers: () => pairsOf(response.rawTrailers),
  }
}

function headOf(response: IncomingMessage): { status: number; reason: string; headers: Header[] } {
  return {
    status: response.statusCode ?? 0,
    reason: response.statusMessage ?? '',
    headers: pairsOf(response.rawHeaders),
  }
}

// In order of the first of each name, in the spelling of the first.
function grouped(headers: readonly Header[]): Map<string, string | string[]> {
  const spelling = new Map<string, string>()
  const result = new Map<string, string | string[]>()
  for (const [given, value] of headers) {
    const key = given.toLowerCase()
    const name = spelling.get(key) ?? given
    spelling.set(key, name)
    const before = result.get(name)
    result.set(name, before === undefined ? value : [before, value].flat())
  }
  return result
}

/**
 * A dial that speaks TLS. Certificates of targets are not verified, as the ALB user guide says.
 * @param trustedKeys public keys of which targets have to have one, as a Classic Load Balancer may want
 */
export function overTls(dial: Dial, ALPNProtocols: string[], trustedKeys?: readonly string[]): Dial {
  return async () => {
    const socket = await dial()
    const secure = connectTls({ socket, rejectUnauthorized: false, ALPNProtocols })
    await new Promise<void>((resolve, reject) => {
      secure.once('secureConnect', resolve)
      secure.once('error', reject)
    })
    if (hasTrustedKey(secure, trustedKeys)) return secure
    secure.destroy()
    throw new DialError('ECONNREFUSED', 'the target has none of the keys that are trusted')
  }
}
