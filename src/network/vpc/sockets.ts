// Owns the region's sockets inside a VPC's network namespace: a process in there opens them and hands them over, so that
// no byte takes a detour.
import { spawn, type ChildProcess } from 'node:child_process'
import { Socket as UdpSocket } from 'node:dgram'
import { Server, Socket } from 'node:net'

import { onAbort } from '../../base/abort.ts'
import { InternalError } from '../../base/errors.ts'
import { ownPart } from '../../base/package-files.ts'
import type { Answer, Request } from './protocol.ts'

/** Why a socket could not be opened, by the code of Node's: `ECONNREFUSED`, `EADDRINUSE`, … */
export class SocketError extends Error {
  override readonly name = 'SocketError'
  readonly code: string

  constructor(code: string, what: string) {
    super(`${what}: ${code}`)
    this.code = code
  }
}

/** Sockets of one network namespace. */
export interface VpcSockets {
  /**
   * Connects; the stream allows half-open connections.
   * @param options.from the address that the connection comes from, which must be the namespace's own
   * @throws SocketError
   */
  connect(ip: string, port: number, options?: ConnectOptions): Promise<Socket>
  /** A listening socket; its connections allow half-open ones. @throws SocketError */
  listen(ip: string, port: number, accept: (socket: Socket) => void): Promise<Server>
  /** A bound UDP socket. @throws SocketError */
  bind(ip: string, port: number): Promise<UdpSocket>
  /** Ends the process inside. Sockets that were handed over live on. */
  close(): void
}

export interface ConnectOptions {
  readonly from?: string
  /** Gives the attempt up: whatever still comes of it is closed. */
  readonly signal?: AbortSignal
}

type Handle = Socket | Server | UdpSocket

interface Waiting {
  readonly request: Request
  /** A listening socket that the process inside has not let go of yet. */
  held?: Handle
  readonly resolve: (handle: Handle) => void
  readonly reject: (error: Error) => void
}

/**
 * Sockets of the namespace at a path. The process inside starts with the first request, and again should it have ended.
 * @param namespace e.g. `/run/netns/NAME`
 */
export function createVpcSockets(namespace: string): VpcSockets {
  return new Sockets(namespace)
}

class Sockets implements VpcSockets {
  readonly #namespace: string
  readonly #waiting = new Map<number, Waiting>()
  /** By the id of the request that opened them, listeners that may still get a connection from the process inside. */
  readonly #accepting = new Map<number, (socket: Socket) => void>()
  #child: ChildProcess | undefined
  #last = 0

  constructor(namespace: string) {
    this.#namespace = namespace
  }

  async connect(ip: string, port: number, { from, signal }: ConnectOptions = {}): Promise<Socket> {
    const request = { type: 'connect' as const, ip, port, ...(from === undefined ? {} : { from }) }
    const socket = await this.#ask(request, signal)
    if (!(socket instanceof Socket)) throw new InternalError('not the kind of socket that was asked for')
    return halfOpen(socket)
  }

  async listen(ip: string, port: number, accept: (socket: Socket) => void): Promise<Server> {
    const id = this.#last + 1
    this.#accepting.set(id, accept)
    try {
      const server = await this.#ask({ type: 'listen', ip, port })
      if (!(server instanceof Server)) throw new InternalError('not the kind of socket that was asked for')
      server.on('connection', (socket) => accept(halfOpen(socket)))
      server.once('close', () => this.#accepting.delete(id))
      return server
    } catch (error) {
      this.#accepting.delete(id)
      throw error
    }
  }

  async bind(ip: string, port: number): Promise<UdpSocket> {
    const socket = await this.#ask({ type: 'bind', ip, port })
    if (!(socket instanceof UdpSocket)) throw new InternalError('not the kind of socket that was asked for')
    return socket
  }

  close(): void {
    const child = this.#child
    this.#child = undefined
    if (child?.connected) child.disconnect()
    this.#abandon()
  }

  async #ask(what: Omit<Request, 'id'>, signal?: AbortSignal): Promise<Handle> {
    signal?.throwIfAborted()
    const request: Request = { ...what, id: ++this.#last }
    const { promise, resolve, reject } = Promise.withResolvers<Handle>()
    const waiting: Waiting = { request, resolve, reject }
    this.#waiting.set(request.id, waiting)
    const giveUp = (): void => {
      this.#waiting.delete(request.id)
      reject(signal?.reason as Error)
    }
    const takeBack = signal && onAbort(signal, giveUp)
    const child = (this.#child ??= this.#start())
    child.send(request, (error) => {
      if (error) this.#fail(request.id, 'EPIPE')
    })
    try {
      return await promise
    } finally {
      takeBack?.()
    }
  }

  #start(): ChildProcess {
    const { command, args } = ownPart('vpc-sockets')
    const child = spawn('nsenter', [`--net=${this.#namespace}`, command, ...args], {
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      env: {},
    })
    const end = (): void => {
      if (this.#child !== child) return
      this.#child = undefined
      this.#abandon()
    }
    child.once('error', end)
    child.once('exit', end)
    child.on('message', (message, handle) => {
      // Only our own program writes to this channel.
      this.#answer(message as Answer, handle as Handle | undefined)
    })
    // It must not keep a region alive that has nothing else to do.
    child.unref()
    child.channel?.unref()
    return child
  }

  #answer({ id, type, code = 'EIO' }: Answer, handle: Handle | undefined): void {
    if (type === 'failed') return this.#fail(id, code)
    if (type === 'accepted') {
      const accept = this.#accepting.get(id)
      if (!(handle instanceof Socket)) return
      return accept ? accept(halfOpen(handle)) : void handle.destroy()
    }
    const waiting = this.#waiting.get(id)
    if (type === 'done' && handle instanceof Server && waiting) {
      waiting.held = handle
      return
    }
    this.#waiting.delete(id)
    const given = handle ?? waiting?.held
    if (given && waiting) waiting.resolve(given)
    else if (given) discard(given)
  }

  #fail(id: number, code: string): void {
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    if (!waiting) return
    if (waiting.held) discard(waiting.held)
    const { type, ip, port } = waiting.request
    waiting.reject(new SocketError(code, `${type} ${ip}:${port}`))
  }

  #abandon(): void {
    for (const id of this.#waiting.keys()) this.#fail(id, 'EPIPE')
  }
}

// A socket that comes by IPC has Node's defaults: it ends both of its directions together, and gathers small writes.
function halfOpen(socket: Socket): Socket {
  socket.allowHalfOpen = true
  return socket.setNoDelay(true)
}

// Nobody waits for it any more.
function discard(handle: Handle): void {
  if (handle instanceof Socket) handle.destroy()
  else handle.close()
}
