import { expect, test } from 'vitest'

import { isQuiet } from './quiet.ts'

test.each([
  ['new, and due at once', { initializedAtMs: 95_000, lastPodMs: 0, consolidateAfter: '0s' }, false],
  ['new, and its pool says nothing', { initializedAtMs: 95_000, lastPodMs: 0 }, false],
  [
    'of some age, and due at once',
    { initializedAtMs: 80_000, lastPodMs: 99_000, consolidateAfter: '0s' },
    true,
  ],
  ['a pod has just come', { initializedAtMs: 0, lastPodMs: 80_000, consolidateAfter: '30s' }, false],
  ['no pod has come since', { initializedAtMs: 0, lastPodMs: 70_000, consolidateAfter: '30s' }, true],
  ['up for less than that', { initializedAtMs: 75_000, lastPodMs: 0, consolidateAfter: '30s' }, false],
  ['never to be moved', { initializedAtMs: 0, lastPodMs: 0, consolidateAfter: 'Never' }, false],
])('a node that is %s', (_what, node, expected) => {
  expect(isQuiet({ nowMs: 100_000, ...node })).toBe(expected)
})
