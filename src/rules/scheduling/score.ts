// Owns the scores of the default scheduler: which of the nodes that fit is best.
// Source: kubernetes pkg/scheduler/framework/plugins; weights of the default profile.
import type { LabelSelector, Pod } from '../../../generated/kubernetes.d.ts'
import { matchesNodeTerm } from './node-affinity.ts'
import { toleratesTaint } from './taint.ts'
import { imageScores } from './image-locality.ts'
import { podAffinityWeights } from './affinity.ts'
import { podWeight, type PodWeight, type RequestCache } from './requests.ts'
import type { NodeInfo, Snapshot } from './snapshot.ts'
import { crowding, softConstraints } from './spread.ts'

const MAX_SCORE = 100

export interface ScoreContext {
  readonly snapshot: Snapshot
  readonly requests: RequestCache
  /** Selects the pods that the pod should be spread from. */
  readonly belongsWith: LabelSelector | undefined
}

/** The best of the nodes; among equals the one with fewest pods, then the first by name. */
export function bestNode(
  pod: Pod,
  fitting: readonly NodeInfo[],
  context: ScoreContext,
): NodeInfo | undefined {
  const totals = totalScores(pod, fitting, context)
  let best: { info: NodeInfo; total: number } | undefined
  for (const [index, info] of fitting.entries()) {
    const next = { info, total: totals[index] ?? 0 }
    if (!best || compare(next, best) < 0) best = next
  }
  return best?.info
}

function compare(a: { info: NodeInfo; total: number }, b: { info: NodeInfo; total: number }): number {
  return (
    b.total - a.total ||
    a.info.pods.length - b.info.pods.length ||
    (a.info.node.metadata.name < b.info.node.metadata.name ? -1 : 1)
  )
}

/** The weighted sum of all scores for each node, in the order of the nodes. */
export function totalScores(
  pod: Pod,
  nodes: readonly NodeInfo[],
  { snapshot, requests, belongsWith }: ScoreContext,
): number[] {
  const together = podAffinityWeights(pod, snapshot)
  const constraints = softConstraints(pod, belongsWith)
  const crowded = crowding(pod, constraints, { nodes, snapshot })
  const own = podWeight(pod, requests)
  const shares = nodes.map((info) => usedShares(own, info))
  const weighted: readonly (readonly [weight: number, scores: readonly number[]])[] = [
    [3, fewerIsBetter(nodes.map((info) => intolerableTaints(pod, info)))],
    [2, moreIsBetter(nodes.map((info) => preferredTerms(pod, info)))],
    [1, shares.map(leastAllocated)],
    [1, shares.map(balanced)],
    [2, constraints.length === 0 ? [] : evenly(nodes.map(({ node }) => crowded(node)))],
    [2, between(nodes.map(({ node }) => together(node)))],
    [
      1,
      imageScores(
        pod,
        nodes.map(({ node }) => node),
        snapshot.nodes.map(({ node }) => node),
      ),
    ],
  ]
  return nodes.map((_, index) =>
    weighted.reduce((sum, [weight, scores]) => sum + weight * (scores[index] ?? 0), 0),
  )
}

function moreIsBetter(raw: readonly number[]): number[] {
  const max = Math.max(0, ...raw)
  return raw.map((value) => (max === 0 ? 0 : Math.floor((value * MAX_SCORE) / max)))
}

function fewerIsBetter(raw: readonly number[]): number[] {
  return moreIsBetter(raw).map((value) => MAX_SCORE - value)
}

function evenly(raw: readonly number[]): number[] {
  const max = Math.max(0, ...raw)
  const min = Math.min(...raw)
  return raw.map((value) => (max === 0 ? MAX_SCORE : Math.floor((MAX_SCORE * (max + min - value)) / max)))
}

function between(raw: readonly number[]): number[] {
  const max = Math.max(...raw)
  const min = Math.min(...raw)
  return raw.map((value) => (max === min ? 0 : Math.floor((MAX_SCORE * (value - min)) / (max - min))))
}

function intolerableTaints(pod: Pod, { node }: NodeInfo): number {
  const tolerations = pod.spec.tolerations ?? []
  return (node.spec.taints ?? []).filter(
    (taint) => taint.effect === 'PreferNoSchedule' && !tolerations.some((t) => toleratesTaint(t, taint)),
  ).length
}

function preferredTerms(pod: Pod, { node }: NodeInfo): number {
  const terms = pod.spec.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []
  return terms
    .filter(({ preference }) => matchesNodeTerm(preference, node))
    .reduce((sum, { weight }) => sum + weight, 0)
}

/** Shares of cpu and memory that would be used, 0 to 1. */
interface Shares {
  readonly cpu: number
  readonly memory: number
}

function usedShares(own: PodWeight, { allocatable, weight }: NodeInfo): Shares {
  const share = (used: number, of: number): number => (of === 0 ? 1 : Math.min(1, used / of))
  return {
    cpu: share(own.cpu + weight.cpu, allocatable.get('cpu') ?? 0),
    memory: share(own.memory + weight.memory, allocatable.get('memory') ?? 0),
  }
}

function leastAllocated({ cpu, memory }: Shares): number {
  return Math.floor(((1 - cpu + (1 - memory)) / 2) * MAX_SCORE)
}

function balanced({ cpu, memory }: Shares): number {
  return Math.floor((1 - Math.abs(cpu - memory) / 2) * MAX_SCORE)
}
