// Owns the removal of pods that nobody can end properly: their node has gone, or they never had one.
// Source: kubernetes pkg/controller/podgc/gc_controller.go.
import type { Node, Pod, PodStatus } from '../../../generated/kubernetes.d.ts'
import { timestamp } from '../../base/clock.ts'
import { isConflict, isNotFound } from '../../base/errors.ts'
import { nodes, pods } from '../../kubernetes/client/resources.ts'
import { keyOf } from '../../reconcile/controller.ts'
import type { Controller, ControllerContext, Informer, ReconcileResult } from '../../reconcile/controller.ts'
import { isPodTerminal } from '../../rules/scheduling/pod.ts'

// A node may come back, and informers may be behind one another (quarantineTime).
const QUARANTINE_MS = 40_000
// --terminated-pod-gc-threshold
const MAX_TERMINATED = 12_500
const OUT_OF_SERVICE = 'node.kubernetes.io/out-of-service'
const BY_NODE = 'pod-garbage-collector/node'

interface Parts {
  readonly context: ControllerContext
  readonly pods: Informer<Pod>
  readonly nodes: Informer<Node>
  /** When each missing node was first missed. */
  readonly missingSinceMs: Map<string, number>
}

/** The control loop of pods to be collected. Keys are pods. */
export function createPodGcController(context: ControllerContext): Controller {
  const parts: Parts = {
    context,
    pods: context.informer(pods),
    nodes: context.informer(nodes),
    missingSinceMs: new Map(),
  }
  parts.pods.addIndex(BY_NODE, ({ spec }) => (spec.nodeName ? [spec.nodeName] : []))
  return {
    name: 'pod-garbage-collector',
    sources: [
      parts.pods.source((pod) => (needsLook(parts, pod) ? [keyOf(pod)] : [])),
      {
        subscribe: (enqueue) =>
          parts.nodes.onChange(({ before, after }) => {
            const name = (after ?? before)?.metadata.name ?? ''
            if (after) parts.missingSinceMs.delete(name)
            if (!after || isOutOfService(after)) parts.pods.byIndex(BY_NODE, name).map(keyOf).forEach(enqueue)
          }),
      },
    ],
    reconcile: (key) => reconcile(parts, key),
  }
}

function needsLook({ nodes: all, pods: everyPod }: Parts, pod: Pod): boolean {
  const { nodeName } = pod.spec
  if (!nodeName) return pod.metadata.deletionTimestamp !== undefined
  const node = all.get(nodeName)
  if (!node || (isOutOfService(node) && pod.metadata.deletionTimestamp)) return true
  return isPodTerminal(pod) && everyPod.list().length > MAX_TERMINATED
}

/** True for a node that is not ready and that somebody has given up: its pods cannot run on. */
function isOutOfService({ spec, status }: Node): boolean {
  if (!(spec.taints ?? []).some(({ key }) => key === OUT_OF_SERVICE)) return false
  return status?.conditions?.find(({ type }) => type === 'Ready')?.status !== 'True'
}

async function reconcile(parts: Parts, key: string): Promise<ReconcileResult | void> {
  const { context, missingSinceMs } = parts
  const pod = parts.pods.get(key)
  if (!pod) return
  const { nodeName } = pod.spec
  if (!nodeName) {
    if (pod.metadata.deletionTimestamp) await remove(context, pod)
    return
  }
  const node = parts.nodes.get(nodeName)
  if (node && isOutOfService(node) && pod.metadata.deletionTimestamp) {
    return remove(context, await markFailed(context, pod))
  }
  if (node) return collectTerminated(parts, pod)
  const nowMs = context.clock.now()
  const sinceMs = missingSinceMs.get(nodeName) ?? nowMs
  missingSinceMs.set(nodeName, sinceMs)
  const leftMs = sinceMs + QUARANTINE_MS - nowMs
  if (leftMs > 0) return { requeueAfterMs: leftMs }
  if (!(await isNodeGone(context, nodeName))) return
  await remove(context, await markOrphaned(context, pod))
}

async function collectTerminated({ context, pods: all }: Parts, pod: Pod): Promise<void> {
  if (!isPodTerminal(pod)) return
  const terminated = all.list().filter(isPodTerminal)
  const surplus = terminated
    .toSorted((a, b) => (a.metadata.creationTimestamp < b.metadata.creationTimestamp ? -1 : 1))
    .slice(0, Math.max(0, terminated.length - MAX_TERMINATED))
  if (surplus.includes(pod)) await remove(context, pod)
}

async function isNodeGone({ client }: ControllerContext, name: string): Promise<boolean> {
  try {
    await client.get(nodes, { name })
    return false
  } catch (error) {
    if (isNotFound(error)) return true
    throw error
  }
}

async function markFailed(context: ControllerContext, pod: Pod): Promise<Pod> {
  if (isPodTerminal(pod)) return pod
  return context.client.updateStatus(pods, { ...pod, status: { ...pod.status, phase: 'Failed' } })
}

// Whoever counts this pod sees that it failed, and why, before it goes.
async function markOrphaned(context: ControllerContext, pod: Pod): Promise<Pod> {
  if (isPodTerminal(pod)) return pod
  const others = (pod.status?.conditions ?? []).filter(({ type }) => type !== 'DisruptionTarget')
  const condition = {
    type: 'DisruptionTarget',
    status: 'True',
    reason: 'DeletionByPodGC',
    message: 'PodGC: node no longer exists',
    lastTransitionTime: timestamp(context.clock),
  }
  const status: PodStatus = { ...pod.status, phase: 'Failed', conditions: [...others, condition] }
  return context.client.updateStatus(pods, { ...pod, status })
}

async function remove({ client }: ControllerContext, pod: Pod): Promise<void> {
  const { name, namespace = '', uid } = pod.metadata
  try {
    await client.delete(pods, { namespace, name }, { gracePeriodSeconds: 0, preconditions: { uid } })
  } catch (error) {
    if (!isNotFound(error) && !isConflict(error)) throw error
  }
}
