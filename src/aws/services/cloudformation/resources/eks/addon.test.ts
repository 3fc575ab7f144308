import { expect, test } from 'vitest'

import type { TemplateObject } from '../../template/template.ts'
import { planChange } from '../plan-change.ts'
import type { ResourceContext } from '../resource-type.ts'
import { addon } from './addon.ts'

/** The calls that the steps of a change make; each service answers with an update. */
async function callsOf(before: TemplateObject, after: TemplateObject): Promise<[string, object][]> {
  const calls: [string, object][] = []
  const answer = { update: { id: 'u' }, addon: { addonArn: 'arn' } }
  const context = {
    call: (_service: string, operation: string, input: object) => {
      calls.push([operation, input])
      return Promise.resolve(answer)
    },
  } as unknown as ResourceContext
  const key = { ClusterName: 'c', AddonName: 'coredns' }
  const [from, to] = [
    { ...key, ...before },
    { ...key, ...after },
  ]
  for (const step of planChange(addon, from, to).steps) {
    await step.run({ physicalId: 'c|coredns', before: from, after: to }, context)
  }
  return calls
}

const key = { clusterName: 'c', addonName: 'coredns' }

test.each<[string, TemplateObject, TemplateObject, [string, object][]]>([
  [
    'a version',
    { AddonVersion: 'v1', ResolveConflicts: 'OVERWRITE' },
    { AddonVersion: 'v2', ResolveConflicts: 'OVERWRITE' },
    [['UpdateAddon', { ...key, addonVersion: 'v2', resolveConflicts: 'OVERWRITE' }]],
  ],
  [
    'values and a role, with the version that stays',
    { AddonVersion: 'v1' },
    { AddonVersion: 'v1', ConfigurationValues: '{"a":1}', ServiceAccountRoleArn: 'r' },
    [
      [
        'UpdateAddon',
        { ...key, addonVersion: 'v1', configurationValues: '{"a":1}', serviceAccountRoleArn: 'r' },
      ],
    ],
  ],
  [
    'values that leave the template',
    { ConfigurationValues: '{"a":1}' },
    {},
    [['UpdateAddon', { ...key, configurationValues: '{}' }]],
  ],
  [
    'what an update does with conflicts, alone',
    { ResolveConflicts: 'NONE' },
    { ResolveConflicts: 'OVERWRITE' },
    [],
  ],
  ['what its removal leaves, alone', {}, { PreserveOnDelete: true }, []],
])('an add-on is updated with %s', async (_what, before, after, calls) => {
  expect(await callsOf(before, after)).toEqual(calls)
})

test('a role cannot be taken away, and that is said', async () => {
  await expect(callsOf({ ServiceAccountRoleArn: 'r' }, {})).rejects.toThrow(
    'Taking ServiceAccountRoleArn from an add-on is not emulated by Neargate.',
  )
})
