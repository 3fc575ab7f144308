// What the CEL specification says that expressions are, as far as they need no messages of protocol buffers:
// testing/specification.jsonl, reduced to a few of each section. Those marked `differs` are otherwise here, and why:
// moments know milliseconds, and arithmetic with them and with durations has no bounds; unsigned numbers are no index,
// and in no list of signed ones; an empty literal has items of no type; `trim` and `quote` know fewer characters.
import { describe, expect, it } from 'vitest'

import { recordedRows } from '../../base/testing/recorded-rows.ts'
import { CelEnvironment } from './environment.ts'
import { CelError } from './errors.ts'
import { shownValue } from './testing/shown-value.ts'

interface Row {
  readonly section: string
  readonly expr: string
  /** Absent where the expression fails. */
  readonly value?: unknown
  readonly error?: true
  readonly differs?: true
}

const rows = recordedRows<Row>(new URL('testing/specification.jsonl', import.meta.url))
const environment = new CelEnvironment({})

function outcomeOf(expression: string): unknown {
  try {
    return { value: shownValue(environment.compile(expression).evaluate({})) }
  } catch (error) {
    if (error instanceof CelError) return { error: true }
    throw error
  }
}

function expectedOf({ value, error }: Row): unknown {
  return error ? { error } : { value }
}

const bySection = Map.groupBy(rows, ({ section }) => section)

describe('the specification', () => {
  it.each([...bySection])('%s', (_section, cases) => {
    const same = cases.filter(({ differs }) => !differs)
    expect(same.map(({ expr }) => [expr, outcomeOf(expr)])).toEqual(
      same.map((row) => [row.expr, expectedOf(row)]),
    )
  })

  it('is not kept where that is known, and everywhere else it is', () => {
    const kept = rows
      .filter(({ differs }) => differs)
      .filter((row) => {
        return JSON.stringify(outcomeOf(row.expr)) === JSON.stringify(expectedOf(row))
      })
    expect(kept).toEqual([])
  })
})
