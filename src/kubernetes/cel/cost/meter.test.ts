import { describe, expect, it } from 'vitest'

import { CelEnvironment } from '../environment.ts'
import { toCel } from '../values.ts'
import { CelCostError, metered, type Budget } from './meter.ts'

const environment = new CelEnvironment({ a: 'dyn' })
const a = toCel({ s: 'x'.repeat(95), l: [1, 2, 3], m: { k: 'v' }, e: [] })

/** What an expression takes from a budget. */
function costOf(expression: string): number {
  const budget: Budget = { left: 1_000 }
  environment.compile(expression).evaluate({ a }, budget)
  return 1_000 - budget.left
}

// By cel-go interpreter/runtimecost.go.
describe('an evaluation costs', () => {
  it.each<[string, number]>([
    ['1 + 1 == 2', 2],
    ['a.s == a.s', 2 + 2 + 10],
    ['a.s.size() > 3', 2 + 1 + 1],
    ['a.s + a.s == ""', 4 + 19],
    ['a.s.startsWith("x")', 2 + 10],
    ['a.s.contains("x")', 2 + 10],
    ['a.s.matches("^x*$")', 2 + 10],
    ['1 in a.l', 2 + 3],
    ['has(a.m.k)', 2],
    ['a.m["k"] == "v"', 3 + 1],
    ['[1, 2].size() == 2', 10 + 1 + 1],
    ['{"a": 1}.size() == 1', 30 + 1 + 1],
    ['a.l.all(x, true)', 2 + 1 + 3 * 3],
    ['a.l.all(x, x > 0)', 2 + 1 + 3 * (3 + 2)],
    ['a.l.exists(x, x == 2)', 2 + 1 + 2 * (4 + 2)],
    ['a.l.map(x, x).size() == 3', 2 + 10 + 1 + 3 * 13 + 2],
    ['a.l.sum() == 6', 2 + 3 + 1],
    ['a.e.all(x, x > 0)', 3],
    ['true ? a.l == a.l : a.s == a.s', 4 + 1],
    ['true || a.s == a.s', 0],
  ])('%s: %i', (expression, cost) => {
    expect(costOf(expression)).toBe(cost)
  })
})

describe('a budget', () => {
  it('is what several evaluations share, to its end', () => {
    const budget: Budget = { left: 30 }
    const program = environment.compile('a.s == a.s')
    expect(program.evaluate({ a }, budget)).toBe(true)
    expect(program.evaluate({ a }, budget)).toBe(true)
    expect(() => program.evaluate({ a }, budget)).toThrow(CelCostError)
    expect(budget.left).toBe(0)
  })

  it('is not touched by an evaluation inside of another that counts for itself', () => {
    const [outer, inner]: [Budget, Budget] = [{ left: 100 }, { left: 100 }]
    const program = environment.compile('a.s == a.s')
    metered(outer, () => program.evaluate({ a }, inner))
    expect([outer.left, inner.left]).toEqual([100, 86])
  })
})
