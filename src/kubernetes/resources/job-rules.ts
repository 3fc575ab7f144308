// Owns the rules for the spec of jobs, of which cron jobs hold a template.
// Source of rules and wording: kubernetes pkg/apis/batch/validation/validation.go.
import type { JobSpec } from '../../../generated/kubernetes.d.ts'
import { invalid, required, tooLong, unsupported, type FieldError } from './field-error.ts'
import { validatePodFailurePolicy, validateSuccessPolicy } from './job-policy-rules.ts'
import { nameProblems } from './naming.ts'
import { atLeastZero, choice } from './field-rules.ts'
import { validatePodTemplate } from './pod-spec.ts'

const INDEXED_LIMIT = 100_000
const MANY_COMPLETIONS_LIMIT = 10_000
const MANAGED_BY_LIMIT = 63

/** Findings for a job spec at `path`, `spec` or `spec.jobTemplate.spec`, apart from its selector. */
export function validateJobSpec(spec: JobSpec, path: string): FieldError[] {
  return [
    ...validateNumbers(spec, path),
    ...(spec.managedBy === undefined ? [] : validateManagedBy(spec.managedBy, `${path}.managedBy`)),
    ...validateCompletionMode(spec, path),
    ...validatePodFailurePolicy(spec, path),
    ...validateSuccessPolicy(spec, path),
    ...validateReplacement(spec, `${path}.podReplacementPolicy`),
    ...validatePodTemplate(spec.template, `${path}.template`),
    ...validateRestartPolicy(spec, `${path}.template.spec.restartPolicy`),
  ]
}

function validateNumbers(spec: JobSpec, path: string): FieldError[] {
  return [
    ...atLeastZero(`${path}.parallelism`, spec.parallelism),
    ...atLeastZero(`${path}.completions`, spec.completions),
    ...atLeastZero(`${path}.activeDeadlineSeconds`, spec.activeDeadlineSeconds),
    ...atLeastZero(`${path}.backoffLimit`, spec.backoffLimit),
    ...atLeastZero(`${path}.ttlSecondsAfterFinished`, spec.ttlSecondsAfterFinished),
    ...atLeastZero(`${path}.backoffLimitPerIndex`, spec.backoffLimitPerIndex),
    ...atLeastZero(`${path}.maxFailedIndexes`, spec.maxFailedIndexes),
    ...(spec.maxFailedIndexes !== undefined && spec.backoffLimitPerIndex === undefined
      ? [required(`${path}.backoffLimitPerIndex`, 'when maxFailedIndexes is specified')]
      : []),
  ]
}

// apimachinery pkg/util/validation IsDomainPrefixedPath.
function validateManagedBy(value: string, path: string): FieldError[] {
  const slash = value.indexOf('/')
  const [host, rest] = [value.slice(0, Math.max(slash, 0)), value.slice(slash + 1)]
  const errors = []
  if (value === '') errors.push(required(path))
  else if (host === '' || rest === '') {
    errors.push(invalid(path, value, 'must be a domain-prefixed path (such as "acme.io/foo")'))
  } else errors.push(...nameProblems(host, 'subdomain').map((problem) => invalid(path, host, problem)))
  if (Buffer.byteLength(value) > MANAGED_BY_LIMIT) errors.push(tooLong(path, MANAGED_BY_LIMIT))
  return errors
}

function validateCompletionMode(spec: JobSpec, path: string): FieldError[] {
  const errors = choice(`${path}.completionMode`, spec.completionMode, ['NonIndexed', 'Indexed'])
  if (spec.completionMode === 'Indexed') return [...errors, ...validateIndexed(spec, path)]
  if (spec.completionMode !== undefined && spec.completionMode !== 'NonIndexed') return errors
  for (const field of ['backoffLimitPerIndex', 'maxFailedIndexes'] as const) {
    const value = spec[field]
    if (value !== undefined)
      errors.push(invalid(`${path}.${field}`, value, 'requires indexed completion mode'))
  }
  return errors
}

function validateIndexed(spec: JobSpec, path: string): FieldError[] {
  const { completions, parallelism = 0, maxFailedIndexes, backoffLimitPerIndex } = spec
  const errors =
    completions === undefined ? [required(`${path}.completions`, 'when completion mode is Indexed')] : []
  const atMost = (field: 'parallelism' | 'maxFailedIndexes', limit: number, when: string): void => {
    const value = spec[field] ?? 0
    if (value > limit)
      errors.push(invalid(`${path}.${field}`, value, `must be less than or equal to ${limit}${when}`))
  }
  atMost('parallelism', INDEXED_LIMIT, ' when completion mode is Indexed')
  if (completions !== undefined && (maxFailedIndexes ?? 0) > completions) {
    errors.push(
      invalid(`${path}.maxFailedIndexes`, maxFailedIndexes, 'must be less than or equal to completions'),
    )
  }
  atMost('maxFailedIndexes', INDEXED_LIMIT, '')
  if ((completions ?? 0) <= INDEXED_LIMIT || backoffLimitPerIndex === undefined) return errors
  if (maxFailedIndexes === undefined) {
    errors.push(
      required(`${path}.maxFailedIndexes`, `must be specified when completions is above ${INDEXED_LIMIT}`),
    )
  }
  const when = ` when completions are above ${INDEXED_LIMIT} and used with backoff limit per index`
  if (parallelism > 0) atMost('parallelism', MANY_COMPLETIONS_LIMIT, when)
  atMost('maxFailedIndexes', MANY_COMPLETIONS_LIMIT, when)
  return errors
}

function validateReplacement(spec: JobSpec, path: string): FieldError[] {
  return choice(
    path,
    spec.podReplacementPolicy,
    spec.podFailurePolicy ? ['Failed'] : ['Failed', 'TerminatingOrFailed'],
  )
}

function validateRestartPolicy({ template, podFailurePolicy }: JobSpec, path: string): FieldError[] {
  const policy = template?.spec?.restartPolicy ?? 'Always'
  if (policy === 'Always') return [required(path, 'valid values: "OnFailure", "Never"')]
  if (policy !== 'OnFailure' && policy !== 'Never') return [unsupported(path, policy, ['OnFailure', 'Never'])]
  if (!podFailurePolicy || policy === 'Never') return []
  return [invalid(path, policy, 'only "Never" is supported when podFailurePolicy is specified')]
}
