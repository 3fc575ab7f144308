// Owns what one pass over a daemon set creates and deletes, and the status it arrives at. Pure.
// Source: kubernetes pkg/controller/daemon/daemon_controller.go and update.go.
import type { DaemonSet, DaemonSetStatus, Node, Pod } from '../../../generated/kubernetes.d.ts'
import { resolveIntOrPercent } from '../objects/percent.ts'
import { isPodActive, isPodAvailable, isPodReady } from '../../rules/scheduling/pod.ts'
import { REVISION_HASH } from '../history/revision.ts'
import { belongsOn, nodeOf } from './placement.ts'

export interface DaemonView {
  readonly set: DaemonSet
  readonly nodes: readonly Node[]
  readonly pods: readonly Pod[]
  /** Hash of the current template. */
  readonly hash: string
  /** How often the name of a revision was taken. */
  readonly collisionCount: number
  readonly nowMs: number
}

export interface DaemonPlan {
  /** Names of nodes that get a pod. */
  readonly create: readonly string[]
  readonly remove: readonly Pod[]
  /** Pods that ended by themselves, among those to remove. */
  readonly ended: readonly Pod[]
}

/** Those of the nodes that a pass has to look at: Fargate's are thousands, and no daemon belongs on any of them. */
export function concernedNodes(set: DaemonSet, nodes: readonly Node[], pods: readonly Pod[]): Node[] {
  const withPods = new Set(pods.map(nodeOf))
  return nodes.filter((node) => belongsOn(set, node).run || withPods.has(node.metadata.name))
}

function podsByNode(pods: readonly Pod[]): Map<string, Pod[]> {
  const byNode = new Map<string, Pod[]>()
  for (const pod of pods) {
    const name = nodeOf(pod)
    if (name !== undefined) byNode.set(name, [...(byNode.get(name) ?? []), pod])
  }
  return byNode
}

/** Which pods are missing, too many or over; one pod a node, the oldest stays. */
export function planPods({ set, nodes, pods, hash, nowMs }: DaemonView): DaemonPlan {
  const byNode = podsByNode(pods)
  const create: string[] = []
  const remove: Pod[] = []
  const ended: Pod[] = []
  for (const node of nodes) {
    const { name } = node.metadata
    const present = byNode.get(name) ?? []
    const { run, stay } = belongsOn(set, node)
    if (!stay) {
      remove.push(...present.filter((pod) => !pod.metadata.deletionTimestamp))
      continue
    }
    if (present.length === 0 && run) create.push(name)
    const over = present.filter((pod) => !pod.metadata.deletionTimestamp && !isPodActive(pod))
    ended.push(...over)
    const surplus = surplusOf(set, present.filter(isPodActive), { hash, nowMs })
    remove.push(...over, ...surplus)
    if (wantsSurge(set, present, { hash, run })) create.push(name)
  }
  return { create, remove, ended }
}

function isUpdated(pod: Pod, hash: string): boolean {
  return pod.metadata.labels?.[REVISION_HASH] === hash
}

function surgeOf(set: DaemonSet, desired: number): number {
  const { type, rollingUpdate } = set.spec.updateStrategy ?? {}
  return type === 'OnDelete' ? 0 : resolveIntOrPercent(rollingUpdate?.maxSurge, desired, 'up')
}

// With surge an old pod stays beside the new one until that is available; the budget is kept by planUpdate.
function surplusOf(
  set: DaemonSet,
  active: readonly Pod[],
  { hash, nowMs }: { hash: string; nowMs: number },
): Pod[] {
  const oldestFirst = active.toSorted((a, b) =>
    a.metadata.creationTimestamp < b.metadata.creationTimestamp ? -1 : 1,
  )
  const old = oldestFirst.filter((pod) => !isUpdated(pod, hash))
  const current = oldestFirst.filter((pod) => isUpdated(pod, hash))
  const [newest] = current
  if (surgeOf(set, 100) === 0 || old.length === 0 || !newest) return oldestFirst.slice(1)
  const isReplaced = isPodAvailable(newest, set.spec.minReadySeconds ?? 0, nowMs)
  return [...(isReplaced ? old : old.slice(1)), ...current.slice(1)]
}

// An old pod that was asked to go, with nothing beside it: the replacement need not wait for its end.
function wantsSurge(
  set: DaemonSet,
  present: readonly Pod[],
  { hash, run }: { hash: string; run: boolean },
): boolean {
  if (!run || present.length === 0 || surgeOf(set, 100) === 0) return false
  return present.every((pod) => !isUpdated(pod, hash) && pod.metadata.deletionTimestamp !== undefined)
}

/** Old pods to delete, and nodes to surge on, so that no more than the strategy allows are unavailable. */
export function planUpdate(view: DaemonView): Pick<DaemonPlan, 'create' | 'remove'> {
  const { set, nodes, pods, hash, nowMs } = view
  if (set.spec.updateStrategy?.type === 'OnDelete') return { create: [], remove: [] }
  const byNode = podsByNode(pods)
  const desired = nodes.filter((node) => belongsOn(set, node).run)
  const surge = surgeOf(set, desired.length)
  const { maxUnavailable = surge > 0 ? 0 : 1 } = set.spec.updateStrategy?.rollingUpdate ?? {}
  const allowed = resolveIntOrPercent(maxUnavailable, desired.length, 'up')
  const isAvailable = (pod: Pod): boolean => isPodAvailable(pod, set.spec.minReadySeconds ?? 0, nowMs)
  const broken: Pod[] = []
  const candidates: Pod[] = []
  let unavailable = 0
  let surging = 0
  for (const { metadata } of desired) {
    const active = (byNode.get(metadata.name) ?? []).filter(isPodActive)
    const old = active.find((pod) => !isUpdated(pod, hash))
    const current = active.find((pod) => isUpdated(pod, hash))
    if (old && current) surging += 1
    else if (current) unavailable += Number(!isAvailable(current))
    else if (!old) unavailable += 1
    else if (isAvailable(old)) candidates.push(old)
    else broken.push(old)
  }
  if (surge > 0) {
    const targets = [...broken, ...candidates].slice(0, Math.max(0, surge - surging))
    return { create: targets.flatMap((pod) => nodeOf(pod) ?? []), remove: [] }
  }
  const spare = Math.max(0, allowed - unavailable - broken.length)
  return { create: [], remove: [...broken, ...candidates.slice(0, spare)] }
}

/** Counts of nodes, as `kubectl get daemonsets` shows them. */
export function daemonStatus({ set, nodes, pods, hash, collisionCount, nowMs }: DaemonView): DaemonSetStatus {
  const byNode = podsByNode(pods)
  let desired = 0
  let current = 0
  let misscheduled = 0
  let ready = 0
  let updated = 0
  let available = 0
  for (const node of nodes) {
    const present = (byNode.get(node.metadata.name) ?? []).toSorted((a, b) =>
      a.metadata.creationTimestamp < b.metadata.creationTimestamp ? -1 : 1,
    )
    if (!belongsOn(set, node).run) {
      misscheduled += Number(present.length > 0)
      continue
    }
    desired += 1
    const [pod] = present
    if (!pod) continue
    current += 1
    ready += Number(isPodReady(pod))
    available += Number(isPodAvailable(pod, set.spec.minReadySeconds ?? 0, nowMs))
    updated += Number(present.some((each) => isUpdated(each, hash)))
  }
  const { conditions } = set.status ?? {}
  return {
    currentNumberScheduled: current,
    numberMisscheduled: misscheduled,
    desiredNumberScheduled: desired,
    numberReady: ready,
    ...(set.metadata.generation === undefined ? {} : { observedGeneration: set.metadata.generation }),
    updatedNumberScheduled: updated,
    numberAvailable: available,
    numberUnavailable: desired - available,
    ...(collisionCount === 0 ? {} : { collisionCount }),
    ...(conditions === undefined ? {} : { conditions }),
  }
}
