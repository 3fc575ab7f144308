// Owns the way to a pod: every connection to a pod address goes through here, whatever really runs the pod.
import type { Duplex } from 'node:stream'

/** Why a connection to a pod address could not be made; the codes are those of Node's sockets. */
export class DialError extends Error {
  override readonly name = 'DialError'
  readonly code: 'EHOSTUNREACH' | 'ECONNREFUSED' | 'ETIMEDOUT'

  constructor(code: 'EHOSTUNREACH' | 'ECONNREFUSED' | 'ETIMEDOUT', message: string) {
    super(message)
    this.code = code
  }
}

/** Where the runtime really put a port of a pod. */
export interface HostAddress {
  readonly host: string
  readonly port: number
}

/** Finds the real address of `port` of a pod; undefined when nothing listens there. */
export type PortResolver = (port: number) => HostAddress | undefined

export interface Dialer {
  /** Declares that the pod address is routed to what `resolve` says, until `unregister`. */
  register(ip: string, resolve: PortResolver): void
  unregister(ip: string): void
  /**
   * Connects to a pod. The stream allows half-open connections: ending one direction leaves the other open.
   * @throws DialError EHOSTUNREACH no pod has this address; ECONNREFUSED nothing listens on the port; ETIMEDOUT.
   */
  dial(ip: string, port: number, options?: { readonly timeoutMs?: number }): Promise<Duplex>
}
