// Owns the addresses and ports of this machine that load balancers are reached through: loopback addresses of their
// own, where nothing is read, and 127.0.0.1, where a name has to tell them apart.
import type { Socket } from 'node:net'

import type { Clock } from '../../base/clock.ts'
import type { Log } from '../../base/log.ts'
import type { ListenerAddress, OwnAddress } from '../load-balancer.ts'
import { ConnectionDoors } from './connection-doors.ts'
import { DatagramDoors } from './datagram-doors.ts'
import type { Datagram, EdgeBalancer, EdgeListener, Entry } from './front.ts'
import { NameRouter } from './name-router.ts'
import { OwnAddresses, type AddressMemory } from './own-addresses.ts'

export interface Edge {
  /** Opens the shared port. @throws EdgeError PortInUse or NotAllowed */
  start(): Promise<void>
  /** Declares a load balancer, or replaces what was declared. */
  apply(balancer: EdgeBalancer): Promise<void>
  remove(arn: string): Promise<void>
  /** How each listener is reached from this machine. */
  addresses(arn: string): readonly ListenerAddress[]
  /** The addresses that a name leads to, `NAME` or `ZONE.NAME`; undefined when it is no load balancer's. */
  resolve(name: string): readonly string[] | undefined
  /** What listens at the own addresses of load balancers, for whoever brings connections from elsewhere. */
  fronts(): readonly OwnFront[]
  /** Calls back after a load balancer was declared or removed. @returns a function that ends it */
  onChange(listener: () => void): () => void
  /** The shared port that was really opened. */
  readonly sharedPort: number
  /** Closes every port and connection. */
  close(): Promise<void>
}

/** A listener at an own address of its load balancer. */
export interface OwnFront {
  /** Of 127.64.0.0/10. */
  readonly address: string
  readonly port: number
  /** Takes a connection whose first bytes are still unread; absent where the listener takes none. */
  readonly accept?: (socket: Socket) => void
  /** Takes a datagram; absent where the listener takes none. */
  readonly receive?: (datagram: Datagram) => void
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
  readonly addresses: AddressMemory
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
const SHARED = 'shared'

export function createEdge(options: EdgeOptions): Edge {
  return new LoopbackEdge(options)
}

// Keys of doors.
const named = (port: number): string => `name ${port}`
const dedicated = (listenerArn: string): string => `direct ${listenerArn}`
const own = ({ arn, port }: EdgeListener, zone: string): string => `own ${arn} ${port} ${zone}`

const takesConnections = ({ accept }: EdgeListener): boolean => accept !== undefined
const takesDatagrams = ({ receive }: EdgeListener): boolean => receive !== undefined

class LoopbackEdge implements Edge {
  readonly #options: EdgeOptions
  readonly #balancers = new Map<string, EdgeBalancer>()
  readonly #doors = new ConnectionDoors()
  /** For datagrams, by the same keys. */
  readonly #datagramDoors = new DatagramDoors()
  readonly #router: NameRouter
  readonly #addresses: OwnAddresses
  /** By ARN, then by zone. */
  readonly #assigned = new Map<string, ReadonlyMap<string, string>>()
  /** What was said once about doors that could not be opened. */
  readonly #said = new Set<string>()
  readonly #listeners = new Set<() => void>()

  constructor(options: EdgeOptions) {
    this.#options = options
    this.#addresses = new OwnAddresses(options.addresses)
    this.#router = new NameRouter({ clock: options.clock, balancers: () => this.#balancers.values() })
  }

  get sharedPort(): number {
    return this.#doors.port(SHARED) ?? 0
  }

  async start(): Promise<void> {
    const port = this.#options.sharedPort ?? DEFAULT_SHARED_PORT
    const door = {
      host: LOOPBACK,
      port,
      onConnection: (socket: Socket) => this.#router.route(socket, undefined),
    }
    const fault = await this.#doors.open(SHARED, door)
    if (fault === undefined) return
    const code = fault === 'EADDRINUSE' ? 'PortInUse' : 'NotAllowed'
    const why = code === 'PortInUse' ? 'another program listens on it' : fault
    throw new EdgeError(code, `cannot listen on ${LOOPBACK}:${port} for load balancers: ${why}`)
  }

  async apply(balancer: EdgeBalancer): Promise<void> {
    this.#balancers.set(balancer.arn, balancer)
    this.#assigned.set(balancer.arn, await this.#addresses.assign(balancer.arn, balancer.zones))
    const { listeners } = balancer
    await Promise.all([
      ...listeners.filter(takesConnections).map((listener) => this.#openFor(balancer, listener)),
      ...listeners.filter(takesDatagrams).map((listener) => this.#openDatagrams(balancer, listener)),
    ])
    this.#shutUnwanted()
    this.#tell()
  }

  async remove(arn: string): Promise<void> {
    this.#balancers.delete(arn)
    this.#assigned.delete(arn)
    this.#shutUnwanted()
    this.#tell()
    await this.#addresses.release(arn)
  }

  fronts(): readonly OwnFront[] {
    return [...this.#balancers.values()].flatMap(({ arn, listeners }) =>
      [...(this.#assigned.get(arn) ?? [])].flatMap(([zone, address]) =>
        listeners.map((listener) => ({
          address,
          port: listener.port,
          ...(takesConnections(listener) && { accept: this.#acceptor(arn, listener.arn, { zone }) }),
          ...(takesDatagrams(listener) && { receive: this.#receiver(arn, listener.arn, { zone }) }),
        })),
      ),
    )
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  addresses(arn: string): readonly ListenerAddress[] {
    const balancer = this.#balancers.get(arn)
    return (balancer?.listeners ?? []).map((listener, index) => {
      const { arn: listenerArn, port } = listener
      const doors = takesConnections(listener) ? this.#doors : this.#datagramDoors
      const direct = doors.port(dedicated(listenerArn))
      // Datagrams carry no name: where others have the port too, only the listener's own one leads to it.
      const shared = index === 0 && takesConnections(listener) ? this.sharedPort : undefined
      const reached = doors.isOpen(named(port)) ? port : (shared ?? direct ?? port)
      const scheme = listener.scheme ?? (port === 443 ? 'https' : 'http')
      const isDefault = reached === (scheme === 'https' ? 443 : 80)
      return {
        listenerArn,
        url: `${scheme}://${balancer?.dnsName}${isDefault ? '' : `:${reached}`}`,
        ...(direct !== undefined && { direct: `${LOOPBACK}:${direct}` }),
        own: this.#ownOf(arn, listener),
      }
    })
  }

  resolve(name: string): readonly string[] | undefined {
    for (const balancer of this.#balancers.values()) {
      const dnsName = balancer.dnsName.toLowerCase()
      if (name === dnsName) return this.#reachable(balancer, balancer.openZones?.() ?? balancer.zones)
      const zone = balancer.zones.find((each) => name === `${each.toLowerCase()}.${dnsName}`)
      if (zone !== undefined) return this.#reachable(balancer, [zone])
    }
    return undefined
  }

  // Where no own address serves, 127.0.0.1 may: one is alone on its port, or a name tells it apart.
  #reachable({ arn, listeners }: EdgeBalancer, zones: readonly string[]): readonly string[] {
    const isServed = (zone: string): boolean =>
      listeners.length === 0 || listeners.some((listener) => this.#isOpen(listener, zone))
    const addresses = zones.filter(isServed).flatMap((zone) => this.#assigned.get(arn)?.get(zone) ?? [])
    return addresses.length > 0 ? addresses : [LOOPBACK]
  }

  async close(): Promise<void> {
    await Promise.all([this.#datagramDoors.close(), this.#doors.close()])
  }

  /** Whether all that the listener takes can come in by its own address in the zone. */
  #isOpen(listener: EdgeListener, zone: string): boolean {
    return this.#doorsOf(listener).every((doors) => doors.isOpen(own(listener, zone)))
  }

  #doorsOf(listener: EdgeListener): (ConnectionDoors | DatagramDoors)[] {
    return [
      ...(takesConnections(listener) ? [this.#doors] : []),
      ...(takesDatagrams(listener) ? [this.#datagramDoors] : []),
    ]
  }

  #ownOf(arn: string, listener: EdgeListener): OwnAddress[] {
    const inDns = this.#balancers.get(arn)?.openZones?.()
    return [...(this.#assigned.get(arn) ?? [])].map(([zone, address]) => {
      const faults = this.#doorsOf(listener).flatMap((doors) => doors.fault(own(listener, zone)) ?? [])
      const [fault] = faults
      const isOpen = this.#isOpen(listener, zone)
      const isNamed = inDns?.includes(zone) ?? true
      return { zone, address, isOpen, isNamed, ...(fault !== undefined && { fault }) }
    })
  }

  // A port that others hold, or that needs privileges, is not an error: the shared port and one of its own serve.
  async #openFor(balancer: EdgeBalancer, listener: EdgeListener): Promise<void> {
    if (this.#options.isTryingOwnPorts === false) return await this.#openDedicated(balancer.arn, listener)
    const { port } = listener
    const byZone = [...(this.#assigned.get(balancer.arn) ?? [])].map(async ([zone, host]) => {
      const onConnection = this.#acceptor(balancer.arn, listener.arn, { zone })
      const fault = await this.#doors.open(own(listener, zone), { host, port, onConnection })
      if (fault !== undefined) this.#say(`${host}:${port} is not available to ${balancer.dnsName}`, fault)
      return fault === undefined
    })
    await this.#openNamed(port)
    // Whatever carries no name needs one way in at least.
    if ((await Promise.all(byZone)).includes(true)) this.#doors.shut(dedicated(listener.arn))
    else await this.#openDedicated(balancer.arn, listener)
  }

  async #openNamed(port: number): Promise<void> {
    if (port === this.sharedPort) return
    const onConnection = (socket: Socket): void => this.#router.onListenerPort(socket, port)
    const fault = await this.#doors.open(named(port), { host: LOOPBACK, port, onConnection })
    if (fault === undefined) return
    this.#say(`port ${port} is not available, load balancers use ${this.sharedPort}`, fault)
  }

  async #openDatagrams(balancer: EdgeBalancer, listener: EdgeListener): Promise<void> {
    const { port } = listener
    const byZone = [...(this.#assigned.get(balancer.arn) ?? [])].map(async ([zone, host]) => {
      if (this.#options.isTryingOwnPorts === false) return false
      const onDatagram = this.#receiver(balancer.arn, listener.arn, { zone })
      const fault = await this.#datagramDoors.open(own(listener, zone), { host, port, onDatagram })
      if (fault !== undefined) this.#say(`${host}:${port}/udp is not available to ${balancer.dnsName}`, fault)
      return fault === undefined
    })
    const isOwn = (await Promise.all(byZone)).includes(true)
    await this.#openNamedDatagrams(port)
    const key = dedicated(listener.arn)
    if (isOwn) return this.#datagramDoors.shut(key)
    const onDatagram = this.#receiver(balancer.arn, listener.arn, {})
    await this.#datagramDoors.open(key, { host: LOOPBACK, port: 0, onDatagram })
  }

  /** 127.0.0.1 at a listener's port is for the load balancer that has it alone: datagrams tell nobody whose they are. */
  async #openNamedDatagrams(port: number): Promise<void> {
    if (this.#options.isTryingOwnPorts === false) return
    const onDatagram = (datagram: Datagram): void => {
      const there = [...this.#balancers.values()].flatMap(({ listeners }) =>
        listeners.filter((listener) => listener.port === port && takesDatagrams(listener)),
      )
      if (there.length === 1) there[0]?.receive?.(datagram, {})
      else
        this.#say(
          `datagrams to ${LOOPBACK}:${port} are dropped, several load balancers have it`,
          'EADDRINUSE',
        )
    }
    const fault = await this.#datagramDoors.open(named(port), { host: LOOPBACK, port, onDatagram })
    if (fault !== undefined) this.#say(`port ${port}/udp of ${LOOPBACK} is not available`, fault)
  }

  async #openDedicated(balancerArn: string, listener: EdgeListener): Promise<void> {
    const key = dedicated(listener.arn)
    const onConnection = this.#acceptor(balancerArn, listener.arn, {})
    const remembered = this.#options.ports.get(listener.arn)
    const fault = await this.#doors.open(key, { host: LOOPBACK, port: remembered ?? 0, onConnection })
    if (fault !== undefined) await this.#doors.open(key, { host: LOOPBACK, port: 0, onConnection })
    const port = this.#doors.port(key)
    if (port !== undefined && port !== remembered) this.#options.ports.set(listener.arn, port)
  }

  // Looks at what is declared now: a door stays open while its listener changes.
  #acceptor(balancerArn: string, listenerArn: string, entry: Entry): (socket: Socket) => void {
    return (socket) => {
      const current = this.#balancers.get(balancerArn)?.listeners.find(({ arn }) => arn === listenerArn)
      if (current?.accept) current.accept(socket, entry)
      else socket.destroy()
    }
  }

  /** Looks at what is declared now, as for connections. */
  #receiver(balancerArn: string, listenerArn: string, entry: Entry): (datagram: Datagram) => void {
    return (datagram) => {
      const current = this.#balancers.get(balancerArn)?.listeners.find(({ arn }) => arn === listenerArn)
      current?.receive?.(datagram, entry)
    }
  }

  #shutUnwanted(): void {
    const connections = this.#keysOf(takesConnections).add(SHARED)
    this.#doors.keep((key) => connections.has(key))
    const datagrams = this.#keysOf(takesDatagrams)
    this.#datagramDoors.keep((key) => datagrams.has(key))
  }

  /** Of every door that such listeners want. */
  #keysOf(takes: (listener: EdgeListener) => boolean): Set<string> {
    const wanted = new Set<string>()
    for (const { arn, listeners } of this.#balancers.values()) {
      for (const listener of listeners.filter(takes)) {
        wanted.add(named(listener.port)).add(dedicated(listener.arn))
        for (const zone of this.#assigned.get(arn)?.keys() ?? []) wanted.add(own(listener, zone))
      }
    }
    return wanted
  }

  #tell(): void {
    for (const listener of this.#listeners) listener()
  }

  #say(message: string, code: string): void {
    if (this.#said.has(message)) return
    this.#said.add(message)
    this.#options.log.info(message, { code })
  }
}
