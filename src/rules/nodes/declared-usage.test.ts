import { expect, test } from 'vitest'

import { declaredUsage } from './declared-usage.ts'

const GiB = 1024 ** 3

test.each([
  ['cpu=400m,memory=1Gi', { cpuMilli: 400, memoryBytes: GiB }],
  [' memory = 2Gi , cpu = 1.5 ', { cpuMilli: 1500, memoryBytes: 2 * GiB }],
  ['cpu=2', { cpuMilli: 2000, memoryBytes: 0 }],
  ['memory=0', { cpuMilli: 0, memoryBytes: 0 }],
])('%j is read', (text, usage) => {
  expect(declaredUsage({ 'neargate.dev/usage': text })).toEqual(usage)
})

test.each(['', 'cpu', 'cpu=', 'cpu=x', 'cpu=-1', 'gpu=1', 'cpu=1,cpu=2', 'cpu=1;memory=1'])(
  '%j is refused by its name',
  (text) => {
    expect(declaredUsage({ 'neargate.dev/usage': text })).toEqual({
      problem: `annotation neargate.dev/usage: ${JSON.stringify(text)} must be like cpu=400m,memory=200Mi`,
    })
  },
)

test('a pod without the annotation says nothing', () => {
  expect(declaredUsage(undefined)).toBeUndefined()
  expect(declaredUsage({ a: 'b' })).toBeUndefined()
})
