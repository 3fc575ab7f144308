// What is wrong with expressions of policies, as kube-apiserver v1.35.4 said it of each (testing/problems.jsonl).

import { expect, it } from 'vitest'

import { recordedRows } from '../../base/testing/recorded-rows.ts'
import { policyCompiler, problemOf } from './policy.ts'

interface Row {
  readonly expression: string
  /** Absent for what is accepted. */
  readonly problem?: string
  /** Why it is not the same here; the case fails once it is. */
  readonly differs?: string
}

const rows = recordedRows<Row>(new URL('testing/problems.jsonl', import.meta.url))

const compiler = policyCompiler({ hasParams: false, variables: [] })

it.each(rows)('$expression', ({ expression, problem, differs }) => {
  const said = problemOf(() => compiler.validation(expression))
  if (differs === undefined) expect(said).toBe(problem)
  else expect(said).not.toBe(problem)
})
