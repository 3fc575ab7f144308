// Owns affinity between pods: which nodes it admits, and which it prefers.
// Source: kubernetes pkg/scheduler/framework/plugins/interpodaffinity.
import type { Node, Pod, PodAffinityTerm, WeightedPodAffinityTerm } from '../../../generated/kubernetes.d.ts'
import { own } from '../../base/json.ts'
import { matchesLabelSelector } from './label-selector.ts'
import { withLabelKeys } from './selection.ts'
import type { Snapshot } from './snapshot.ts'

const AFFINITY = "node(s) didn't match pod affinity rules"
const ANTI_AFFINITY = "node(s) didn't match pod anti-affinity rules"
const EXISTING_ANTI_AFFINITY = "node(s) didn't satisfy existing pods anti-affinity rules"

/** Says why a node is out, and whether removing pods could help; undefined when it is in. */
export type PodAffinityCheck = (
  node: Node,
) => { readonly reason: string; readonly isUnresolvable: boolean } | undefined

/** Looks at all pods once and returns the check of one node. */
export function podAffinityCheck(pod: Pod, snapshot: Snapshot): PodAffinityCheck {
  const wanted = pod.spec.affinity?.podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []
  const unwanted = pod.spec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []
  const near = new Set<string>()
  const away = new Set<string>()
  const refused = new Set<string>()
  const admits = (term: PodAffinityTerm, owner: Pod, other: Pod): boolean =>
    termMatches(term, { owner, other, snapshot })
  const looksAtAll = wanted.length + unwanted.length > 0
  for (const { node, pods, withAffinity } of snapshot.nodes) {
    for (const other of looksAtAll ? pods : withAffinity) {
      if (wanted.length > 0 && wanted.every((term) => admits(term, pod, other))) {
        wanted.forEach((term) => note(near, term, node))
      }
      for (const term of unwanted) if (admits(term, pod, other)) note(away, term, node)
      const theirs = other.spec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution
      for (const term of theirs ?? []) if (admits(term, other, pod)) note(refused, term, node)
    }
  }
  // The first of a group that wants to be together may go anywhere, or none ever could.
  const isFirst = near.size === 0 && wanted.every((term) => admits(term, pod, pod))
  const isRefusing = refused.size > 0
  return (node) => {
    const isNear = (term: PodAffinityTerm): boolean => {
      const domain = domainOf(term.topologyKey, node)
      return domain !== undefined && (isFirst || near.has(domain))
    }
    if (!wanted.every(isNear)) return { reason: AFFINITY, isUnresolvable: true }
    if (unwanted.some((term) => away.has(domainOf(term.topologyKey, node) ?? ''))) {
      return { reason: ANTI_AFFINITY, isUnresolvable: false }
    }
    if (!isRefusing) return undefined
    const isRefused = Object.keys(node.metadata.labels ?? {}).some((key) =>
      refused.has(domainOf(key, node) ?? ''),
    )
    return isRefused ? { reason: EXISTING_ANTI_AFFINITY, isUnresolvable: false } : undefined
  }
}

/** The weight of preferred terms, the pod's own and those of pods that are there, for each node. */
export function podAffinityWeights(pod: Pod, snapshot: Snapshot): (node: Node) => number {
  const weights = new Map<string, number>()
  const own = preferences(pod)
  for (const { node, pods, withAffinity } of snapshot.nodes) {
    for (const other of own.length > 0 ? pods : withAffinity) {
      for (const { term, weight } of own) {
        if (termMatches(term, { owner: pod, other, snapshot })) gain(weights, term, { node, weight })
      }
      for (const { term, weight } of [...preferences(other), ...required(other)]) {
        if (termMatches(term, { owner: other, other: pod, snapshot })) gain(weights, term, { node, weight })
      }
    }
  }
  if (weights.size === 0) return () => 0
  return (node) =>
    Object.keys(node.metadata.labels ?? {}).reduce(
      (sum, key) => sum + (weights.get(domainOf(key, node) ?? '') ?? 0),
      0,
    )
}

function preferences({ spec }: Pod): { term: PodAffinityTerm; weight: number }[] {
  const read = (terms: readonly WeightedPodAffinityTerm[] | undefined, sign: 1 | -1) =>
    (terms ?? []).map(({ podAffinityTerm: term, weight }) => ({ term, weight: sign * weight }))
  const { podAffinity, podAntiAffinity } = spec.affinity ?? {}
  return [
    ...read(podAffinity?.preferredDuringSchedulingIgnoredDuringExecution, 1),
    ...read(podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution, -1),
  ]
}

// hardPodAffinityWeight of the default profile: pods that must have others near pull a little.
function required({ spec }: Pod): { term: PodAffinityTerm; weight: number }[] {
  const terms = spec.affinity?.podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []
  return terms.map((term) => ({ term, weight: 1 }))
}

function gain(
  weights: Map<string, number>,
  term: PodAffinityTerm,
  { node, weight }: { node: Node; weight: number },
): void {
  const domain = domainOf(term.topologyKey, node)
  if (domain !== undefined) weights.set(domain, (weights.get(domain) ?? 0) + weight)
}

function note(domains: Set<string>, term: PodAffinityTerm, node: Node): void {
  const domain = domainOf(term.topologyKey, node)
  if (domain !== undefined) domains.add(domain)
}

function domainOf(topologyKey: string, node: Node): string | undefined {
  const value = own(node.metadata.labels, topologyKey)
  return value === undefined ? undefined : `${topologyKey}=${value}`
}

function termMatches(
  term: PodAffinityTerm,
  { owner, other, snapshot }: { owner: Pod; other: Pod; snapshot: Snapshot },
): boolean {
  const namespace = other.metadata.namespace ?? ''
  const { namespaces = [], namespaceSelector } = term
  const isOwn = namespaces.length === 0 && !namespaceSelector && namespace === owner.metadata.namespace
  const isSelected =
    namespaces.includes(namespace) ||
    (namespaceSelector !== undefined &&
      matchesLabelSelector(namespaceSelector, snapshot.namespaceLabels(namespace)))
  if (!isOwn && !isSelected) return false
  const selector = withLabelKeys(term.labelSelector, owner, term)
  return matchesLabelSelector(selector, other.metadata.labels)
}
