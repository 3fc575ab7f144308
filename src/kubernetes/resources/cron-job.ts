// Owns the CronJob kind.
import type { CronJob } from '../../../generated/kubernetes.d.ts'
import { deepEqual } from '../../base/json.ts'
import { isTimeZone } from '../../base/wall-clock.ts'
import { parseSchedule, ScheduleError } from '../../rules/kubernetes/cron-schedule.ts'
import { formatLabelSelector } from '../../rules/scheduling/label-selector.ts'
import { cronJobs } from '../client/resources.ts'
import { fill, structAt, type Fields } from '../schema/default-fill.ts'
import { age, ageColumn, containerColumns, nameColumn } from './columns.ts'
import { invalid, required, unsupported, type FieldError } from './field-error.ts'
import { validateJobSpec } from './job-rules.ts'
import { defaultJobTemplate } from './job.ts'
import { defineKind } from './kind.ts'
import { podNameWarnings, podWarnings } from './pod-warnings.ts'
import { atLeastZero } from './field-rules.ts'

// The controller appends `-` and ten digits; names of jobs have 63 characters at most.
const NAME_LIMIT = 52

/** pkg/apis/batch/v1/defaults.go SetDefaults_CronJob; the job gets its own when it is made. */
function defaultCronJob(cronJob: Fields): void {
  const spec = structAt(cronJob, 'spec')
  fill(spec, {
    concurrencyPolicy: 'Allow',
    suspend: false,
    successfulJobsHistoryLimit: 3,
    failedJobsHistoryLimit: 1,
  })
  const template = structAt(spec, 'jobTemplate')
  structAt(template, 'metadata')
  defaultJobTemplate(structAt(template, 'spec'))
}

// pkg/apis/batch/validation/validation.go validateScheduleFormat.
function validateSchedule({ schedule, timeZone }: CronJob['spec'], old: CronJob | undefined): FieldError[] {
  const at = 'spec.schedule'
  if (!schedule) return [required(at)]
  const errors: FieldError[] = []
  try {
    parseSchedule(schedule)
  } catch (error) {
    if (!(error instanceof ScheduleError)) throw error
    errors.push(invalid(at, schedule, error.message))
  }
  // What was stored with a zone in its schedule may keep it.
  if (schedule.includes('TZ') && !old?.spec.schedule.includes('TZ')) {
    errors.push(invalid(at, schedule, 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead'))
  } else if (schedule.includes('TZ') && timeZone !== undefined) {
    errors.push(invalid(at, schedule, 'cannot use both timeZone field and TZ or CRON_TZ in schedule'))
  }
  return errors
}

// Names of the IANA database have no other characters (validateTimeZone).
const ZONE_PART = /^[A-Za-z._0-9+][A-Za-z._0-9+-]{0,13}$/

function validateTimeZone(timeZone: string | undefined): FieldError[] {
  const at = 'spec.timeZone'
  if (timeZone === undefined) return []
  if (timeZone === '') return [invalid(at, timeZone, 'timeZone must be nil or non-empty string')]
  const unknown = [invalid(at, timeZone, `unknown time zone ${timeZone}`)]
  if (!timeZone.split('/').every((part) => ZONE_PART.test(part) && part !== '.' && part !== '..')) {
    return unknown
  }
  if (timeZone.toLowerCase() === 'local') {
    const detail = 'timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones'
    return [invalid(at, timeZone, detail)]
  }
  return isTimeZone(timeZone) ? [] : unknown
}

function validateConcurrency(policy: string | undefined): FieldError[] {
  const supported = ['Allow', 'Forbid', 'Replace']
  if (!policy) return [required('spec.concurrencyPolicy')]
  return supported.includes(policy) ? [] : [unsupported('spec.concurrencyPolicy', policy, supported)]
}

// ValidateJobTemplateSpec: the selector is always generated.
function validateJobTemplate({ jobTemplate }: CronJob['spec']): FieldError[] {
  const path = 'spec.jobTemplate.spec'
  const { spec } = jobTemplate
  if (!spec) return []
  return [
    ...validateJobSpec(spec, path),
    ...(spec.selector
      ? [invalid(`${path}.selector`, spec.selector, '`selector` will be auto-generated')]
      : []),
    ...(spec.manualSelector ? [unsupported(`${path}.manualSelector`, true, ['nil', 'false'])] : []),
  ]
}

function validateSpec({ spec }: CronJob, old?: CronJob): FieldError[] {
  return [
    ...validateSchedule(spec, old),
    ...atLeastZero('spec.startingDeadlineSeconds', spec.startingDeadlineSeconds),
    ...(old && old.spec.timeZone === spec.timeZone ? [] : validateTimeZone(spec.timeZone)),
    ...validateConcurrency(spec.concurrencyPolicy),
    ...validateJobTemplate(spec),
    ...atLeastZero('spec.successfulJobsHistoryLimit', spec.successfulJobsHistoryLimit),
    ...atLeastZero('spec.failedJobsHistoryLimit', spec.failedJobsHistoryLimit),
  ]
}

function validateName({ metadata: { name } }: CronJob): FieldError[] {
  const detail = `must be no more than ${NAME_LIMIT} characters`
  return name.length > NAME_LIMIT ? [invalid('metadata.name', name, detail)] : []
}

// Of schedules that were taken before they were refused.
const ZONE_IN_SCHEDULE =
  'cannot use TZ or CRON_TZ in spec.spec.schedule, use timeZone instead, see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ for more details'

export const cronJobKind = defineKind<CronJob>({
  resource: cronJobs,
  type: 'batch/v1.CronJob',
  warnings: ({ metadata, spec }, old) => [
    ...podNameWarnings({ metadata }, old),
    ...(old && deepEqual(old.spec, spec)
      ? []
      : podWarnings(spec.jobTemplate.spec?.template ?? {}, 'spec.jobTemplate.spec.template')),
    ...(old && spec.schedule.includes('TZ') ? [ZONE_IN_SCHEDULE] : []),
  ],
  defaults: defaultCronJob,
  shortNames: ['cj'],
  categories: ['all'],
  status: true,
  generation: true,
  columns: [
    nameColumn,
    { name: 'Schedule', type: 'string', cell: ({ spec }) => spec.schedule },
    { name: 'Timezone', type: 'string', cell: ({ spec }) => spec.timeZone ?? '<none>' },
    {
      name: 'Suspend',
      type: 'boolean',
      // Printed in Go's way.
      cell: ({ spec }) => (spec.suspend === undefined ? '<unset>' : spec.suspend ? 'True' : 'False'),
    },
    { name: 'Active', type: 'integer', cell: ({ status }) => status?.active?.length ?? 0 },
    {
      name: 'Last Schedule',
      type: 'string',
      cell: ({ status }, nowMs) =>
        status?.lastScheduleTime ? age(status.lastScheduleTime, nowMs) : '<none>',
    },
    ageColumn,
    ...containerColumns<CronJob>(({ spec }) => spec.jobTemplate.spec?.template.spec?.containers ?? []),
    {
      name: 'Selector',
      type: 'string',
      priority: 1,
      cell: ({ spec }) => formatLabelSelector(spec.jobTemplate.spec?.selector),
    },
  ],
  prepareForCreate: ({ status: _status, ...cronJob }) => ({ ...cronJob, status: {} }),
  validateCreate: (cronJob) => [...validateSpec(cronJob), ...validateName(cronJob)],
  validateUpdate: (cronJob, old) => validateSpec(cronJob, old),
})
