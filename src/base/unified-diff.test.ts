import { expect, it } from 'vitest'

import { unifiedDiff } from './unified-diff.ts'

const text = (...lines: readonly string[]): string => lines.join('\n')

it('says nothing about equal texts', () => {
  expect(unifiedDiff('a\nb', 'a\nb')).toBe('')
})

it.each<[string, string, string]>([
  ['a', 'b', '@@ -1 +1 @@\n-a\n+b\n'],
  [text('a', 'b', 'c'), text('a', 'c'), '@@ -1,3 +1,2 @@\n a\n-b\n c\n'],
  [
    text('1', '2', '3', '4', '5', '6', '7', '8', '9'),
    text('1', '2', '3', '4', 'x', '6', '7', '8', '9'),
    '@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+x\n 6\n 7\n 8\n',
  ],
])('shows what changed between %j and %j', (before, after, expected) => {
  expect(unifiedDiff(before, after)).toBe(expected)
})

it('shows changes that are far from each other in hunks of their own', () => {
  const lines = Array.from({ length: 20 }, (_, i) => `${i}`)
  const after = lines.with(0, 'a').with(19, 'z')
  expect(unifiedDiff(text(...lines), text(...after))).toBe(
    '@@ -1,4 +1,4 @@\n-0\n+a\n 1\n 2\n 3\n@@ -17,4 +17,4 @@\n 16\n 17\n 18\n-19\n+z\n',
  )
})
