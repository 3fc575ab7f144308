// Owns the replica sets of a deployment: which is the new one, making it, resizing, clearing out old ones.
// Source: kubernetes pkg/controller/deployment/sync.go.
import type { Deployment, DeploymentStatus, ReplicaSet } from '../../../generated/kubernetes.d.ts'
import { isAlreadyExists, isConflict, isNotFound, messageOf } from '../../base/errors.ts'
import { deepEqual } from '../../base/json.ts'
import { deployments, replicaSets } from '../../kubernetes/client/resources.ts'
import type { ControllerContext } from '../../reconcile/controller.ts'
import { controllerOf, controllerReference } from '../objects/owner.ts'
import { isSameTemplate, POD_TEMPLATE_HASH, templateHash, withTemplateLabels } from '../objects/template.ts'
import { isNamespaceTerminating } from '../objects/terminating.ts'
import { newSetAnnotations, nextRevision, REVISION, revisionOf, sizeAnnotations } from './annotations.ts'
import { conditionOf, hasDeadline, withVerdict } from './conditions.ts'
import type { Verdict } from './conditions.ts'
import { byCreation, newSetSize, sizeOf } from './rolling.ts'
import type { Resize } from './rolling.ts'

export const FROM = 'deployment-controller'

/** A deployment with its replica sets, as far as a pass has brought them. */
export interface Rollout {
  readonly deployment: Deployment
  readonly newSet: ReplicaSet | undefined
  readonly old: readonly ReplicaSet[]
}

/** Finds the replica set with the deployment's template; the oldest when there are several. */
export function splitSets(deployment: Deployment, sets: readonly ReplicaSet[]): Rollout {
  const newSet = byCreation(sets).find((set) => isSameTemplate(set.spec.template, deployment.spec.template))
  return { deployment, newSet, old: sets.filter((set) => set !== newSet) }
}

/** Brings the new replica set's annotations, and with them the revision, up to date; makes the set when told to. */
export async function ensureNewSet(
  context: ControllerContext,
  rollout: Rollout,
  { create }: { create: boolean },
): Promise<Rollout> {
  const revision = nextRevision(rollout.old)
  if (rollout.newSet) return refreshNewSet(context, { ...rollout, newSet: rollout.newSet }, revision)
  if (!create) return rollout
  return createNewSet(context, rollout, revision)
}

async function refreshNewSet(
  context: ControllerContext,
  rollout: Rollout & { readonly newSet: ReplicaSet },
  revision: bigint,
): Promise<Rollout> {
  const { deployment, newSet } = rollout
  const before = newSet.metadata.annotations ?? {}
  const annotations = newSetAnnotations(deployment, before, revision)
  const minReadySeconds = deployment.spec.minReadySeconds ?? 0
  let current = newSet
  if (!deepEqual(annotations, before) || (newSet.spec.minReadySeconds ?? 0) !== minReadySeconds) {
    current = await context.client.update(replicaSets, {
      ...newSet,
      metadata: { ...newSet.metadata, annotations: { ...annotations } },
      spec: { ...newSet.spec, minReadySeconds },
    })
  }
  const found: Verdict = {
    type: 'Progressing',
    status: 'True',
    reason: 'FoundNewReplicaSet',
    message: `Found new replica set "${current.metadata.name}"`,
  }
  const isNews = hasDeadline(deployment) && !conditionOf(deployment.status, 'Progressing')
  const marked = await markDeployment(context, deployment, {
    revision: current.metadata.annotations?.[REVISION],
    verdict: isNews ? found : undefined,
  })
  return { ...rollout, deployment: marked, newSet: current }
}

async function createNewSet(
  context: ControllerContext,
  rollout: Rollout,
  revision: bigint,
): Promise<Rollout> {
  const { deployment, old } = rollout
  const draft = draftNewSet(deployment, revision)
  const replicas = newSetSize(deployment, old, 0)
  const sized = { ...draft, spec: { ...draft.spec, replicas } }
  let newSet: ReplicaSet
  let verdict: Verdict | undefined
  try {
    newSet = await context.client.create(replicaSets, sized)
    verdict = {
      type: 'Progressing',
      status: 'True',
      reason: 'NewReplicaSetCreated',
      message: `Created new replica set "${newSet.metadata.name}"`,
    }
    if (replicas > 0) announce(context, deployment, { set: newSet, from: 0, to: replicas })
  } catch (error) {
    newSet = await existingOrFail(context, deployment, { name: draft.metadata.name, error })
  }
  const marked = await markDeployment(context, deployment, {
    revision: newSet.metadata.annotations?.[REVISION],
    verdict: hasDeadline(deployment) ? verdict : undefined,
  })
  return { ...rollout, deployment: marked, newSet }
}

function draftNewSet(deployment: Deployment, revision: bigint) {
  const hash = templateHash(deployment.spec.template, deployment.status?.collisionCount)
  const template = withTemplateLabels(deployment.spec.template, { [POD_TEMPLATE_HASH]: hash })
  const { selector } = deployment.spec
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: `${deployment.metadata.name}-${hash}`,
      namespace: deployment.metadata.namespace ?? '',
      labels: { ...template.metadata?.labels },
      annotations: { ...newSetAnnotations(deployment, {}, revision), ...sizeAnnotations(deployment) },
      ownerReferences: [controllerReference(deployment)],
    },
    spec: {
      minReadySeconds: deployment.spec.minReadySeconds ?? 0,
      selector: { ...selector, matchLabels: { ...selector.matchLabels, [POD_TEMPLATE_HASH]: hash } },
      template,
    },
  }
}

/**
 * The set that is there already under the wanted name, when it is ours and of this template: an earlier pass made
 * it and the informer has not shown it yet. Another one is a hash collision: the count goes up, the next pass tries
 * another name.
 */
async function existingOrFail(
  context: ControllerContext,
  deployment: Deployment,
  { name, error }: { name: string; error: unknown },
): Promise<ReplicaSet> {
  if (!isAlreadyExists(error)) {
    await reportFailure(context, deployment, { name, error })
    throw error
  }
  const existing = await context.client.get(replicaSets, {
    namespace: deployment.metadata.namespace ?? '',
    name,
  })
  const isOurs = controllerOf(existing)?.uid === deployment.metadata.uid
  if (isOurs && isSameTemplate(existing.spec.template, deployment.spec.template)) return existing
  const collisionCount = (deployment.status?.collisionCount ?? 0) + 1
  await context.client.updateStatus(deployments, {
    ...deployment,
    status: { ...deployment.status, collisionCount },
  })
  throw error
}

async function reportFailure(
  context: ControllerContext,
  deployment: Deployment,
  { name, error }: { name: string; error: unknown },
): Promise<void> {
  if (isNamespaceTerminating(error)) return
  const reason = 'ReplicaSetCreateError'
  const message = `Failed to create new replica set "${name}": ${messageOf(error)}`
  context.event(deployment, { type: 'Warning', reason, message, from: FROM })
  if (!hasDeadline(deployment)) return
  await markDeployment(context, deployment, {
    verdict: { type: 'Progressing', status: 'False', reason, message },
  })
}

/** Writes a revision and a verdict to the deployment, each only when it is news. */
export async function markDeployment(
  context: ControllerContext,
  deployment: Deployment,
  { revision, verdict }: { revision?: string | undefined; verdict?: Verdict | undefined },
): Promise<Deployment> {
  let marked = deployment
  if (revision !== undefined && deployment.metadata.annotations?.[REVISION] !== revision) {
    const annotations = { ...deployment.metadata.annotations, [REVISION]: revision }
    marked = await context.client.update(deployments, {
      ...deployment,
      metadata: { ...deployment.metadata, annotations },
    })
  }
  if (!verdict) return marked
  const before = marked.status?.conditions ?? []
  const conditions = withVerdict(before, verdict, context.clock.now())
  if (deepEqual(conditions, before)) return marked
  const status: DeploymentStatus = { ...marked.status, conditions }
  return context.client.updateStatus(deployments, { ...marked, status })
}

/** Gives replica sets their new sizes, with the annotations that remember them and the events that tell of it. */
export async function resizeSets(
  context: ControllerContext,
  deployment: Deployment,
  resizes: readonly Resize[],
): Promise<boolean> {
  let hasResized = false
  for (const { set, replicas } of resizes) {
    const before = set.metadata.annotations ?? {}
    const annotations = { ...before, ...sizeAnnotations(deployment) }
    if (sizeOf(set) === replicas && deepEqual(annotations, before)) continue
    await context.client.update(replicaSets, {
      ...set,
      metadata: { ...set.metadata, annotations },
      spec: { ...set.spec, replicas },
    })
    if (sizeOf(set) === replicas) continue
    hasResized = true
    announce(context, deployment, { set, from: sizeOf(set), to: replicas })
  }
  return hasResized
}

function announce(
  context: ControllerContext,
  deployment: Deployment,
  { set, from, to }: { set: ReplicaSet; from: number; to: number },
): void {
  context.event(deployment, {
    type: 'Normal',
    reason: 'ScalingReplicaSet',
    message: `Scaled ${to > from ? 'up' : 'down'} replica set ${set.metadata.name} from ${from} to ${to}`,
    from: FROM,
  })
}

/** Deletes the oldest empty replica sets beyond revisionHistoryLimit. */
export async function clearHistory(
  context: ControllerContext,
  deployment: Deployment,
  old: readonly ReplicaSet[],
): Promise<void> {
  const limit = deployment.spec.revisionHistoryLimit
  if (limit === undefined) return
  const alive = old.filter((set) => !set.metadata.deletionTimestamp)
  const surplus = alive
    .toSorted((a, b) => Number(revisionOf(a) - revisionOf(b)))
    .slice(0, Math.max(0, alive.length - limit))
  for (const set of surplus) {
    const { name, namespace = '', uid, generation = 0 } = set.metadata
    const isStale = generation > (set.status?.observedGeneration ?? 0)
    if (sizeOf(set) > 0 || (set.status?.replicas ?? 0) > 0 || isStale) continue
    try {
      await context.client.delete(replicaSets, { namespace, name }, { preconditions: { uid } })
    } catch (error) {
      if (!isNotFound(error) && !isConflict(error)) throw error
    }
  }
}
