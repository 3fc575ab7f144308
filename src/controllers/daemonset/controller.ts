// Owns the daemon set controller: one pod on every node that the set belongs on.
// Source: kubernetes pkg/controller/daemon/daemon_controller.go.
import type { DaemonSet, Node, Pod } from '../../../generated/kubernetes.d.ts'
import { isConflict, isNotFound, messageOf } from '../../base/errors.ts'
import { deepEqual } from '../../base/json.ts'
import { daemonSets, nodes as nodeResource, pods as podResource } from '../../kubernetes/client/resources.ts'
import { keyOf } from '../../reconcile/controller.ts'
import type {
  Controller,
  ControllerContext,
  Informer,
  ReconcileResult,
  Source,
} from '../../reconcile/controller.ts'
import { Expectations } from '../objects/expectations.ts'
import { claimChildren, controllerOf, indexByController, ownersWokenBy } from '../objects/owner.ts'
import { nextAvailableMs } from '../../rules/scheduling/pod.ts'
import { selectsEverything } from '../../rules/scheduling/label-selector.ts'
import { isSameStatus } from '../objects/state.ts'
import { isNamespaceTerminating } from '../objects/terminating.ts'
import { daemonPod, nodeOf, revisionHash } from './placement.ts'
import { daemonStatus, planPods, planUpdate } from './plan.ts'
import type { DaemonView } from './plan.ts'

const FROM = 'daemonset-controller'

interface Parts {
  readonly context: ControllerContext
  readonly sets: Informer<DaemonSet>
  readonly pods: Informer<Pod>
  readonly nodes: Informer<Node>
  readonly expectations: Expectations
}

/** The control loop of daemon sets. */
export function createDaemonSetController(context: ControllerContext): Controller {
  const parts: Parts = {
    context,
    sets: context.informer(daemonSets),
    pods: context.informer(podResource),
    nodes: context.informer(nodeResource),
    expectations: new Expectations(context.clock),
  }
  indexByController(parts.pods)
  const uidOfSet = (pod: Pod): string | undefined => {
    const reference = controllerOf(pod)
    return reference?.kind === 'DaemonSet' ? reference.uid : undefined
  }
  return {
    name: 'daemonset',
    sources: [
      parts.expectations.observing(parts.pods, uidOfSet),
      parts.sets.source(),
      parts.pods.source((pod) =>
        ownersWokenBy(pod, {
          kind: 'DaemonSet',
          owners: parts.sets,
          selectorOf: ({ spec }) => spec.selector,
        }),
      ),
      nodeChanges(parts),
    ],
    concurrency: 2,
    reconcile: (key) => reconcile(parts, key),
  }
}

// Heartbeats change nodes too: only what decides about daemons wakes their sets.
function nodeChanges({ nodes, sets }: Parts): Source {
  const relevant = (node: Node | undefined): unknown => node && [node.metadata.labels, node.spec.taints]
  return {
    subscribe: (enqueue) =>
      nodes.onChange(({ before, after }) => {
        if (deepEqual(relevant(before), relevant(after))) return
        for (const set of sets.list()) enqueue(keyOf(set))
      }),
  }
}

async function reconcile(parts: Parts, key: string): Promise<ReconcileResult | void> {
  const { context, expectations, nodes } = parts
  const set = parts.sets.get(key)
  if (!set) return
  if (selectsEverything(set.spec.selector)) return refuseSelector(context, set)
  if (set.metadata.deletionTimestamp) return
  const pods = await claimChildren({
    context,
    owner: set,
    ownerResource: daemonSets,
    selector: set.spec.selector,
    children: parts.pods,
    childResource: podResource,
  })
  const nowMs = context.clock.now()
  const view: DaemonView = { set, nodes: nodes.list(), pods, hash: revisionHash(set), nowMs }
  try {
    if (expectations.areMet(set.metadata.uid)) await manage(parts, view)
  } finally {
    await writeStatus(parts, view)
  }
  const requeueAfterMs = nextAvailableMs(pods, set.spec.minReadySeconds ?? 0, nowMs)
  return requeueAfterMs === undefined ? undefined : { requeueAfterMs }
}

async function manage(parts: Parts, view: DaemonView): Promise<void> {
  const plan = planPods(view)
  for (const pod of plan.ended) announceEnd(parts.context, view.set, pod)
  if (plan.create.length > 0 || plan.remove.length > 0) return act(parts, view, plan)
  await act(parts, view, planUpdate(view))
}

async function act(
  { context, expectations }: Parts,
  { set, hash }: DaemonView,
  { create, remove }: { readonly create: readonly string[]; readonly remove: readonly Pod[] },
): Promise<void> {
  if (create.length === 0 && remove.length === 0) return
  const { uid } = set.metadata
  expectations.expect(uid, {
    creations: create.length,
    deletions: remove.map((pod) => pod.metadata.uid),
  })
  const results = await Promise.allSettled([
    ...create.map(async (nodeName) => {
      try {
        await createPod(context, set, { nodeName, hash })
      } catch (error) {
        expectations.created(uid)
        if (!isNamespaceTerminating(error)) throw error
      }
    }),
    ...remove.map(async (pod) => {
      try {
        await deletePod(context, set, pod)
      } catch (error) {
        expectations.deleted(uid, pod.metadata.uid)
        if (!isNotFound(error) && !isConflict(error)) throw error
      }
    }),
  ])
  const failed = results.find((result) => result.status === 'rejected')
  if (failed) throw failed.reason
}

async function createPod(
  context: ControllerContext,
  set: DaemonSet,
  { nodeName, hash }: { nodeName: string; hash: string },
): Promise<void> {
  try {
    const pod = await context.client.create(podResource, daemonPod(set, nodeName, hash))
    const message = `Created pod: ${pod.metadata.name}`
    context.event(set, { type: 'Normal', reason: 'SuccessfulCreate', message, from: FROM })
  } catch (error) {
    const message = `Error creating: ${messageOf(error)}`
    if (!isNamespaceTerminating(error)) {
      context.event(set, { type: 'Warning', reason: 'FailedCreate', message, from: FROM })
    }
    throw error
  }
}

async function deletePod(context: ControllerContext, set: DaemonSet, pod: Pod): Promise<void> {
  const { name, namespace = '', uid } = pod.metadata
  await context.client.delete(podResource, { namespace, name }, { preconditions: { uid } })
  const message = `Deleted pod: ${name}`
  context.event(set, { type: 'Normal', reason: 'SuccessfulDelete', message, from: FROM })
}

function announceEnd(context: ControllerContext, set: DaemonSet, pod: Pod): void {
  const hasFailed = pod.status?.phase === 'Failed'
  const { namespace, name } = pod.metadata
  context.event(set, {
    type: hasFailed ? 'Warning' : 'Normal',
    reason: hasFailed ? 'FailedDaemonPod' : 'SucceededDaemonPod',
    message: `Found ${hasFailed ? 'failed' : 'succeeded'} daemon pod ${namespace}/${name} on node ${nodeOf(pod)}, will try to ${hasFailed ? 'kill' : 'delete'} it`,
    from: FROM,
  })
}

async function writeStatus({ context }: Parts, view: DaemonView): Promise<void> {
  const status = daemonStatus(view)
  if (isSameStatus(status, view.set.status)) return
  try {
    await context.client.updateStatus(daemonSets, { ...view.set, status })
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
}

function refuseSelector(context: ControllerContext, set: DaemonSet): void {
  context.event(set, {
    type: 'Warning',
    reason: 'SelectingAll',
    message: 'This daemon set is selecting all pods. A non-empty selector is required.',
    from: FROM,
  })
}
