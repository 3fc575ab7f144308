// Owns the data plane of load balancers: plans in, forwarded connections and measured health out. What reads requests
// is in alb/.
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { connect as connectTls } from 'node:tls'

import type { Clock } from '../../base/clock.ts'
import { deepEqual } from '../../base/json.ts'
import type { Log } from '../../base/log.ts'
import { chooseGroup, type Random } from '../alb/choose.ts'
import { ApplicationPlane } from '../alb/plane.ts'
import type { ApplicationPlan } from '../alb/plan.ts'
import { DialError, type Vpcs } from '../dialer.ts'
import type { Edge } from '../edge/edge.ts'
import type { Datagram, EdgeListener, Entry } from '../edge/front.ts'
import { ipv4Of, type Knock } from '../knock.ts'
import type {
  ListenerAddress,
  ListenerPlan,
  LoadBalancerPlan,
  LoadBalancerPlane,
  TargetGroupPlan,
  TargetHealth,
} from '../load-balancer.ts'
import { ignoreErrors, relay, reset } from '../relay.ts'
import { hasTrustedKey } from '../tls/peer-key.ts'
import { policySettings, TlsTerminator, type TlsPlan } from '../tls/terminate.ts'
import { addressHash, ALL_ZONES, flowHash, orderFor } from './balance.ts'
import { DatagramFlows } from './datagram-flows.ts'
import { DroppedConnections } from './dropped-connections.ts'
import { FlowNote } from './flow-note.ts'
import { proxyHeader, proxyLine, type Flow } from './proxy-protocol.ts'
import { TargetGroup, type Target } from './target-group.ts'

export interface LoadBalancerPlaneOptions {
  readonly vpcs: Vpcs
  readonly edge: Edge
  readonly clock: Clock
  readonly log: Log
  /** Pause between the checks of a target that has not passed one yet, in milliseconds; 250 by default. */
  readonly initialCheckIntervalMs?: number
  /** What target groups and targets are chosen with; Math.random by default. */
  readonly random?: Random
}

/** How long a target may take to accept a connection before the next one is tried. */
const CONNECT_TIMEOUT_MS = 5000
const ROUTE_RETRY_MS = 20
/** A client that does not finish its handshake sooner is let go. */
const HANDSHAKE_TIMEOUT_MS = 10_000
const INITIAL_CHECK_INTERVAL_MS = 250

/** The data plane. */
export function createLoadBalancerPlane(options: LoadBalancerPlaneOptions): LoadBalancerPlane {
  return new NetworkPlane(options)
}

/** Through which listener a connection came, and through the address of which zone. */
interface Way extends Entry {
  readonly balancer: string
  readonly listener: string
}

class NetworkPlane implements LoadBalancerPlane {
  readonly #options: LoadBalancerPlaneOptions
  readonly #groups = new Map<string, TargetGroup>()
  readonly #balancers = new Map<string, LoadBalancerPlan>()
  readonly #handlers = new Set<(arn: string) => void>()
  readonly #dropped: DroppedConnections
  /** Of TLS listeners, by ARN. */
  readonly #terminators = new Map<string, { readonly plan: TlsPlan; readonly terminator: TlsTerminator }>()
  readonly #applications: ApplicationPlane
  readonly #flows: DatagramFlows

  constructor(options: LoadBalancerPlaneOptions) {
    this.#options = options
    this.#dropped = new DroppedConnections(options.clock)
    this.#flows = new DatagramFlows(options)
    this.#applications = new ApplicationPlane({ ...options, group: (arn) => this.#groups.get(arn) })
  }

  applyTargetGroup(plan: TargetGroupPlan): void {
    const there = this.#groups.get(plan.arn)
    if (there) return there.apply(plan)
    const { vpcs, clock, initialCheckIntervalMs = INITIAL_CHECK_INTERVAL_MS } = this.#options
    const group = new TargetGroup(plan, {
      vpcs,
      clock,
      initialCheckIntervalMs,
      onHealthChange: (arn) => {
        this.#applications.observe(arn)
        for (const handler of this.#handlers) handler(arn)
      },
    })
    this.#groups.set(plan.arn, group)
    group.use(this.#zonesFor(plan.arn))
  }

  removeTargetGroup(arn: string): void {
    this.#groups.get(arn)?.close()
    this.#groups.delete(arn)
    this.#applications.forget(arn)
  }

  async applyApplication(plan: ApplicationPlan): Promise<void> {
    const listeners = this.#applications.apply(plan)
    this.#useGroups()
    await this.#options.edge.apply({ ...frontOf(plan), listeners })
  }

  async applyLoadBalancer(plan: LoadBalancerPlan): Promise<void> {
    const listeners = this.#apply(plan)
    this.#useGroups()
    const openZones = (): readonly string[] => this.#openZones(plan.arn)
    await this.#options.edge.apply({ ...frontOf(plan), openZones, listeners })
  }

  async applyClassic(connections: LoadBalancerPlan, requests: ApplicationPlan): Promise<void> {
    // Those that read a name come first: the shared port leads to the first one.
    const listeners = [...this.#applications.apply(requests), ...this.#apply(connections)]
    this.#useGroups()
    const openZones = (): readonly string[] => this.#openZones(connections.arn)
    await this.#options.edge.apply({ ...frontOf(connections), openZones, listeners })
  }

  #apply(plan: LoadBalancerPlan): readonly EdgeListener[] {
    this.#balancers.set(plan.arn, plan)
    this.#prepareTls(plan)
    return plan.listeners.map((listener) => ({
      arn: listener.arn,
      port: listener.port,
      ...(listener.protocol === 'TLS' && { scheme: 'https' as const }),
      ...(listener.protocol === 'UDP' && { scheme: 'udp' as const }),
      ...(listener.protocol !== 'UDP' && {
        accept: (socket: Socket, entry: Entry) =>
          this.#accept(socket, { balancer: plan.arn, listener: listener.arn, ...entry }),
      }),
      ...(takesDatagrams(listener) && {
        receive: (datagram: Datagram, entry: Entry) =>
          this.#receive(datagram, { balancer: plan.arn, listener: listener.arn, ...entry }),
      }),
    }))
  }

  // Made once for each change: keys are read and ciphers chosen then, and not for each connection.
  #prepareTls({ listeners }: LoadBalancerPlan): void {
    for (const { arn, tls } of listeners) {
      const there = this.#terminators.get(arn)
      if (!tls) this.#terminators.delete(arn)
      else if (!deepEqual(there?.plan, tls))
        this.#terminators.set(arn, { plan: tls, terminator: new TlsTerminator(tls) })
    }
  }

  async removeLoadBalancer(arn: string): Promise<void> {
    for (const listener of this.#balancers.get(arn)?.listeners ?? []) this.#terminators.delete(listener.arn)
    this.#balancers.delete(arn)
    this.#applications.remove(arn)
    this.#useGroups()
    await this.#options.edge.remove(arn)
  }

  targetHealth(targetGroupArn: string): readonly TargetHealth[] {
    return this.#groups.get(targetGroupArn)?.health() ?? []
  }

  addresses(loadBalancerArn: string): readonly ListenerAddress[] {
    return this.#options.edge.addresses(loadBalancerArn)
  }

  onHealthChange(handler: (targetGroupArn: string) => void): () => void {
    this.#handlers.add(handler)
    return () => void this.#handlers.delete(handler)
  }

  /**
   * The zones whose addresses are in DNS: "If one or more target groups do not have a healthy target in an enabled
   * Availability Zone, we remove the IP address for the corresponding subnet from DNS" (NLB user guide, "Health checks");
   * all of them when that would be none.
   */
  #openZones(balancerArn: string): readonly string[] {
    const { zones = [], crossZone = false, listeners = [] } = this.#balancers.get(balancerArn) ?? {}
    const groups = listeners
      .flatMap((listener) => listener.groups)
      .flatMap(({ arn, weight }) => (weight > 0 ? (this.#groups.get(arn) ?? []) : []))
    const open = zones.filter((zone) =>
      groups.every((group) => group.isOpen((group.plan.flows?.crossZone ?? crossZone) ? ALL_ZONES : zone)),
    )
    return open.length > 0 ? open : zones
  }

  #useGroups(): void {
    for (const [arn, group] of this.#groups) group.use(this.#zonesFor(arn))
  }

  // A target group belongs to one load balancer at most.
  #zonesFor(targetGroupArn: string): readonly string[] | undefined {
    for (const { zones, listeners } of this.#balancers.values()) {
      if (listeners.some((listener) => listener.groups.some(({ arn }) => arn === targetGroupArn)))
        return zones
    }
    return this.#applications.zonesFor(targetGroupArn)
  }

  // Looks at the plan of now, so that a listener that was pointed elsewhere needs no new socket.
  #listener(balancerArn: string, listenerArn: string): [LoadBalancerPlan, ListenerPlan] | undefined {
    const balancer = this.#balancers.get(balancerArn)
    const listener = balancer?.listeners.find(({ arn }) => arn === listenerArn)
    return balancer && listener && [balancer, listener]
  }

  #accept(socket: Socket, way: Way): void {
    // Until the relay takes over: those that come from within a VPC have no listener yet.
    ignoreErrors(socket)
    const found = this.#listener(way.balancer, way.listener)
    if (!found) return reset(socket)
    const [balancer, listener] = found
    const flow = new ClientFlow(socket, listener.port, this.#options.random ?? Math.random)
    if (!balancer.admits(flow)) return this.#dropped.hold(socket)
    const group = this.#groupFor(listener, flow)
    if (!group) return reset(socket)
    if (listener.idleTimeoutSeconds !== undefined) {
      socket.setTimeout(listener.idleTimeoutSeconds * 1000, () => reset(socket))
    }
    const note = this.#noteFor(socket, listener, balancer)
    const connection = { group, flow, listener, balancer, entered: way.zone, ...(note && { note }) }
    void (listener.protocol === 'TLS' ? this.#secure(socket, connection) : this.#connect(socket, connection))
  }

  async #secure(socket: Socket, connection: Connection): Promise<void> {
    const { listener, note } = connection
    const { clock } = this.#options
    const terminator = this.#terminators.get(listener.arn)?.terminator
    if (!terminator) return reset(socket)
    const client = await terminator.accept(socket, { clock, timeoutMs: HANDSHAKE_TIMEOUT_MS })
    if (!client) return
    note?.secured(client)
    await this.#connect(client, connection)
  }

  #noteFor(
    socket: Socket,
    listener: ListenerPlan,
    { log, isLoggingPlain = false }: LoadBalancerPlan,
  ): FlowNote | undefined {
    if (!log || (listener.protocol !== 'TLS' && !isLoggingPlain)) return undefined
    const note = new FlowNote(socket, listener, () => this.#options.clock.now())
    socket.once('close', () => log(note.entry()))
    return note
  }

  #receive(datagram: Datagram, way: Way): void {
    this.#flows.carry(datagram, `${way.listener} ${way.zone ?? ''}`, () => {
      const found = this.#listener(way.balancer, way.listener)
      if (!found) return undefined
      const [balancer, listener] = found
      const { port } = listener
      const { sourceIp, sourcePort } = datagram
      // What security groups do not let in is lost, as on AWS.
      if (!balancer.admits({ sourceIp, port, protocol: 'udp' })) return undefined
      const addresses = { sourceIp, sourcePort, destinationIp: way.zone ?? '', destinationPort: port }
      const flow = { ...addresses, number: flowHash(addresses) }
      const group = this.#groupFor(listener, flow)
      if (!group) return undefined
      const [first] = this.#order({ group, flow, balancer, entered: way.zone })
      return first && { group, target: first.target }
    })
  }

  /** One that is chosen for a flow has all of it: another never steps in. */
  #groupFor({ groups, isGroupSticky = false }: ListenerPlan, flow: NumberedFlow): TargetGroup | undefined {
    const chosen = chooseGroup(groups, () => numberOf(flow, isGroupSticky) / 2 ** 32)
    return chosen && this.#groups.get(chosen.arn)
  }

  /** The targets of a group in the order in which a flow tries them. */
  #order({ group, flow, balancer, entered }: Route): readonly { readonly target: Target }[] {
    const { isSticky = false, crossZone = balancer.crossZone, fewestForRouting } = group.plan.flows ?? {}
    const route = {
      hash: numberOf(flow, isSticky),
      zones: balancer.zones,
      crossZone,
      entered,
      fewest: fewestForRouting,
    }
    return orderFor(group.candidates(), route)
  }

  async #connect(client: Socket, connection: Connection): Promise<void> {
    const deadlineMs = this.#options.clock.now() + CONNECT_TIMEOUT_MS
    for (;;) {
      let isUnroutable = false
      for (const { target } of this.#order(connection)) {
        if (client.destroyed) return
        const result = await this.#forward(client, target, connection)
        if (result === 'forwarded') return
        isUnroutable ||= result === 'unroutable'
      }
      // Nobody answers an address without a route: the client waits, as for an unanswered SYN.
      if (!isUnroutable || client.destroyed || this.#options.clock.now() >= deadlineMs) return reset(client)
      await this.#options.clock.sleep(ROUTE_RETRY_MS)
    }
  }

  /** @returns `refused` or `unroutable` when the target does not accept the connection: the next one may. */
  async #forward(
    client: Socket,
    target: Target,
    { group, flow, listener, note }: Connection,
  ): Promise<'forwarded' | 'refused' | 'unroutable'> {
    const { ip, port } = target.address
    try {
      const sinceMs = this.#options.clock.now()
      const upstream = await group.dialer.dial(ip, port, { timeoutMs: CONNECT_TIMEOUT_MS })
      const { proxyProtocol, flows } = group.plan
      if (proxyProtocol) upstream.write(proxyProtocol === 1 ? proxyLine(flow) : proxyHeader(flow))
      target.connections.add(client)
      note?.reached(target.address, sinceMs)
      const back = flows?.isTls ? toTls(upstream, listener, group.plan) : upstream
      note?.count(client, back)
      relay(client, back, () => target.connections.delete(client))
      return 'forwarded'
    } catch (error) {
      this.#options.log.debug('target did not accept a connection', { ip, port, error })
      return error instanceof DialError && error.code === 'EHOSTUNREACH' ? 'unroutable' : 'refused'
    }
  }
}

interface NumberedFlow extends Flow {
  /** Below 2^32; spreads over flows. */
  readonly number: number
}

/** What a target is chosen by. */
interface Route {
  readonly group: TargetGroup
  readonly flow: NumberedFlow
  readonly balancer: LoadBalancerPlan
  readonly entered: string | undefined
}

/** An accepted connection on its way to a target. */
interface Connection extends Route {
  readonly listener: ListenerPlan
  /** Where there is an access log. */
  readonly note?: FlowNote
}

function takesDatagrams({ protocol }: ListenerPlan): boolean {
  return protocol === 'UDP' || protocol === 'TCP_UDP'
}

// "Certificates of targets are not validated" (NLB user guide, "Target group protocol"); a Classic Load Balancer can be told
// which keys to trust.
function toTls(
  upstream: Duplex,
  { backend }: ListenerPlan,
  { trustedKeys }: Pick<TargetGroupPlan, 'trustedKeys'>,
): Duplex {
  const settings = { rejectUnauthorized: false, ...(backend && policySettings(backend)) }
  const secure = connectTls({ socket: upstream, ...settings })
  if (trustedKeys) {
    secure.once('secureConnect', () => {
      if (!hasTrustedKey(secure, trustedKeys)) reset(secure)
    })
  }
  return secure
}

function frontOf({ arn, dnsName, zones }: Pick<LoadBalancerPlan, 'arn' | 'dnsName' | 'zones'>) {
  return { arn, dnsName, zones }
}

/** What a flow is told apart by: for a sticky one the client's address alone. */
function numberOf(flow: NumberedFlow, isSticky: boolean): number {
  return isSticky ? addressHash(flow) : flow.number
}

/**
 * The flow of a connection. An NLB tells connections apart by their TCP sequence numbers too, which clients draw at random
 * (NLB user guide, "Flow hash algorithm"). Addresses are calls of the system: asked for when they are needed.
 */
class ClientFlow implements NumberedFlow, Knock {
  readonly #client: Socket
  readonly destinationPort: number
  readonly number: number

  constructor(client: Socket, destinationPort: number, random: Random) {
    this.#client = client
    this.destinationPort = destinationPort
    this.number = Math.floor(random() * 2 ** 32)
  }

  get port(): number {
    return this.destinationPort
  }

  get sourceIp(): string {
    return ipv4Of(this.#client.remoteAddress)
  }

  get sourcePort(): number {
    return this.#client.remotePort ?? 0
  }

  get destinationIp(): string {
    return ipv4Of(this.#client.localAddress)
  }
}
