// Owns connections to ports that several load balancers share: whose they are, by the first bytes that they carry.
import type { Socket } from 'node:net'

import type { Clock } from '../../base/clock.ts'
import { readDestination, type Destination } from './destination.ts'
import type { EdgeBalancer, EdgeListener } from './front.ts'
import { unknownHost } from './refusal.ts'

/** A client that sends nothing for so long on a shared port does not speak HTTP or TLS first. */
const FIRST_BYTES_MS = 10_000

export interface NameRouterOptions {
  readonly clock: Clock
  /** Those of now. */
  balancers(): Iterable<EdgeBalancer>
}

/** Sends connections to listeners by name. */
export class NameRouter {
  readonly #options: NameRouterOptions

  constructor(options: NameRouterOptions) {
    this.#options = options
  }

  /** A connection to a listener's own port: unread where only one load balancer has it. */
  onListenerPort(socket: Socket, port: number): void {
    const there = [...this.#options.balancers()].flatMap(({ listeners }) =>
      listeners.filter((listener) => listener.port === port && listener.accept),
    )
    if (there.length === 1) there[0]?.accept?.(socket, {})
    else this.route(socket, port)
  }

  /** @param ownPort the listener port that the client connected to; undefined on the port that all share. */
  route(socket: Socket, ownPort: number | undefined): void {
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
      if (!listener?.accept) return unknownHost(socket, destination, this.#names(ownPort))
      socket.unshift(bytes)
      listener.accept(socket, {})
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
    for (const { dnsName, listeners } of this.#options.balancers()) {
      if (dnsName.toLowerCase() !== destination.host) continue
      if (ownPort !== undefined) return listeners.find(({ port }) => port === ownPort)
      const named = destination.kind === 'http' ? destination.port : 443
      return listeners.find(({ port }) => port === named) ?? listeners[0]
    }
    return undefined
  }

  #names(ownPort: number | undefined): readonly string[] {
    return [...this.#options.balancers()]
      .filter(({ listeners }) => ownPort === undefined || listeners.some(({ port }) => port === ownPort))
      .map(({ dnsName }) => dnsName)
  }
}
