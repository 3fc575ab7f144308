import type { AutoScalingGroupsType } from '@aws-sdk/client-auto-scaling'
import type { Instance } from '@aws-sdk/client-ec2'
import { describe, expect, it, vi } from 'vitest'

import { createTestRegion } from '../../testing/test-region.ts'
import { nextLaunch } from './mixed-instances.ts'
import type { GroupRecord } from './state.ts'

// The parts of a record that the rule reads.
function group(
  desired: number,
  distribution: object,
  instanceTypes = ['t3.small', 't3.medium'],
): GroupRecord {
  return { desired, mixed: { instanceTypes, distribution } } as unknown as GroupRecord
}

function launches(record: GroupRecord): string[] {
  const alive: Instance[] = []
  while (alive.length < record.desired) {
    const { instanceType, isSpot } = nextLaunch(record, alive)
    alive.push({
      InstanceType: instanceType as Instance['InstanceType'],
      InstanceLifecycle: isSpot ? 'spot' : undefined,
    })
  }
  return alive.map((each) => `${each.InstanceLifecycle ?? 'on-demand'} ${each.InstanceType}`)
}

describe('nextLaunch', () => {
  it.each([
    ['all on demand by default', 2, {}, ['on-demand t3.small', 'on-demand t3.small']],
    [
      'half of an odd number rounded up for those on demand',
      3,
      { OnDemandPercentageAboveBaseCapacity: 50 },
      ['on-demand t3.small', 'on-demand t3.small', 'spot t3.small'],
    ],
    [
      'a base on demand, the rest spot over two pools',
      4,
      { OnDemandBaseCapacity: 1, OnDemandPercentageAboveBaseCapacity: 0 },
      ['on-demand t3.small', 'spot t3.small', 'spot t3.medium', 'spot t3.small'],
    ],
    [
      'one pool',
      2,
      { OnDemandPercentageAboveBaseCapacity: 0, SpotInstancePools: 1 },
      ['spot t3.small', 'spot t3.small'],
    ],
  ])('launches %s', (_, desired, distribution, expected) => {
    expect(launches(group(desired, distribution))).toEqual(expected)
  })
})

describe('a group with a policy', () => {
  it('launches types and lifecycles of it, and shows it', async () => {
    const region = await createTestRegion()
    await region.ec2.prepareNetwork({
      subnets: [{ id: 'subnet-0a', zone: 'ap-southeast-1a', public: false }],
    })
    const { caller } = region.endpoint
    await caller.call('ec2', 'CreateLaunchTemplate', {
      LaunchTemplateName: 'web',
      LaunchTemplateData: { ImageId: 'ami-1', InstanceType: 't3.xlarge', UserData: 'aGk=' },
    })
    region.runControllers()
    await caller.call('autoscaling', 'CreateAutoScalingGroup', {
      AutoScalingGroupName: 'mixed',
      MinSize: 2,
      MaxSize: 2,
      VPCZoneIdentifier: 'subnet-0a',
      MixedInstancesPolicy: {
        LaunchTemplate: {
          LaunchTemplateSpecification: { LaunchTemplateName: 'web', Version: '$Latest' },
          Overrides: [{ InstanceType: 't3.small' }, { InstanceType: 't3.medium' }],
        },
        InstancesDistribution: { OnDemandPercentageAboveBaseCapacity: 50 },
      },
    })
    await vi.waitFor(() => {
      const made = region.ec2.instances
        .list()
        // In the order of their ids, which are random.
        .toSorted((a, b) => Number(a.isSpot ?? false) - Number(b.isSpot ?? false))
        .map((each) => [each.instanceType, each.isSpot, each.userData])
      expect(made).toEqual([
        ['t3.small', undefined, 'aGk='],
        ['t3.small', true, 'aGk='],
      ])
    }, 10_000)
    const { AutoScalingGroups = [] } = await caller.call<AutoScalingGroupsType>(
      'autoscaling',
      'DescribeAutoScalingGroups',
      {},
    )
    expect(AutoScalingGroups[0]?.LaunchTemplate).toBeUndefined()
    expect(AutoScalingGroups[0]?.MixedInstancesPolicy).toMatchObject({
      LaunchTemplate: { Overrides: [{ InstanceType: 't3.small' }, { InstanceType: 't3.medium' }] },
      InstancesDistribution: {
        OnDemandBaseCapacity: 0,
        OnDemandPercentageAboveBaseCapacity: 50,
        SpotInstancePools: 2,
      },
    })
  })
})
