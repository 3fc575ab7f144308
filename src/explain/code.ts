// Owns the explanation of a problem's code: the row of the one table that plan reports from.
import { problemRules } from '../config/problem.ts'
import type { Explanation } from './explanation.ts'

/** Explains the code of a problem; undefined when there is no such code. */
export function explainCode(code: string): Explanation | undefined {
  const rule = Object.entries(problemRules).find(([name]) => name === code)?.[1]
  if (!rule) return undefined
  const effect =
    rule.severity === 'error' ? 'an error: it stops `up` before anything is made' : 'a warning: `up` goes on'
  return {
    subject: code,
    verdict: `is ${effect}`,
    isWell: rule.severity === 'warning',
    facts: [
      { name: 'when', text: rule.when },
      { name: 'help', text: rule.help },
    ],
    causes: [],
  }
}
