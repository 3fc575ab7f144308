// Owns the default scheduler: which pods wait, what wakes them, one attempt at a time.
// Source: kubernetes pkg/scheduler/scheduler.go and eventhandlers.go.
import type { LabelSelector, Node, Pod, ReplicaSet, Service } from '../../../generated/kubernetes.d.ts'
import { deepEqual } from '../../base/json.ts'
import {
  namespaces,
  nodes,
  podDisruptionBudgets,
  pods,
  replicaSets,
  services,
} from '../../kubernetes/client/resources.ts'
import { keyOf } from '../../reconcile/controller.ts'
import type {
  Controller,
  ControllerContext,
  Informer,
  ReconcileResult,
  Source,
} from '../../reconcile/controller.ts'
import { controllerOf } from '../objects/owner.ts'
import { isPodTerminal } from '../../rules/scheduling/pod.ts'
import { matchesLabels } from '../../rules/scheduling/label-selector.ts'
import { ClusterView } from './cluster-view.ts'
import { announceFailure, bindPod, evictVictims, markUnschedulable, nominate } from './outcome.ts'
import { ClusterStorage, selectNode } from './cluster-storage.ts'
import { checkClaims, type ClaimCheck } from '../../rules/scheduling/claims.ts'
import { hintOf, looksAtOthers } from './hints.ts'
import { placePod } from '../../rules/scheduling/placement.ts'
import { RequestCache } from '../../rules/scheduling/requests.ts'

const SCHEDULER_NAME = 'default-scheduler'
// Whatever nobody has heard of may let a pod in: it is tried again (podMaxInUnschedulablePodsDuration).
const LONGEST_WAIT_MS = 5 * 60_000

// Binding takes a write each; the decisions are made one at a time all the same, in one turn each.
const BINDINGS_AT_ONCE = 32

interface Parts {
  readonly context: ControllerContext
  readonly pods: Informer<Pod>
  readonly nodes: Informer<Node>
  readonly services: Informer<Service>
  readonly sets: Informer<ReplicaSet>
  readonly requests: RequestCache
  readonly storage: ClusterStorage
  readonly view: ClusterView
  /** Pods, by key, that fit nowhere: the one whose last attempt is longest ago first. */
  readonly waiting: Set<string>
}

/**
 * The control loop of pods with schedulerName `default-scheduler` and no node.
 * @param minor of Kubernetes (35 for 1.35), whose words are used; the newest when absent.
 */
export function createSchedulerController(
  context: ControllerContext,
  { minor }: { readonly minor?: number | undefined } = {},
): Controller {
  const requests = new RequestCache()
  const informers = {
    pods: context.informer(pods),
    nodes: context.informer(nodes),
    namespaces: context.informer(namespaces),
  }
  const parts: Parts = {
    context,
    ...informers,
    services: context.informer(services),
    sets: context.informer(replicaSets),
    requests,
    storage: new ClusterStorage(context),
    view: new ClusterView({
      ...informers,
      budgets: context.informer(podDisruptionBudgets),
      requests,
      ...(minor === undefined ? {} : { minor }),
    }),
    waiting: new Set(),
  }
  return {
    name: 'scheduler',
    sources: [changes(parts), pendingPods(parts)],
    concurrency: BINDINGS_AT_ONCE,
    reconcile: (key) => reconcile(parts, key),
  }
}

function isPending(pod: Pod): boolean {
  return (
    !pod.spec.nodeName &&
    (pod.spec.schedulerName ?? SCHEDULER_NAME) === SCHEDULER_NAME &&
    !pod.metadata.deletionTimestamp &&
    !isPodTerminal(pod) &&
    (pod.spec.schedulingGates ?? []).length === 0
  )
}

/** Pods to place: as they come, and when somebody changes what they ask for. What is written of them is no reason. */
function pendingPods({ pods: all, waiting }: Parts): Source {
  return {
    subscribe(enqueue) {
      const end = all.onChange(({ before, after }) => {
        const pod = after ?? before
        if (!pod) return
        const isWanted = after !== undefined && isPending(after)
        if (isWanted ? !before || isUpdated(before, after) : waiting.has(keyOf(pod))) enqueue(keyOf(pod))
      })
      for (const pod of all.list()) if (isPending(pod)) enqueue(keyOf(pod))
      return end
    },
  }
}

// pkg/scheduler/backend/queue/scheduling_queue.go (isPodUpdated): everything but the status, finalizers and who wrote what.
function isUpdated(before: Pod, after: Pod): boolean {
  const asked = ({ metadata, spec }: Pod): unknown => {
    const {
      resourceVersion: _version,
      generation: _generation,
      managedFields: _fields,
      finalizers: _finalizers,
      ...rest
    } = metadata
    return [rest, spec]
  }
  return !deepEqual(asked(before), asked(after))
}

/** Wakes the waiting pods when a node or a pod on one changes in a way that may let them in. */
function changes(parts: Parts): Source {
  return {
    subscribe: (enqueue) => {
      const wake = (concerns = (_pod: Pod): boolean => true): void => {
        if (parts.waiting.size > 0) inPriorityOrder(parts, concerns).forEach(enqueue)
      }
      const ends = [
        // First: what is woken looks at the view.
        parts.view.follow(),
        parts.nodes.onChange(({ before, after }) => {
          if (after && !deepEqual(relevant(before), relevant(after))) wake()
        }),
        parts.pods.onChange(({ before, after }) => {
          const hint = hintOf(before, after)
          if (hint === 'room') wake()
          else if (hint === 'company') wake(looksAtOthers)
        }),
        parts.storage.onChange((users) => {
          if (users === 'any') wake()
          else users.filter((key) => parts.waiting.has(key)).forEach(enqueue)
        }),
      ]
      return () => ends.forEach((end) => end())
    },
  }
}

function relevant(node: Node | undefined): unknown {
  return node && [node.metadata.labels, node.spec, node.status?.allocatable]
}

function inPriorityOrder({ waiting, pods: all }: Parts, concerns: (pod: Pod) => boolean): string[] {
  const priority = (key: string): number => all.get(key)?.spec.priority ?? 0
  const isConcerned = (key: string): boolean => {
    const pod = all.get(key)
    return pod === undefined || concerns(pod)
  }
  return [...waiting].filter(isConcerned).toSorted((a, b) => priority(b) - priority(a))
}

async function reconcile(parts: Parts, key: string): Promise<ReconcileResult | void> {
  const { context, requests, view, waiting } = parts
  const pod = parts.pods.get(key)
  if (!pod || !isPending(pod)) {
    waiting.delete(key)
    return
  }
  if (view.isAssumed(pod.metadata.uid)) return
  const claims = checkClaims(pod, parts.storage)
  const placement = placePod(pod, view.snapshotFor(pod), {
    requests,
    belongsWith: belongsWith(parts, pod),
    claims,
  })
  if ('nodeName' in placement) {
    if (claims.waiting.length > 0)
      return awaitVolumes(parts, { key, pod, claims, nodeName: placement.nodeName })
    waiting.delete(key)
    return assumeAndBind(parts, pod, placement.nodeName)
  }
  const { message, preempt } = placement
  waiting.delete(key)
  waiting.add(key)
  if (preempt) view.nominate(pod, preempt.nodeName)
  await markUnschedulable(context, pod, { message, nominatedNodeName: preempt?.nodeName })
  // Once written: a lost race is tried again, and told once.
  announceFailure(context, pod, message)
  if (preempt) await evictVictims(context, pod, { ...preempt, victims: currentOf(parts, preempt.victims) })
  return { requeueAfterMs: LONGEST_WAIT_MS }
}

// The view keeps a pod as it was when something of its placement changed last; what is written must be the latest.
function currentOf({ pods }: Parts, known: readonly Pod[]): Pod[] {
  return known.flatMap((pod) => {
    const current = pods.get(keyOf(pod))
    return current?.metadata.uid === pod.metadata.uid ? [current] : []
  })
}

// The claims hear of the node first; the pod is bound when they are.
async function awaitVolumes(
  { context, storage, view, waiting }: Parts,
  { key, pod, claims, nodeName }: { key: string; pod: Pod; claims: ClaimCheck; nodeName: string },
): Promise<void> {
  waiting.add(key)
  // In the same turn as the decision: the next one must see that the place is taken.
  view.nominate(pod, nodeName)
  await selectNode(context, storage, { claims: claims.waiting, nodeName })
  await nominate(context, pod, nodeName)
}

async function assumeAndBind({ context, view }: Parts, pod: Pod, nodeName: string): Promise<void> {
  const { uid } = pod.metadata
  view.assume(pod, nodeName)
  try {
    if (!(await bindPod(context, pod, nodeName))) view.forget(uid)
  } catch (error) {
    view.forget(uid)
    throw error
  }
}

/** The selector of pods that serve with this one: same services and same replica set (helper.DefaultSelector). */
function belongsWith(parts: Parts, pod: Pod): LabelSelector | undefined {
  const { namespace, labels } = pod.metadata
  const selectors = parts.services
    .list(namespace)
    .map((service) => service.spec.selector ?? {})
    .filter((selector) => Object.keys(selector).length > 0 && matchesLabels(selector, labels))
  const owner = controllerOf(pod)
  const set = owner?.kind === 'ReplicaSet' ? parts.sets.get(`${namespace}/${owner.name}`) : undefined
  if (selectors.length === 0 && !set) return undefined
  const { matchLabels, matchExpressions } = set?.spec.selector ?? {}
  return {
    matchLabels: Object.assign({}, ...selectors, matchLabels) as Record<string, string>,
    ...(matchExpressions ? { matchExpressions } : {}),
  }
}
