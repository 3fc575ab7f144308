// Owns the control loop of stateful sets: pods by ordinal, in order or all at once, each with its identity and claims.
// Source: kubernetes pkg/controller/statefulset/{stateful_set,stateful_set_control,stateful_pod_control}.go.
import type { ControllerRevision, Pod, StatefulSet } from '../../../generated/kubernetes.d.ts'
import { isAlreadyExists, isConflict, isNotFound, messageOf } from '../../base/errors.ts'
import {
  controllerRevisions,
  persistentVolumeClaims,
  pods as podResource,
  statefulSets,
} from '../../kubernetes/client/resources.ts'
import type { Controller, ControllerContext, Informer, ReconcileResult } from '../../reconcile/controller.ts'
import { isPodTerminal, nextAvailableMs } from '../../rules/scheduling/pod.ts'
import { clearHistory, ensureHistory } from '../history/history.ts'
import { HISTORY_HASH, revisionHash, templatePatch } from '../history/revision.ts'
import { claimChildren, indexByController, ownersWokenBy } from '../objects/owner.ts'
import { isSameStatus } from '../objects/state.ts'
import { isNamespaceTerminating } from '../objects/terminating.ts'
import { ensureClaims, FROM, hasStaleClaim, retainClaims, type ClaimParts } from './claims.ts'
import {
  isHeldBack,
  isWanted,
  ordinalOf,
  podOf,
  restoredLabels,
  revisionOf,
  sizeOf,
  startOf,
} from './identity.ts'
import { isRunningAndAvailable, statefulSetStatus, type Revisions } from './status.ts'

interface Parts extends ClaimParts {
  readonly sets: Informer<StatefulSet>
  readonly pods: Informer<Pod>
  readonly revisions: Informer<ControllerRevision>
}

/** What a pass works on. */
interface View {
  readonly set: StatefulSet
  readonly pods: ReadonlyMap<number, Pod>
  readonly current: ControllerRevision
  readonly update: ControllerRevision
  readonly nowMs: number
}

/** The control loop of stateful sets. */
export function createStatefulSetController(context: ControllerContext): Controller {
  const parts: Parts = {
    context,
    sets: context.informer(statefulSets),
    pods: context.informer(podResource),
    revisions: context.informer(controllerRevisions),
    claims: context.informer(persistentVolumeClaims),
  }
  indexByController(parts.pods)
  indexByController(parts.revisions)
  const owners = {
    kind: 'StatefulSet',
    owners: parts.sets,
    selectorOf: ({ spec }: StatefulSet) => spec.selector,
  }
  return {
    name: 'statefulset',
    sources: [
      parts.sets.source(),
      parts.pods.source((pod) => ownersWokenBy(pod, owners)),
      // Claims that go with the pod before are waited for.
      parts.claims.source(({ metadata }) => setsNamedIn(metadata)),
    ],
    concurrency: 5,
    reconcile: (key) => reconcile(parts, key),
  }
}

// `data-web-0` may be a claim of `web`; to wake a set that is not there, or not its, costs nothing.
function setsNamedIn({ namespace, name }: { readonly namespace?: string; readonly name: string }): string[] {
  const words = name.split('-').slice(0, -1)
  return words.slice(1).map((_word, i) => `${namespace}/${words.slice(i + 1).join('-')}`)
}

async function reconcile(parts: Parts, key: string): Promise<ReconcileResult | void> {
  const { context } = parts
  const set = parts.sets.get(key)
  if (!set) return
  const claimed = await claimChildren({
    context,
    owner: set,
    ownerResource: statefulSets,
    selector: set.spec.selector,
    children: parts.pods,
    childResource: podResource,
    accepts: ({ metadata }) => ordinalOf(set, metadata.name) !== undefined,
  })
  const pods = new Map(claimed.flatMap((pod) => withOrdinal(set, pod)))
  const history = await ensureHistory({
    context,
    owner: set,
    ownerResource: statefulSets,
    revisions: parts.revisions,
    selector: set.spec.selector,
    template: set.spec.template,
    collisionCount: set.status?.collisionCount ?? 0,
    hashLabel: HISTORY_HASH,
    hashOf: (collisionCount) => revisionHash(templatePatch(set.spec.template), collisionCount),
  })
  const { update, collisionCount } = history
  const current =
    history.revisions.find(({ metadata }) => metadata.name === set.status?.currentRevision) ?? update
  const view: View = { set, pods, current, update, nowMs: context.clock.now() }
  const revisions: Revisions = {
    current: current.metadata.name,
    update: update.metadata.name,
    collisionCount,
  }
  try {
    if (!set.metadata.deletionTimestamp) await manage(parts, view)
  } finally {
    await writeStatus(parts, view, revisions)
  }
  const live = new Set([revisions.current, revisions.update, ...[...pods.values()].map(revisionOf)])
  await clearHistory(context, history.revisions, { live, limit: set.spec.revisionHistoryLimit ?? 10 })
  const requeueAfterMs = nextAvailableMs(claimed, set.spec.minReadySeconds ?? 0, view.nowMs)
  return requeueAfterMs === undefined ? undefined : { requeueAfterMs }
}

function withOrdinal(set: StatefulSet, pod: Pod): [number, Pod][] {
  const ordinal = ordinalOf(set, pod.metadata.name)
  return ordinal === undefined ? [] : [[ordinal, pod]]
}

async function writeStatus({ context }: Parts, view: View, revisions: Revisions): Promise<void> {
  const { set, pods, nowMs } = view
  const status = statefulSetStatus(set, [...pods.values()], { revisions, nowMs })
  if (isSameStatus(status, set.status)) return
  try {
    await context.client.updateStatus(statefulSets, { ...set, status })
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
}

// Wanted pods come first, then those too many, then the update; in order, each waits for the one before.
async function manage(parts: Parts, view: View): Promise<void> {
  const { set, pods } = view
  const isOrdered = set.spec.podManagementPolicy !== 'Parallel'
  const wanted = Array.from({ length: sizeOf(set) }, (_, i) => startOf(set) + i)
  const condemned = [...pods.keys()].filter((ordinal) => !isWanted(set, ordinal)).toSorted((a, b) => b - a)
  if (await forEach(wanted, isOrdered, (ordinal) => keepPod(parts, view, ordinal))) return
  const isBroken = (ordinal: number): boolean => {
    const pod = pods.get(ordinal)
    return !pod || !isRunningAndAvailable(pod, set, view.nowMs)
  }
  // In order, scaling down halts at a pod that is not well, unless it is the first of those.
  const firstBroken = condemned.findLast(isBroken)
  const mayGo = (ordinal: number): boolean => !isOrdered || !isBroken(ordinal) || ordinal === firstBroken
  const shrink = (ordinal: number): Promise<Step> => condemn(parts, view, { ordinal, mayGo: mayGo(ordinal) })
  if (await forEach(condemned, isOrdered, shrink)) return
  if (set.spec.updateStrategy?.type !== 'OnDelete') await updateOne(parts, view, wanted)
}

type Step = 'done' | 'wait'

/** @returns true when what follows has to wait. */
async function forEach(
  ordinals: readonly number[],
  isOrdered: boolean,
  step: (ordinal: number) => Promise<Step>,
): Promise<boolean> {
  if (!isOrdered) {
    await Promise.all(ordinals.map(step))
    return false
  }
  for (const ordinal of ordinals) if ((await step(ordinal)) === 'wait') return true
  return false
}

async function keepPod(parts: Parts, view: View, ordinal: number): Promise<Step> {
  const { set, pods, nowMs } = view
  const pod = pods.get(ordinal)
  if (!pod) {
    if (!hasStaleClaim(parts, set, ordinal)) await createPod(parts, view, ordinal)
    return 'wait'
  }
  const isGoing = Boolean(pod.metadata.deletionTimestamp)
  // A pod at its end makes room for another of its name.
  if (isPodTerminal(pod)) {
    if (!isGoing) await deletePod(parts, set, pod)
    return 'wait'
  }
  if (pod.status?.phase === 'Pending') await ensureClaims(parts, set, ordinal)
  if (isGoing) return 'wait'
  await restore(parts, set, { pod, ordinal })
  return isRunningAndAvailable(pod, set, nowMs) ? 'done' : 'wait'
}

async function createPod(parts: Parts, view: View, ordinal: number): Promise<void> {
  const { set, current, update } = view
  const { context } = parts
  const draft = podOf(set, ordinal, isHeldBack(set, ordinal) ? current : update)
  const about = `Pod ${draft.metadata.name} in StatefulSet ${set.metadata.name}`
  try {
    await ensureClaims(parts, set, ordinal)
    const pod = await context.client.create(podResource, draft)
    const message = `Create ${about} successful`
    context.event(set, { type: 'Normal', reason: 'SuccessfulCreate', message, from: FROM })
    await retainClaims(parts, set, { pod, ordinal })
  } catch (error) {
    // The informer is behind, or the namespace is going: nothing to tell.
    if (isAlreadyExists(error) || isNamespaceTerminating(error)) return
    const message = `Create ${about} failed error: ${messageOf(error)}`
    context.event(set, { type: 'Warning', reason: 'FailedCreate', message, from: FROM })
    throw error
  }
}

/** Puts back the labels of a pod's identity and the owners of its claims. */
async function restore(
  parts: Parts,
  set: StatefulSet,
  { pod, ordinal }: { readonly pod: Pod; readonly ordinal: number },
): Promise<void> {
  await retainClaims(parts, set, { pod, ordinal })
  const labels = restoredLabels(pod, ordinal)
  if (!labels) return
  await parts.context.client.update(podResource, { ...pod, metadata: { ...pod.metadata, labels } })
  const message = `Update Pod ${pod.metadata.name} in StatefulSet ${set.metadata.name} successful`
  parts.context.event(set, { type: 'Normal', reason: 'SuccessfulUpdate', message, from: FROM })
}

async function condemn(
  parts: Parts,
  view: View,
  { ordinal, mayGo }: { readonly ordinal: number; readonly mayGo: boolean },
): Promise<Step> {
  const { set, pods } = view
  const pod = pods.get(ordinal)
  if (!pod) return 'done'
  await retainClaims(parts, set, { pod, ordinal })
  if (!pod.metadata.deletionTimestamp && mayGo) await deletePod(parts, set, pod)
  return 'wait'
}

// From the highest ordinal down, one at a time: the next goes when the one before is available.
async function updateOne(parts: Parts, view: View, wanted: readonly number[]): Promise<void> {
  const { set, pods, update, nowMs } = view
  for (const ordinal of wanted.toReversed()) {
    if (isHeldBack(set, ordinal)) return
    const pod = pods.get(ordinal)
    if (!pod || pod.metadata.deletionTimestamp) return
    if (revisionOf(pod) !== update.metadata.name) return deletePod(parts, set, pod)
    if (!isRunningAndAvailable(pod, set, nowMs)) return
  }
}

async function deletePod({ context }: Parts, set: StatefulSet, pod: Pod): Promise<void> {
  const { name, uid, namespace = '' } = pod.metadata
  const about = `Pod ${name} in StatefulSet ${set.metadata.name}`
  try {
    await context.client.delete(podResource, { namespace, name }, { preconditions: { uid } })
  } catch (error) {
    if (isNotFound(error) || isConflict(error)) return
    const message = `Delete ${about} failed error: ${messageOf(error)}`
    context.event(set, { type: 'Warning', reason: 'FailedDelete', message, from: FROM })
    throw error
  }
  const message = `Delete ${about} successful`
  context.event(set, { type: 'Normal', reason: 'SuccessfulDelete', message, from: FROM })
}
