// Owns what is the same in the conditions of all objects: which holds, and since when.
// Source: apimachinery pkg/api/meta/conditions.go (SetStatusCondition).

interface Condition {
  readonly type: string
  readonly status: string
  readonly lastTransitionTime?: string | undefined
}

/** True when there is a condition of the type and its status is True. */
export function isConditionTrue(
  conditions: readonly Pick<Condition, 'type' | 'status'>[] | null | undefined,
  type: string,
): boolean {
  return conditions?.some((condition) => condition.type === type && condition.status === 'True') ?? false
}

/**
 * Since when a condition has its status: a new reason or message doesn't move the time.
 * @param before the condition as it was; undefined when there was none
 * @param now a timestamp
 */
export function transitionTime(
  before: Pick<Condition, 'status' | 'lastTransitionTime'> | undefined,
  status: string,
  now: string,
): string {
  return (before?.status === status ? before.lastTransitionTime : undefined) ?? now
}

/** The conditions with one in the place of that of its type, or at the end where there was none. */
export function withCondition<T extends Condition>(
  conditions: readonly T[] | null | undefined,
  next: Omit<T, 'lastTransitionTime'> & Pick<Condition, 'type' | 'status'>,
  now: string,
): T[] {
  const all = conditions ?? []
  const before = all.find(({ type }) => type === next.type)
  // What was left out has been put in.
  const entered = { ...next, lastTransitionTime: transitionTime(before, next.status, now) } as unknown as T
  return before ? all.map((condition) => (condition === before ? entered : condition)) : [...all, entered]
}
