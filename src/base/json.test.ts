import { expect, test } from 'vitest'

import { own } from './json.ts'

test('reads what a record has itself', () => {
  const record = JSON.parse('{"a":1,"__proto__":2}') as Record<string, number>
  expect([own(record, 'a'), own(record, '__proto__')]).toEqual([1, 2])
  for (const inherited of ['constructor', 'toString', 'valueOf', 'hasOwnProperty', 'b']) {
    expect(own(record, inherited)).toBeUndefined()
  }
  expect(own<number>({}, '__proto__')).toBeUndefined()
})
