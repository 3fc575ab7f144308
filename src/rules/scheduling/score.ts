// Owns the scores of the default scheduler: which of the nodes that fit is best.
// Source: kubernetes pkg/scheduler/framework/plugins; weights of the default profile.
import type { LabelSelector, Pod } from '../../../generated/kubernetes.d.ts'
import { matchesNodeTerm } from './node-affinity.ts'
import { toleratesTaint } from './taint.ts'
import { podAffinityWeights } from './affinity.ts'
import type { RequestCache } from './requests.ts'
import type { NodeInfo, Snapshot } from './snapshot.ts'
import { crowding, softConstraints } from './spread.ts'

const MAX_SCORE = 100
// What a container that asks for nothing is taken to need, so that such pods spread too.
const DEFAULT_MILLI_CPU = 100
const DEFAULT_MEMORY_BYTES = 200 * 1024 * 1024

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
  const ranked = fitting
    .map((info, index) => ({ info, total: totals[index] ?? 0 }))
    .toSorted(
      (a, b) =>
        b.total - a.total ||
        a.info.pods.length - b.info.pods.length ||
        (a.info.node.metadata.name < b.info.node.metadata.name ? -1 : 1),
    )
  return ranked[0]?.info
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
  const shares = nodes.map((info) => usedShares(pod, info, requests))
  const weighted: readonly (readonly [weight: number, scores: readonly number[]])[] = [
    [3, fewerIsBetter(nodes.map((info) => intolerableTaints(pod, info)))],
    [2, moreIsBetter(nodes.map((info) => preferredTerms(pod, info)))],
    [1, shares.map(leastAllocated)],
    [1, shares.map(balanced)],
    [2, constraints.length === 0 ? [] : evenly(nodes.map(({ node }) => crowded(node)))],
    [2, between(nodes.map(({ node }) => together(node)))],
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

function usedShares(pod: Pod, { allocatable, pods }: NodeInfo, requests: RequestCache): Shares {
  let cpu = 0
  let memory = 0
  for (const each of [...pods, pod]) {
    const { length } = each.spec.containers
    cpu += requests.of(each).get('cpu') || DEFAULT_MILLI_CPU * length
    memory += requests.of(each).get('memory') || DEFAULT_MEMORY_BYTES * length
  }
  const share = (used: number, of: number): number => (of === 0 ? 1 : Math.min(1, used / of))
  return {
    cpu: share(cpu, allocatable.get('cpu') ?? 0),
    memory: share(memory, allocatable.get('memory') ?? 0),
  }
}

function leastAllocated({ cpu, memory }: Shares): number {
  return Math.floor(((1 - cpu + (1 - memory)) / 2) * MAX_SCORE)
}

function balanced({ cpu, memory }: Shares): number {
  return Math.floor((1 - Math.abs(cpu - memory) / 2) * MAX_SCORE)
}
