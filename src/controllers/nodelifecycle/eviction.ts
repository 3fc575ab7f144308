// Owns eviction by taint: pods leave nodes whose NoExecute taints they do not tolerate, or no longer do.
// Source: kubernetes pkg/controller/tainteviction/taint_eviction.go.
import type { Node, Pod, Taint } from '../../../generated/kubernetes.d.ts'
import { timestamp } from '../../base/clock.ts'
import { isConflict, isNotFound } from '../../base/errors.ts'
import { nodes, pods } from '../../kubernetes/client/resources.ts'
import { keyOf } from '../../reconcile/controller.ts'
import type { Controller, ControllerContext, ReconcileResult } from '../../reconcile/controller.ts'
import { podCondition } from '../../rules/scheduling/pod.ts'
import { toleratesTaint } from '../../rules/scheduling/taint.ts'

const FROM = 'taint-eviction-controller'
const BY_NODE = 'taint-eviction/node'

/** The control loop of pods on tainted nodes. Keys are pods. */
export function createTaintEvictionController(context: ControllerContext): Controller {
  const allPods = context.informer(pods)
  const allNodes = context.informer(nodes)
  allPods.addIndex(BY_NODE, ({ spec }) => (spec.nodeName ? [spec.nodeName] : []))
  /** Pods that are to go when their toleration ends. */
  const due = new Set<string>()
  const isTainted = (name: string | undefined): boolean =>
    name !== undefined && noExecute(allNodes.get(name)).length > 0
  return {
    name: 'taint-eviction',
    sources: [
      allPods.source((pod) => (isTainted(pod.spec.nodeName) ? [keyOf(pod)] : [])),
      {
        subscribe: (enqueue) =>
          allNodes.onChange(({ before, after }) => {
            if (noExecute(before).length + noExecute(after).length === 0) return
            const name = (after ?? before)?.metadata.name ?? ''
            allPods.byIndex(BY_NODE, name).map(keyOf).forEach(enqueue)
          }),
      },
    ],
    async reconcile(key): Promise<ReconcileResult | void> {
      const pod = allPods.get(key)
      const node = allNodes.get(pod?.spec.nodeName ?? '')
      if (!pod || !node || pod.metadata.deletionTimestamp) return void due.delete(key)
      const dueMs = evictionTimeMs(pod, noExecute(node), context.clock.now())
      if (dueMs === undefined) {
        if (due.delete(key)) tell(context, pod, `Cancelling deletion of Pod ${key}`)
        return
      }
      const leftMs = dueMs - context.clock.now()
      due.add(key)
      if (leftMs > 0) return { requeueAfterMs: leftMs }
      await evict(context, pod)
    },
  }
}

function noExecute(node: Node | undefined): Taint[] {
  return (node?.spec.taints ?? []).filter((taint) => taint.effect === 'NoExecute')
}

/**
 * When the pod has to go, in epoch milliseconds; undefined when it may stay. A taint that is not tolerated means
 * now; tolerationSeconds count from when the taint was added, and the shortest decides.
 */
export function evictionTimeMs(pod: Pod, taints: readonly Taint[], nowMs: number): number | undefined {
  let dueMs: number | undefined
  for (const taint of taints) {
    const matching = (pod.spec.tolerations ?? []).filter((toleration) => toleratesTaint(toleration, taint))
    if (matching.length === 0) return nowMs
    const limits = matching.flatMap(({ tolerationSeconds }) => tolerationSeconds ?? [])
    if (limits.length === 0) continue
    const sinceMs = taint.timeAdded ? Date.parse(taint.timeAdded) : nowMs
    const until = sinceMs + Math.max(0, Math.min(...limits)) * 1000
    dueMs = Math.min(dueMs ?? until, until)
  }
  return dueMs
}

async function evict(context: ControllerContext, pod: Pod): Promise<void> {
  const { name, namespace = '', uid } = pod.metadata
  tell(context, pod, `Marking for deletion Pod ${namespace}/${name}`)
  try {
    if (podCondition(pod, 'DisruptionTarget')?.status !== 'True') await markDisrupted(context, pod)
    await context.client.delete(pods, { namespace, name }, { preconditions: { uid } })
  } catch (error) {
    if (!isNotFound(error) && !isConflict(error)) throw error
  }
}

function tell(context: ControllerContext, pod: Pod, message: string): void {
  context.event(pod, { type: 'Normal', reason: 'TaintManagerEviction', message, from: FROM })
}

async function markDisrupted(context: ControllerContext, pod: Pod): Promise<void> {
  const others = (pod.status?.conditions ?? []).filter(({ type }) => type !== 'DisruptionTarget')
  const condition = {
    type: 'DisruptionTarget',
    status: 'True',
    reason: 'DeletionByTaintManager',
    message: 'Taint manager: deleting due to NoExecute taint',
    lastTransitionTime: timestamp(context.clock),
  }
  const status = { ...pod.status, conditions: [...others, condition] }
  await context.client.updateStatus(pods, { ...pod, status })
}
