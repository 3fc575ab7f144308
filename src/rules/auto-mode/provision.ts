// Owns which nodes EKS Auto Mode starts for pods that fit nowhere: how many, of which pool, zone and instance types. Pure.
// Source: kubernetes-sigs/karpenter pkg/controllers/provisioning/scheduling (first-fit of the largest pods first, pools by
// weight, the types narrowed with every pod that joins a node, the cheapest of them launched).
import type { Node, Pod, Taint } from '../../../generated/kubernetes.d.ts'
import { listPrices } from '../prices/price.ts'
import { matchesNodeAffinity } from '../scheduling/node-affinity.ts'
import { nodeFilter, type NodeFilter } from '../scheduling/filters.ts'
import { amountsOf, type Amounts, type RequestCache } from '../scheduling/requests.ts'
import { nodeInfo, type NodeInfo, type Snapshot } from '../scheduling/snapshot.ts'
import { untoleratedTaint } from '../scheduling/taint.ts'
import { allocatableList, autoNode, type CapacityType } from './auto-node.ts'
import { autoModeTypes, type AutoType } from './instance-labels.ts'
import type { NodePool } from './node-pool.ts'
import {
  admitsValue,
  isOfMachine,
  meets,
  missingVariety,
  ownLabelSets,
  type Requirement,
} from './requirements.ts'

/** A pool with what stands behind it. */
export interface PoolOffer {
  readonly pool: Pick<NodePool, 'metadata' | 'spec'> | { metadata: { name: string }; spec: NodePool['spec'] }
  /** Zones of the subnets of its node class. */
  readonly zones: readonly string[]
  /** Root volume of its node class, `80Gi`. */
  readonly storage?: string | undefined
  /** What its nodes hold already, by resource name, and `nodes`; compared with its limits. */
  readonly used: Amounts
}

export interface ProvisionInput {
  readonly region: string
  readonly pods: readonly Pod[]
  readonly offers: readonly PoolOffer[]
  /** Every node there is or on its way, with its pods. */
  readonly snapshot: Snapshot
  readonly requests: RequestCache
  /** Pods of daemon sets that a node would get. */
  daemons(node: Node): readonly Pod[]
  /** Why the volumes of a pod keep it from a node; undefined when they don't. */
  rejectsVolumes?(pod: Pod, node: Node): string | undefined
}

/** A node to start. */
export interface NewNode {
  readonly pool: string
  readonly zone: string
  readonly capacityType: CapacityType
  /** Those that its pool gives. */
  readonly labels: Readonly<Record<string, string>>
  readonly taints: readonly Taint[]
  /** Every type that holds its pods, the cheapest first. */
  readonly types: readonly AutoType[]
  readonly pods: readonly Pod[]
  /** Of pods and daemons together. */
  readonly requested: Amounts
}

export interface Provision {
  readonly nodes: readonly NewNode[]
  /** Pods that wait for a node that is on its way, by its name. */
  readonly awaited: ReadonlyMap<string, readonly Pod[]>
  /** Pods that no pool can hold, with what each pool says. */
  readonly unplaced: readonly { readonly pod: Pod; readonly message: string }[]
}

/** Decides about all pods at once. */
export function provision(input: ProvisionInput): Provision {
  return new Provisioning(input).run()
}

/** Types of a pool by its requirements, the cheapest first; those without a known price after the others, by size. */
export function typesOf(pool: PoolOffer['pool'], region: string): readonly AutoType[] {
  const { requirements } = pool.spec.template.spec
  const ofTypes = (key: string): boolean => isOfMachine(key) && !DECIDED_LATER.has(key)
  return autoModeTypes()
    .filter(({ labels }) => meets(labels, requirements, ofTypes))
    .toSorted((a, b) => costRank(a, region) - costRank(b, region))
}

const ZONE = 'topology.kubernetes.io/zone'
const CAPACITY = 'karpenter.sh/capacity-type'
// What the instance type does not decide.
const DECIDED_LATER = new Set([
  ZONE,
  CAPACITY,
  'karpenter.sh/nodepool',
  'kubernetes.io/hostname',
  'topology.kubernetes.io/region',
  'topology.k8s.aws/zone-id',
])
const UNPRICED = 1e6

function costRank({ type }: AutoType, region: string): number {
  return listPrices.instanceHour(region, type.name)?.usd ?? UNPRICED + type.vcpu * 1024 + type.memoryMiB / 4
}

interface Open extends Omit<NewNode, 'types' | 'pods' | 'requested'> {
  readonly offer: PoolOffer
  readonly name: string
  types: readonly AutoType[]
  pods: readonly Pod[]
  requested: Amounts
}

function newNode({ pool, zone, capacityType, labels, taints, types, pods, requested }: Open): NewNode {
  return { pool, zone, capacityType, labels, taints, types, pods, requested }
}

/** A node without pods. */
function openOf(
  offer: PoolOffer,
  node: Pick<Open, 'name' | 'zone' | 'types'> & Partial<Pick<Open, 'labels' | 'capacityType'>>,
): Open {
  const { metadata, spec } = offer.pool.spec.template
  const labels = { ...metadata?.labels, ...node.labels }
  const { taints = [] } = spec
  const pool = offer.pool.metadata.name
  return { capacityType: 'on-demand', ...node, offer, pool, labels, taints, pods: [], requested: new Map() }
}

class Provisioning {
  readonly #input: ProvisionInput
  readonly #open: Open[] = []
  readonly #present: NodeInfo[]
  readonly #awaited = new Map<string, Pod[]>()
  readonly #types = new Map<PoolOffer, readonly AutoType[]>()
  readonly #nodes = new Map<string, Node>()
  readonly #infos = new WeakMap<Open, NodeInfo>()
  #phantoms: readonly NodeInfo[] | undefined

  constructor(input: ProvisionInput) {
    this.#input = input
    this.#present = [...input.snapshot.nodes]
  }

  run(): Provision {
    const unplaced: { pod: Pod; message: string }[] = []
    for (const pod of largestFirst(this.#input)) {
      const message = this.#place(pod)
      if (message !== undefined) unplaced.push({ pod, message })
    }
    const nodes = this.#open.map(newNode)
    return { nodes, awaited: this.#awaited, unplaced }
  }

  /** @returns why it fits nowhere */
  #place(pod: Pod): string | undefined {
    const filter = this.#filterOf(pod, this.#open)
    const at = this.#present.findIndex((info) => this.#admits(pod, filter, info))
    const info = this.#present[at]
    if (info) {
      this.#present[at] = nodeInfo(info.node, [...info.pods, pod], this.#input.requests)
      const { name } = info.node.metadata
      this.#awaited.set(name, [...(this.#awaited.get(name) ?? []), pod])
      return undefined
    }
    for (const open of this.#open) {
      const grown = this.#grown(open, pod, filter)
      if (!grown) continue
      Object.assign(open, grown)
      return undefined
    }
    return this.#start(pod)
  }

  #admits(pod: Pod, filter: NodeFilter, info: NodeInfo): boolean {
    return !filter(info) && this.#input.rejectsVolumes?.(pod, info.node) === undefined
  }

  #filterOf(pod: Pod, open: readonly Open[]): NodeFilter {
    const { snapshot, requests } = this.#input
    const nodes = [...this.#present, ...open.map((each) => this.#info(each)), ...this.#possible()]
    return nodeFilter(pod, requests.of(pod), { ...snapshot, nodes })
  }

  // Pods are spread over the zones in which there could be nodes, not only over those that have some: a node without pods
  // stands for each.
  #possible(): readonly NodeInfo[] {
    this.#phantoms ??= this.#input.offers.flatMap((offer) => {
      const [cheapest] = this.#typesOf(offer)
      if (!cheapest) return []
      return this.#zonesFor(offer).map((zone) => {
        const node = this.#node(openOf(offer, { zone, name: `any-${zone}`, types: [cheapest] }), cheapest)
        return nodeInfo(node, [], this.#input.requests)
      })
    })
    return this.#phantoms
  }

  /** A node that is not there yet, as it would be of its cheapest type. */
  #info(open: Open): NodeInfo {
    const node = this.#node(open, open.types[0])
    const known = this.#infos.get(open)
    if (known?.node === node && known.pods === open.pods) return known
    const info = { ...nodeInfo(node, open.pods, this.#input.requests), pods: open.pods }
    this.#infos.set(open, info)
    return info
  }

  #node(open: Open, auto: AutoType | undefined): Node {
    if (!auto) throw new TypeError(`no instance type is left for a node of ${open.pool}`)
    const key = `${open.name} ${open.zone} ${Object.values(open.labels).join()} ${auto.type.name}`
    const known = this.#nodes.get(key)
    if (known) return known
    const node = autoNode(
      { ...open, auto, region: this.#input.region, storage: open.offer.storage },
      open.name,
    )
    this.#nodes.set(key, node)
    return node
  }

  /** The node with one more pod; undefined when no type of it holds that pod too, or something else speaks against it. */
  #grown(open: Open, pod: Pod, filter: NodeFilter): Pick<Open, 'types' | 'pods' | 'requested'> | undefined {
    const { requests } = this.#input
    const requested = sum(open.requested, requests.of(pod))
    const types = open.types.filter((auto) => {
      if (!holds(auto, requested, { pods: open.pods.length + 1, storage: open.offer.storage })) return false
      return matchesNodeAffinity(pod.spec, this.#node(open, auto))
    })
    if (types.length === 0 || lackingVariety(open.offer, types).length > 0) return undefined
    const info = this.#info({ ...open, types })
    return this.#admits(pod, filter, info) ? { types, pods: [...open.pods, pod], requested } : undefined
  }

  /** Starts a node for a pod, of the first pool that can. @returns what each pool says when none can */
  #start(pod: Pod): string | undefined {
    const refusals: string[] = []
    for (const offer of byWeight(this.#input.offers)) {
      const started = this.#startOf(offer, pod)
      if (typeof started !== 'string') {
        this.#open.push(started)
        return undefined
      }
      refusals.push(`incompatible with nodepool "${offer.pool.metadata.name}", ${started}`)
    }
    return refusals.length > 0 ? refusals.join('; ') : 'no nodepools found'
  }

  #startOf(offer: PoolOffer, pod: Pod): Open | string {
    const { name } = offer.pool.metadata
    const { requirements, taints = [] } = offer.pool.spec.template.spec
    const taint = untoleratedTaint([...taints], pod.spec.tolerations)
    if (taint)
      return `did not tolerate taint (taint=${taint.key}${taint.value ? `=${taint.value}` : ''}:${taint.effect})`
    const capacityType = capacityTypeOf(requirements, pod)
    if (capacityType === undefined) return `no capacity type meets its requirements`
    const types = this.#typesOf(offer)
    if (types.length === 0) return 'no instance type meets its requirements'
    const lacking = lackingVariety(offer, types)
    if (lacking.length > 0)
      return `minValues requirement is not met for label(s) (label(s)=[${lacking.join(' ')}])`
    for (const zone of this.#zonesFor(offer)) {
      for (const labels of ownLabelSets(requirements)) {
        const nodeName = `${name}-${this.#open.length + 1}`
        const empty = openOf(offer, { name: nodeName, zone, capacityType, labels, types })
        const open = this.#withDaemons(empty)
        const grown = this.#grown(open, pod, this.#filterOf(pod, [...this.#open, open]))
        const fitting = grown && { ...open, ...grown, types: this.#withinLimits(offer, grown.types) }
        if (fitting && fitting.types.length > 0) return fitting
        if (grown) return 'all available instance types exceed limits for nodepool'
      }
    }
    return 'no instance type satisfied resources and requirements'
  }

  #typesOf(offer: PoolOffer): readonly AutoType[] {
    const known = this.#types.get(offer)
    if (known) return known
    const types = typesOf(offer.pool, this.#input.region)
    this.#types.set(offer, types)
    return types
  }

  /** Zones that the pool admits, those with the fewest nodes first. */
  #zonesFor({ pool, zones }: PoolOffer): readonly string[] {
    const { requirements } = pool.spec.template.spec
    const count = (zone: string): number =>
      this.#open.filter((open) => open.zone === zone).length +
      this.#present.filter(({ node }) => node.metadata.labels?.[ZONE] === zone).length
    return [...new Set(zones)]
      .filter((zone) => meets({ [ZONE]: zone }, requirements, (key) => key === ZONE))
      .toSorted((a, b) => count(a) - count(b))
  }

  #withDaemons(open: Open): Open {
    const daemons = this.#input.daemons(this.#node(open, open.types[0]))
    const requested = daemons.reduce((total, pod) => sum(total, this.#input.requests.of(pod)), open.requested)
    return { ...open, requested }
  }

  #withinLimits({ pool, used }: PoolOffer, types: readonly AutoType[]): readonly AutoType[] {
    const { limits } = pool.spec
    if (!limits) return types
    const ours = this.#open.filter((open) => open.pool === pool.metadata.name)
    const bound = amountsOf(
      Object.fromEntries(Object.entries(limits).map(([key, value]) => [key, String(value)])),
    )
    return types.filter((auto) => {
      const held = [...ours.flatMap(({ types: [first] }) => first ?? []), auto].reduce(
        (total, { type }) => sum(total, capacityOf(type)),
        used,
      )
      return [...bound].every(([name, most]) => (held.get(name) ?? 0) <= most)
    })
  }
}

function lackingVariety({ pool }: PoolOffer, types: readonly AutoType[]): readonly string[] {
  const { requirements } = pool.spec.template.spec
  if (!requirements.some(({ minValues }) => minValues !== undefined)) return []
  return missingVariety(
    types.map(({ labels }) => labels),
    requirements,
  )
}

function capacityOf({ vcpu, memoryMiB }: AutoType['type']): Amounts {
  return new Map([
    ['cpu', vcpu * 1000],
    ['memory', memoryMiB * 1024 ** 2],
    ['nodes', 1],
  ])
}

function largestFirst({ pods, requests }: ProvisionInput): Pod[] {
  const size = (pod: Pod, name: string): number => requests.of(pod).get(name) ?? 0
  return pods.toSorted((a, b) => size(b, 'cpu') - size(a, 'cpu') || size(b, 'memory') - size(a, 'memory'))
}

function byWeight(offers: readonly PoolOffer[]): PoolOffer[] {
  const weight = ({ pool }: PoolOffer): number => pool.spec.weight ?? 0
  return offers.toSorted(
    (a, b) => weight(b) - weight(a) || (a.pool.metadata.name < b.pool.metadata.name ? -1 : 1),
  )
}

/** Spot where pool and pod admit it, because it costs less. */
function capacityTypeOf(requirements: readonly Requirement[], pod: Pod): CapacityType | undefined {
  const asked = requirements.filter(({ key }) => key === CAPACITY)
  const isAdmitted = (value: CapacityType): boolean =>
    asked.every((each) => admitsValue(each, value)) && (pod.spec.nodeSelector?.[CAPACITY] ?? value) === value
  // Without a word about it a pool is on demand.
  if (asked.length > 0 && isAdmitted('spot')) return 'spot'
  return isAdmitted('on-demand') ? 'on-demand' : undefined
}

const rooms = new Map<string, Amounts>()

/** True when a type leaves that much to that many pods. */
function holds(
  { type }: AutoType,
  requested: Amounts,
  { pods, storage }: { readonly pods: number; readonly storage: string | undefined },
): boolean {
  const key = `${type.name} ${storage}`
  const room = rooms.get(key) ?? amountsOf(allocatableList(type, storage))
  rooms.set(key, room)
  if (pods > (room.get('pods') ?? 0)) return false
  for (const [name, amount] of requested) if (amount > (room.get(name) ?? 0)) return false
  return true
}

function sum(a: Amounts, b: Amounts): Map<string, number> {
  const total = new Map(a)
  for (const [name, amount] of b) total.set(name, (total.get(name) ?? 0) + amount)
  return total
}
