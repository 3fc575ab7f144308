// Owns the deployment controller: one pass over a deployment, its strategy and its status.
// Source: kubernetes pkg/controller/deployment/deployment_controller.go, rolling.go, recreate.go, sync.go.
import type { Deployment, DeploymentStatus, Pod, ReplicaSet } from '../../../generated/kubernetes.d.ts'
import { isNotFound } from '../../base/errors.ts'
import { deployments, pods as podResource, replicaSets } from '../../kubernetes/client/resources.ts'
import type { Controller, ControllerContext, Informer, ReconcileResult } from '../../reconcile/controller.ts'
import {
  childrenOf,
  claimChildren,
  controllerOf,
  indexByController,
  ownersWokenBy,
} from '../objects/owner.ts'
import { isPodTerminal } from '../../rules/scheduling/pod.ts'
import { selectsEverything } from '../../rules/scheduling/label-selector.ts'
import { isSameStatus } from '../objects/state.ts'
import { isSizedForAnother } from './annotations.ts'
import {
  conditionOf,
  countStatus,
  hasDeadline,
  isComplete,
  rolloutStatus,
  untilDeadlineMs,
} from './conditions.ts'
import { shareScale } from './proportion.ts'
import { newSetSize, shrinkOld, sizeOf } from './rolling.ts'
import { clearHistory, ensureNewSet, FROM, markDeployment, resizeSets, splitSets } from './sets.ts'
import type { Rollout } from './sets.ts'

interface Parts {
  readonly context: ControllerContext
  readonly deployments: Informer<Deployment>
  readonly sets: Informer<ReplicaSet>
  readonly pods: Informer<Pod>
}

/** The control loop of deployments. */
export function createDeploymentController(context: ControllerContext): Controller {
  const parts: Parts = {
    context,
    deployments: context.informer(deployments),
    sets: context.informer(replicaSets),
    pods: context.informer(podResource),
  }
  indexByController(parts.sets)
  indexByController(parts.pods)
  return {
    name: 'deployment',
    sources: [
      parts.deployments.source(),
      parts.sets.source((set) =>
        ownersWokenBy(set, {
          kind: 'Deployment',
          owners: parts.deployments,
          selectorOf: ({ spec }) => spec.selector,
        }),
      ),
      parts.pods.source((pod) => recreateWaitingFor(parts, pod)),
    ],
    concurrency: 5,
    reconcile: (key) => reconcile(parts, key),
  }
}

// Only Recreate waits for pods themselves; everything else is in the status of the replica sets.
function recreateWaitingFor({ sets, deployments: all }: Parts, pod: Pod): readonly string[] {
  const reference = controllerOf(pod)
  const set = reference && sets.get(`${pod.metadata.namespace}/${reference.name}`)
  const owner = set && controllerOf(set)
  const key = `${pod.metadata.namespace}/${owner?.name}`
  return all.get(key)?.spec.strategy?.type === 'Recreate' ? [key] : []
}

async function reconcile(parts: Parts, key: string): Promise<ReconcileResult | void> {
  const { context } = parts
  const deployment = parts.deployments.get(key)
  if (!deployment) return
  if (selectsEverything(deployment.spec.selector)) return refuseSelector(context, deployment)
  const sets = await claimChildren({
    context,
    owner: deployment,
    ownerResource: deployments,
    selector: deployment.spec.selector,
    children: parts.sets,
    childResource: replicaSets,
  })
  const rollout = splitSets(deployment, sets)
  if (deployment.metadata.deletionTimestamp) return writeStatus(context, rollout, { isRollout: false })
  const marked = { ...rollout, deployment: await markPaused(context, deployment) }
  return step(parts, marked)
}

async function step(parts: Parts, rollout: Rollout): Promise<ReconcileResult | void> {
  const { context } = parts
  const { deployment, newSet, old } = rollout
  const active = [...(newSet ? [newSet] : []), ...old].filter((set) => sizeOf(set) > 0)
  if (deployment.spec.paused || active.some((set) => isSizedForAnother(deployment, set))) {
    return scale(context, rollout)
  }
  if (deployment.spec.strategy?.type === 'Recreate') return recreate(parts, rollout)
  return roll(context, rollout)
}

async function scale(context: ControllerContext, rollout: Rollout): Promise<ReconcileResult | void> {
  const ensured = await ensureNewSet(context, rollout, { create: false })
  const { deployment, newSet, old } = ensured
  await resizeSets(context, deployment, shareScale(deployment, newSet, old))
  if (deployment.spec.paused) await clearHistory(context, deployment, old)
  return writeStatus(context, ensured, { isRollout: false })
}

async function roll(context: ControllerContext, rollout: Rollout): Promise<ReconcileResult | void> {
  const ensured = await ensureNewSet(context, rollout, { create: true })
  const { deployment, newSet, old } = ensured
  if (!newSet) return
  const size = sizeOf(newSet)
  const desired = sizeOf(deployment)
  const replicas = size > desired ? desired : newSetSize(deployment, [...old, newSet], size)
  // Growing and shrinking take turns: each looks at what the other has brought about.
  const hasGrown = replicas !== size && (await resizeSets(context, deployment, [{ set: newSet, replicas }]))
  if (!hasGrown) await resizeSets(context, deployment, shrinkOld(deployment, newSet, old))
  return finish(context, ensured)
}

async function recreate(parts: Parts, rollout: Rollout): Promise<ReconcileResult | void> {
  const { context } = parts
  const prepared = await ensureNewSet(context, rollout, { create: false })
  const shrinks = prepared.old.filter((set) => sizeOf(set) > 0).map((set) => ({ set, replicas: 0 }))
  if (await resizeSets(context, prepared.deployment, shrinks)) return finish(context, prepared)
  if (hasOldPods(parts, prepared)) return finish(context, prepared)
  const ensured = await ensureNewSet(context, prepared, { create: true })
  const { deployment, newSet } = ensured
  if (newSet) await resizeSets(context, deployment, [{ set: newSet, replicas: sizeOf(deployment) }])
  return finish(context, ensured)
}

// Pods on their way out still hold what the new ones may need; only those at their end do not.
function hasOldPods({ pods }: Parts, { old }: Rollout): boolean {
  return old.some((set) => childrenOf(pods, set).some((pod) => !isPodTerminal(pod)))
}

async function finish(context: ControllerContext, rollout: Rollout): Promise<ReconcileResult | void> {
  const { deployment, old } = rollout
  if (isComplete(deployment, deployment.status ?? {})) await clearHistory(context, deployment, old)
  return writeStatus(context, rollout, { isRollout: true })
}

async function writeStatus(
  context: ControllerContext,
  { deployment, newSet, old }: Rollout,
  { isRollout }: { isRollout: boolean },
): Promise<ReconcileResult | void> {
  const nowMs = context.clock.now()
  const status = (isRollout ? rolloutStatus : countStatus)(deployment, newSet, { old, nowMs })
  if (!isSameStatus(status, deployment.status)) await updateStatus(context, deployment, status)
  const requeueAfterMs = isRollout ? untilDeadlineMs(deployment, status, nowMs) : undefined
  return requeueAfterMs === undefined ? undefined : { requeueAfterMs }
}

async function updateStatus(
  context: ControllerContext,
  deployment: Deployment,
  status: DeploymentStatus,
): Promise<void> {
  try {
    await context.client.updateStatus(deployments, { ...deployment, status })
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
}

// Pausing stops the deadline; its condition says since when.
async function markPaused(context: ControllerContext, deployment: Deployment): Promise<Deployment> {
  const reason = conditionOf(deployment.status, 'Progressing')?.reason
  if (!hasDeadline(deployment) || reason === 'ProgressDeadlineExceeded') return deployment
  const isPaused = deployment.spec.paused ?? false
  if (isPaused === (reason === 'DeploymentPaused')) return deployment
  return markDeployment(context, deployment, {
    verdict: {
      type: 'Progressing',
      status: 'Unknown',
      reason: isPaused ? 'DeploymentPaused' : 'DeploymentResumed',
      message: isPaused ? 'Deployment is paused' : 'Deployment is resumed',
    },
  })
}

async function refuseSelector(context: ControllerContext, deployment: Deployment): Promise<void> {
  context.event(deployment, {
    type: 'Warning',
    reason: 'SelectingAll',
    message: 'This deployment is selecting all pods. A non-empty selector is required.',
    from: FROM,
  })
  const observedGeneration = deployment.metadata.generation ?? 0
  if ((deployment.status?.observedGeneration ?? 0) >= observedGeneration) return
  await updateStatus(context, deployment, { ...deployment.status, observedGeneration })
}
