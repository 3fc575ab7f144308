import { readFileSync } from 'node:fs'

import { expect, test } from 'vitest'

import { verdictOf, type Excuse, type Outcome } from './verdict.ts'

const outcome = (name: string, word = 'passed'): Outcome => ({ test: name, outcome: word, message: '' })

const EXCUSES: readonly Excuse[] = [
  { kind: 'far', reason: 'no hosts', tests: ['tests/test_ec2/test_hosts.py'] },
  { kind: 'wrong', reason: 'asynchronous', tests: ['tests/a.py::test_one', 'tests/a.py::test_two[b]'] },
]

test('a file, a test with all its parameters, and one of them are excused', () => {
  const verdict = verdictOf(
    [
      outcome('tests/test_ec2/test_hosts.py::test_any', 'failed'),
      outcome('tests/a.py::test_one[x]', 'failed'),
      outcome('tests/a.py::test_two[a]'),
      outcome('tests/a.py::test_two[b]', 'failed'),
    ],
    EXCUSES,
  )
  expect(verdict).toMatchObject({ right: 1, passed: 1, far: 1, wrong: 2, failures: [], needless: [] })
})

test('what fails without an excuse is named, what passes with one too, and a skipped test is none', () => {
  const verdict = verdictOf(
    [
      outcome('tests/b.py::test_x', 'failed'),
      outcome('tests/a.py::test_one'),
      outcome('tests/c.py::y', 'skipped'),
    ],
    EXCUSES,
  )
  expect(verdict.failures.map(({ test: name }) => name)).toEqual(['tests/b.py::test_x'])
  expect(verdict).toMatchObject({ right: 1, passed: 0, wrong: 1, needless: ['tests/a.py::test_one'] })
})

test('what AWS itself passed is not wrong', () => {
  const verified = { ...outcome('tests/a.py::test_one', 'failed'), isVerified: true }
  const far = { ...outcome('tests/test_ec2/test_hosts.py::test_any', 'failed'), isVerified: true }
  expect(verdictOf([verified, far], EXCUSES).disputed).toEqual(['tests/a.py::test_one'])
})

test('a file that does not collect is named, excused or not, and is no test', () => {
  const file = outcome('tests/test_ec2/test_hosts.py', 'uncollected')
  const verdict = verdictOf([file, outcome('tests/b.py::test_x')], EXCUSES)
  expect(verdict).toMatchObject({ right: 1, passed: 1, far: 0, uncollected: [file] })
})

test('the excuses that are there have a reason and are not given twice', () => {
  const file = new URL('excused.json', import.meta.url)
  // The file that the judge reads.
  const excuses = JSON.parse(readFileSync(file, 'utf8')) as readonly Excuse[]
  const tests = excuses.flatMap((excuse) => excuse.tests)
  expect(new Set(tests).size).toBe(tests.length)
  for (const { kind, reason } of excuses) {
    expect(['wrong', 'far']).toContain(kind)
    expect(reason).toMatch(/\.$/)
  }
})
