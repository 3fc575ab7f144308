// Owns the conditions of a job while it is worked on.
// Source: kubernetes pkg/controller/job/job_controller.go (newCondition, ensureJobConditionStatus).
import type { Job, JobCondition } from '../../../generated/kubernetes.d.ts'
import { formatTimestamp } from '../../base/clock.ts'

/** A condition as of now. */
export function jobCondition(
  type: string,
  { reason, message, nowMs }: { readonly reason: string; readonly message: string; readonly nowMs: number },
): JobCondition {
  const now = formatTimestamp(nowMs)
  return { type, status: 'True', lastProbeTime: now, lastTransitionTime: now, reason, message }
}

/**
 * The conditions with this one put in.
 * @returns undefined when nothing changes; a condition that is False and not there yet is no change.
 */
export function withCondition(
  conditions: readonly JobCondition[] = [],
  condition: JobCondition,
): JobCondition[] | undefined {
  const existing = conditions.find(({ type }) => type === condition.type)
  if (!existing) return condition.status === 'False' ? undefined : [...conditions, condition]
  const { status, reason, message } = condition
  if (existing.status === status && existing.reason === reason && existing.message === message) {
    return undefined
  }
  return conditions.map((each) => (each === existing ? condition : each))
}

/** True while the job is told to wait. */
export function isSuspended({ spec }: Job): boolean {
  return spec.suspend === true
}
