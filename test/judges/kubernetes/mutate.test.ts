// Tests which places of an object are changed, and what the object is afterwards.
import { expect, it } from 'vitest'

import { typeOf } from '../../../src/kubernetes/schema/fields.ts'
import { mutantsOf, mutated } from './mutate.ts'

const lease = typeOf('coordination/v1.Lease')
const service = typeOf('core/v1.Service')

it('changes each field by its type, takes away what is there, and adds what nobody knows', () => {
  const found = mutantsOf({ spec: { leaseDurationSeconds: 5 } }, lease, { depth: 1 })
  const of = (name: string): unknown[] =>
    found.filter(({ path }) => path.join('.') === `spec.${name}`).map(({ value }) => value)
  expect(of('leaseDurationSeconds')).toEqual(expect.arrayContaining([undefined, -1, 0, 2_147_483_648, '1']))
  expect(of('renewTime')).toEqual(['2026-01-01T00:00:00.000000Z', 'x'])
  expect(of('zz')).toEqual([1])
  expect(found.some(({ path }) => path[0] === 'metadata' || path[0] === 'status')).toBe(false)
})

it('makes structures where there are none, as deep as it is told', () => {
  const found = mutantsOf({ spec: {} }, service, { depth: 1 })
  const values = found
    .filter(({ path }) => path.join('.') === 'spec.sessionAffinityConfig')
    .map(({ value }) => value)
  expect(values).toEqual([{}, { clientIP: {} }])
})

it('changes a copy', () => {
  const object = { a: [{ b: 1, c: 2 }], d: 3 }
  expect(mutated(object, { path: ['a', 0, 'b'], value: 9 })).toEqual({ a: [{ b: 9, c: 2 }], d: 3 })
  expect(mutated(object, { path: ['a', 0, 'b'], value: undefined })).toEqual({ a: [{ c: 2 }], d: 3 })
  expect(mutated(object, { path: ['a', 0], value: undefined })).toEqual({ a: [], d: 3 })
  expect(object).toEqual({ a: [{ b: 1, c: 2 }], d: 3 })
})
