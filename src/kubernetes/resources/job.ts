// Owns the Job kind.
import type { Job, PodTemplateSpec } from '../../../generated/kubernetes.d.ts'
import { deepEqual, isObject } from '../../base/json.ts'
import {
  CONTROLLER_UID_LABEL,
  JOB_NAME_LABEL,
  LEGACY_CONTROLLER_UID_LABEL,
  LEGACY_JOB_NAME_LABEL,
  isIndexedJob,
  trueCondition,
} from '../../rules/kubernetes/job.ts'
import { formatLabelSelector, matchesLabelSelector } from '../../rules/scheduling/label-selector.ts'
import { jobs } from '../client/resources.ts'
import { each, fill, fillEmpty, structAt, type Fields } from '../schema/default-fill.ts'
import { ageColumn, containerColumns, humanDuration, nameColumn } from './columns.ts'
import { invalid, required, type FieldError } from './field-error.ts'
import { internalFailurePolicy, internalSuccessPolicy } from './job-policy-rules.ts'
import { validateJobSpec } from './job-rules.ts'
import { validateJobStatus } from './job-status-rules.ts'
import { defineKind } from './kind.ts'
import { nameProblems } from './naming.ts'
import { defaultTemplate } from './pod-defaults.ts'
import { podNameWarnings, templateWarnings } from './pod-warnings.ts'
import { validateLabelSelector } from './selector-rules.ts'

const MAXIMUM_BACKOFF_LIMIT = 2_147_483_647

/** What a job's spec and a cron job's template share: SetDefaults_PodFailurePolicyOnPodConditionsPattern and pods'. */
export function defaultJobTemplate(spec: Fields): void {
  defaultTemplate(spec)
  const policy = spec['podFailurePolicy']
  if (!isObject(policy)) return
  each(policy['rules'], (rule) => {
    each(rule['onPodConditions'], (pattern) => fillEmpty(pattern, { status: 'True' }))
  })
}

/** pkg/apis/batch/v1/defaults.go SetDefaults_Job. */
function defaultJob(job: Fields): void {
  const spec = structAt(job, 'spec')
  if (spec['completions'] === undefined && spec['parallelism'] === undefined) spec['completions'] = 1
  fill(spec, {
    parallelism: 1,
    backoffLimit: spec['backoffLimitPerIndex'] === undefined ? 6 : MAXIMUM_BACKOFF_LIMIT,
    completionMode: 'NonIndexed',
    suspend: false,
    podReplacementPolicy: spec['podFailurePolicy'] === undefined ? 'TerminatingOrFailed' : 'Failed',
    manualSelector: false,
  })
  defaultJobTemplate(spec)
  const template = structAt(spec, 'template')
  const labels = isObject(template['metadata']) ? template['metadata']['labels'] : undefined
  const metadata = structAt(job, 'metadata')
  const own = metadata['labels']
  if (isObject(labels) && !(isObject(own) && Object.keys(own).length > 0)) metadata['labels'] = { ...labels }
}

type Labels = Readonly<Record<string, string>>

function sorted(labels: Labels): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

/** registry/batch/job/strategy.go generateSelector: what tells the pods of this job from all others. */
function withGeneratedSelector(job: Job): Job {
  if (job.spec.manualSelector) return job
  const { name, uid } = job.metadata
  const { template, selector } = job.spec
  const given = template.metadata?.labels ?? {}
  const labels = sorted({
    [LEGACY_JOB_NAME_LABEL]: name,
    [JOB_NAME_LABEL]: name,
    [LEGACY_CONTROLLER_UID_LABEL]: uid,
    [CONTROLLER_UID_LABEL]: uid,
    ...given,
  })
  // Labels that the job has from its template are the template's: what is added there is added here.
  const shared = deepEqual(job.metadata.labels, given)
  return {
    ...job,
    metadata: { ...job.metadata, ...(shared ? { labels } : {}) },
    spec: {
      ...job.spec,
      selector: {
        ...selector,
        matchLabels: sorted({ [CONTROLLER_UID_LABEL]: uid, ...selector?.matchLabels }),
      },
      template: { ...template, metadata: { ...template.metadata, labels } as Job['metadata'] },
    },
  }
}

function validateGenerated({ metadata: { name, uid }, spec }: Job): FieldError[] {
  const { manualSelector, selector, template } = spec
  if (manualSelector || !selector) return []
  const labels = template.metadata?.labels
  const expected: Labels = {
    [LEGACY_CONTROLLER_UID_LABEL]: uid,
    [LEGACY_JOB_NAME_LABEL]: name,
    [CONTROLLER_UID_LABEL]: uid,
    [JOB_NAME_LABEL]: name,
  }
  const errors = Object.entries(expected).flatMap(([key, value]) => {
    const at = `spec.template.metadata.labels[${key}]`
    const found = labels?.[key]
    if (found === value) return []
    return [
      found === undefined ? required(at, `must be '${value}'`) : invalid(at, labels, `must be '${value}'`),
    ]
  })
  if (!matchesLabelSelector(selector, expected)) {
    errors.push(invalid('spec.selector', selector, '`selector` not auto-generated'))
  }
  return errors
}

function validateSpec({ spec }: Job): FieldError[] {
  const { selector, template } = spec
  const labels = template.metadata?.labels
  return [
    ...validateJobSpec(spec, 'spec'),
    ...(selector ? validateLabelSelector(selector, 'spec.selector') : [required('spec.selector')]),
    ...(matchesLabelSelector(selector, labels)
      ? []
      : [
          invalid(
            'spec.template.metadata.labels',
            labels ?? null,
            '`selector` does not match template `labels`',
          ),
        ]),
  ]
}

function validate(job: Job): FieldError[] {
  const { completions = 0 } = job.spec
  const { name } = job.metadata
  const hostname = `${name}-${completions - 1}`
  const unfit = isIndexedJob(job) && completions > 0 && nameProblems(hostname, 'label').length > 0
  const detail = `will not able to create pod with invalid DNS label: ${hostname}`
  return [
    ...validateGenerated(job),
    ...validateSpec(job),
    ...(unfit ? [invalid('metadata.name', name, detail)] : []),
  ]
}

/** The old template with what may change while a job is suspended and has never started taken from the new one. */
function comparable(template: PodTemplateSpec, old: PodTemplateSpec): PodTemplateSpec {
  const { nodeSelector, tolerations, schedulingGates, affinity } = template.spec ?? {}
  const { nodeAffinity } = affinity ?? {}
  const rest = { ...old.spec?.affinity }
  delete rest.nodeAffinity
  const merged = { ...rest, ...(nodeAffinity ? { nodeAffinity } : {}) }
  const { labels, annotations } = template.metadata ?? {}
  // What is undefined here counts as absent when compared as JSON.
  return JSON.parse(
    JSON.stringify({
      ...old,
      metadata: { ...old.metadata, labels, annotations },
      spec: {
        ...old.spec,
        nodeSelector,
        tolerations,
        schedulingGates,
        affinity: affinity || Object.keys(merged).length > 0 ? merged : undefined,
      },
    }),
  ) as PodTemplateSpec
}

function validateTemplateUpdate(job: Job, old: Job): FieldError[] {
  const mutable = old.spec.suspend === true && old.status?.startTime === undefined
  const { template } = job.spec
  const before = mutable ? comparable(template, old.spec.template) : old.spec.template
  return deepEqual(template, before) ? [] : [invalid('spec.template', template, 'field is immutable')]
}

function validateCompletions({ spec }: Job, old: Job): FieldError[] {
  if (spec.completions === old.spec.completions) return []
  const at = 'spec.completions'
  if (spec.completionMode !== 'Indexed') return [invalid(at, spec.completions, 'field is immutable')]
  if (spec.completions === undefined || spec.completions === spec.parallelism) return []
  return [invalid(at, spec.completions, 'can only be modified in tandem with spec.parallelism')]
}

function validateUpdate(job: Job, old: Job): FieldError[] {
  const { spec } = job
  const immutable = (field: keyof Job['spec'], shown: unknown = spec[field]): FieldError[] =>
    deepEqual(spec[field], old.spec[field]) ? [] : [invalid(`spec.${field}`, shown, 'field is immutable')]
  return [
    ...validateSpec(job),
    ...validateCompletions(job, old),
    ...immutable('selector'),
    ...validateTemplateUpdate(job, old),
    ...immutable('completionMode'),
    ...immutable(
      'podFailurePolicy',
      spec.podFailurePolicy ? internalFailurePolicy(spec.podFailurePolicy) : null,
    ),
    ...immutable('backoffLimitPerIndex'),
    ...immutable('managedBy'),
    ...immutable('successPolicy', spec.successPolicy ? internalSuccessPolicy(spec.successPolicy) : null),
  ]
}

// pkg/printers/internalversion/printers.go printJob.
function statusOf(job: Job): string {
  const isTrue = (type: string): boolean => trueCondition(job, type) !== undefined
  if (isTrue('Complete')) return 'Complete'
  if (isTrue('Failed')) return 'Failed'
  if (job.metadata.deletionTimestamp) return 'Terminating'
  return ['Suspended', 'FailureTarget', 'SuccessCriteriaMet'].find(isTrue) ?? 'Running'
}

function completionsOf({ spec, status }: Job): string {
  const succeeded = status?.succeeded ?? 0
  if (spec.completions !== undefined) return `${succeeded}/${spec.completions}`
  const parallelism = spec.parallelism ?? 0
  return parallelism > 1 ? `${succeeded}/1 of ${parallelism}` : `${succeeded}/1`
}

function durationOf({ status }: Job, nowMs: number): string {
  if (!status?.startTime) return ''
  const end = status.completionTime ? Date.parse(status.completionTime) : nowMs
  return humanDuration(end - Date.parse(status.startTime))
}

export const jobKind = defineKind<Job>({
  resource: jobs,
  type: 'batch/v1.Job',
  warnings: (job, old) => [...podNameWarnings(job, old), ...templateWarnings(job, old)],
  defaults: defaultJob,
  categories: ['all'],
  status: true,
  generation: true,
  columns: [
    nameColumn,
    { name: 'Status', type: 'string', cell: statusOf },
    { name: 'Completions', type: 'string', cell: completionsOf },
    { name: 'Duration', type: 'string', cell: durationOf },
    ageColumn,
    ...containerColumns<Job>(({ spec }) => spec.template.spec?.containers ?? []),
    {
      name: 'Selector',
      type: 'string',
      priority: 1,
      cell: ({ spec }) => formatLabelSelector(spec.selector),
    },
  ],
  fields: ({ status }) => ({ 'status.successful': String(status?.succeeded ?? 0) }),
  prepareForCreate: ({ status: _status, ...job }) => ({ ...withGeneratedSelector(job), status: {} }),
  validate,
  validateUpdate,
  validateStatus: validateJobStatus,
})
