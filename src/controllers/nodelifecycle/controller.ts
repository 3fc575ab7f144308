// Owns the life of nodes: those not heard from become Unknown, are tainted, and their pods count as not ready.
// Source: kubernetes pkg/controller/nodelifecycle/node_lifecycle_controller.go.
import type { Lease, Node, Pod } from '../../../generated/kubernetes.d.ts'
import { timestamp } from '../../base/clock.ts'
import { isConflict, isNotFound } from '../../base/errors.ts'
import { deepEqual } from '../../base/json.ts'
import { leases, nodes, pods } from '../../kubernetes/client/resources.ts'
import { modify } from '../../reconcile/modify.ts'
import type {
  Controller,
  ControllerContext,
  Informer,
  ReconcileResult,
  Source,
} from '../../reconcile/controller.ts'
import { isPodReady } from '../../rules/scheduling/pod.ts'
import { conditionOf, desiredTaints, GRACE_MS, lastSeenMs, unknownConditions } from './condition.ts'

const FROM = 'node-controller'
// pkg/controller/nodelifecycle/scheduler: UpdateWorkerSize.
const UPDATE_WORKERS = 8
const LEASE_NAMESPACE = 'kube-node-lease'
const BY_NODE = 'node-lifecycle/node'

interface Parts {
  readonly context: ControllerContext
  readonly nodes: Informer<Node>
  readonly leases: Informer<Lease>
  readonly pods: Informer<Pod>
  /** When this process began to watch each node: a stopped region must not find its nodes dead when it starts. */
  readonly watchedSinceMs: Map<string, number>
}

/** The control loop of nodes. */
export function createNodeLifecycleController(context: ControllerContext): Controller {
  const parts: Parts = {
    context,
    nodes: context.informer(nodes),
    leases: context.informer(leases),
    pods: context.informer(pods),
    watchedSinceMs: new Map(),
  }
  parts.pods.addIndex(BY_NODE, ({ spec }) => (spec.nodeName ? [spec.nodeName] : []))
  return {
    name: 'node-lifecycle',
    // Leases wake nobody: each is renewed every few seconds, and a pass looks again when one would run out.
    sources: [comingAndGoing(parts), parts.nodes.source()],
    concurrency: UPDATE_WORKERS,
    reconcile: (key) => reconcile(parts, key),
  }
}

function comingAndGoing({ context, nodes: all, watchedSinceMs }: Parts): Source {
  return {
    subscribe: () =>
      all.onChange(({ before, after }) => {
        if (after && !before) {
          watchedSinceMs.set(after.metadata.name, context.clock.now())
          announce(context, after, 'Registered')
        }
        if (after || !before) return
        watchedSinceMs.delete(before.metadata.name)
        announce(context, before, 'Removing')
      }),
  }
}

function announce(context: ControllerContext, node: Node, what: 'Registered' | 'Removing'): void {
  const { name } = node.metadata
  context.event(node, {
    type: 'Normal',
    reason: `${what}Node`,
    message: `Node ${name} event: ${what} Node ${name} ${what === 'Registered' ? 'in' : 'from'} Controller`,
    from: FROM,
  })
}

async function reconcile(parts: Parts, name: string): Promise<ReconcileResult | void> {
  const { context, watchedSinceMs } = parts
  const known = parts.nodes.get(name)
  if (!known) return
  const nowMs = context.clock.now()
  const seenMs = Math.max(
    lastSeenMs(known, parts.leases.get(`${LEASE_NAMESPACE}/${name}`)),
    watchedSinceMs.get(name) ?? nowMs,
  )
  watchedSinceMs.set(name, watchedSinceMs.get(name) ?? nowMs)
  const leftMs = seenMs + GRACE_MS - nowMs
  const node = leftMs < 0 ? await markUnknown(context, known) : known
  await writeTaints(context, node)
  if (conditionOf(node, 'Ready') && conditionOf(node, 'Ready')?.status !== 'True') {
    await markPodsNotReady(parts, name)
  }
  // While a node is silent its lease says nothing; when it speaks again it updates its status, which wakes us.
  return leftMs < 0 ? undefined : { requeueAfterMs: leftMs + 1 }
}

async function markUnknown(context: ControllerContext, node: Node): Promise<Node> {
  const conditions = unknownConditions(node, context.clock.now())
  if (deepEqual(conditions, node.status?.conditions)) return node
  const wasReady = conditionOf(node, 'Ready')?.status === 'True'
  const marked = await context.client.updateStatus(nodes, { ...node, status: { ...node.status, conditions } })
  if (wasReady) {
    const { name } = node.metadata
    const message = `Node ${name} status is now: NodeNotReady`
    context.event(node, { type: 'Normal', reason: 'NodeNotReady', message, from: FROM })
  }
  return marked
}

async function writeTaints(context: ControllerContext, node: Node): Promise<void> {
  const taints = desiredTaints(node, context.clock.now())
  if (deepEqual(taints, node.spec.taints ?? [])) return
  // A kubelet that posts its status at the same moment must not hold the taint up until the next try.
  await modify(context.client, {
    resource: nodes,
    key: { name: node.metadata.name },
    change: (current) => {
      const wanted = desiredTaints(current, context.clock.now())
      if (deepEqual(wanted, current.spec.taints ?? [])) return undefined
      return { ...current, spec: { ...current.spec, taints: wanted } }
    },
  })
}

// Services must stop sending traffic to pods that nobody vouches for.
async function markPodsNotReady({ context, pods: all }: Parts, nodeName: string): Promise<void> {
  for (const pod of all.byIndex(BY_NODE, nodeName)) {
    if (!isPodReady(pod)) continue
    const conditions = (pod.status?.conditions ?? []).map((condition) =>
      condition.type === 'Ready'
        ? { ...condition, status: 'False', lastTransitionTime: timestamp(context.clock) }
        : condition,
    )
    try {
      await context.client.updateStatus(pods, { ...pod, status: { ...pod.status, conditions } })
    } catch (error) {
      if (isNotFound(error) || isConflict(error)) continue
      throw error
    }
    context.event(pod, { type: 'Warning', reason: 'NodeNotReady', message: 'Node is not ready', from: FROM })
  }
}
