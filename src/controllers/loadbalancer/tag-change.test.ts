import { expect, it } from 'vitest'

import { tagChange } from './tag-change.ts'

it.each([
  [{}, {}, [], []],
  [{ a: '1' }, { a: '1' }, [], []],
  [{}, { a: '1' }, [{ Key: 'a', Value: '1' }], []],
  [{ a: '1' }, { a: '2' }, [{ Key: 'a', Value: '2' }], []],
  [{ a: '1', b: '2' }, { b: '2' }, [], ['a']],
  [{ 'aws:cloudformation:stack-name': 's' }, { 'aws:x': 'y' }, [], []],
])('from %j to %j', (current, wanted, added, removed) => {
  expect(tagChange(current, wanted)).toEqual({ added, removed })
})
