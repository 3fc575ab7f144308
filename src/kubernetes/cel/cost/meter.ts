// Owns the cost of expressions as they run: what has been spent, and where an end is put to it.
// Source: cel-go interpreter/runtimecost.go; apiserver pkg/apis/cel/config.go.
import { CelError } from '../errors.ts'

/** Units that one evaluation may cost: about a tenth of a second. */
const PER_CALL = 1_000_000

/** Units that all rules of one object, or all expressions of one binding, may cost together. */
export const OBJECT_BUDGET = 10_000_000

/** Units that the match conditions of one webhook or binding may cost together. */
export const CONDITIONS_BUDGET = 2_500_000

/** What is left for several evaluations. */
export interface Budget {
  left: number
}

/** An evaluation that was ended because of what it costs. */
export class CelCostError extends CelError {
  /** True when the budget of several evaluations is spent, false when one was too dear by itself. */
  readonly isBudget: boolean

  constructor(isBudget: boolean) {
    super('operation cancelled: actual cost limit exceeded')
    this.isBudget = isBudget
  }
}

let spent = 0

/** Takes units from the evaluation that runs. @throws CelCostError when it has had its share. */
export function charge(units: number): void {
  spent += units
  if (spent > PER_CALL) throw new CelCostError(false)
}

/** Whether the evaluation that runs has had its share: loops that go on after errors end then. */
export function isSpent(): boolean {
  return spent > PER_CALL
}

/**
 * Runs an evaluation and takes what it costs from the budget. One that another one starts is counted by itself.
 * @throws CelCostError
 */
export function metered<T>(budget: Budget | undefined, evaluate: () => T): T {
  const outer = spent
  spent = 0
  try {
    const value = evaluate()
    // A logical operator may have dropped the error, as it drops others.
    if (isSpent()) throw new CelCostError(false)
    return value
  } finally {
    const cost = spent
    spent = outer
    if (budget) take(budget, cost)
  }
}

function take(budget: Budget, cost: number): void {
  if (cost > budget.left) {
    budget.left = 0
    throw new CelCostError(true)
  }
  budget.left -= cost
}
