import { describe, expect, it } from 'vitest'
import { hasErrors, problem, problemRules, sortProblems } from './problem.ts'

const at = (file: string, line: number): { file: string; line: number; column: number } => ({
  file,
  line,
  column: 1,
})

describe('the table of problems', () => {
  it.each(Object.entries(problemRules))('%s speaks in sentences', (code, rule) => {
    expect(code).toMatch(/^[a-z]+(-[a-z]+)*$/)
    expect(rule.when).toMatch(/^[A-Z].*\.$/)
    expect(rule.help).toMatch(/^[A-Z].*[^ ]$/)
  })
})

describe('problems', () => {
  it('take severity and help from the table, unless the case has its own help', () => {
    expect(problem('duplicate-object', 'twice', at('a.yaml', 3))).toEqual({
      severity: 'error',
      code: 'duplicate-object',
      message: 'twice',
      file: 'a.yaml',
      line: 3,
      column: 1,
      help: 'Remove one of the two.',
    })
    expect(problem('duplicate-object', 'twice', at('a.yaml', 3), 'Do this.').help).toBe('Do this.')
  })

  it('sort by place and drop what is said twice', () => {
    const [a, b, c] = [
      problem('not-an-object', 'x', at('b.yaml', 1)),
      problem('not-an-object', 'x', at('a.yaml', 10)),
      problem('not-an-object', 'x', at('a.yaml', 9)),
    ]
    expect(sortProblems([a, b, c, a])).toEqual([c, b, a])
  })

  it('stop `up` only when there is an error', () => {
    expect(hasErrors([problem('version-retired', 'old', at('a', 1))])).toBe(false)
    expect(hasErrors([problem('version-unknown', 'odd', at('a', 1))])).toBe(true)
  })
})
