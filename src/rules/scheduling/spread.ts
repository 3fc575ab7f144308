// Owns topology spread: the hard constraints that a node must keep, and the soft ones that it is scored by.
// Source: kubernetes pkg/scheduler/framework/plugins/podtopologyspread.
import type { LabelSelector, Node, Pod, TopologySpreadConstraint } from '../../../generated/kubernetes.d.ts'
import { own } from '../../base/json.ts'
import { matchesNodeAffinity } from './node-affinity.ts'
import { matchesLabelSelector } from './label-selector.ts'
import { untoleratedTaint } from './taint.ts'
import { withLabelKeys } from './selection.ts'
import type { NodeInfo, Snapshot } from './snapshot.ts'

const SKEWED = "node(s) didn't match pod topology spread constraints"
const UNLABELLED = `${SKEWED} (missing required label)`

/** Says why a node is out; undefined when it is in. */
export type SpreadCheck = (
  node: Node,
) => { readonly reason: string; readonly isUnresolvable: boolean } | undefined

/** Counts the matching pods once and returns the check of one node. */
export function spreadCheck(pod: Pod, snapshot: Snapshot): SpreadCheck {
  const constraints = (pod.spec.topologySpreadConstraints ?? []).filter(
    (constraint) => constraint.whenUnsatisfiable === 'DoNotSchedule',
  )
  const counted = constraints.map((constraint) => {
    const counts = countPods(pod, { ...constraint, others: constraints }, snapshot)
    return {
      constraint,
      counts,
      fewest: fewestOf(constraint, counts),
      self: Number(
        matchesLabelSelector(withLabelKeys(constraint.labelSelector, pod, constraint), pod.metadata.labels),
      ),
    }
  })
  return (node) => {
    for (const { constraint, counts, fewest, self } of counted) {
      const domain = own(node.metadata.labels, constraint.topologyKey)
      if (domain === undefined) return { reason: UNLABELLED, isUnresolvable: true }
      const skew = (counts.get(domain) ?? 0) + self - fewest
      if (skew > constraint.maxSkew) return { reason: SKEWED, isUnresolvable: false }
    }
    return undefined
  }
}

function fewestOf({ minDomains = 1 }: TopologySpreadConstraint, counts: ReadonlyMap<string, number>): number {
  return counts.size < minDomains || counts.size === 0 ? 0 : Math.min(...counts.values())
}

function countPods(
  pod: Pod,
  constraint: TopologySpreadConstraint & { readonly others: readonly TopologySpreadConstraint[] },
  { nodes }: Snapshot,
): Map<string, number> {
  const counts = new Map<string, number>()
  const selector = withLabelKeys(constraint.labelSelector, pod, constraint)
  const namespace = pod.metadata.namespace ?? ''
  const text = JSON.stringify([namespace, selector])
  for (const info of nodes) {
    const labels = info.node.metadata.labels ?? {}
    const domain = own(labels, constraint.topologyKey)
    const hasAll = constraint.others.every((other) => own(labels, other.topologyKey) !== undefined)
    if (domain === undefined || !hasAll || !isDomain(constraint, pod, info)) continue
    counts.set(domain, (counts.get(domain) ?? 0) + matching(info, { text, namespace, selector }))
  }
  return counts
}

interface Counted {
  /** Namespace and selector as one text, the key of what is known already. */
  readonly text: string
  readonly namespace: string
  readonly selector: LabelSelector | undefined
}

// A node is replaced when a pod on it changes: what was counted for the others still holds for the next pod.
const known = new WeakMap<NodeInfo, Map<string, number>>()

function matching(info: NodeInfo, { text, namespace, selector }: Counted): number {
  let counts = known.get(info)
  if (!counts) known.set(info, (counts = new Map()))
  const before = counts.get(text)
  if (before !== undefined) return before
  let count = 0
  for (const { metadata } of info.pods) {
    const isCounted = metadata.namespace === namespace && !metadata.deletionTimestamp
    if (isCounted && matchesLabelSelector(selector, metadata.labels)) count += 1
  }
  counts.set(text, count)
  return count
}

// Nodes that the pod cannot go to are no domains, as the two policies of the constraint have it.
function isDomain(constraint: TopologySpreadConstraint, pod: Pod, { node }: NodeInfo): boolean {
  const { nodeAffinityPolicy = 'Honor', nodeTaintsPolicy = 'Ignore' } = constraint
  if (nodeAffinityPolicy === 'Honor' && !matchesNodeAffinity(pod.spec, node)) return false
  return nodeTaintsPolicy === 'Ignore' || !untoleratedTaint(node.spec.taints, pod.spec.tolerations)
}

/** The soft constraints of a pod: its own, or the cluster's defaults over the pods it belongs with. */
export function softConstraints(
  pod: Pod,
  belongsWith: LabelSelector | undefined,
): readonly TopologySpreadConstraint[] {
  const own = pod.spec.topologySpreadConstraints ?? []
  if (own.length > 0) return own.filter((constraint) => constraint.whenUnsatisfiable === 'ScheduleAnyway')
  if (!belongsWith) return []
  const whenUnsatisfiable = 'ScheduleAnyway'
  // The defaults of the PodTopologySpread plugin (defaultingType System).
  return [
    { maxSkew: 3, topologyKey: 'kubernetes.io/hostname', whenUnsatisfiable, labelSelector: belongsWith },
    { maxSkew: 5, topologyKey: 'topology.kubernetes.io/zone', whenUnsatisfiable, labelSelector: belongsWith },
  ]
}

/** How crowded each of the nodes is under soft constraints; more is worse. */
export function crowding(
  pod: Pod,
  constraints: readonly TopologySpreadConstraint[],
  { nodes, snapshot }: { nodes: readonly NodeInfo[]; snapshot: Snapshot },
): (node: Node) => number {
  const counted = constraints.map((constraint) => {
    const counts = countPods(pod, { ...constraint, others: [] }, snapshot)
    const domains = new Set(nodes.map(({ node }) => own(node.metadata.labels, constraint.topologyKey)))
    return { constraint, counts, weight: Math.log(domains.size + 2) }
  })
  return (node) => {
    let total = 0
    for (const { constraint, counts, weight } of counted) {
      const domain = own(node.metadata.labels, constraint.topologyKey)
      if (domain !== undefined) total += (counts.get(domain) ?? 0) * weight + (constraint.maxSkew - 1)
    }
    return Math.round(total)
  }
}
