import { describe, expect, it } from 'vitest'

import { renderProblems, type ToldProblem } from './problems.ts'
import { captured } from './testing/captured.ts'

const told: ToldProblem = {
  severity: 'error',
  code: 'bad',
  message: 'it is bad',
  file: 'a.yaml',
  line: 1,
  column: 2,
  help: 'Make it good.',
}

describe('renderProblems', () => {
  it('wraps at the width of the terminal', () => {
    const long = { ...told, message: 'word '.repeat(60).trim() }
    const lines = renderProblems([long], captured({ tty: { out: true }, columns: 70 }).terminal).split('\n')
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(70)
    expect(lines.join(' ').match(/word/g)).toHaveLength(60)
  })

  it('says so when there are none', () => {
    expect(renderProblems([], captured().terminal)).toBe('✔ no problems found')
  })

  it('puts errors first and counts both', () => {
    const warning = { ...told, severity: 'warning', code: 'odd', line: 7 } as const
    expect(renderProblems([warning, told, told], captured().terminal)).toBe(
      [
        '✖ error bad  a.yaml:1:2\n  it is bad\n  → Make it good.',
        '✖ error bad  a.yaml:1:2\n  it is bad\n  → Make it good.',
        '▲ warning odd  a.yaml:7:2\n  it is bad\n  → Make it good.',
        '2 errors, 1 warning',
      ].join('\n\n'),
    )
  })
})
