// Owns the ports of this machine that load balancers are reached through, and whose connection is whose.
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'

import type { Clock } from '../../base/clock.ts'
import type { Log } from '../../base/log.ts'
import type { ListenerAddress } from '../load-balancer.ts'
import { readDestination, type Destination } from './destination.ts'
import { unknownHost } from './refusal.ts'

export interface EdgeListener {
  readonly arn: string
  readonly port: number
  /** Gets a paused connection whose first bytes are still unread. */
  accept(socket: Socket): void
}

export interface EdgeBalancer {
  readonly arn: string
  readonly dnsName: string
  /** The first one is reached through the shared port when the Host header names no listener's port. */
  readonly listeners: readonly EdgeListener[]
}

export interface Edge {
  /** Opens the shared port. @throws EdgeError PortInUse or NotAllowed */
  start(): Promise<void>
  /** Declares a load balancer, or replaces what was declared. */
  apply(balancer: EdgeBalancer): Promise<void>
  remove(arn: string): Promise<void>
  /** Which URL reaches each listener from this machine. */
  addresses(arn: string): readonly ListenerAddress[]
  /** The shared port that was really opened. */
  readonly sharedPort: number
  /** Closes every port and connection. */
  close(): Promise<void>
}

/** Remembers the dedicated port of a listener over restarts. */
export interface PortMemory {
  get(listenerArn: string): number | undefined
  set(listenerArn: string, port: number): void
}

export interface EdgeOptions {
  readonly clock: Clock
  readonly log: Log
  readonly ports: PortMemory
  /** The port that always works; 0 for any free one. 4580 by default. */
  readonly sharedPort?: number
  /** Whether to try the listeners' own ports (80 needs privileges on Linux); true by default. */
  readonly isTryingOwnPorts?: boolean
}

export type EdgeErrorCode = 'PortInUse' | 'NotAllowed'

/** The shared port cannot be opened. */
export class EdgeError extends Error {
  override readonly name = 'EdgeError'
  readonly code: EdgeErrorCode

  constructor(code: EdgeErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

const LOOPBACK = '127.0.0.1'
const DEFAULT_SHARED_PORT = 4580
/** A client that sends nothing for so long on a shared port does not speak HTTP or TLS first. */
const FIRST_BYTES_MS = 10_000

export function createEdge(options: EdgeOptions): Edge {
  return new LoopbackEdge(options)
}

class LoopbackEdge implements Edge {
  readonly #options: EdgeOptions
  readonly #balancers = new Map<string, EdgeBalancer>()
  /** Servers on listeners' own ports, shared by name. */
  readonly #own = new Map<number, Server>()
  readonly #refused = new Set<number>()
  /** Servers of one listener each, by ARN. */
  readonly #dedicated = new Map<string, Server>()
  readonly #sockets = new Set<Socket>()
  #shared: Server | undefined

  constructor(options: EdgeOptions) {
    this.#options = options
  }

  get sharedPort(): number {
    return this.#shared ? portOf(this.#shared) : 0
  }

  async start(): Promise<void> {
    const port = this.#options.sharedPort ?? DEFAULT_SHARED_PORT
    try {
      this.#shared = await this.#listen(port, (socket) => this.#route(socket, undefined))
    } catch (cause) {
      const code = codeOf(cause) === 'EADDRINUSE' ? 'PortInUse' : 'NotAllowed'
      const why = code === 'PortInUse' ? 'another program listens on it' : codeOf(cause)
      throw new EdgeError(code, `cannot listen on ${LOOPBACK}:${port} for load balancers: ${why}`, { cause })
    }
  }

  async apply(balancer: EdgeBalancer): Promise<void> {
    const before = this.#balancers.get(balancer.arn)
    this.#balancers.set(balancer.arn, balancer)
    const gone = (before?.listeners ?? []).filter(
      ({ arn }) => !balancer.listeners.some((listener) => listener.arn === arn),
    )
    for (const { arn } of gone) this.#closeDedicated(arn)
    await Promise.all(balancer.listeners.map((listener) => this.#openFor(balancer.arn, listener)))
    this.#closeUnused()
  }

  async remove(arn: string): Promise<void> {
    for (const listener of this.#balancers.get(arn)?.listeners ?? []) this.#closeDedicated(listener.arn)
    this.#balancers.delete(arn)
    this.#closeUnused()
  }

  addresses(arn: string): readonly ListenerAddress[] {
    const balancer = this.#balancers.get(arn)
    return (balancer?.listeners ?? []).map(({ arn: listenerArn, port }, index) => {
      const dedicated = this.#dedicated.get(listenerArn)
      const shared = index === 0 ? this.sharedPort : undefined
      const reached = this.#own.has(port) ? port : (shared ?? (dedicated && portOf(dedicated)) ?? port)
      const scheme = port === 443 ? 'https' : 'http'
      const isDefault = reached === (scheme === 'https' ? 443 : 80)
      return {
        listenerArn,
        url: `${scheme}://${balancer?.dnsName}${isDefault ? '' : `:${reached}`}`,
        ...(dedicated && { direct: `${LOOPBACK}:${portOf(dedicated)}` }),
      }
    })
  }

  async close(): Promise<void> {
    const servers = [...this.#own.values(), ...this.#dedicated.values()]
    if (this.#shared) servers.push(this.#shared)
    this.#own.clear()
    this.#dedicated.clear()
    const closed = servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve())))
    for (const socket of this.#sockets) socket.destroy()
    await Promise.all(closed)
  }

  async #openFor(balancerArn: string, listener: EdgeListener): Promise<void> {
    await Promise.all([this.#openOwn(listener.port), this.#openDedicated(balancerArn, listener)])
  }

  // A port that others hold, or that needs privileges, is not an error: the shared port serves.
  async #openOwn(port: number): Promise<void> {
    if (this.#options.isTryingOwnPorts === false) return
    if (port === this.sharedPort || this.#own.has(port) || this.#refused.has(port)) return
    this.#refused.add(port)
    try {
      const server = await this.#listen(port, (socket) => this.#route(socket, port))
      this.#own.set(port, server)
      this.#refused.delete(port)
    } catch (error) {
      this.#options.log.info(`port ${port} is not available, load balancers use ${this.sharedPort}`, {
        code: codeOf(error),
      })
    }
  }

  async #openDedicated(balancerArn: string, listener: EdgeListener): Promise<void> {
    if (this.#dedicated.has(listener.arn)) return
    const accept = (socket: Socket): void => {
      const current = this.#balancers.get(balancerArn)?.listeners.find(({ arn }) => arn === listener.arn)
      if (current) current.accept(socket)
      else socket.destroy()
    }
    const remembered = this.#options.ports.get(listener.arn)
    const server = await this.#listen(remembered ?? 0, accept).catch(() => this.#listen(0, accept))
    if (portOf(server) !== remembered) this.#options.ports.set(listener.arn, portOf(server))
    this.#dedicated.set(listener.arn, server)
  }

  #closeDedicated(listenerArn: string): void {
    this.#dedicated.get(listenerArn)?.close()
    this.#dedicated.delete(listenerArn)
  }

  #closeUnused(): void {
    const used = new Set(
      [...this.#balancers.values()].flatMap(({ listeners }) => listeners.map(({ port }) => port)),
    )
    for (const [port, server] of this.#own) {
      if (used.has(port)) continue
      server.close()
      this.#own.delete(port)
    }
    for (const port of this.#refused) if (!used.has(port)) this.#refused.delete(port)
  }

  /** @param ownPort the listener port that the client connected to; undefined on the shared port. */
  #route(socket: Socket, ownPort: number | undefined): void {
    const timer = this.#options.clock.after(FIRST_BYTES_MS, () => socket.destroy())
    const chunks: Buffer[] = []
    const onData = (chunk: Buffer): void => {
      chunks.push(chunk)
      const bytes = chunks.length === 1 ? chunk : Buffer.concat(chunks)
      const destination = readDestination(bytes)
      if (destination.kind === 'incomplete') return
      stop()
      socket.pause()
      const listener = this.#listenerFor(destination, ownPort)
      if (!listener) return unknownHost(socket, destination, [...this.#balancers.values()].map(nameOf))
      socket.unshift(bytes)
      listener.accept(socket)
    }
    const onEnd = (): void => {
      stop()
      socket.destroy()
    }
    const stop = (): void => {
      timer.cancel()
      socket.off('data', onData).off('end', onEnd).off('close', stop)
    }
    socket.on('data', onData).on('end', onEnd).on('close', stop)
    socket.resume()
  }

  #listenerFor(destination: Destination, ownPort: number | undefined): EdgeListener | undefined {
    if (destination.kind !== 'http' && destination.kind !== 'tls') return undefined
    for (const { dnsName, listeners } of this.#balancers.values()) {
      if (dnsName.toLowerCase() !== destination.host) continue
      if (ownPort !== undefined) return listeners.find(({ port }) => port === ownPort)
      const named = destination.kind === 'http' ? destination.port : 443
      return listeners.find(({ port }) => port === named) ?? listeners[0]
    }
    return undefined
  }

  async #listen(port: number, onConnection: (socket: Socket) => void): Promise<Server> {
    const options = { allowHalfOpen: true, noDelay: true, pauseOnConnect: true }
    const server = createServer(options, (socket) => {
      this.#sockets.add(socket)
      socket.on('close', () => this.#sockets.delete(socket))
      // Errors end in 'close'; whoever carries the bytes acts on that.
      socket.on('error', () => undefined)
      onConnection(socket)
    })
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen({ host: LOOPBACK, port, backlog: 1024 }, () => {
        server.off('error', reject)
        resolve()
      })
    })
    server.unref()
    return server
  }
}

function nameOf({ dnsName }: EdgeBalancer): string {
  return dnsName
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'
}
