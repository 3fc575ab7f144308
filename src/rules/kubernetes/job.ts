// Owns what is read off a job: its conditions, whether it has ended, and the names that mark its pods.
// Source: kubernetes pkg/apis/batch/v1 (well-known labels), pkg/controller/job/util.
import type { Job, JobCondition } from '../../../generated/kubernetes.d.ts'

export const JOB_NAME_LABEL = 'batch.kubernetes.io/job-name'
export const CONTROLLER_UID_LABEL = 'batch.kubernetes.io/controller-uid'
/** The labels of old, which jobs still carry beside the prefixed ones. */
export const LEGACY_JOB_NAME_LABEL = 'job-name'
export const LEGACY_CONTROLLER_UID_LABEL = 'controller-uid'

/** The condition of that type that is True, if the job has it. */
export function trueCondition(job: Job, type: string): JobCondition | undefined {
  return job.status?.conditions?.find((condition) => condition.type === type && condition.status === 'True')
}

/** True for a job that is complete or failed. */
export function isJobFinished(job: Job): boolean {
  return trueCondition(job, 'Complete') !== undefined || trueCondition(job, 'Failed') !== undefined
}

/** True when each completion has an index of its own. */
export function isIndexedJob({ spec }: Job): boolean {
  return spec.completionMode === 'Indexed'
}
