// Owns the nodes that EKS Auto Mode would start for the workloads of a plan, by the rules by which it starts them.
import type { Node, Pod } from '../../generated/kubernetes.d.ts'
import type { ClusterConfig } from '../config/cluster-config.ts'
import type { Manifest } from '../config/manifest.ts'
import {
  type BuiltinPool,
  builtinPool,
  DEFAULT_CLASS,
  type NodeClass,
  type NodePool,
} from '../rules/auto-mode/node-pool.ts'
import { type NewNode, provision, type PoolOffer } from '../rules/auto-mode/provision.ts'
import { autoModePools, isAutoMode } from '../rules/eksctl/auto-mode.ts'
import type { CustomKind } from '../rules/kubernetes/custom-kinds.ts'
import { matchesNodeAffinity } from '../rules/scheduling/node-affinity.ts'
import { RequestCache } from '../rules/scheduling/requests.ts'
import { nodeInfo } from '../rules/scheduling/snapshot.ts'
import { untoleratedTaint } from '../rules/scheduling/taint.ts'
import { emptyNode, withRequests } from './candidates.ts'
import type { NodeGroupPlan } from './node-groups.ts'
import type { PlacedWorkload } from './placement.ts'
import { podSpecOf, type Workload } from './workload.ts'

/** What Auto Mode makes of the pods that the node groups don't hold. */
export interface AutoNodesPlan {
  readonly nodes: readonly NewNode[]
  /** Why no pool takes a workload. */
  readonly unplaced: ReadonlyMap<Workload, string>
}

interface Input {
  readonly config: ClusterConfig
  readonly placed: readonly PlacedWorkload[]
  readonly groups: readonly NodeGroupPlan[]
  readonly manifests: readonly Manifest[]
}

/** undefined for a cluster that is not in Auto Mode. */
export function autoNodesFor(input: Input): AutoNodesPlan | undefined {
  const { config, placed, groups, manifests } = input
  if (!isAutoMode(config)) return undefined
  const owners = new Map<Pod, Workload>()
  for (const { workload, placement, sizing } of placed) {
    if (placement.compute !== 'ec2' || !sizing || workload.kind === 'DaemonSet') continue
    for (const pod of podsOf(workload)) owners.set(pod, workload)
  }
  const daemons = placed
    .filter(({ workload }) => workload.kind === 'DaemonSet')
    .map(({ workload }) => workload)
  const requests = new RequestCache()
  const standing = groups.flatMap((group) =>
    Array.from({ length: group.desired }, (_, index) => namedNode(group, index)),
  )
  const { nodes, unplaced } = provision({
    region: config.metadata.region,
    pods: [...owners.keys()],
    offers: offersOf(config, manifests),
    snapshot: {
      nodes: standing.map((node) => nodeInfo(node, daemonsOn(daemons, node), requests)),
      namespaceLabels: () => ({}),
    },
    requests,
    daemons: (node) => daemonsOn(daemons, node),
  })
  const why = unplaced.flatMap(({ pod, message }) => {
    const workload = owners.get(pod)
    return workload ? [[workload, message] as const] : []
  })
  return { nodes, unplaced: new Map(why) }
}

function podsOf(workload: Workload): Pod[] {
  const { name, namespace, replicas, pod } = workload
  const spec = podSpecOf(workload)
  return Array.from({ length: replicas }, (_, index) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `${name}-${index}`,
      namespace,
      uid: `${namespace}/${name}-${index}`,
      resourceVersion: '',
      creationTimestamp: '',
      labels: { ...pod.metadata.labels },
    },
    spec: { ...spec, containers: spec.containers.map(withRequests) },
  }))
}

function daemonsOn(daemons: readonly Workload[], node: Node): Pod[] {
  return daemons.flatMap((workload) => {
    const spec = podSpecOf(workload)
    const fits = matchesNodeAffinity(spec, node) && !untoleratedTaint(node.spec.taints, spec.tolerations)
    const [pod] = podsOf({ ...workload, replicas: 1 })
    return fits && pod ? [pod] : []
  })
}

function namedNode(group: NodeGroupPlan, index: number): Node {
  const node = emptyNode(group)
  return { ...node, metadata: { ...node.metadata, name: `${group.name}-${index}` } }
}

/** The built-in pools that the file asks for, and those among its manifests. */
function offersOf(config: ClusterConfig, manifests: readonly Manifest[]): PoolOffer[] {
  const classes = new Map(
    objectsOf<NodeClass>(manifests, 'eks.amazonaws.com/v1', 'NodeClass').map((each) => [
      each.metadata.name,
      each,
    ]),
  )
  const builtin = autoModePools(config.autoModeConfig ?? {}).map((name) => builtinPool(name as BuiltinPool))
  const own = objectsOf<NodePool>(manifests, 'karpenter.sh/v1', 'NodePool').filter(({ spec }) => {
    const { name } = spec.template.spec.nodeClassRef
    return classes.has(name) || (name === DEFAULT_CLASS && builtin.length > 0)
  })
  const zones = zonesOf(config)
  return [...builtin, ...own].map((pool) => {
    const { name } = pool.spec.template.spec.nodeClassRef
    const storage = classes.get(name)?.spec.ephemeralStorage?.size
    return { pool, zones, storage, used: new Map() }
  })
}

// What the field check has let through has the form that the cluster will demand.
function objectsOf<T>(manifests: readonly Manifest[], apiVersion: string, kind: string): T[] {
  return manifests.flatMap(({ object }) =>
    object.apiVersion === apiVersion && object.kind === kind ? [object as unknown as T] : [],
  )
}

function zonesOf({ metadata, availabilityZones, vpc }: ClusterConfig): readonly string[] {
  if (availabilityZones && availabilityZones.length > 0) return availabilityZones
  const subnets = { ...vpc?.subnets?.public, ...vpc?.subnets?.private }
  const named = Object.entries(subnets).map(([key, subnet]) => subnet?.az ?? key)
  const real = named.filter((zone) => zone.startsWith(metadata.region))
  return real.length > 0 ? real : ['a', 'b', 'c'].map((letter) => `${metadata.region}${letter}`)
}

/** The definitions that Auto Mode brings: their objects need none in the files. */
export const AUTO_MODE_KINDS: readonly CustomKind[] = [
  { group: 'karpenter.sh', kind: 'NodePool', plural: 'nodepools', versions: ['v1'] },
  { group: 'karpenter.sh', kind: 'NodeClaim', plural: 'nodeclaims', versions: ['v1'] },
  {
    group: 'eks.amazonaws.com',
    kind: 'NodeClass',
    plural: 'nodeclasses',
    versions: ['v1'],
  },
  {
    group: 'eks.amazonaws.com',
    kind: 'IngressClassParams',
    plural: 'ingressclassparams',
    versions: ['v1'],
  },
  {
    group: 'eks.amazonaws.com',
    kind: 'TargetGroupBinding',
    plural: 'targetgroupbindings',
    versions: ['v1'],
  },
]
