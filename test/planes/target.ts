// Owns the target behind a load balancer under test: a server on loopback that does what the scenario says.
import { createSocket } from 'node:dgram'
import { createServer as createHttp, type IncomingMessage, type RequestListener } from 'node:http'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'

type Handler = (socket: Socket) => void

/** Gets a datagram, a way to answer it, and the port that it came from. */
type DatagramHandler = (bytes: Buffer, answer: (bytes: string | Buffer) => void, from: number) => void

// What health checks and connections between scenarios meet.
const POLITE: Handler = (socket) =>
  void socket.once('data', () =>
    socket.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n'),
  )

/** One target. Scenarios replace what it does with new connections. */
export class Target {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #handler: Handler = POLITE
  #seen = 0
  readonly #datagrams = createSocket('udp4')
  #datagramHandler: DatagramHandler | undefined

  private constructor() {
    this.#datagrams.on('message', (bytes, { port, address }) =>
      this.#datagramHandler?.(bytes, (answer) => this.#datagrams.send(answer, port, address), port),
    )
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
      this.#seen += 1
      this.#sockets.add(socket)
      socket.on('close', () => this.#sockets.delete(socket))
      socket.on('error', () => undefined)
      this.#handler(socket)
    })
  }

  static async start(): Promise<Target> {
    const target = new Target()
    await new Promise<void>((resolve) =>
      target.#server.listen({ port: 0, host: '127.0.0.1', backlog: 2048 }, resolve),
    )
    await new Promise<void>((resolve) => target.#datagrams.bind(0, '127.0.0.1', resolve))
    return target
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** Where it takes datagrams. */
  get datagramPort(): number {
    return this.#datagrams.address().port
  }

  /** What happens to datagrams from now on. */
  serveDatagrams(handler: DatagramHandler): void {
    this.#datagramHandler = handler
  }

  /** Connections that are open now. */
  get open(): number {
    return this.#sockets.size
  }

  /** Connections since the scenario began. */
  get seen(): number {
    return this.#seen
  }

  /** What happens to connections from now on. */
  serve(handler: Handler): void {
    this.#handler = handler
  }

  /** Takes upgrades from now on. */
  serveUpgrades(onUpgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void): void {
    const http = createHttp()
    http.on('upgrade', onUpgrade)
    this.serve((socket) => void http.emit('connection', socket))
  }

  /** Speaks HTTP/1.1 from now on. */
  serveHttp(listener: RequestListener): void {
    const http = createHttp({ keepAliveTimeout: 60_000, maxHeaderSize: 128 * 1024 }, listener)
    http.on('clientError', (_error, socket) => socket.destroy())
    this.serve((socket) => void http.emit('connection', socket))
  }

  /** The next connection, in full. */
  next(): Promise<Socket> {
    return new Promise((resolve) => this.serve(resolve))
  }

  /** Ends what is left of a scenario, so that none of its connections is used again by the next one. */
  async clear(): Promise<void> {
    this.#handler = POLITE
    this.#datagramHandler = undefined
    const endMs = performance.now() + 1000
    for (const socket of this.#sockets) socket.resume().end()
    while (this.#sockets.size > 0 && performance.now() < endMs) await pause(2)
    for (const socket of this.#sockets) socket.destroy()
    this.#seen = 0
  }

  async stop(): Promise<void> {
    await this.clear()
    this.#datagrams.close()
    await new Promise<void>((resolve) => this.#server.close(() => resolve()))
  }
}
