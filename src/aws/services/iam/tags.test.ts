import { expect, test } from 'vitest'

import { mergeTags, readTags, removeTags } from './tags.ts'

const tag = (Key: string, Value = '') => ({ Key, Value })

test('a key that comes twice is refused, in whatever case', () => {
  for (const twin of ['team', 'Team']) {
    expect(() => readTags([tag('team'), tag(twin)])).toThrow(/^Duplicate tag keys found/)
  }
  expect(readTags([tag('a'), tag('b')])).toEqual([tag('a'), tag('b')])
})

test('tags keep their places, and keys are the same in every case', () => {
  const present = [tag('a', '1'), tag('b', '2')]
  expect(mergeTags(present, [tag('A', '3'), tag('c', '4')])).toEqual([
    tag('A', '3'),
    tag('b', '2'),
    tag('c', '4'),
  ])
  expect(removeTags(present, ['a'])).toEqual([tag('b', '2')])
})
