// Owns the sockets of stand-ins: one loopback port for each declared port, one HTTP parser for all of them.
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { createSecureContext, TLSSocket, type SecureContext } from 'node:tls'

import type { Asked, HostAddress } from '../../network/dialer.ts'
import { RuntimeError } from '../runtime.ts'
import { httpAnswer, plainText, type PortOwner } from './answer.ts'
import type { BuiltinServer, StandinCertificate } from './builtins.ts'
import { serveHttp2, speaksHttp2 } from './http2-answers.ts'

export interface OpenPort {
  readonly address: HostAddress
  close(): Promise<void>
}

const TLS_HANDSHAKE = 0x16
/** How long an idle connection is kept: nginx's keepalive_timeout. */
const KEEP_ALIVE_MS = 75_000

/** Opens ports that answer for stand-ins. */
export class Listeners {
  readonly #owners = new WeakMap<Socket, PortOwner>()
  // Never listens itself: it parses HTTP on connections that are handed to it.
  readonly #http = createHttpServer((request, response) => this.#serve(request, response))
  readonly #certificate: (() => StandinCertificate) | undefined
  #secureContext: SecureContext | undefined

  /** @param certificate for clients that speak TLS; without it they are refused. */
  constructor(certificate?: () => StandinCertificate) {
    this.#certificate = certificate
    this.#http.keepAliveTimeout = KEEP_ALIVE_MS
    this.#http.on('clientError', (_error, socket) => {
      const owner = this.#owners.get(socket as Socket)
      if (!owner || !socket.writable) return void socket.destroy()
      owner.log('answered a client that does not speak HTTP')
      socket.end(plainText(owner.identity))
    })
  }

  /** Listens on a free loopback port for `owner`. @throws RuntimeError StartFailed */
  async open(owner: PortOwner): Promise<OpenPort> {
    const sockets = new Set<Socket>()
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
      sockets.add(socket)
      socket.on('close', () => sockets.delete(socket))
      socket.on('error', () => socket.destroy())
      this.#accept(socket, owner)
    })
    const port = await listen(server)
    return {
      address: { host: '127.0.0.1', port, statusOf: (asked) => this.#statusOf(asked, owner) },
      async close() {
        const closed = new Promise<void>((resolve) => server.close(() => resolve()))
        for (const socket of sockets) socket.destroy()
        await closed
      },
    }
  }

  #statusOf({ path, isTls }: Asked, owner: PortOwner): number | undefined {
    // Only a handshake tells what becomes of it then.
    if (isTls && !this.#certificate) return undefined
    return answered('GET', path, owner)
  }

  // The first byte tells TLS from everything else (RFC 8446 5.1: content type 22 is a handshake).
  #accept(socket: Socket, owner: PortOwner): void {
    socket.once('readable', () => {
      const read = socket.read() as Buffer | null
      if (!read) return void socket.end()
      // What the image stands for reads such a header, or its load balancer would not send one.
      const first = withoutProxyHeader(read)
      if (first.length === 0) return this.#accept(socket, owner)
      socket.unshift(first)
      if (first[0] !== TLS_HANDSHAKE) return this.#hand(socket, owner, first)
      if (owner.server?.certificate) {
        // Without a listener what came is kept until the handshake begins.
        this.#secureFor(owner).then(
          (context) => this.#encrypt(socket, owner, context),
          () => socket.destroy(),
        )
      } else this.#encrypt(socket, owner, this.#secure())
    })
  }

  #encrypt(socket: Socket, owner: PortOwner, secureContext: SecureContext | undefined): void {
    if (!secureContext) {
      owner.log('refused TLS: this stand-in has no certificate')
      return void socket.destroy()
    }
    const secure = new TLSSocket(socket, { isServer: true, secureContext })
    secure.on('error', () => secure.destroy())
    this.#hand(secure, owner)
  }

  async #secureFor({ server }: PortOwner): Promise<SecureContext | undefined> {
    const certificate = await server?.certificate?.()
    return certificate ? createSecureContext(certificate) : this.#secure()
  }

  #hand(socket: Socket, owner: PortOwner, first?: Buffer): void {
    if (first && speaksHttp2(first)) return serveHttp2(socket, owner)
    this.#owners.set(socket, owner)
    this.#http.emit('connection', socket)
  }

  #secure(): SecureContext | undefined {
    if (!this.#secureContext && this.#certificate)
      this.#secureContext = createSecureContext(this.#certificate())
    return this.#secureContext
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    const owner = this.#owners.get(request.socket)
    if (!owner) return void request.socket.destroy()
    const { server } = owner
    if (!server || request.method !== 'POST') return this.#answer(request, response, owner)
    serveBuiltin(server, request, response).then(
      (isAnswered) => (isAnswered ? undefined : this.#answer(request, response, owner)),
      () => response.destroy(),
    )
  }

  #answer(request: IncomingMessage, response: ServerResponse, owner: PortOwner): void {
    const status = answered(request.method, request.url, owner)
    const answer = httpAnswer(owner.identity, request.headers.accept)
    // The body of the request is read and dropped, so that the connection can be used again.
    request.resume()
    response.writeHead(status, answer.headers)
    response.end(request.method === 'HEAD' ? undefined : answer.body)
  }
}

/** Notes that a stand-in has answered. @returns the status, which is always the same */
function answered(method: string | undefined, path: string | undefined, owner: PortOwner): number {
  owner.log(`${method} ${path} 200`)
  return 200
}

async function serveBuiltin(
  server: BuiltinServer,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  const chunks: Buffer[] = []
  // No encoding is set on the stream, so it yields buffers.
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const [path = '/'] = (request.url ?? '/').split('?')
  const answer = await server.answer(path, Buffer.concat(chunks).toString())
  if (!answer) return false
  response.writeHead(answer.status, { 'content-type': 'application/json' }).end(JSON.stringify(answer.body))
  return true
}

const PROXY_SIGNATURE = Buffer.from('0d0a0d0a000d0a515549540a', 'hex')

/** The bytes after a PROXY protocol version 2 header (16 bytes and as many as they say), or all when there is none. */
function withoutProxyHeader(bytes: Buffer): Buffer {
  if (bytes.length < 16 || !bytes.subarray(0, 12).equals(PROXY_SIGNATURE)) return bytes
  return bytes.subarray(16 + bytes.readUInt16BE(14))
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => reject(new RuntimeError('StartFailed', cause.message, { cause })))
    server.listen({ host: '127.0.0.1', port: 0 }, resolve)
  })
  // The process is kept alive by whoever runs the region, not by its pods.
  server.unref()
  return (server.address() as AddressInfo).port
}
