import { describe, expect, it } from 'vitest'

import type { Service } from '../../../generated/kubernetes.d.ts'
import {
  BuildError,
  booleanAnnotation,
  integerAnnotation,
  listAnnotation,
  mapAnnotation,
  PREFIX,
} from './annotations.ts'

function service(value?: string): Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: 'web',
      namespace: 'shop',
      uid: 'u',
      resourceVersion: '1',
      creationTimestamp: '',
      annotations: value === undefined ? {} : { [`${PREFIX}x`]: value },
    },
    spec: {},
  }
}

const failure = (text: string) =>
  new BuildError(`failed to parse ${text}`, { path: ['metadata', 'annotations', `${PREFIX}x`] })

describe('booleans', () => {
  const values: readonly (readonly [string | undefined, boolean | undefined])[] = [
    ...['1', 't', 'T', 'true', 'TRUE', 'True'].map((text) => [text, true] as const),
    ...['0', 'f', 'F', 'false', 'FALSE', 'False'].map((text) => [text, false] as const),
    [undefined, undefined],
  ]
  it.each(values)('%s is %s', (text, expected) => {
    expect(booleanAnnotation(service(text), 'x')).toBe(expected)
  })

  it.each(['yes', '', 'tRUE'])('%j is none', (text) => {
    const why = `strconv.ParseBool: parsing "${text}": invalid syntax`
    expect(() => booleanAnnotation(service(text), 'x')).toThrow(
      failure(`bool annotation, ${PREFIX}x: ${text}: ${why}`),
    )
  })
})

describe('numbers', () => {
  it.each([
    ['5', 5],
    ['-5', -5],
    ['+5', 5],
    ['2147483647', 2147483647],
    [undefined, 10],
  ] as const)('%s is %s', (text, expected) => {
    expect(integerAnnotation(service(text), 'x', 10)).toBe(expected)
  })

  it.each([
    ['abc', 'invalid syntax'],
    ['', 'invalid syntax'],
    ['1.5', 'invalid syntax'],
    ['2147483648', 'value out of range'],
  ])('%j is none: %s', (text, problem) => {
    const why = `strconv.ParseInt: parsing "${text}": ${problem}`
    expect(() => integerAnnotation(service(text), 'x', 10)).toThrow(
      failure(`int32 annotation, ${PREFIX}x: ${text}: ${why}`),
    )
  })
})

it.each([
  [undefined, undefined],
  ['', []],
  ['a, b ,,c', ['a', 'b', 'c']],
])('the list %j is %j', (text, expected) => {
  expect(listAnnotation(service(text), 'x')).toEqual(expected)
})

// pkg/annotations/parser_test.go
describe('maps', () => {
  it.each([
    [undefined, {}],
    ['', {}],
    ['a=1,b=2', { a: '1', b: '2' }],
    [' a = 1 , b = 2 ', { a: '1', b: '2' }],
    ['a=1=2', { a: '1=2' }],
    ['a=', { a: '' }],
    ['a=x\\,y,b=2', { a: 'x,y', b: '2' }],
    ['a=1,', { a: '1,' }],
  ])('%j is %j', (text, expected) => {
    expect(mapAnnotation(service(text), 'x')).toEqual(expected)
  })

  it.each(['a', 'a=1,b', '=1', ','])('%j is none', (text) => {
    expect(() => mapAnnotation(service(text), 'x')).toThrow(
      failure(`stringMap annotation, ${PREFIX}x: ${text}`),
    )
  })
})
