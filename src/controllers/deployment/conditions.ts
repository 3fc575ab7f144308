// Owns the status of a deployment: counts, the Available and Progressing conditions, the deadline. Pure.
// Source: kubernetes pkg/controller/deployment/sync.go, progress.go and util/deployment_util.go.
import type {
  Deployment,
  DeploymentCondition,
  DeploymentStatus,
  ReplicaSet,
} from '../../../generated/kubernetes.d.ts'
import { formatTimestamp } from '../../base/clock.ts'
import { fenceposts, sizeOf, totalAvailable, totalSize } from './rolling.ts'
import { transitionTime } from '../../rules/kubernetes/conditions.ts'

// Upstream's "no deadline".
const NO_DEADLINE = 2147483647

/** A condition without its times. */
export interface Verdict {
  readonly type: 'Available' | 'Progressing' | 'ReplicaFailure'
  readonly status: 'True' | 'False' | 'Unknown'
  readonly reason: string
  readonly message: string
}

/** The condition of that type, if there is one. */
export function conditionOf(
  status: DeploymentStatus | undefined,
  type: string,
): DeploymentCondition | undefined {
  return status?.conditions?.find((condition) => condition.type === type)
}

/** True when the deployment has a deadline to make progress in. */
export function hasDeadline(deployment: Deployment): boolean {
  const seconds = deployment.spec.progressDeadlineSeconds
  return seconds !== undefined && seconds !== NO_DEADLINE
}

/** The conditions with a verdict entered; one with the same status and reason is left as it is. */
export function withVerdict(
  conditions: readonly DeploymentCondition[],
  verdict: Verdict,
  nowMs: number,
): DeploymentCondition[] {
  const now = formatTimestamp(nowMs)
  const current = conditions.find((condition) => condition.type === verdict.type)
  if (current && current.status === verdict.status && current.reason === verdict.reason)
    return [...conditions]
  const lastTransitionTime = transitionTime(current, verdict.status, now)
  const entered = { ...verdict, lastUpdateTime: now, lastTransitionTime }
  return [...conditions.filter((condition) => condition !== current), entered]
}

function without(conditions: readonly DeploymentCondition[], type: string): DeploymentCondition[] {
  return conditions.filter((condition) => condition.type !== type)
}

// deployment_util.go GetTerminatingReplicaCountForReplicaSets: unknown while a set that was looked at does not tell.
function terminatingOf(sets: readonly ReplicaSet[]): Pick<DeploymentStatus, 'terminatingReplicas'> {
  const seen = sets.filter(({ status }) => status?.observedGeneration || status?.terminatingReplicas)
  if (seen.some(({ status }) => status?.terminatingReplicas === undefined)) return {}
  const terminatingReplicas = seen.reduce((sum, { status }) => sum + (status?.terminatingReplicas ?? 0), 0)
  return { terminatingReplicas }
}

/** Counts and availability; Progressing is left as it was. */
export function countStatus(
  deployment: Deployment,
  newSet: ReplicaSet | undefined,
  { old, nowMs }: { old: readonly ReplicaSet[]; nowMs: number },
): DeploymentStatus {
  const all = newSet ? [...old, newSet] : old
  const available = totalAvailable(all)
  const { conditions = [], collisionCount } = deployment.status ?? {}
  const enough = available >= sizeOf(deployment) - fenceposts(deployment).unavailable
  const sum = (count: (set: ReplicaSet) => number | undefined): number =>
    all.reduce((total, set) => total + (count(set) ?? 0), 0)
  return {
    ...(deployment.metadata.generation === undefined
      ? {}
      : { observedGeneration: deployment.metadata.generation }),
    replicas: sum((set) => set.status?.replicas),
    updatedReplicas: newSet?.status?.replicas ?? 0,
    readyReplicas: sum((set) => set.status?.readyReplicas),
    availableReplicas: available,
    unavailableReplicas: Math.max(0, totalSize(all) - available),
    ...terminatingOf(all),
    ...(collisionCount === undefined ? {} : { collisionCount }),
    conditions: withVerdict(
      conditions,
      enough
        ? {
            type: 'Available',
            status: 'True',
            reason: 'MinimumReplicasAvailable',
            message: 'Deployment has minimum availability.',
          }
        : {
            type: 'Available',
            status: 'False',
            reason: 'MinimumReplicasUnavailable',
            message: 'Deployment does not have minimum availability.',
          },
      nowMs,
    ),
  }
}

/** True when the roll-out is over: everything updated, everything available, nothing old left. */
export function isComplete(deployment: Deployment, status: DeploymentStatus): boolean {
  const desired = sizeOf(deployment)
  return (
    status.updatedReplicas === desired &&
    status.replicas === desired &&
    status.availableReplicas === desired &&
    (status.observedGeneration ?? 0) >= (deployment.metadata.generation ?? 0)
  )
}

function hasProgressed(before: DeploymentStatus | undefined, after: DeploymentStatus): boolean {
  const { replicas = 0, updatedReplicas = 0, readyReplicas = 0, availableReplicas = 0 } = before ?? {}
  const { replicas: nowReplicas = 0, updatedReplicas: nowUpdated = 0 } = after
  return (
    nowUpdated > updatedReplicas ||
    nowReplicas - nowUpdated < replicas - updatedReplicas ||
    (after.readyReplicas ?? 0) > readyReplicas ||
    (after.availableReplicas ?? 0) > availableReplicas
  )
}

function hasTimedOut(deployment: Deployment, status: DeploymentStatus, nowMs: number): boolean {
  const condition = conditionOf(status, 'Progressing')
  if (!condition || condition.reason === 'NewReplicaSetAvailable') return false
  if (condition.reason === 'ProgressDeadlineExceeded') return true
  return Date.parse(condition.lastUpdateTime ?? '') + deadlineMs(deployment) < nowMs
}

function deadlineMs(deployment: Deployment): number {
  return (deployment.spec.progressDeadlineSeconds ?? 0) * 1000
}

/** The whole status during a roll-out: counts, availability, progress, failures of the replica sets. */
export function rolloutStatus(
  deployment: Deployment,
  newSet: ReplicaSet | undefined,
  { old, nowMs }: { old: readonly ReplicaSet[]; nowMs: number },
): DeploymentStatus {
  const status = countStatus(deployment, newSet, { old, nowMs })
  let conditions = status.conditions ?? []
  const current = conditionOf(deployment.status, 'Progressing')
  const wasComplete =
    status.replicas === status.updatedReplicas && current?.reason === 'NewReplicaSetAvailable'
  if (!hasDeadline(deployment)) conditions = without(conditions, 'Progressing')
  else if (!wasComplete) conditions = withProgress(deployment, { ...status, conditions }, { newSet, nowMs })
  conditions = withFailure(conditions, newSet ? [newSet, ...old] : old)
  return { ...status, conditions }
}

function withProgress(
  deployment: Deployment,
  status: DeploymentStatus,
  { newSet, nowMs }: { newSet: ReplicaSet | undefined; nowMs: number },
): DeploymentCondition[] {
  const conditions = status.conditions ?? []
  const subject = newSet ? `ReplicaSet "${newSet.metadata.name}"` : `Deployment "${deployment.metadata.name}"`
  const verdict = (ok: boolean, reason: string, text: string): Verdict => ({
    type: 'Progressing',
    status: ok ? 'True' : 'False',
    reason,
    message: `${subject} ${text}`,
  })
  if (isComplete(deployment, status)) {
    return withVerdict(
      conditions,
      verdict(true, 'NewReplicaSetAvailable', 'has successfully progressed.'),
      nowMs,
    )
  }
  if (hasProgressed(deployment.status, status)) {
    return renewed(conditions, verdict(true, 'ReplicaSetUpdated', 'is progressing.'), nowMs)
  }
  if (!hasTimedOut(deployment, status, nowMs)) return [...conditions]
  return withVerdict(
    conditions,
    verdict(false, 'ProgressDeadlineExceeded', 'has timed out progressing.'),
    nowMs,
  )
}

// Every step of progress starts the deadline afresh, so lastUpdateTime moves even when nothing else changes.
function renewed(
  conditions: readonly DeploymentCondition[],
  verdict: Verdict,
  nowMs: number,
): DeploymentCondition[] {
  const now = formatTimestamp(nowMs)
  const current = conditions.find((condition) => condition.type === verdict.type)
  const lastTransitionTime = transitionTime(current, 'True', now)
  const entered = { ...verdict, lastUpdateTime: now, lastTransitionTime }
  return [...without(conditions, verdict.type), entered]
}

// The failure of the newest replica set that has one, in the words of that set.
function withFailure(
  conditions: readonly DeploymentCondition[],
  sets: readonly ReplicaSet[],
): DeploymentCondition[] {
  const failure = sets
    .flatMap((set) => set.status?.conditions ?? [])
    .find((condition) => condition.type === 'ReplicaFailure')
  const others = without(conditions, 'ReplicaFailure')
  if (!failure) return others
  const { lastTransitionTime } = failure
  const times =
    lastTransitionTime === undefined ? {} : { lastTransitionTime, lastUpdateTime: lastTransitionTime }
  return [...others, { ...failure, ...times }]
}

/** Milliseconds until the deadline has to be looked at again; undefined when there is nothing to wait for. */
export function untilDeadlineMs(
  deployment: Deployment,
  status: DeploymentStatus,
  nowMs: number,
): number | undefined {
  const condition = conditionOf(status, 'Progressing')
  if (!hasDeadline(deployment) || !condition || isComplete(deployment, status)) return undefined
  if (condition.reason === 'NewReplicaSetAvailable' || condition.reason === 'ProgressDeadlineExceeded') {
    return undefined
  }
  const left = Date.parse(condition.lastUpdateTime ?? '') + deadlineMs(deployment) - nowMs
  // A second more: timestamps are whole seconds.
  return Math.max(0, left) + 1000
}
