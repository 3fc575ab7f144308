import { expect, test } from 'vitest'

import { addons, findAddon } from './catalog.ts'
import { schemaOf, violationsOf } from './configuration-schema.ts'

const coredns = schemaOf(findAddon('coredns') ?? { configuration: {} })

test.each([
  [{ replicaCount: 3, tolerations: [], resources: { limits: { cpu: '1' } } }, []],
  [null, ['$: null found, object expected']],
  [{ replicaCount: '3' }, ['$.replicaCount: string found, integer expected']],
  [{ replicaCount: 1.5 }, ['$.replicaCount: number found, integer expected']],
  [{ replicaCount: 0 }, ['$.replicaCount: must have a minimum value of 1']],
  [
    { podAnnotations: {}, nodeSelector: [] },
    [
      '$.podAnnotations: is not defined in the schema and the schema does not allow additional properties',
      '$.nodeSelector: array found, object expected',
    ],
  ],
])('values of coredns: %j', (values, violations) => {
  expect(violationsOf(coredns, values)).toEqual(violations)
})

test('members of a map are judged where they stand', () => {
  const schema = schemaOf(findAddon('vpc-cni') ?? { configuration: {} })
  expect(violationsOf(schema, { env: { ENABLE_PREFIX_DELEGATION: 'true' } })).toEqual([])
  expect(violationsOf(schema, { env: { WARM_IP_TARGET: 5 } })).toEqual([
    '$.env.WARM_IP_TARGET: integer found, string expected',
  ])
})

test.each(addons.map((addon) => [addon.name, addon]))('%s takes no values as values', (_name, addon) => {
  expect(violationsOf(schemaOf(addon), {})).toEqual([])
})
