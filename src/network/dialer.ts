// Owns the way to a pod: every connection to a pod address goes through here, whatever really runs the pod. An address
// means something within its VPC only, as on AWS: each VPC has a dialer of its own.
import { EventEmitter } from 'node:events'
import { connect, type Socket } from 'node:net'
import { duplexPair, type Duplex } from 'node:stream'

import { sleepBy, type Clock } from '../base/clock.ts'
import { hostPort } from '../base/host-port.ts'
import { openFlow, type DatagramFlow, type DatagramResolver } from './datagrams.ts'

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
  /** Where this process itself answers there: what `Dialer.statusOf` says. */
  readonly statusOf?: (asked: Asked) => number | undefined
}

/** What is asked by a GET. */
export interface Asked {
  readonly path: string
  /** Over TLS, whoever has signed the certificate. */
  readonly isTls: boolean
}

/** Something in this program that answers on a port itself. */
export interface InProcess {
  /** Gets the other end of a new connection. */
  accept(stream: Duplex): void
}

/** Something that is reached by more than a connection of this process: a pod in a network namespace of its own. */
export interface Reachable {
  /** @throws DialError */
  open(options: OpenOptions): Promise<Duplex>
}

export interface OpenOptions {
  readonly name: string
  readonly timeoutMs: number
  readonly from: Origin
}

/**
 * Where a connection comes from: the node that the pod is on (its kubelet), which reaches it whatever policies say, or
 * elsewhere in the VPC, as the API server and load balancers do.
 */
export type Origin = 'node' | 'vpc'

/** The way to a port of a pod. */
export type PodWay = HostAddress | Reachable

/** Finds what is behind `port` of an address; undefined when nothing listens there. */
export type PortResolver = (port: number) => PodWay | InProcess | undefined

/** The addresses of one VPC; whoever holds it reaches no other VPC. */
export interface Dialer {
  /**
   * Declares that the address is routed to what `resolve` says; replaces what it was routed to before.
   * @param datagrams finds what takes datagrams there; absent: nothing does
   * @returns a function that ends this route, and never one that replaced it.
   */
  register(ip: string, resolve: PortResolver, datagrams?: DatagramResolver): () => void
  /**
   * Connects to a pod. The stream allows half-open connections: ending one direction leaves the other open.
   * @throws DialError EHOSTUNREACH nothing has this address; ECONNREFUSED nothing listens on the port; ETIMEDOUT, also
   *   where policies keep the connection from the pod.
   */
  dial(ip: string, port: number, options?: DialOptions): Promise<Duplex>
  /**
   * Opens a flow of datagrams to a pod; policies let it in or not when it is opened.
   * @throws DialError EHOSTUNREACH nothing has this address; ECONNREFUSED nothing takes datagrams on the port; ETIMEDOUT
   *   policies keep them from the pod
   */
  openFlow(ip: string, port: number, receive: (bytes: Buffer) => void): Promise<DatagramFlow>
  /**
   * The status that a GET gets there, where this process itself answers: thousands of stand-ins are probed, and a
   * connection from this process to itself costs twenty times the answer, one over TLS a hundred times.
   * @returns undefined where only a connection can tell
   */
  statusOf(ip: string, port: number, asked: Asked): number | undefined
}

export interface DialOptions {
  readonly timeoutMs?: number
  /** `vpc` by default. */
  readonly from?: Origin
}

/** What the addresses of a VPC lead to now. */
export interface Routes {
  /** What is behind a port of an address; undefined when nothing has the address, or nothing listens there. */
  find(ip: string, port: number): PodWay | InProcess | undefined
  /** Calls back after a route has come or gone. @returns a function that ends it. */
  onChange(listener: () => void): () => void
}

/** All VPCs of a region. */
export interface Vpcs {
  /** Looks at the addresses of a VPC. */
  routes(vpcId: string): Routes
  /** The dialer of a VPC. Two calls for one VPC lead to the same addresses. */
  dialer(vpcId: string): Dialer
  /**
   * Has connections from elsewhere in the VPC ask first; the policies of each owner count.
   * @returns a function that ends it
   */
  restrict(vpcId: string, owner: string, isLet: Guard): () => void
}

/** Whether what comes to a port of a pod is let through. */
export type Guard = (ip: string, port: number, protocol: 'TCP' | 'UDP') => boolean

const DEFAULT_TIMEOUT_MS = 10_000

/** The VPCs of a region: a table of their addresses, each with the resolver of the runtime that has it. */
export function createVpcs({ clock }: { readonly clock: Clock }): Vpcs {
  // By VPC and address: eksctl gives every cluster 192.168.0.0/16, so addresses alone say nothing.
  const routes = new Map<string, Route>()
  const guards = new Map<string, Map<string, Guard>>()
  const isLet = (vpcId: string, ...to: Parameters<Guard>): boolean =>
    [...(guards.get(vpcId)?.values() ?? [])].every((guard) => guard(...to))
  const changes = new EventEmitter<Record<string, []>>()
  // A listener a cluster.
  changes.setMaxListeners(0)
  return {
    routes: (vpcId) => ({
      find: (ip, port) => routes.get(`${vpcId}/${ip}`)?.resolve(port),
      onChange(listener) {
        changes.on(vpcId, listener)
        return () => void changes.off(vpcId, listener)
      },
    }),
    restrict(vpcId, owner, guard) {
      const own = guards.get(vpcId) ?? new Map<string, Guard>()
      guards.set(vpcId, own.set(owner, guard))
      return () => {
        if (own.get(owner) === guard) own.delete(owner)
      }
    },
    dialer: (vpcId) => ({
      register(ip, resolve, datagrams) {
        const key = `${vpcId}/${ip}`
        // A route of its own, also when the same function is registered twice.
        const route: Route = { resolve, datagrams }
        routes.set(key, route)
        changes.emit(vpcId)
        return () => {
          if (routes.get(key) !== route) return
          routes.delete(key)
          changes.emit(vpcId)
        }
      },
      // Without a promise of its own: connections are many.
      dial(ip, port, { timeoutMs = DEFAULT_TIMEOUT_MS, from = 'vpc' } = {}) {
        const name = hostPort(ip, port)
        const fail = (code: DialError['code']): Promise<never> =>
          Promise.reject(new DialError(code, `connect ${code} ${name}`))
        const route = routes.get(`${vpcId}/${ip}`)
        if (!route) return fail('EHOSTUNREACH')
        const address = route.resolve(port)
        if (!address) return fail('ECONNREFUSED')
        if ('open' in address) return address.open({ name, timeoutMs, from })
        if (from === 'vpc' && !isLet(vpcId, ip, port, 'TCP')) {
          // A packet that a policy drops is answered by nobody.
          return sleepBy(clock, timeoutMs).then(() => fail('ETIMEDOUT'))
        }
        if ('accept' in address) return Promise.resolve(connectTo(address))
        return open(address, { name, timeoutMs, clock })
      },
      async openFlow(ip, port, receive) {
        const route = routes.get(`${vpcId}/${ip}`)
        const name = `${hostPort(ip, port)}/udp`
        if (!route) throw new DialError('EHOSTUNREACH', `send EHOSTUNREACH ${name}`)
        const way = route.datagrams?.(port)
        if (!way) throw new DialError('ECONNREFUSED', `send ECONNREFUSED ${name}`)
        if ('answer' in way && !isLet(vpcId, ip, port, 'UDP')) {
          throw new DialError('ETIMEDOUT', `send ETIMEDOUT ${name}`)
        }
        return await openFlow(way, receive)
      },
      statusOf(ip, port, asked) {
        const way = routes.get(`${vpcId}/${ip}`)?.resolve(port)
        return way && 'statusOf' in way ? way.statusOf?.(asked) : undefined
      },
    }),
  }
}

/** What an address leads to. */
interface Route {
  readonly resolve: PortResolver
  readonly datagrams: DatagramResolver | undefined
}

function connectTo(server: InProcess): Duplex {
  const [near, far] = duplexPair()
  server.accept(far)
  return near
}

function open(
  { host, port }: HostAddress,
  { name, timeoutMs, clock }: { name: string; timeoutMs: number; clock: Clock },
): Promise<Socket> {
  // By hand: an abort signal costs a third of what connecting does.
  const socket = connect({ host, port, allowHalfOpen: true, noDelay: true })
  return new Promise((resolve, reject) => {
    const fail = (code: 'ECONNREFUSED' | 'ETIMEDOUT'): void => {
      timer.cancel()
      reject(new DialError(code, `connect ${code} ${name}`))
    }
    const timer = clock.after(timeoutMs, () => {
      fail('ETIMEDOUT')
      socket.destroy()
    })
    // Whatever else goes wrong on the way to loopback (reset, out of descriptors), nobody answered.
    socket.on('error', () => fail('ECONNREFUSED'))
    socket.on('connect', () => {
      timer.cancel()
      resolve(socket)
    })
  })
}

/** A connection of this process that allows half-open ends. @throws what its socket says */
export function connectTcp(host: string, port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, allowHalfOpen: true, noDelay: true })
    socket.once('error', reject)
    socket.once('connect', () => {
      socket.off('error', reject)
      resolve(socket)
    })
  })
}
