import { expect, test } from 'vitest'

import { deepCopy, deepEqual, isWithoutAbsent, own } from './json.ts'

test('reads what a record has itself', () => {
  const record = JSON.parse('{"a":1,"__proto__":2}') as Record<string, number>
  expect([own(record, 'a'), own(record, '__proto__')]).toEqual([1, 2])
  for (const inherited of ['constructor', 'toString', 'valueOf', 'hasOwnProperty', 'b']) {
    expect(own(record, inherited)).toBeUndefined()
  }
  expect(own<number>({}, '__proto__')).toBeUndefined()
})

test.each<[unknown, unknown, boolean]>([
  [{ a: 1, b: undefined }, { a: 1 }, true],
  [{ a: 1 }, { a: 1, b: undefined }, true],
  [{ a: undefined }, { a: null }, false],
  [{ a: 1 }, { a: 1, b: 2 }, false],
  [{ a: 1, b: 2 }, { a: 1 }, false],
  [{ a: { b: [1, { c: 2 }] } }, { a: { b: [1, { c: 2 }] } }, true],
  [{ a: { b: [1, { c: 2 }] } }, { a: { b: [1, { c: 3 }] } }, false],
  [{}, [], false],
  [{ toString: 1 }, {}, false],
  [JSON.parse('{"__proto__":{"a":1}}'), {}, false],
])('%j and %j are equal: %s', (a, b, equal) => {
  expect(deepEqual(a, b)).toBe(equal)
})

test('compares values of any depth in one pass', () => {
  const nest = (depth: number): unknown => (depth === 0 ? 1 : { below: nest(depth - 1), beside: depth })
  // A pass that doubled with each level would not end.
  expect(deepEqual(nest(200), nest(200))).toBe(true)
})

test('a copy shares nothing, leaves out what is undefined, and keeps keys that inherit', () => {
  const given = JSON.parse('{"a":{"b":[{"c":1}]},"__proto__":{"d":2},"e":null}') as Record<string, unknown>
  const copy = deepCopy<Record<string, unknown>>({ ...given, absent: undefined })
  expect(Object.keys(copy)).toEqual(['a', '__proto__', 'e'])
  expect(copy).toEqual(given)
  expect(Object.getOwnPropertyDescriptor(copy, '__proto__')?.value).not.toBe(
    Object.getOwnPropertyDescriptor(given, '__proto__')?.value,
  )
  expect(copy['a']).not.toBe(given['a'])
})

test.each([
  [{ a: [1, null, { b: '' }] }, true],
  [{ a: [{ b: undefined }] }, false],
  [[undefined], false],
])('%j has nothing that is absent: %s', (value, expected) => {
  expect(isWithoutAbsent(value)).toBe(expected)
})
