import { describe, expect, it } from 'vitest'

import { awsFailure, fakeCloud, type Handlers } from '../testing/fake-cloud.ts'
import { importNodeGroup } from './node-group.ts'

const NAME = { cluster: 'shop', group: 'web' }
const NONE: Handlers = {
  DescribeStacks: () => {
    throw awsFailure('ValidationError', 'Stack with id x does not exist')
  },
}

async function read(nodegroup: object, handlers: Handlers = NONE) {
  const { cloud } = await fakeCloud({ DescribeNodegroup: () => ({ nodegroup }), ...handlers })
  return importNodeGroup(cloud, NAME, new Set(['subnet-a', 'subnet-b']))
}

describe('importNodeGroup', () => {
  it('reads a group of the console', async () => {
    const { value, notes } = await read({
      amiType: 'BOTTLEROCKET_ARM_64',
      capacityType: 'SPOT',
      instanceTypes: ['m7g.large', 'm6g.large'],
      diskSize: 40,
      scalingConfig: { minSize: 1, desiredSize: 2, maxSize: 4 },
      subnets: ['subnet-a'],
      labels: { tier: 'front', 'alpha.eksctl.io/nodegroup-name': 'web' },
      tags: { team: 'web', 'aws:cloudformation:stack-name': 'x' },
      taints: [{ key: 'gpu', value: 'yes', effect: 'PREFER_NO_SCHEDULE' }],
      nodeRole: 'arn:aws:iam::111122223333:role/nodes',
      updateConfig: { maxUnavailable: 2 },
    })
    expect(value).toEqual({
      name: 'web',
      amiFamily: 'Bottlerocket',
      instanceTypes: ['m7g.large', 'm6g.large'],
      volumeSize: 40,
      spot: true,
      minSize: 1,
      desiredCapacity: 2,
      maxSize: 4,
      privateNetworking: true,
      labels: { tier: 'front' },
      tags: { team: 'web' },
      taints: [{ key: 'gpu', value: 'yes', effect: 'PreferNoSchedule' }],
      updateConfig: { maxUnavailable: 2 },
      iam: { instanceRoleARN: 'arn:aws:iam::111122223333:role/nodes' },
    })
    expect(notes).toEqual([])
  })

  it('says so where the image is its own, and where a stack made the role', async () => {
    const { value, notes } = await read(
      { amiType: 'CUSTOM', instanceTypes: ['m5.large'], subnets: ['subnet-public'], nodeRole: 'arn' },
      { DescribeStacks: () => ({ Stacks: [{ StackName: 's', StackStatus: 'CREATE_COMPLETE' }] }) },
    )
    expect(value).toEqual({ name: 'web', instanceType: 'm5.large' })
    expect(notes).toEqual([
      'node group web runs an image of its own',
      'node group web: policies that were added to its role are not in the file',
    ])
  })
})
