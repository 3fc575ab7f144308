import { expect, test } from 'vitest'

import { readYaml } from './yaml-text.ts'

test('the last of keys that stand twice counts, and each is complained of by its line', () => {
  const text = '\nspec:\n  foo: 1\n  "bar": x\n  foo: 2\n  bar: y\n'
  expect(readYaml(text)).toEqual({
    value: { spec: { foo: 2, bar: 'y' } },
    complaint:
      'yaml: unmarshal errors:\n  line 5: key "foo" already set in map\n  line 6: key "bar" already set in map',
  })
})

test.each(['a: [', 'a: &x [*x', '\ta: 1'])('%j is refused', (text) => {
  expect(() => readYaml(text)).toThrow(/^error converting YAML to JSON: yaml: /)
})

test('good text has no complaint', () => {
  expect(readYaml('a: {b: c}')).toEqual({ value: { a: { b: 'c' } }, complaint: undefined })
})
