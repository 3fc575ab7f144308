// Owns the comparison of two plans: what a change moves, costs and breaks.
import type { CostItem } from './cost.ts'
import type { Plan, PlannedWorkload } from './plan.ts'
import type { Problem } from '../config/problem.ts'

/** What is there in one of two plans alone, or otherwise in both. */
export interface Change<T> {
  readonly before?: T
  readonly after?: T
}

export interface PlanDifference {
  /** USD a month, as the two totals say. */
  readonly monthly: { readonly before: number; readonly after: number }
  readonly workloads: readonly Change<PlannedWorkload>[]
  /** Lines of the bill whose price, size or count is another one. */
  readonly items: readonly Change<CostItem>[]
  /** What was not wrong before. */
  readonly newProblems: readonly Problem[]
  /** What is not wrong any more. */
  readonly solvedProblems: readonly Problem[]
}

/** What differs between two plans. Lines that only moved within their files are the same problem. */
export function comparePlans(before: Plan, after: Plan): PlanDifference {
  return {
    monthly: { before: before.cost.monthly, after: after.cost.monthly },
    workloads: changes([before.workloads, after.workloads], {
      key: ({ namespace, kind, name }) => `${namespace}/${kind}/${name}`,
      same: (a, b) =>
        a.compute === b.compute &&
        a.capacity === b.capacity &&
        a.replicas === b.replicas &&
        a.profile === b.profile,
    }),
    items: changes([before.cost.items, after.cost.items], {
      key: ({ name }) => name,
      same: (a, b) => a.monthly === b.monthly && a.detail === b.detail && a.quantity === b.quantity,
    }),
    newProblems: lacking(after.problems, before.problems),
    solvedProblems: lacking(before.problems, after.problems),
  }
}

function changes<T>(
  [before, after]: readonly [readonly T[], readonly T[]],
  { key, same }: { readonly key: (each: T) => string; readonly same: (a: T, b: T) => boolean },
): readonly Change<T>[] {
  const was = new Map(before.map((each) => [key(each), each]))
  const is = new Map(after.map((each) => [key(each), each]))
  return [...new Set([...was.keys(), ...is.keys()])].flatMap((name): Change<T>[] => {
    const [old, now] = [was.get(name), is.get(name)]
    if (old === undefined) return now === undefined ? [] : [{ after: now }]
    if (now === undefined) return [{ before: old }]
    return same(old, now) ? [] : [{ before: old, after: now }]
  })
}

function lacking(problems: readonly Problem[], others: readonly Problem[]): readonly Problem[] {
  const key = ({ code, message }: Problem): string => `${code} ${message}`
  const known = new Set(others.map(key))
  return problems.filter((each) => !known.has(key(each)))
}
