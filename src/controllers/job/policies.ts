// Owns what the pod failure policy and the success policy of a job decide.
// Source: kubernetes pkg/controller/job/pod_failure_policy.go and success_policy.go.
import type {
  Job,
  Pod,
  PodFailurePolicyOnExitCodesRequirement,
  PodFailurePolicyRule,
} from '../../../generated/kubernetes.d.ts'
import { common, countIndexes, readIndexes, type Intervals } from '../../rules/kubernetes/index-intervals.ts'
import { failureCountOf, isPodFailed } from './job-pod.ts'

/** What is to be done about a failed pod. */
export interface FailureVerdict {
  /** False when the failure does not count. */
  readonly counts: boolean
  readonly action?: PodFailurePolicyRule['action']
  /** Why the job as a whole fails, when it does. */
  readonly message?: string
}

/** The verdict of the first rule that matches a failed pod; without one the failure counts. */
export function judgeFailure({ spec }: Job, pod: Pod): FailureVerdict {
  const rules = spec.podFailurePolicy?.rules ?? []
  for (const [i, rule] of rules.entries()) {
    const what = matchOf(rule, pod)
    if (what === undefined) continue
    const { action } = rule
    if (action === 'FailJob')
      return { counts: true, action, message: `${what} matching FailJob rule at index ${i}` }
    return { counts: action !== 'Ignore', action }
  }
  return { counts: true }
}

/** In words, what of the pod the rule matches; undefined when it does not. */
function matchOf({ onExitCodes, onPodConditions }: PodFailurePolicyRule, pod: Pod): string | undefined {
  const { namespace, name } = pod.metadata
  const { conditions = [], containerStatuses = [], initContainerStatuses = [] } = pod.status ?? {}
  if (onExitCodes) {
    const found = [...containerStatuses, ...initContainerStatuses].find(({ name: container, state }) =>
      matchesExitCode(onExitCodes, container, state?.terminated?.exitCode),
    )
    if (!found) return undefined
    const { exitCode } = found.state?.terminated ?? {}
    return `Container ${found.name} for pod ${namespace}/${name} failed with exit code ${exitCode}`
  }
  const found = conditions.find((condition) =>
    (onPodConditions ?? []).some(
      (pattern) => pattern.type === condition.type && (pattern.status ?? 'True') === condition.status,
    ),
  )
  return found && `Pod ${namespace}/${name} has condition ${found.type}`
}

// A success is no failure: exit code 0 never matches, not even NotIn.
function matchesExitCode(
  { containerName, operator, values }: PodFailurePolicyOnExitCodesRequirement,
  container: string,
  exitCode: number | undefined,
): boolean {
  if (exitCode === undefined || exitCode === 0) return false
  if (containerName !== undefined && containerName !== container) return false
  return values.includes(exitCode) === (operator === 'In')
}

/** True when the failure of a pod is the last that its index may have. */
export function failsIndex(job: Job, pod: Pod): boolean {
  if (!isPodFailed(job, pod)) return false
  const { counts, action } = judgeFailure(job, pod)
  if (action === 'FailIndex') return true
  return counts && failureCountOf(pod) >= (job.spec.backoffLimitPerIndex ?? 0)
}

/** The message of the first failed pod that fails the job as a whole, if any does. */
export function jobFailureMessage(job: Job, pods: readonly Pod[]): string | undefined {
  if (!job.spec.podFailurePolicy) return undefined
  for (const pod of pods) {
    const message = isPodFailed(job, pod) ? judgeFailure(job, pod).message : undefined
    if (message !== undefined) return message
  }
  return undefined
}

/** Says which rule of the success policy the succeeded indexes meet, if any. */
export function successMessage({ spec }: Job, succeeded: Intervals): string | undefined {
  const rules = succeeded.length > 0 ? (spec.successPolicy?.rules ?? []) : []
  const met = rules.findIndex(({ succeededIndexes, succeededCount }) => {
    const enough = succeededCount ?? Number.POSITIVE_INFINITY
    if (succeededIndexes === undefined) return countIndexes(succeeded) >= enough
    const required = readIndexes(succeededIndexes, spec.completions ?? 0)
    if (required.length === 0) return false
    const reached = countIndexes(common(required, succeeded))
    return reached === countIndexes(required) || reached >= enough
  })
  return met < 0 ? undefined : `Matched rules at index ${met}`
}
