// Owns the HTTPS side: Node requests in, answers out, streams at the reader's pace, connections ended on close.
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { Duplex } from 'node:stream'
import { once } from 'node:events'

import { onAbort } from '../../base/abort.ts'
import { StatusError } from '../../base/errors.ts'
import { outlastHoldUps } from '../../base/hold-up.ts'
import type { Log } from '../../base/log.ts'
import { PART_BYTES, type ApiRequest, type ApiResponse } from './http.ts'
import { clientCertificateOf } from './client-certificate.ts'
import { compressed } from './compression.ts'
import { errorResponse } from './status.ts'

export interface ListenOptions {
  readonly host: string
  /** 0 takes any free port. */
  readonly port: number
  /** PEMs; `ca` signs the certificates of clients, who need none. */
  readonly tls: { readonly key: string; readonly cert: string; readonly ca?: string }
}

export interface Listener {
  readonly port: number
  /** Ends every connection, streams included. */
  close(): Promise<void>
}

export interface ListenHandlers {
  handle(request: ApiRequest): Promise<ApiResponse>
  /** Takes over a connection that asks for WebSockets. */
  upgrade(request: ApiRequest, socket: Duplex, head: Buffer, raw: IncomingMessage): Promise<void>
  readonly log: Log
}

// apiserver --max-request-body-bytes
const MAXIMUM_BODY_BYTES = 3 * 1024 * 1024

/** Starts serving. Rejects when the port is taken. */
export async function listen(options: ListenOptions, handlers: ListenHandlers): Promise<Listener> {
  const stop = new AbortController()
  const { key, cert, ca } = options.tls
  // Whose certificate is not of the authority learns it from the answer, as clients without one do.
  const clients = ca === undefined ? {} : { ca, requestCert: true, rejectUnauthorized: false }
  const settings = {
    key,
    cert,
    ...clients,
    keepAlive: true,
    noDelay: true,
    shouldUpgradeCallback: isStreaming,
  }
  // By the end of the server, as their connections do.
  const requests = new Set<Lifetime>()
  onAbort(stop.signal, () => requests.forEach((lifetime) => lifetime.end()))
  const server = createServer(settings, (incoming, outgoing) => {
    const lifetime = new Lifetime()
    requests.add(lifetime)
    outgoing.on('close', () => {
      requests.delete(lifetime)
      lifetime.end()
    })
    void serve({ incoming, outgoing, lifetime }, handlers)
  })
  // Watches are silent for longer than any timeout of Node's.
  server.requestTimeout = 0
  server.timeout = 0
  outlastHoldUps(server)
  // Connections that left HTTP are no longer Node's to close.
  const upgraded = new Set<Duplex>()
  server.on('upgrade', (incoming, socket, head) => {
    const lifetime = new Lifetime()
    requests.add(lifetime)
    upgraded.add(socket)
    // What is behind it shall not go on for a client that has gone.
    socket.on('close', () => {
      upgraded.delete(socket)
      requests.delete(lifetime)
      lifetime.end()
    })
    if (socket.destroyed || stop.signal.aborted) lifetime.end()
    const request = toRequest(incoming, undefined, lifetime)
    socket.on('error', () => socket.destroy())
    handlers.upgrade(request, socket, head, incoming).catch((error: unknown) => {
      handlers.log.error('upgrade failed', { error })
      socket.destroy()
    })
  })
  server.on('tlsClientError', (error) => handlers.log.debug('TLS handshake failed', { error }))
  server.listen(options.port, options.host)
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : options.port
  return { port, close: () => closeServer(server, stop, upgraded) }
}

// Every other protocol that a client offers (h2c) is declined by answering in HTTP/1.1 (RFC 9110, 7.8).
function isStreaming({ headers }: IncomingMessage): boolean {
  return /^(websocket|spdy\/.*)$/i.test(headers.upgrade ?? '')
}

async function closeServer(server: Server, stop: AbortController, upgraded: Set<Duplex>): Promise<void> {
  stop.abort()
  const closed = once(server, 'close')
  server.close()
  server.closeAllConnections()
  for (const socket of upgraded) socket.destroy()
  await closed
}

// Requests whose signal was asked for end with it: made once, as an error is the dearest part of an abort.
const GONE = new DOMException('the connection has ended', 'AbortError')

/** How long a request lasts. Nearly all are answered without anybody who wants its signal, which costs more than all of this. */
class Lifetime {
  hasEnded = false
  #controller: AbortController | undefined

  /** Aborted when the answer is sent, the client has gone or the server ends. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController()
    if (this.hasEnded) this.#controller.abort(GONE)
    return this.#controller.signal
  }

  end(): void {
    this.hasEnded = true
    this.#controller?.abort(GONE)
  }
}

interface Exchange {
  readonly incoming: IncomingMessage
  readonly outgoing: ServerResponse
  readonly lifetime: Lifetime
}

async function serve({ incoming, outgoing, lifetime }: Exchange, handlers: ListenHandlers): Promise<void> {
  try {
    const body = await readBody(incoming)
    const request = toRequest(incoming, body, lifetime)
    await send(await compressed(await handlers.handle(request), request), outgoing)
  } catch (error) {
    if (lifetime.hasEnded) return
    if (outgoing.headersSent) {
      handlers.log.warn('response broke off', { url: incoming.url, error })
      outgoing.destroy()
    } else await send(errorResponse(error), outgoing)
  }
}

async function readBody(incoming: IncomingMessage): Promise<Buffer> {
  const { headers } = incoming
  // Most reads have none.
  if (headers['content-length'] === undefined && headers['transfer-encoding'] === undefined) return NOTHING
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>()
  const chunks: Buffer[] = []
  let size = 0
  incoming.on('data', (chunk: Buffer) => {
    size += chunk.length
    if (size <= MAXIMUM_BODY_BYTES) chunks.push(chunk)
    else reject(tooLarge())
  })
  incoming.on('end', () => resolve(Buffer.concat(chunks)))
  incoming.on('error', reject)
  incoming.on('close', () => reject(GONE))
  return await promise
}

const NOTHING = Buffer.alloc(0)

function tooLarge(): StatusError {
  const text = `Request entity too large: limit is ${MAXIMUM_BODY_BYTES}`
  return new StatusError('RequestEntityTooLarge', text)
}

function toRequest(
  incoming: IncomingMessage,
  body: Buffer | undefined,
  lifetime: { readonly signal: AbortSignal },
): ApiRequest {
  // Of a request's headers Node makes a list of this one alone, which is for answers.
  const { 'set-cookie': _cookies, ...headers } = incoming.headers
  const certificate = clientCertificateOf(incoming.socket)
  const { remoteAddress } = incoming.socket
  return {
    method: incoming.method ?? 'GET',
    url: incoming.url ?? '/',
    // By that, all are text.
    headers: headers as ApiRequest['headers'],
    get signal() {
      return lifetime.signal
    },
    ...(body ? { body } : {}),
    ...(certificate ? { certificate } : {}),
    ...(remoteAddress === undefined ? {} : { remoteAddress }),
  }
}

async function send(response: ApiResponse, outgoing: ServerResponse): Promise<void> {
  const { status, body } = response
  // Node only reads them, though its type would let it write to lists.
  const headers = { ...response.headers } as OutgoingHttpHeaders
  if (typeof body === 'string' || body instanceof Uint8Array) {
    headers['content-length'] = Buffer.byteLength(body)
    outgoing.writeHead(status, headers)
    if (typeof body === 'string' || body.length <= PART_BYTES) outgoing.end(body)
    else await write(parts(body), outgoing)
    return
  }
  outgoing.writeHead(status, headers)
  // Nothing of the body would be sent, and so nothing of it is made.
  if (outgoing.req.method === 'HEAD') return void outgoing.end()
  // The client shall see that the watch stands before the first event.
  outgoing.flushHeaders()
  await write(body, outgoing)
}

function* parts(body: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < body.length; at += PART_BYTES) yield body.subarray(at, at + PART_BYTES)
}

async function write(
  chunks: AsyncIterable<string | Uint8Array> | Iterable<string | Uint8Array>,
  outgoing: ServerResponse,
): Promise<void> {
  for await (const chunk of chunks) {
    if (outgoing.destroyed) break
    if (!outgoing.write(chunk)) await drained(outgoing)
  }
  outgoing.end()
}

function drained(outgoing: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      outgoing.off('drain', done)
      outgoing.off('close', done)
      resolve()
    }
    outgoing.on('drain', done)
    outgoing.on('close', done)
  })
}
