// Owns the rules for the counts in statuses of what keeps pods: none is negative, none is more than all of them.
// Source: kubernetes pkg/apis/apps/validation (ValidateDeploymentStatus and its siblings), pkg/apis/core/validation
// (ValidateReplicationControllerStatus).
import { isObject } from '../../base/json.ts'
import { invalid, type FieldError } from './field-error.ts'
import { atLeastZero } from './field-rules.ts'

interface CountRules {
  /** None of these is negative. */
  readonly counts: readonly string[]
  /** None of these is more than `replicas`. */
  readonly parts?: readonly string[]
  /** As what the message names the count that `availableReplicas` is within. */
  readonly ready?: string
}

/** The rule of one kind for its status. */
export function replicaStatus({
  counts,
  parts = [],
  ready,
}: CountRules): (next: object, old: object) => FieldError[] {
  return (next, old) => {
    const [status, before] = [statusOf(next), statusOf(old)]
    const count = (name: string): number => numberAt(status, name) ?? 0
    return [
      ...counts.flatMap((name) => atLeastZero(`status.${name}`, numberAt(status, name))),
      ...parts.flatMap((name) =>
        count(name) > count('replicas')
          ? [invalid(`status.${name}`, count(name), 'cannot be greater than status.replicas')]
          : [],
      ),
      ...(ready !== undefined && count('availableReplicas') > count('readyReplicas')
        ? [invalid('status.availableReplicas', count('availableReplicas'), `cannot be greater than ${ready}`)]
        : []),
      ...decremented(numberAt(status, 'collisionCount'), numberAt(before, 'collisionCount')),
    ]
  }
}

// Names of revisions are made with it: one that went back would give out a name twice.
function decremented(now: number | undefined, before: number | undefined): FieldError[] {
  if (before === undefined || (now !== undefined && now >= before)) return []
  return [invalid('status.collisionCount', now ?? 0, 'cannot be decremented')]
}

function statusOf(object: object): Readonly<Record<string, unknown>> {
  const status: unknown = 'status' in object ? object.status : undefined
  return isObject(status) ? status : {}
}

function numberAt(status: Readonly<Record<string, unknown>>, name: string): number | undefined {
  const value = status[name]
  return typeof value === 'number' ? value : undefined
}
