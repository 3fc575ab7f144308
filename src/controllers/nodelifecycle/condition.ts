// Owns what the state of a node means: is it heard from, which taints follow. Pure.
// Source: kubernetes pkg/controller/nodelifecycle/node_lifecycle_controller.go.
import type { Lease, Node, NodeCondition, Taint } from '../../../generated/kubernetes.d.ts'
import { formatTimestamp } from '../../base/clock.ts'

/** --node-monitor-grace-period as EKS and this project use it, in milliseconds. */
export const GRACE_MS = 40_000

export const NOT_READY = 'node.kubernetes.io/not-ready'
export const UNREACHABLE = 'node.kubernetes.io/unreachable'
const UNSCHEDULABLE = 'node.kubernetes.io/unschedulable'

const PRESSURE_TAINTS: Readonly<Record<string, string>> = {
  MemoryPressure: 'node.kubernetes.io/memory-pressure',
  DiskPressure: 'node.kubernetes.io/disk-pressure',
  PIDPressure: 'node.kubernetes.io/pid-pressure',
  NetworkUnavailable: 'node.kubernetes.io/network-unavailable',
}
const KUBELET_CONDITIONS = ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure']
const OURS: ReadonlySet<string> = new Set([
  NOT_READY,
  UNREACHABLE,
  UNSCHEDULABLE,
  ...Object.values(PRESSURE_TAINTS),
])

/** The last sign of life of a node, in epoch milliseconds: its lease, its heartbeat, or its creation. */
export function lastSeenMs(node: Node, lease: Lease | undefined): number {
  const heartbeat = conditionOf(node, 'Ready')?.lastHeartbeatTime
  const times = [lease?.spec.renewTime, heartbeat, node.metadata.creationTimestamp]
  return Math.max(...times.map((time) => (time ? Date.parse(time) : 0)))
}

/** The condition of that type, if the node has it. */
export function conditionOf(node: Node, type: string): NodeCondition | undefined {
  return node.status?.conditions?.find((condition) => condition.type === type)
}

/** The conditions of a node that is not heard from any more: all that its kubelet said is Unknown now. */
export function unknownConditions(node: Node, nowMs: number): NodeCondition[] {
  const now = formatTimestamp(nowMs)
  const present = node.status?.conditions ?? []
  const updated = present.map((condition): NodeCondition => {
    if (!KUBELET_CONDITIONS.includes(condition.type) || condition.status === 'Unknown') return condition
    return {
      ...condition,
      status: 'Unknown',
      reason: 'NodeStatusUnknown',
      message: 'Kubelet stopped posting node status.',
      lastTransitionTime: now,
    }
  })
  const missing = KUBELET_CONDITIONS.filter((type) => !present.some((condition) => condition.type === type))
  const never = missing.map((type): NodeCondition => ({
    type,
    status: 'Unknown',
    reason: 'NodeStatusNeverUpdated',
    message: 'Kubelet never posted node status.',
    lastHeartbeatTime: node.metadata.creationTimestamp,
    lastTransitionTime: now,
  }))
  return [...updated, ...never]
}

/** The taints that a node should have: its own, and those that follow from its conditions. */
export function desiredTaints(node: Node, nowMs: number): Taint[] {
  const present = node.spec.taints ?? []
  const wanted = taintsFor(node)
  const matches = (a: Taint, b: Taint): boolean => a.key === b.key && a.effect === b.effect
  const kept = present.filter((taint) => !OURS.has(taint.key) || wanted.some((w) => matches(w, taint)))
  const added = wanted.filter((taint) => !present.some((p) => matches(p, taint)))
  return [...kept, ...added.map((taint) => ({ ...taint, timeAdded: formatTimestamp(nowMs) }))]
}

function taintsFor(node: Node): Taint[] {
  const ready = conditionOf(node, 'Ready')?.status
  const taints: Taint[] = []
  const both = (key: string): void => {
    taints.push({ key, effect: 'NoSchedule' }, { key, effect: 'NoExecute' })
  }
  if (ready === 'False') both(NOT_READY)
  if (ready === 'Unknown') both(UNREACHABLE)
  for (const [type, key] of Object.entries(PRESSURE_TAINTS)) {
    if (conditionOf(node, type)?.status === 'True') taints.push({ key, effect: 'NoSchedule' })
  }
  if (node.spec.unschedulable) taints.push({ key: UNSCHEDULABLE, effect: 'NoSchedule' })
  return taints
}
