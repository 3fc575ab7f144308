// Owns preemption: which pods of lower priority would have to go for a pod to fit, and where that hurts least.
// Source: kubernetes pkg/scheduler/framework/preemption and plugins/defaultpreemption.
import type { Pod } from '../../../generated/kubernetes.d.ts'
import { splitByBudgets } from '../kubernetes/disruption.ts'
import { nodeFilter } from './filters.ts'
import type { NodeFilter, Rejection } from './filters.ts'
import { fitMessage, NO_VICTIMS, NOT_HELPFUL } from './message.ts'
import type { RequestCache } from './requests.ts'
import { nodeInfo } from './snapshot.ts'
import type { NodeInfo, Snapshot } from './snapshot.ts'

/** What preemption came to: a node with the pods to remove, or why it is no help. */
export type Preemption =
  | { readonly node: NodeInfo; readonly victims: readonly Pod[] }
  | { readonly message: string }

export interface Failure {
  readonly pod: Pod
  readonly snapshot: Snapshot
  readonly rejections: ReadonlyMap<NodeInfo, Rejection>
  readonly requests: RequestCache
  /** A filter that is not of the snapshot alone: that of volumes. */
  readonly limits?: NodeFilter
}

/** Looks for the node where removing pods of lower priority makes room at least cost. */
export function planPreemption(failure: Failure): Preemption {
  const { pod, snapshot, rejections } = failure
  if (pod.spec.preemptionPolicy === 'Never') return { message: 'not eligible due to preemptionPolicy=Never.' }
  if (isWaitingForVictims(pod, snapshot)) {
    return { message: 'not eligible due to a terminating pod on the nominated node.' }
  }
  const reasons: Pick<Rejection, 'reasons'>[] = []
  const candidates: Candidate[] = []
  for (const [node, rejection] of rejections) {
    const outcome = rejection.isUnresolvable ? { reasons: [NOT_HELPFUL] } : victimsOn(failure, node)
    if ('victims' in outcome) candidates.push({ node, ...outcome })
    else reasons.push(outcome)
  }
  const best = candidates.toSorted(byCost)[0]
  return best ?? { message: fitMessage(snapshot.nodes.length, reasons, snapshot.minor) }
}

// Once victims are on their way out, taking more would be greedy.
function isWaitingForVictims(pod: Pod, { nodes }: Snapshot): boolean {
  const nominated = nodes.find(({ node }) => node.metadata.name === pod.status?.nominatedNodeName)
  return (nominated?.pods ?? []).some(
    (other) => other.metadata.deletionTimestamp && priorityOf(other) < priorityOf(pod),
  )
}

function priorityOf({ spec }: Pod): number {
  return spec.priority ?? 0
}

interface Victims {
  readonly victims: readonly Pod[]
  /** How many of them their budgets would keep. */
  readonly violations: number
}

interface Candidate extends Victims {
  readonly node: NodeInfo
}

/**
 * Takes all lower pods off, then puts back whichever leave room: first those that budgets would keep, and of each
 * kind the most important first.
 */
function victimsOn(failure: Failure, info: NodeInfo): Victims | { readonly reasons: readonly string[] } {
  const { pod, snapshot } = failure
  const lower = info.pods.filter((other) => priorityOf(other) < priorityOf(pod))
  if (lower.length === 0) return { reasons: [NO_VICTIMS] }
  let kept = info.pods.filter((other) => !lower.includes(other))
  const rejected = check(failure, info, kept)
  if (rejected) return rejected
  const ordered = lower.toSorted((a, b) => priorityOf(b) - priorityOf(a))
  const { violating, others } = splitByBudgets(ordered, snapshot.budgets?.() ?? [])
  const goes = (candidate: Pod): boolean => {
    if (check(failure, info, [...kept, candidate])) return true
    kept = [...kept, candidate]
    return false
  }
  const violations = violating.filter(goes)
  return { victims: [...violations, ...others.filter(goes)], violations: violations.length }
}

function check(
  { pod, snapshot, requests, limits }: Failure,
  info: NodeInfo,
  pods: readonly Pod[],
): Rejection | undefined {
  const changed = nodeInfo(info.node, pods, requests)
  const nodes = snapshot.nodes.map((each) => (each === info ? changed : each))
  return nodeFilter(pod, requests.of(pod), { ...snapshot, nodes })(changed) ?? limits?.(changed)
}

// The fewest against their budgets, then the lowest top priority, then the lowest sum, then the fewest.
function byCost(a: Candidate, b: Candidate): number {
  const top = (victims: readonly Pod[]): number => Math.max(...victims.map(priorityOf))
  const sum = (victims: readonly Pod[]): number =>
    victims.reduce((total, victim) => total + priorityOf(victim) + 2 ** 31, 0)
  return (
    a.violations - b.violations ||
    top(a.victims) - top(b.victims) ||
    sum(a.victims) - sum(b.victims) ||
    a.victims.length - b.victims.length
  )
}
