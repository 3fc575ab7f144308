// Owns the scheduler's view of the cluster in one pass: nodes, with the pods on them and what those hold.
import type { Namespace, Node, Pod, PodDisruptionBudget } from '../../../generated/kubernetes.d.ts'
import { amountsOf, holdsResources, podWeight } from './requests.ts'
import type { Amounts, PodWeight, RequestCache } from './requests.ts'

/** A node with what is on it. */
export interface NodeInfo {
  readonly node: Node
  readonly pods: readonly Pod[]
  readonly allocatable: Amounts
  readonly requested: Amounts
  /** What the pods are taken to need when nodes are compared: those that ask for nothing included. */
  readonly weight: PodWeight
  /** Those of the pods that want others near or away. */
  readonly withAffinity: readonly Pod[]
}

export interface Snapshot {
  readonly nodes: readonly NodeInfo[]
  /** Of Kubernetes, whose words are used: 35 for 1.35. The newest when absent. */
  readonly minor?: number
  /** Labels of a namespace, for affinity terms that select namespaces. */
  namespaceLabels(name: string): Readonly<Record<string, string>>
  /** What speaks against removing pods; none when absent. */
  budgets?(): readonly PodDisruptionBudget[]
}

export interface ClusterState {
  readonly nodes: readonly Node[]
  readonly pods: readonly Pod[]
  readonly namespaces: readonly Namespace[]
  /** Nodes, by pod uid, of pods that are bound or about to be, beyond what `spec.nodeName` says. */
  readonly placed: ReadonlyMap<string, string>
}

/** Puts the pods on their nodes. */
export function takeSnapshot(state: ClusterState, requests: RequestCache): Snapshot {
  const byNode = new Map<string, Pod[]>(state.nodes.map((node) => [node.metadata.name, []]))
  for (const pod of state.pods) {
    const nodeName = pod.spec.nodeName || state.placed.get(pod.metadata.uid)
    if (nodeName && holdsResources(pod)) byNode.get(nodeName)?.push(pod)
  }
  const labels = new Map(state.namespaces.map(({ metadata }) => [metadata.name, metadata.labels ?? {}]))
  return {
    nodes: state.nodes.map((node) => nodeInfo(node, byNode.get(node.metadata.name) ?? [], requests)),
    namespaceLabels: (name) => labels.get(name) ?? {},
  }
}

/** A node with these pods on it. */
export function nodeInfo(node: Node, pods: readonly Pod[], requests: RequestCache): NodeInfo {
  const requested = new Map<string, number>()
  const weight = { cpu: 0, memory: 0 }
  for (const pod of pods) {
    for (const [name, amount] of requests.of(pod)) requested.set(name, (requested.get(name) ?? 0) + amount)
    const { cpu, memory } = podWeight(pod, requests)
    weight.cpu += cpu
    weight.memory += memory
  }
  const withAffinity = pods.filter(
    ({ spec: { affinity } }) => affinity?.podAffinity ?? affinity?.podAntiAffinity,
  )
  return { node, pods, requested, weight, withAffinity, allocatable: amountsOf(node.status?.allocatable) }
}
