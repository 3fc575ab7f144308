// Owns one listener towards its clients: connections, TLS, and requests of whichever HTTP version.
import { createServer as createHttp1, type IncomingMessage, type Server as Http1Server } from 'node:http'
import { createServer as createHttp2, type Http2Server, type ServerHttp2Session } from 'node:http2'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { createServer as createTls, type Server as TlsServer, type TLSSocket } from 'node:tls'

import { ipv4Of } from '../knock.ts'
import { ignoreErrors, reset } from '../relay.ts'
import { ClientJudge, type TrustFailure } from '../tls/client-trust.ts'
import { chainOf } from '../tls/peer-chain.ts'
import { ASKING, askingSettings, contextChooser, policySettings } from '../tls/terminate.ts'
import type { Ask, Peer, Reply } from './ask.ts'
import { askOf, Http1Reply } from './front-http1.ts'
import { askOfStream, Http2Reply } from './front-http2.ts'
import type { ConnectionLog } from './connection-entry.ts'
import { ConnectionNote } from './connection-note.ts'
import { pageOf, reasonOf } from './pages.ts'
import type { ApplicationListener, HttpSettings } from './plan.ts'
import type { UpgradeRequest } from './upgrade.ts'

/** All headers together, with the request line (quotas). */
const LONGEST_HEAD = 64 * 1024
/** Streams of one HTTP/2 connection at a time. */
const MOST_STREAMS = 128
/** After 10,000 requests an ALB ends a connection of HTTP/2 by GOAWAY. Clients number theirs oddly (RFC 9113 5.1.1). */
const LAST_STREAM = 2 * 10_000 - 1

export interface FrontOptions {
  readonly listener: ApplicationListener
  readonly settings: HttpSettings
  now(): number
  /** That of now, where there is one. */
  connectionLog(): ConnectionLog | undefined
  serve(ask: Ask, reply: Reply): void
  upgrade(ask: Ask, request: UpgradeRequest): void
}

/** One listener. Its rules are asked for anew with each request; a change of anything else needs a new front. */
export class ListenerFront {
  readonly #options: FrontOptions
  readonly #http1: Http1Server
  readonly #http2: Http2Server
  readonly #tls: TlsServer | undefined
  readonly #sockets = new Set<Duplex>()
  /** When each connection, or session of HTTP/2, began. */
  readonly #since = new WeakMap<object, number>()
  /** Connections whose handshake goes on, by their clients' addresses and ports. */
  readonly #notes = new Map<string, ConnectionNote>()
  /** Through the address of which zone connections came, by the same keys; where targets are chosen by that. */
  readonly #zones = new Map<string, string>()
  /** How many requests each connection, or session of HTTP/2, has under way. */
  readonly #underWay = new WeakMap<object, number>()

  /** The last request of each connection of HTTP/1. */
  readonly #latest = new WeakMap<object, { readonly request: IncomingMessage; readonly reply: Reply }>()

  constructor(options: FrontOptions) {
    this.#options = options
    this.#http1 = this.#createHttp1()
    this.#http2 = this.#createHttp2()
    this.#tls = options.listener.protocol === 'HTTPS' ? this.#createTls() : undefined
  }

  /** Takes over a connection of which nothing is read yet. @param zone whose address the client came to, where it is known */
  accept(socket: Socket, zone?: string): void {
    this.#sockets.add(socket)
    if (this.#options.settings.isZonal === true && zone !== undefined) this.#noteZone(socket, zone)
    this.#since.set(socket, this.#options.now())
    socket.on('close', () => this.#sockets.delete(socket))
    ignoreErrors(socket)
    const log = this.#options.connectionLog()
    if (log) this.#note(socket, log)
    ;(this.#tls ?? this.#http1).emit('connection', socket)
    // It comes paused.
    socket.resume()
  }

  #noteZone(socket: Socket, zone: string): void {
    const key = noteKey({ ip: ipv4Of(socket.remoteAddress), port: socket.remotePort ?? 0 }, socket)
    this.#zones.set(key, zone)
    socket.once('close', () => this.#zones.delete(key))
  }

  #note(socket: Socket, log: ConnectionLog): void {
    const { listener } = this.#options
    const client = this.#peerOf(socket)
    const note = new ConnectionNote(log, { listener, client, now: () => this.#options.now() })
    if (!this.#tls) return note.tell()
    const key = noteKey(client, socket)
    this.#notes.set(key, note)
    socket.once('close', () => {
      note.tell({ status: 'UnmappedConnectionError' })
      if (this.#notes.get(key) === note) this.#notes.delete(key)
    })
  }

  /** Ends every connection. */
  close(): void {
    for (const socket of this.#sockets) reset(socket)
    this.#sockets.clear()
  }

  #createHttp1(): Http1Server {
    const { settings } = this.#options
    const server = createHttp1({
      maxHeaderSize: LONGEST_HEAD,
      // HTTP/1.0 has none, and for HTTP/1.1 the load balancer's name stands in.
      requireHostHeader: false,
      keepAliveTimeout: settings.idleTimeoutSeconds * 1000,
      noDelay: true,
    })
    const serve = (request: IncomingMessage, reply: Reply): void => {
      this.#latest.set(request.socket, { request, reply })
      if (this.#isOld(request.socket)) reply.closeAfterwards()
      this.#serve(request.socket, askOf(request, this.#peerOf(request.socket)), reply)
    }
    server.timeout = settings.idleTimeoutSeconds * 1000
    server.on('request', (request, response) => serve(request, new Http1Reply(response)))
    // The target decides whether it wants the body.
    server.on('checkContinue', (request, response) => serve(request, new Http1Reply(response)))
    server.on('upgrade', (request: IncomingMessage, socket: Duplex, first: Buffer) => {
      this.#options.upgrade(askOf(request, this.#peerOf(request.socket)), { socket, first })
    })
    server.on('clientError', (error: NodeJS.ErrnoException, socket) => this.#refuse(error, socket))
    // Without a listener the request would hang.
    server.on('connect', (_request, socket) => refuse({ code: 'HPE_INVALID_METHOD' }, socket))
    server.on('timeout', (socket: Socket) => {
      if (!this.#isBusy(socket)) socket.end()
    })
    return server
  }

  #createHttp2(): Http2Server {
    const server = createHttp2({ settings: { maxConcurrentStreams: MOST_STREAMS, enablePush: false } })
    server.on('stream', (stream, _headers, flags, raw: string[] | undefined) => {
      const { session } = stream
      const socket = session?.socket
      if (!session || !socket) return
      const ask = askOfStream(stream, raw ?? [], { peer: this.#peerOf(socket), isEnded: (flags & 1) !== 0 })
      this.#serve(session, ask, new Http2Reply(stream))
      // GOAWAY: what is under way comes to its end.
      if ((stream.id ?? 0) >= LAST_STREAM || this.#isOld(session)) session.close()
    })
    server.on('session', (session) => this.#since.set(session, this.#options.now()))
    server.on('sessionError', () => undefined)
    server.setTimeout(this.#options.settings.idleTimeoutSeconds * 1000)
    server.on('timeout', (session: ServerHttp2Session) => {
      if (!this.#isBusy(session)) session.close()
    })
    return server
  }

  #serve(connection: object, ask: Ask, reply: Reply): void {
    const count = (change: number): void =>
      void this.#underWay.set(connection, (this.#underWay.get(connection) ?? 0) + change)
    count(1)
    reply.onClose(() => count(-1))
    this.#options.serve(ask, reply)
  }

  // A silent connection ends only between requests: a target's silence has a time limit and an answer of its own.
  #isBusy(connection: object): boolean {
    return (this.#underWay.get(connection) ?? 0) > 0
  }

  #createTls(): TlsServer {
    const { listener, settings } = this.#options
    const { certificates, tlsPolicy, clientCertificates: clients } = listener
    const judge = clients?.mode === 'verify' ? new ClientJudge(clients.trust) : undefined
    const [standard] = certificates
    const contextFor = contextChooser({ certificates, policy: tlsPolicy, clients })
    const server = createTls({
      ...(tlsPolicy && policySettings(tlsPolicy)),
      ...(clients && { ...ASKING, ...askingSettings(clients) }),
      ...(standard ? { cert: standard.certificateChainPem, key: standard.privateKeyPem } : {}),
      ALPNProtocols: settings.isHttp2Enabled ? ['h2', 'http/1.1'] : ['http/1.1'],
      SNICallback: (name, done) => done(null, contextFor(name)),
    })
    server.on('secureConnection', (socket: TLSSocket) => {
      socket.on('error', () => undefined)
      const failure = judge?.verdict(chainOf(socket), this.#options.now())
      if (this.#notes.size > 0) this.#tellSecured(socket, failure)
      if (failure) return void socket.destroy()
      const isHttp2 = socket.alpnProtocol === 'h2'
      // HTTP/1 sees to the end of what came half open; a session of HTTP/2 waits for the close.
      if (isHttp2) socket.once('end', () => socket.end())
      const target = isHttp2 ? this.#http2 : this.#http1
      this.#since.set(socket, this.#options.now())
      target.emit('connection', socket)
    })
    server.on('tlsClientError', (_error, socket) => socket.destroy())
    return server
  }

  #tellSecured(socket: TLSSocket, failure: TrustFailure | undefined): void {
    const peer = this.#peerOf(socket)
    const { tls } = peer
    this.#notes.get(noteKey(peer, socket))?.tell({
      ...(tls && { tls }),
      ...(tls?.clientChain && { chain: tls.clientChain }),
      status: failure ?? 'Success',
    })
  }

  // What cannot be read may come behind a request that is still under way: that one's answer must not be torn.
  #refuse(error: NodeJS.ErrnoException, socket: Duplex): void {
    const { request, reply } = this.#latest.get(socket) ?? {}
    if (!request || !reply || reply.isClosed || error.code === 'ECONNRESET') return refuse(error, socket)
    // Node ends the connection behind this answer.
    if (reply.isStarted && reply.connection === 'close') return
    if (request.complete) return reply.onClose(() => refuse(error, socket))
    if (reply.isStarted) socket.destroy()
    else refuse(error, socket)
  }

  #peerOf(socket: Socket | TLSSocket): Peer {
    const ip = ipv4Of(socket.remoteAddress)
    const port = socket.remotePort ?? 0
    const zone = this.#zones.size > 0 ? this.#zones.get(noteKey({ ip, port }, socket)) : undefined
    const from = { ip, port, ...(zone !== undefined && { zone }) }
    if (!speaksTls(socket)) return from
    return {
      ...from,
      tls: {
        version: socket.getProtocol() ?? '',
        // In OpenSSL's format, in headers and in logs (ALB user guide, "Load balancer attributes").
        cipher: socket.getCipher().name,
        // False where the client named none.
        ...(typeof socket.servername === 'string' && { serverName: socket.servername }),
        ...(this.#options.listener.clientCertificates && { clientChain: chainOf(socket) }),
      },
    }
  }

  #isOld(connection: object): boolean {
    const sinceMs = this.#since.get(connection) ?? this.#options.now()
    return this.#options.now() - sinceMs >= this.#options.settings.keepAliveSeconds * 1000
  }
}

// A session of HTTP/2 gives out its socket's members, but does not say which there are.
function speaksTls(socket: Socket | TLSSocket): socket is TLSSocket {
  return typeof Reflect.get(socket, 'getProtocol') === 'function'
}

/** Answers what is no request with a page, and ends the connection. */
function refuse(error: { readonly code?: string | undefined }, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy()
  const status = error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : 400
  const body = pageOf(status)
  const head = [
    `HTTP/1.1 ${status} ${reasonOf(status)}`,
    'Server: awselb/2.0',
    `Date: ${new Date().toUTCString()}`,
    'Content-Type: text/html',
    `Content-Length: ${body.length}`,
    'Connection: close',
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
}

// The balancer has an address a zone, and a client may come to two of them from one port.
function noteKey({ ip, port }: { readonly ip: string; readonly port: number }, socket: Socket): string {
  return `${ip}:${port}>${socket.localAddress}`
}
