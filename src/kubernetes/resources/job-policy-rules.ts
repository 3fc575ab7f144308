// Owns the rules for the pod failure policy and the success policy of jobs.
// Source of rules and wording: kubernetes pkg/apis/batch/validation/validation.go.
import type {
  JobSpec,
  PodFailurePolicy,
  PodFailurePolicyOnExitCodesRequirement,
  PodFailurePolicyOnPodConditionsPattern,
  PodFailurePolicyRule,
  SuccessPolicy,
  SuccessPolicyRule,
} from '../../../generated/kubernetes.d.ts'
import { countIndexes, IndexesError, parseIndexes } from '../../rules/kubernetes/index-intervals.ts'
import {
  duplicate,
  invalid,
  invalidHidden,
  required,
  tooLong,
  tooMany,
  unsupported,
  type FieldError,
} from './field-error.ts'
import { validateQualifiedName } from './naming.ts'
import { atLeastZero } from './field-rules.ts'

const ACTIONS = ['Count', 'FailIndex', 'FailJob', 'Ignore']
const OPERATORS = ['In', 'NotIn']
const STATUSES = ['False', 'True', 'Unknown']
const MAXIMUM_RULES = 20
const MAXIMUM_VALUES = 255
const MAXIMUM_PATTERNS = 20
const MAXIMUM_INDEXES_BYTES = 64 * 1024

/** Findings for the pod failure policy of a job spec at `path`. */
export function validatePodFailurePolicy(spec: JobSpec, path: string): FieldError[] {
  const { podFailurePolicy } = spec
  if (!podFailurePolicy) return []
  const { rules } = podFailurePolicy
  const at = `${path}.podFailurePolicy.rules`
  return [
    ...(rules.length > MAXIMUM_RULES ? [tooMany(at, rules.length, MAXIMUM_RULES)] : []),
    ...rules.flatMap((rule, i) => validateRule(spec, rule, `${at}[${i}]`)),
  ]
}

function validateRule(spec: JobSpec, rule: PodFailurePolicyRule, path: string): FieldError[] {
  const conditions = rule.onPodConditions ?? []
  const errors = [
    ...validateAction(spec, rule.action, `${path}.action`),
    ...(rule.onExitCodes ? validateExitCodes(spec, rule.onExitCodes, `${path}.onExitCodes`) : []),
    ...validateConditions(conditions, `${path}.onPodConditions`),
  ]
  const kinds = (rule.onExitCodes ? 1 : 0) + (conditions.length > 0 ? 1 : 0)
  if (kinds === 2) {
    errors.push(invalidHidden(path, 'specifying both OnExitCodes and OnPodConditions is not supported'))
  } else if (kinds === 0) {
    errors.push(invalidHidden(path, 'specifying one of OnExitCodes and OnPodConditions is required'))
  }
  return errors
}

function validateAction(spec: JobSpec, action: string, path: string): FieldError[] {
  if (!action) return [required(path, validValues(ACTIONS))]
  if (!ACTIONS.includes(action)) return [unsupported(path, action, ACTIONS)]
  if (action !== 'FailIndex' || spec.backoffLimitPerIndex !== undefined) return []
  return [invalid(path, action, 'requires the backoffLimitPerIndex to be set')]
}

// Go's %q of a list.
function validValues(values: readonly string[]): string {
  return `valid values: [${values.map((value) => JSON.stringify(value)).join(' ')}]`
}

function validateExitCodes(
  { template }: JobSpec,
  { operator, containerName, values }: PodFailurePolicyOnExitCodesRequirement,
  path: string,
): FieldError[] {
  const errors: FieldError[] = []
  if (!operator) errors.push(required(`${path}.operator`, validValues(OPERATORS)))
  else if (!OPERATORS.includes(operator)) {
    errors.push(unsupported(`${path}.operator`, operator, OPERATORS))
  }
  const containers = [...(template?.spec?.containers ?? []), ...(template?.spec?.initContainers ?? [])]
  if (containerName !== undefined && !containers.some(({ name }) => name === containerName)) {
    const detail = 'must be one of the container or initContainer names in the pod template'
    errors.push(invalid(`${path}.containerName`, containerName, detail))
  }
  return [...errors, ...validateValues(operator, values, `${path}.values`)]
}

function validateValues(operator: string, values: readonly number[], path: string): FieldError[] {
  const errors: FieldError[] = []
  if (values.length === 0) errors.push(invalid(path, values, 'at least one value is required'))
  else if (values.length > MAXIMUM_VALUES) errors.push(tooMany(path, values.length, MAXIMUM_VALUES))
  for (const [i, value] of values.entries()) {
    if (operator === 'In' && value === 0) {
      errors.push(invalid(`${path}[${i}]`, value, 'must not be 0 for the In operator'))
    }
    if (values.indexOf(value) < i) errors.push(duplicate(`${path}[${i}]`, value))
  }
  if (values.some((value, i) => value < (values[i - 1] ?? value))) {
    errors.push(invalid(path, values, 'must be ordered'))
  }
  return errors
}

function validateConditions(
  patterns: readonly PodFailurePolicyOnPodConditionsPattern[],
  path: string,
): FieldError[] {
  return [
    ...(patterns.length > MAXIMUM_PATTERNS ? [tooMany(path, patterns.length, MAXIMUM_PATTERNS)] : []),
    ...patterns.flatMap(({ type, status }, i) => [
      ...validateQualifiedName(`${path}[${i}].type`, type),
      ...(!status ? [required(`${path}[${i}].status`, validValues(STATUSES))] : []),
      ...(status && !STATUSES.includes(status)
        ? [unsupported(`${path}[${i}].status`, status, STATUSES)]
        : []),
    ]),
  ]
}

/** Findings for the success policy of a job spec at `path`. */
export function validateSuccessPolicy(spec: JobSpec, path: string): FieldError[] {
  const { successPolicy } = spec
  if (!successPolicy) return []
  const at = `${path}.successPolicy`
  if (spec.completionMode !== 'Indexed') {
    return [invalid(at, internalSuccessPolicy(successPolicy), 'requires indexed completion mode')]
  }
  const { rules } = successPolicy
  const none = 'at least one rules must be specified when the successPolicy is specified'
  return [
    ...(rules.length === 0 ? [required(`${at}.rules`, none)] : []),
    ...(rules.length > MAXIMUM_RULES ? [tooMany(`${at}.rules`, rules.length, MAXIMUM_RULES)] : []),
    ...rules.flatMap((rule, i) => validateSuccessRule(rule, spec.completions ?? 0, `${at}.rules[${i}]`)),
  ]
}

function validateSuccessRule(
  { succeededIndexes, succeededCount }: SuccessPolicyRule,
  completions: number,
  path: string,
): FieldError[] {
  if (succeededCount === undefined && succeededIndexes === undefined) {
    return [required(path, 'at least one of succeededCount or succeededIndexes must be specified')]
  }
  const errors: FieldError[] = []
  let named = 0
  if (succeededIndexes !== undefined) {
    const at = `${path}.succeededIndexes`
    if (succeededIndexes.length > MAXIMUM_INDEXES_BYTES) errors.push(tooLong(at, MAXIMUM_INDEXES_BYTES))
    try {
      named = countIndexes(parseIndexes(succeededIndexes, completions))
    } catch (error) {
      if (!(error instanceof IndexesError)) throw error
      errors.push(invalid(at, succeededIndexes, `error parsing succeededIndexes: ${error.message}`))
    }
  }
  if (succeededCount === undefined) return errors
  const at = `${path}.succeededCount`
  const atMost = (limit: number, what: string): FieldError[] =>
    succeededCount > limit
      ? [invalid(at, succeededCount, `must be less than or equal to ${limit} (${what})`)]
      : []
  return [
    ...errors,
    ...atLeastZero(at, succeededCount),
    ...atMost(completions, 'the number of specified completions'),
    ...(succeededIndexes === undefined
      ? []
      : atMost(named, 'the number of indexes in the specified succeededIndexes field')),
  ]
}

/** How Kubernetes prints a success policy in a message: as the struct that its server holds. */
export function internalSuccessPolicy({ rules }: SuccessPolicy): unknown {
  return {
    Rules: rules.map(({ succeededIndexes, succeededCount }) => ({
      SucceededIndexes: succeededIndexes ?? null,
      SucceededCount: succeededCount ?? null,
    })),
  }
}

/** How Kubernetes prints a pod failure policy in a message. */
export function internalFailurePolicy({ rules }: PodFailurePolicy): unknown {
  return {
    Rules: rules.map(({ action, onExitCodes, onPodConditions }) => ({
      Action: action,
      OnExitCodes: onExitCodes
        ? {
            ContainerName: onExitCodes.containerName ?? null,
            Operator: onExitCodes.operator,
            Values: onExitCodes.values,
          }
        : null,
      OnPodConditions:
        onPodConditions?.map(({ type, status }) => ({ Type: type, Status: status ?? '' })) ?? null,
    })),
  }
}
