import { expect, it } from 'vitest'

import { wantedOf } from './explain-objects.ts'

it.each([
  ['web', undefined, { kind: undefined, namespace: undefined, name: 'web' }],
  ['pod/web-1', 'shop', { kind: 'pod', namespace: 'shop', name: 'web-1' }],
  ['SVC/web', undefined, { kind: 'service', namespace: undefined, name: 'web' }],
  ['ing/web', undefined, { kind: 'ingress', namespace: undefined, name: 'web' }],
  ['deployment/web', undefined, { kind: 'workload', namespace: undefined, name: 'web' }],
  ['shop/web', undefined, { kind: undefined, namespace: 'shop', name: 'web' }],
  ['constructor/web', undefined, { kind: undefined, namespace: 'constructor', name: 'web' }],
])('reads %s', (target, namespace, expected) => {
  expect(wantedOf({ target, namespace })).toEqual(expected)
})
