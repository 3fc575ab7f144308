import type { DescribeInstanceTypeOfferingsResult, DescribeInstanceTypesResult } from '@aws-sdk/client-ec2'
import { expect, test } from 'vitest'

import { createTestRegion } from '../../testing/test-region.ts'

async function describeTypes(input: object): Promise<DescribeInstanceTypesResult> {
  const region = await createTestRegion()
  return await region.endpoint.caller.call('ec2', 'DescribeInstanceTypes', input)
}

test.each<[string, object]>([
  [
    't2.micro',
    {
      Hypervisor: 'xen',
      BurstablePerformanceSupported: true,
      ProcessorInfo: { SupportedArchitectures: ['i386', 'x86_64'] },
      VCpuInfo: { DefaultVCpus: 1, DefaultCores: 1, DefaultThreadsPerCore: 1 },
    },
  ],
  ['m5.metal', { BareMetal: true }],
  ['m1.small', { CurrentGeneration: false, InstanceStorageInfo: { TotalSizeInGB: 160 } }],
  [
    'g5.12xlarge',
    { GpuInfo: { Gpus: [{ Count: 4, Manufacturer: 'NVIDIA', Name: 'A10G' }], TotalGpuMemoryInMiB: 91_552 } },
  ],
  ['inf2.xlarge', { NeuronInfo: { NeuronDevices: [{ Count: 1, CoreInfo: { Count: 2 } }] } }],
  ['t3.micro', { PlacementGroupInfo: { SupportedStrategies: ['partition', 'spread'] } }],
  ['c5.large', { PlacementGroupInfo: { SupportedStrategies: ['cluster', 'partition', 'spread'] } }],
  ['m7g.large', { Hypervisor: 'nitro', VCpuInfo: { DefaultCores: 2, DefaultThreadsPerCore: 1 } }],
])('%s', async (name, facts) => {
  const { InstanceTypes } = await describeTypes({ InstanceTypes: [name] })
  expect(InstanceTypes).toMatchObject([{ InstanceType: name, ...facts }])
})

test('types are found by filters, and unknown ones are named', async () => {
  const filters = (...pairs: [string, string][]) => ({
    Filters: pairs.map(([Name, value]) => ({ Name, Values: [value] })),
  })
  const small = await describeTypes(
    filters(
      ['vcpu-info.default-vcpus', '2'],
      ['memory-info.size-in-mib', '8192'],
      ['instance-type', 'm5*.large'],
    ),
  )
  expect(small.InstanceTypes?.map(({ InstanceType }) => InstanceType).toSorted()).toEqual([
    'm5.large',
    'm5a.large',
    'm5ad.large',
    'm5d.large',
    'm5dn.large',
    'm5n.large',
    'm5zn.large',
  ])
  await expect(describeTypes({ InstanceTypes: ['t3.large', 't9.huge', 'x'] })).rejects.toMatchObject({
    code: 'InvalidInstanceType',
    message: 'The following supplied instance types do not exist: [t9.huge, x]',
  })
})

test('a type is offered in every zone', async () => {
  const region = await createTestRegion()
  const { InstanceTypeOfferings } = await region.endpoint.caller.call<DescribeInstanceTypeOfferingsResult>(
    'ec2',
    'DescribeInstanceTypeOfferings',
    { LocationType: 'availability-zone', Filters: [{ Name: 'instance-type', Values: ['t2.micro'] }] },
  )
  expect(InstanceTypeOfferings?.map(({ Location }) => Location)).toEqual([
    'ap-southeast-1a',
    'ap-southeast-1b',
    'ap-southeast-1c',
  ])
})
