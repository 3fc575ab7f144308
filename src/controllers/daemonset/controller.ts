// Owns the daemon set controller: one pod on every node that the set belongs on.
// Source: kubernetes pkg/controller/daemon/daemon_controller.go.
import type { ControllerRevision, DaemonSet, Node, Pod } from '../../../generated/kubernetes.d.ts'
import { isNotFound } from '../../base/errors.ts'
import { deepEqual } from '../../base/json.ts'
import {
  controllerRevisions,
  daemonSets,
  nodes as nodeResource,
  pods as podResource,
} from '../../kubernetes/client/resources.ts'
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
import { createPods, deletePods } from '../objects/pod-control.ts'
import { isSameStatus } from '../objects/state.ts'
import { clearOldRevisions, hashOf, keepHistory, revisionChanges } from './history.ts'
import { daemonPod, nodeOf } from './placement.ts'
import { concernedNodes, daemonStatus, planPods, planUpdate } from './plan.ts'
import type { DaemonView } from './plan.ts'

const FROM = 'daemonset-controller'

interface Parts {
  readonly context: ControllerContext
  readonly sets: Informer<DaemonSet>
  readonly pods: Informer<Pod>
  readonly nodes: Informer<Node>
  readonly revisions: Informer<ControllerRevision>
  readonly expectations: Expectations
}

/** The control loop of daemon sets. */
export function createDaemonSetController(context: ControllerContext): Controller {
  const parts: Parts = {
    context,
    sets: context.informer(daemonSets),
    pods: context.informer(podResource),
    nodes: context.informer(nodeResource),
    revisions: context.informer(controllerRevisions),
    expectations: new Expectations(context.clock),
  }
  indexByController(parts.pods)
  indexByController(parts.revisions)
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
      revisionChanges(parts),
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
  const history = await keepHistory(parts, set, pods)
  const nowMs = context.clock.now()
  const { update, collisionCount } = history
  const view: DaemonView = {
    set,
    nodes: concernedNodes(set, nodes.list(), pods),
    pods,
    hash: hashOf(update) ?? '',
    collisionCount,
    nowMs,
  }
  try {
    if (expectations.areMet(set.metadata.uid)) await manage(parts, view)
  } finally {
    await writeStatus(parts, view)
  }
  await clearOldRevisions(context, set, { history, pods })
  const requeueAfterMs = nextAvailableMs(pods, set.spec.minReadySeconds ?? 0, nowMs)
  return requeueAfterMs === undefined ? undefined : { requeueAfterMs }
}

// More pods than wanted and fewer are mended first; only then does an update go on.
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
  const control = { context, owner: set, expectations, from: FROM }
  const results = await Promise.all([
    createPods(
      control,
      create.map((nodeName) => daemonPod(set, nodeName, hash)),
    ),
    deletePods(control, remove),
  ])
  for (const { error } of results) if (error !== undefined) throw error
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
