import { expect, it } from 'vitest'

import { needOf } from './needs.ts'
import { report } from './report.ts'

const passed = { state: 'passes', seconds: 1, day: '2026-11-27' } as const
const failed = { state: 'fails', seconds: 1, reason: 'no <good>' } as const

it('counts cases by group, and leaves those that need containers out of the share', () => {
  const {
    summary,
    text,
    failed: failures,
  } = report([
    { name: '[sig-apps] a [Conformance]', need: undefined, outcome: passed },
    { name: '[sig-apps] b [Conformance]', need: undefined, outcome: failed },
    { name: '[sig-network] c [Conformance]', need: 'asks a server' },
    { name: '[sig-network] d [Conformance]', need: undefined },
  ])
  expect(failures).toBe(2)
  expect(text).toContain('\nThe others ran last on 2026-11-27.\n\n1 pass, ')
  expect(summary).toBe('1 pass, 1 fail, 1 not run, 1 need containers: 50.0 % of what ran')
  expect(text).toContain(
    '| sig-apps | 1 | 1 | 0 | 0 |\n| sig-network | 0 | 0 | 1 | 1 |\n| all | 1 | 1 | 1 | 1 |',
  )
  expect(text).toContain(
    '- ✔ a\n- ✗ b - fails: no &lt;good>\n\n## sig-network\n\n- ○ c - needs containers: asks a server\n- ✗ d - not run',
  )
})

it('counts a case that passes although it needs containers as passed', () => {
  const { failed: failures, summary } = report([{ name: '[sig-apps] a', need: 'x', outcome: passed }])
  expect([failures, summary]).toEqual([
    0,
    '1 pass, 0 fail, 0 not run, 0 need containers: 100.0 % of what ran',
  ])
})

it('knows which cases look into a container', () => {
  expect(needOf('[sig-network] DNS should provide DNS for services  [Conformance]')).toMatch(/DNS server/)
  expect(
    needOf('[sig-apps] ReplicaSet should list and delete a collection of ReplicaSets [Conformance]'),
  ).toBe(undefined)
})
