// Owns what a new status of a job may say, given the one before.
// Source of rules and wording: kubernetes pkg/apis/batch/validation (ValidateJobUpdateStatus) and
// pkg/registry/batch/job/strategy.go, which checks a rule only when what it is about has changed.
import type { Job, JobStatus } from '../../../generated/kubernetes.d.ts'
import { deepEqual } from '../../base/json.ts'
import { common, IndexesError, parseIndexes, readIndexes } from '../../rules/kubernetes/index-intervals.ts'
import { isIndexedJob, isJobFinished, trueCondition } from '../../rules/kubernetes/job.ts'
import { duplicate, invalid, invalidHidden, required, type FieldError } from './field-error.ts'
import { atLeastZero } from './field-rules.ts'

/** Findings for a write of a job's status. */
export function validateJobStatus(job: Job, old: Job): FieldError[] {
  const change: Change = { job, old, status: job.status ?? {}, before: old.status ?? {} }
  return [
    ...validateCounters(change.status),
    ...validateUncounted(change.status),
    ...validateTerminal(change),
    ...validateTimes(change),
    ...validateIndexes(change),
    ...validateSuccessCriteria(change),
    ...validateProgress(change),
  ]
}

interface Change {
  readonly job: Job
  readonly old: Job
  readonly status: JobStatus
  readonly before: JobStatus
}

const isTrue = (job: Job, type: string): boolean => trueCondition(job, type) !== undefined

function hasChanged({ status, before }: Change, field: keyof JobStatus): boolean {
  return !deepEqual(status[field], before[field])
}

function turned({ job, old }: Change, type: string): boolean {
  return isTrue(job, type) !== isTrue(old, type)
}

function conditions(detail: string): FieldError[] {
  return [invalidHidden('status.conditions', detail)]
}

function validateCounters(status: JobStatus): FieldError[] {
  return (['active', 'succeeded', 'failed', 'ready', 'terminating'] as const).flatMap((field) =>
    atLeastZero(`status.${field}`, status[field]),
  )
}

function validateUncounted({ uncountedTerminatedPods }: JobStatus): FieldError[] {
  const seen = new Set<string>()
  return (['succeeded', 'failed'] as const).flatMap((list) =>
    (uncountedTerminatedPods?.[list] ?? []).flatMap((uid, i) => {
      const at = `status.uncountedTerminatedPods.${list}[${i}]`
      if (uid === '') return [invalid(at, uid, 'must not be empty')]
      if (seen.has(uid)) return [duplicate(at, uid)]
      seen.add(uid)
      return []
    }),
  )
}

function validateTerminal(change: Change): FieldError[] {
  const { job, old, status } = change
  const [complete, failed] = [isTrue(job, 'Complete'), isTrue(job, 'Failed')]
  const finishing = isJobFinished(job) && !isJobFinished(old)
  const errors: FieldError[] = []
  if (complete && failed && (turned(change, 'Complete') || turned(change, 'Failed'))) {
    errors.push(...conditions('cannot set Complete=True and Failed=true conditions'))
  }
  if (
    complete &&
    isTrue(job, 'FailureTarget') &&
    (turned(change, 'Complete') || turned(change, 'FailureTarget'))
  ) {
    errors.push(...conditions('cannot set Complete=True and FailureTarget=true conditions'))
  }
  if (
    failed &&
    !isTrue(job, 'FailureTarget') &&
    (turned(change, 'Failed') || hasChanged(change, 'failedIndexes'))
  ) {
    errors.push(...conditions('cannot set Failed=True condition without the FailureTarget=true condition'))
  }
  if (
    complete &&
    !isTrue(job, 'SuccessCriteriaMet') &&
    (turned(change, 'Complete') || turned(change, 'SuccessCriteriaMet'))
  ) {
    errors.push(
      ...conditions('cannot set Complete=True condition without the SuccessCriteriaMet=true condition'),
    )
  }
  if (!isJobFinished(job)) return errors
  if ((status.active ?? 0) > 0 && (finishing || hasChanged(change, 'active'))) {
    errors.push(invalid('status.active', status.active, 'active>0 is invalid for finished job'))
  }
  if ((status.terminating ?? 0) > 0 && (finishing || hasChanged(change, 'terminating'))) {
    errors.push(
      invalid('status.terminating', status.terminating, 'terminating>0 is invalid for finished job'),
    )
  }
  const { succeeded = [], failed: uncountedFailed = [] } = status.uncountedTerminatedPods ?? {}
  if (
    succeeded.length + uncountedFailed.length > 0 &&
    (finishing || hasChanged(change, 'uncountedTerminatedPods'))
  ) {
    const shown = { Succeeded: succeeded, Failed: uncountedFailed }
    errors.push(invalid('status.uncountedTerminatedPods', shown, 'must be empty for finished job'))
  }
  return errors
}

function validateTimes(change: Change): FieldError[] {
  const { job, old, status, before } = change
  const complete = isTrue(job, 'Complete')
  const completing = turned(change, 'Complete') || hasChanged(change, 'completionTime')
  const { startTime, completionTime } = status
  const at = 'status.completionTime'
  const errors: FieldError[] = []
  if (completing && completionTime && !complete) {
    const detail = 'cannot set completionTime when there is no Complete=True condition'
    errors.push(invalid(at, completionTime, detail))
  }
  if (completing && !completionTime && complete) {
    errors.push(required(at, 'completionTime is required for Complete jobs'))
  }
  if (startTime && completionTime && Date.parse(completionTime) < Date.parse(startTime)) {
    if (hasChanged(change, 'startTime') || hasChanged(change, 'completionTime')) {
      errors.push(invalid(at, completionTime, 'must be equal to or after `startTime`'))
    }
  }
  const finishing = isJobFinished(job) !== isJobFinished(old) || hasChanged(change, 'startTime')
  const nothingToDo = job.spec.suspend === true && job.spec.completions === 0
  if (isJobFinished(job) && !startTime && finishing && !nothingToDo) {
    errors.push(required('status.startTime', 'startTime is required for finished job'))
  }
  if (completionTime && before.completionTime && completionTime !== before.completionTime) {
    errors.push(invalid(at, completionTime, 'field is immutable'))
  }
  const resuming =
    isTrue(old, 'Suspended') &&
    (status.conditions ?? []).some((c) => c.type === 'Suspended' && c.status === 'False')
  if (before.startTime && hasChanged(change, 'startTime') && job.spec.suspend !== true && !resuming) {
    errors.push(required('status.startTime', 'startTime cannot be removed for unsuspended job'))
  }
  return errors
}

function validateIndexes(change: Change): FieldError[] {
  const { job, status } = change
  const { completions, backoffLimitPerIndex } = job.spec
  const { completedIndexes = '', failedIndexes } = status
  const [completed, failed] = [hasChanged(change, 'completedIndexes'), hasChanged(change, 'failedIndexes')]
  const errors: FieldError[] = []
  const check = (field: 'completedIndexes' | 'failedIndexes', text: string): void => {
    try {
      parseIndexes(text, completions ?? 0)
    } catch (error) {
      if (!(error instanceof IndexesError)) throw error
      errors.push(invalid(`status.${field}`, text, `error parsing ${field}: ${error.message}`))
    }
  }
  if (completed && completions !== undefined) check('completedIndexes', completedIndexes)
  if (failed && completions !== undefined && backoffLimitPerIndex !== undefined && failedIndexes) {
    check('failedIndexes', failedIndexes)
  }
  if (completed && completedIndexes !== '' && !isIndexedJob(job)) {
    const detail = 'cannot set non-empty completedIndexes when non-indexed completion mode'
    errors.push(invalid('status.completedIndexes', completedIndexes, detail))
  }
  if (failedIndexes === undefined) return errors
  if (failed && backoffLimitPerIndex === undefined) {
    const detail = 'cannot set non-null failedIndexes when backoffLimitPerIndex is null'
    errors.push(invalid('status.failedIndexes', failedIndexes, detail))
  }
  if ((failed || completed) && completions !== undefined) {
    const [both] = common(readIndexes(completedIndexes, completions), readIndexes(failedIndexes, completions))
    if (both !== undefined) {
      const detail = `failedIndexes and completedIndexes overlap at index: ${both[0]}`
      errors.push(invalid('status.failedIndexes', failedIndexes, detail))
    }
  }
  return errors
}

function validateSuccessCriteria({ job, old }: Change): FieldError[] {
  const met = isTrue(job, 'SuccessCriteriaMet')
  const errors: FieldError[] = []
  if (met && isTrue(job, 'Failed')) {
    errors.push(...conditions('cannot set SuccessCriteriaMet=True and Failed=true conditions'))
  }
  if (met && isTrue(job, 'FailureTarget')) {
    errors.push(...conditions('cannot set SuccessCriteriaMet=True and FailureTarget=true conditions'))
  }
  if (job.spec.successPolicy && !met && isTrue(job, 'Complete')) {
    errors.push(
      ...conditions('cannot set Complete=True for Job with SuccessPolicy unless SuccessCriteriaMet=True'),
    )
  }
  if (isTrue(old, 'SuccessCriteriaMet') && !met) {
    errors.push(...conditions('cannot disable the SuccessCriteriaMet=True condition'))
  }
  return errors
}

function validateProgress(change: Change): FieldError[] {
  const { job, old, status, before } = change
  const errors = ['Failed', 'Complete', 'FailureTarget'].flatMap((type) =>
    isTrue(old, type) && !isTrue(job, type)
      ? conditions(`cannot disable the terminal ${type}=True condition`)
      : [],
  )
  if ((status.failed ?? 0) < (before.failed ?? 0)) {
    errors.push(invalid('status.failed', status.failed ?? 0, 'cannot decrease the failed counter'))
  }
  // Indexed jobs whose completions equal their parallelism can be scaled down.
  const elastic = isIndexedJob(job) && job.spec.completions === job.spec.parallelism
  if (!elastic && (status.succeeded ?? 0) < (before.succeeded ?? 0)) {
    errors.push(invalid('status.succeeded', status.succeeded ?? 0, 'cannot decrease the succeeded counter'))
  }
  if (
    (status.ready ?? 0) > (status.active ?? 0) &&
    (hasChanged(change, 'ready') || hasChanged(change, 'active'))
  ) {
    errors.push(invalid('status.ready', status.ready ?? 0, 'cannot set more ready pods than active'))
  }
  return errors
}
