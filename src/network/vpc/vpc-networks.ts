// Owns the real networks of a region's VPCs on this machine: one namespace each, the pods in it, the region's sockets.
import { existsSync } from 'node:fs'

import { KeyedLock } from '../../base/keyed-lock.ts'
import type { Clock } from '../../base/clock.ts'
import { flowThrough, type DatagramReach } from '../datagrams.ts'
import { DialError, type OpenOptions, type Reachable } from '../dialer.ts'
import {
  ensureNamespace,
  GATEWAY,
  inside,
  ipIn,
  namespaceOf,
  namespacesOf,
  removeNamespace,
  routerAddress,
  type Namespace,
} from './namespace.ts'
import { attachedSandboxes, attachSandbox, detachSandbox, type AttachedSandbox } from './sandboxes.ts'
import { hostRules, reachedFromOutside, type HostPort } from './host-rules.ts'
import { tableName, type NftTable } from './nft-table.ts'
import { RuleTable } from './rule-table.ts'
import { serviceRules, withClient, type ServiceRules } from './service-rules.ts'
import { createVpcSockets, SocketError, type VpcSockets } from './sockets.ts'

/** A VPC, as one of the clusters in it opens it. */
export interface Vpc {
  readonly id: string
  /** Its first block. */
  readonly cidr: string
  /** The cluster's name: whose the sandboxes are. */
  readonly owner: string
}

/** A pod's network namespace, by a process that is in it. */
export interface SandboxPlace {
  readonly id: string
  readonly ip: string
  readonly pid: number
}

/** A VPC's network while a cluster has it open. */
export interface VpcNetwork {
  readonly namespace: Namespace
  readonly sockets: VpcSockets
  /** The address of the VPC's router, which connections of the region come from. */
  readonly router: string
  /** Gives a sandbox its address; one that has it already is left alone. @throws CommandError */
  attach(place: SandboxPlace): Promise<void>
  /** No error when it is not attached. @throws CommandError */
  detach(sandboxId: string): Promise<void>
  /** What is attached of the cluster, also from before a restart. @throws CommandError */
  list(): Promise<readonly AttachedSandbox[]>
  /** The way to a port of a sandbox; undefined when it is not attached. */
  wayTo(sandboxId: string, port: number): Reachable | undefined
  /** The way of datagrams there; they come from the router's address. Undefined when it is not attached. */
  datagramsTo(sandboxId: string, port: number): DatagramReach | undefined
  /** Puts the packet rules of the cluster's Services and host ports in the place of those it had. @throws CommandError */
  serve(rules: ServiceRules, hostPorts?: readonly HostPort[]): Promise<void>
  /** Holds the cluster's pods to its policies, in the place of those they were held to. @throws CommandError */
  restrict(rules: NftTable): Promise<void>
  /** Makes an address the router's own, for the region to listen on; repeating it changes nothing. @throws CommandError */
  own(ip: string): Promise<void>
  /** No error when it is not the router's; those that make it the router stay. @throws CommandError */
  disown(ip: string): Promise<void>
  /** Ends this use. With the last one the network goes if no pod is in it; pods keep theirs, for the next start. */
  close(): Promise<void>
}

/** The real networks of a region's VPCs. */
export interface VpcNetworks {
  /** The network of a VPC, made where it is not there. @throws CommandError */
  open(vpc: Vpc): Promise<VpcNetwork>
  /** Removes what a former run has left and no pod is in. @throws CommandError */
  sweep(): Promise<void>
}

export interface VpcNetworksOptions {
  /** Tells the namespaces of this region from those of others on the machine; a few characters. */
  readonly key: string
  readonly clock: Clock
}

/** A VPC that is open: what all of its users share. */
interface Shared {
  readonly namespace: Namespace
  readonly sockets: VpcSockets
  readonly router: string
  users: number
}

/** The networks of one region. Takes what `whyNoVpcNetwork` asks for. */
export function createVpcNetworks({ key, clock }: VpcNetworksOptions): VpcNetworks {
  const open = new Map<string, Shared>()
  const turns = new KeyedLock()
  const use = async ({ id, cidr }: Vpc): Promise<Shared> => {
    const known = open.get(id)
    if (known) {
      known.users++
      return known
    }
    const namespace = namespaceOf(key, id)
    await ensureNamespace(namespace, cidr)
    const sockets = createVpcSockets(namespace.path)
    const made = { namespace, sockets, router: routerAddress(cidr), users: 1 }
    open.set(id, made)
    return made
  }
  const leave = async (id: string, shared: Shared): Promise<void> => {
    if (--shared.users > 0) return
    open.delete(id)
    shared.sockets.close()
    await removeUnused(shared.namespace)
  }
  return {
    async open(vpc) {
      const shared = await turns.run(vpc.id, () => use(vpc))
      return new ClusterNetwork(shared, {
        clock,
        owner: vpc.owner,
        turn: (action) => turns.run(vpc.id, action),
        leave: () => leave(vpc.id, shared),
      })
    },
    async sweep() {
      const used = new Set([...open.values()].map(({ namespace }) => namespace.name))
      for (const namespace of namespacesOf(key)) {
        if (!used.has(namespace.name)) await removeUnused(namespace)
      }
    },
  }
}

interface ClusterNetworkOptions {
  readonly clock: Clock
  readonly owner: string
  /** Runs an action while nobody else changes the namespace. */
  readonly turn: <T>(action: () => Promise<T>) => Promise<T>
  readonly leave: () => Promise<void>
}

class ClusterNetwork implements VpcNetwork {
  readonly namespace: Namespace
  readonly sockets: VpcSockets
  readonly router: string
  readonly #options: ClusterNetworkOptions
  /** By sandbox, its address. */
  readonly #addresses = new Map<string, string>()
  /** By sandbox, the rules within it. */
  readonly #hosts = new Map<
    string,
    { readonly ip: string; readonly place: Pick<Namespace, 'path'>; rules?: RuleTable }
  >()
  #hostPorts: readonly HostPort[] = []
  readonly #services: RuleTable
  readonly #policies: RuleTable
  #isClosed = false

  constructor({ namespace, sockets, router }: Shared, options: ClusterNetworkOptions) {
    this.namespace = namespace
    this.sockets = sockets
    this.router = router
    this.#options = options
    this.#services = new RuleTable(namespace, tableName('services', options.owner))
    this.#policies = new RuleTable(namespace, tableName('policies', options.owner))
  }

  async attach(place: SandboxPlace): Promise<void> {
    const { owner, turn } = this.#options
    await turn(() => attachSandbox(this.namespace, { ...place, owner }, this))
    this.#addresses.set(place.id, place.ip)
    this.#hosts.set(place.id, { ip: place.ip, place: { path: `/proc/${place.pid}/ns/net` } })
    await this.#serveHosts(place.id)
    // A Service may be the first thing that it asks for.
    await this.#services.change((table) => withClient(table, place.ip))
  }

  async detach(sandboxId: string): Promise<void> {
    this.#addresses.delete(sandboxId)
    this.#hosts.delete(sandboxId)
    await this.#options.turn(() => detachSandbox(this.namespace, sandboxId))
  }

  async list(): Promise<readonly AttachedSandbox[]> {
    const all = await attachedSandboxes(this.namespace)
    return all.filter(({ owner }) => owner === this.#options.owner)
  }

  wayTo(sandboxId: string, port: number): Reachable | undefined {
    const ip = this.#addresses.get(sandboxId)
    return ip === undefined ? undefined : { open: (options) => this.#dial(ip, port, options) }
  }

  datagramsTo(sandboxId: string, port: number): DatagramReach | undefined {
    const ip = this.#addresses.get(sandboxId)
    if (ip === undefined) return undefined
    return {
      openFlow: async (receive) =>
        flowThrough(await this.sockets.bind(this.router, 0), { ip, port }, receive),
    }
  }

  async serve(rules: ServiceRules, hostPorts: readonly HostPort[] = []): Promise<void> {
    const clients = [...new Set([...rules.clients, ...this.#addresses.values()])]
    const ports = [...rules.ports, ...reachedFromOutside(hostPorts)]
    await this.#services.apply(serviceRules({ clients, ports }, this))
    this.#hostPorts = hostPorts
    for (const id of this.#hosts.keys()) await this.#serveHosts(id)
  }

  /** What a node sends to itself stays within it, and so the rules for that are there. */
  async #serveHosts(sandboxId: string): Promise<void> {
    const host = this.#hosts.get(sandboxId)
    const ports = this.#hostPorts.filter(({ node }) => node === host?.ip)
    // Most sandboxes are of pods, and most nodes have no such ports.
    if (!host || (ports.length === 0 && !host.rules) || !existsSync(host.place.path)) return
    host.rules ??= new RuleTable(host.place, 'host-ports')
    await inside(host.place, ['sh', '-c', 'echo 1 > /proc/sys/net/ipv4/conf/all/route_localnet'])
    await host.rules.apply(hostRules(ports))
  }

  async restrict(rules: NftTable): Promise<void> {
    await this.#policies.apply(rules)
  }

  async own(ip: string): Promise<void> {
    await ipIn(this.namespace, [`addr replace ${ip}/32 dev lo`])
  }

  async disown(ip: string): Promise<void> {
    // The routes to pods go with the address that they name, and pods may stay.
    if (ip === this.router || ip === GATEWAY) return
    await ipIn(this.namespace, [`addr replace ${ip}/32 dev lo`, `addr delete ${ip}/32 dev lo`])
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#addresses.clear()
    this.#hosts.clear()
    const { turn, leave } = this.#options
    await turn(async () => {
      // Pods that stay keep the way to their Services, and stay held to policies.
      if ((await this.list()).length === 0) {
        await this.#services.remove()
        await this.#policies.remove()
      }
      await leave()
    })
  }

  async #dial(
    ip: string,
    port: number,
    { name, timeoutMs, from }: OpenOptions,
  ): ReturnType<Reachable['open']> {
    const late = new AbortController()
    const timer = this.#options.clock.after(timeoutMs, () => late.abort(new SocketError('ETIMEDOUT', name)))
    try {
      // Rules that hold pods to policies know a node by the address of its pods' gateway.
      const own = from === 'node' ? { from: GATEWAY } : {}
      return await this.sockets.connect(ip, port, { signal: late.signal, ...own })
    } catch (error) {
      const code = codeOf(error)
      throw new DialError(code, `connect ${code} ${name}`)
    } finally {
      timer.cancel()
    }
  }
}

// Whatever else goes wrong on the way (a reset, the process inside has ended), nobody answered.
function codeOf(error: unknown): DialError['code'] {
  const code = error instanceof SocketError ? error.code : undefined
  return code === 'ETIMEDOUT' || code === 'EHOSTUNREACH' ? code : 'ECONNREFUSED'
}

async function removeUnused(namespace: Namespace): Promise<void> {
  if ((await attachedSandboxes(namespace)).length === 0) await removeNamespace(namespace)
}
