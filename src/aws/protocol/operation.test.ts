import type { RunInstancesRequest } from '@aws-sdk/client-ec2'
import type { CreateFargateProfileRequest, CreateNodegroupRequest } from '@aws-sdk/client-eks'
import { expect, test } from 'vitest'

import { bindOperations, operation } from './operation.ts'
import type { RequestContext } from './service.ts'

const request = {} as RequestContext

test('a handler sees what its operation declares, and nothing else', async () => {
  const declared = operation<string[], CreateFargateProfileRequest, object>()({
    honours: ['clusterName', 'selectors[].namespace'],
    keeps: ['tags'],
    handle: (input, seen) => {
      const namespaces: (string | undefined)[] | undefined = input.selectors?.map(
        ({ namespace }) => namespace,
      )
      const tags: Record<string, string> | undefined = input.tags
      // @ts-expect-error subnets are not declared
      seen.push(String(input.clusterName), String(namespaces), String(tags?.['a']), String(input.subnets))
      // @ts-expect-error neither are the labels of a selector
      seen.push(String(input.selectors?.[0]?.labels))
      return {}
    },
  })
  const seen: string[] = []
  const { CreateFargateProfile: bound } = bindOperations(seen, { CreateFargateProfile: declared })
  expect([bound?.honours, bound?.keeps]).toEqual([['clusterName', 'selectors[].namespace'], ['tags']])
  const input = { clusterName: 'c', selectors: [{ namespace: 'n' }], tags: { a: 'b' } }
  // The table is of handlers of any input.
  await bound?.handle(input as never, request)
  expect(seen).toEqual(['c', 'n', 'b', 'undefined', 'undefined'])
})

test('a path that the input does not have does not compile', () => {
  const wrong = [
    operation<object, CreateNodegroupRequest, object>()({
      // @ts-expect-error misspelt
      honours: ['clusterNam'],
      handle: () => ({}),
    }),
    operation<object, CreateNodegroupRequest, object>()({
      // @ts-expect-error a structure is declared by its members
      honours: ['remoteAccess'],
      handle: () => ({}),
    }),
    operation<object, RunInstancesRequest, object>()({
      // @ts-expect-error the list has to be gone through
      honours: ['BlockDeviceMappings.Ebs.VolumeSize'],
      handle: () => ({}),
    }),
    operation<object, RunInstancesRequest, object>()({
      honours: ['BlockDeviceMappings[].Ebs.VolumeSize', 'TagSpecifications[].Tags[].Key'],
      // @ts-expect-error another member
      handle: (input) => ({ name: input.BlockDeviceMappings?.[0]?.DeviceName }),
    }),
  ]
  expect(wrong).toHaveLength(4)
})
