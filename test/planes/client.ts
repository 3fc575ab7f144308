// Owns what scenarios do with connections: open them, send, and say in words how they went and ended.
import { createHash, randomBytes } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from 'node:tls'

import type { Front, Stage } from './scenario.ts'

/** How a connection ended, or that it has not within the time. */
export type Ending = 'FIN' | 'RST' | 'open'

const opened = new Set<Socket>()

/** Ends what scenarios have left open. */
export function leave(): void {
  for (const socket of opened) socket.destroy()
  opened.clear()
}

/** A connection that keeps what it got. */
export class Wire {
  readonly socket: Socket
  readonly #chunks: Buffer[] = []
  #ending: Ending = 'open'
  #waiting: (() => void)[] = []

  constructor(socket: Socket) {
    this.socket = socket
    opened.add(socket)
    socket.on('data', (chunk: Buffer) => this.#note(chunk))
    socket.on('end', () => this.#note('FIN'))
    socket.on('error', () => this.#note('RST'))
    socket.on('close', () => {
      opened.delete(socket)
      this.#note('FIN')
    })
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#chunks)
  }

  get text(): string {
    return this.bytes.toString('latin1')
  }

  get isOver(): boolean {
    return this.#ending !== 'open'
  }

  /** Sends, and is told when the system has taken it. */
  async send(data: string | Buffer): Promise<void> {
    if (this.socket.write(data)) return
    await new Promise<void>((resolve) => {
      this.socket.once('drain', resolve)
      this.socket.once('close', () => resolve())
    })
  }

  /** Waits until the condition holds, the connection is over or the time is up. @returns whether it held */
  async until(condition: (wire: Wire) => boolean, withinMs = 3000): Promise<boolean> {
    const late = pause(withinMs, 'late' as const, { ref: false })
    while (!condition(this)) {
      if (this.isOver) return condition(this)
      const changed = new Promise<void>((resolve) => this.#waiting.push(resolve))
      if ((await Promise.race([changed, late])) === 'late') return condition(this)
    }
    return true
  }

  /** How it ended, within the time. */
  async ending(withinMs = 3000): Promise<Ending> {
    await this.until(() => this.isOver, withinMs)
    return this.#ending
  }

  #note(event: Buffer | Ending): void {
    if (Buffer.isBuffer(event)) this.#chunks.push(event)
    else if (this.#ending === 'open') this.#ending = event
    const waiting = this.#waiting
    this.#waiting = []
    for (const resolve of waiting) resolve()
  }
}

/** A bare connection to a load balancer. */
export async function open(stage: Stage, front: Front = 'plain'): Promise<Wire> {
  const socket = connect({ port: stage.port(front), host: '127.0.0.1', allowHalfOpen: true, noDelay: true })
  const wire = new Wire(socket)
  await new Promise<void>((resolve) => {
    socket.once('connect', resolve)
    socket.once('close', () => resolve())
  })
  return wire
}

/** A connection over TLS. */
export async function openTls(
  stage: Stage,
  options: ConnectionOptions & { readonly front?: Front } = {},
): Promise<Wire & { readonly socket: TLSSocket }> {
  const { front = 'tls', ...rest } = options
  const socket = connectTls({
    port: stage.port(front),
    host: '127.0.0.1',
    servername: 'web.example.com',
    rejectUnauthorized: false,
    allowHalfOpen: true,
    ...rest,
  } as ConnectionOptions)
  const wire = new Wire(socket) as Wire & { readonly socket: TLSSocket }
  await new Promise<void>((resolve) => {
    socket.once('secureConnect', resolve)
    socket.once('close', () => resolve())
  })
  return wire
}

/** Bytes that nothing compresses or repeats, and what is compared of them. */
export function noise(bytes: number): { readonly data: Buffer; readonly digest: string } {
  const data = randomBytes(bytes)
  return { data, digest: digestOf(data) }
}

export function digestOf(data: Buffer): string {
  return createHash('sha256').update(data).digest('hex')
}

/** Waits until something is so, or the time is up. @returns whether it was */
export async function becomes(condition: () => boolean, withinMs = 3000): Promise<boolean> {
  const endMs = performance.now() + withinMs
  while (!condition()) {
    if (performance.now() > endMs) return false
    await pause(2)
  }
  return true
}

/** Closes a connection so that its peer gets a reset. */
export function breakOff(wire: Wire): void {
  wire.socket.resetAndDestroy()
}
