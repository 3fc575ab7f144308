import { expect, it } from 'vitest'

import { customKindOf } from './custom-kinds.ts'

const kind = 'CustomResourceDefinition'
const names = { kind: 'Table', plural: 'tables' }

it('reads the served versions of a definition', () => {
  const versions = [
    { name: 'v1', served: true },
    { name: 'v1beta1', served: false },
    { name: 'v2', served: true },
  ]
  expect(customKindOf({ kind, spec: { group: 'a.example.com', names, versions } })).toEqual({
    group: 'a.example.com',
    kind: 'Table',
    plural: 'tables',
    versions: ['v1', 'v2'],
  })
})

it.each([
  ['another kind', { kind: 'ConfigMap', spec: { group: 'a', names, versions: [] } }],
  ['no spec', { kind }],
  ['a group that is no text', { kind, spec: { group: 1, names } }],
  ['no names', { kind, spec: { group: 'a' } }],
  ['names without a plural', { kind, spec: { group: 'a', names: { kind: 'Table' } } }],
])('takes %s for no definition', (_, object) => {
  expect(customKindOf(object)).toBeUndefined()
})

it('takes versions that are none for no versions', () => {
  expect(
    customKindOf({ kind, spec: { group: 'a', names, versions: [1, { served: true }] } })?.versions,
  ).toEqual([])
})
