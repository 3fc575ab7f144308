// Owns the way to a pod: every connection to a pod address goes through here, whatever really runs the pod.
import { connect } from 'node:net'
import type { Duplex } from 'node:stream'

import type { Clock } from '../base/clock.ts'

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

const DEFAULT_TIMEOUT_MS = 10_000

/** The dialer of a region: a table of pod addresses, each with the resolver of the runtime that has it. */
export function createDialer({ clock }: { readonly clock: Clock }): Dialer {
  const routes = new Map<string, PortResolver>()
  return {
    register: (ip, resolve) => void routes.set(ip, resolve),
    unregister: (ip) => void routes.delete(ip),
    async dial(ip, port, { timeoutMs = DEFAULT_TIMEOUT_MS } = {}) {
      const resolve = routes.get(ip)
      if (!resolve) throw new DialError('EHOSTUNREACH', `connect EHOSTUNREACH ${ip}:${port}`)
      const address = resolve(port)
      if (!address) throw new DialError('ECONNREFUSED', `connect ECONNREFUSED ${ip}:${port}`)
      return await open(address, { name: `${ip}:${port}`, timeoutMs, clock })
    },
  }
}

function open(
  address: HostAddress,
  { name, timeoutMs, clock }: { name: string; timeoutMs: number; clock: Clock },
): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: address.host, port: address.port, allowHalfOpen: true, noDelay: true })
    const fail = (code: DialError['code']): void => {
      timer.cancel()
      socket.destroy()
      reject(new DialError(code, `connect ${code} ${name}`))
    }
    const timer = clock.after(timeoutMs, () => fail('ETIMEDOUT'))
    // Whatever else goes wrong on the way to loopback (reset, out of descriptors), nobody answered.
    const onError = (): void => fail('ECONNREFUSED')
    socket.once('error', onError)
    socket.once('connect', () => {
      timer.cancel()
      socket.off('error', onError)
      resolve(socket)
    })
  })
}
