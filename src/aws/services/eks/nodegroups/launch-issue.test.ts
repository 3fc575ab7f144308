import type * as sdk from '@aws-sdk/client-eks'
import { expect, test } from 'vitest'

import { FakeClock } from '../../../../base/testing/fake-clock.ts'
import { giveBlocks6 } from '../../../testing/blocks6.ts'
import { createEksTestRegion, type EksTestRegion } from '../testing/eks-test-region.ts'

const key = { clusterName: 'demo', nodegroupName: 'workers' }

interface Group {
  readonly region: EksTestRegion
  readonly look: () => Promise<sdk.Nodegroup>
  /** Polls, moving a fake clock on if there is one, until the group has this status. */
  readonly reaches: (status: string) => Promise<sdk.Nodegroup>
}

async function withGroup(
  input: { instanceTypes?: string[]; desiredSize?: number; isNarrow?: boolean; isIpv6?: boolean },
  clock?: FakeClock,
): Promise<Group> {
  const region = await createEksTestRegion(clock ? { clock } : {})
  if (input.isIpv6 === true) {
    await giveBlocks6((...asked) => region.call('ec2', ...asked), region.vpcId, region.subnetIds)
  }
  await region.call('eks', 'CreateCluster', {
    name: key.clusterName,
    roleArn: await region.role('r', 'eks.amazonaws.com'),
    resourcesVpcConfig: { subnetIds: region.subnetIds },
    ...(input.isIpv6 === true ? { kubernetesNetworkConfig: { ipFamily: 'ipv6' } } : {}),
  })
  await region.until(async () => {
    const { cluster } = await region.call<sdk.DescribeClusterResponse>('eks', 'DescribeCluster', {
      name: 'demo',
    })
    return cluster?.status === 'ACTIVE'
  })
  const { instanceTypes = ['t3.large'], desiredSize = 2, isNarrow = false } = input
  await region.call('eks', 'CreateNodegroup', {
    ...key,
    nodeRole: await region.role('nodes', 'ec2.amazonaws.com'),
    subnets: isNarrow ? [await narrowSubnet(region)] : region.subnetIds,
    instanceTypes,
    scalingConfig: { minSize: 0, maxSize: 20, desiredSize },
  })
  const look = async () =>
    (await region.call<sdk.DescribeNodegroupResponse>('eks', 'DescribeNodegroup', key)).nodegroup ?? {}
  const reaches = (status: string) =>
    region.until(async () => {
      await clock?.advance(1_000)
      const nodegroup = await look()
      return nodegroup.status === status && nodegroup
    })
  return { region, look, reaches }
}

/** Sixteen addresses, of which AWS keeps five. */
async function narrowSubnet(region: EksTestRegion): Promise<string> {
  const { Subnet } = await region.call<{ Subnet: { SubnetId: string } }>('ec2', 'CreateSubnet', {
    VpcId: region.vpcId,
    CidrBlock: '10.0.250.0/28',
    AvailabilityZone: `${region.deps.region}a`,
  })
  return Subnet.SubnetId
}

test('a type that EC2 does not have fails the group in the words of EKS', async () => {
  const { reaches } = await withGroup({ instanceTypes: ['t9.enormous'] })
  expect((await reaches('CREATE_FAILED')).health?.issues).toEqual([
    {
      code: 'Ec2LaunchTemplateInvalidConfiguration',
      message: 'The specified instance type t9.enormous is not valid',
      resourceIds: ['workers'],
    },
  ])
})

test('a subnet without room fails a new group instead of keeping it waiting', async () => {
  const { reaches } = await withGroup({ desiredSize: 12, isNarrow: true })
  const { health, resources } = await reaches('CREATE_FAILED')
  expect(health?.issues).toMatchObject([
    { code: 'InsufficientFreeAddresses', resourceIds: [resources?.autoScalingGroups?.[0]?.name] },
  ])
})

test('an update that asks for more than there is room fails and leaves the group DEGRADED', async () => {
  const { region, reaches } = await withGroup({ isNarrow: true })
  await reaches('ACTIVE')
  const { update } = await region.call<sdk.UpdateNodegroupConfigResponse>('eks', 'UpdateNodegroupConfig', {
    ...key,
    scalingConfig: { desiredSize: 12 },
  })
  expect((await reaches('DEGRADED')).health?.issues).toMatchObject([{ code: 'InsufficientFreeAddresses' }])
  const after = await region.call<sdk.DescribeUpdateResponse>('eks', 'DescribeUpdate', {
    name: 'demo',
    nodegroupName: 'workers',
    updateId: update?.id,
  })
  expect(after.update).toMatchObject({
    status: 'Failed',
    errors: [{ errorCode: 'InsufficientFreeAddresses' }],
  })
})

test('a group that cannot replace an instance is DEGRADED until it can', async () => {
  const clock = new FakeClock()
  const { region, look, reaches } = await withGroup({}, clock)
  const { resources } = await reaches('ACTIVE')
  const AutoScalingGroupName = resources?.autoScalingGroups?.[0]?.name ?? ''
  const LaunchTemplateName = AutoScalingGroupName.replace('eks-workers-', 'eks-')
  await region.call('ec2', 'DeleteLaunchTemplate', { LaunchTemplateName })
  const [instance] = region.ec2.instances.list()
  await region.call('ec2', 'TerminateInstances', { InstanceIds: [instance?.id] })
  const { health } = await reaches('DEGRADED')
  expect(health?.issues).toMatchObject([
    {
      code: 'AsgInstanceLaunchFailures',
      message: expect.stringMatching(/Launching EC2 instance failed\.$/) as string,
      resourceIds: [AutoScalingGroupName],
    },
  ])
  await region.call('ec2', 'CreateLaunchTemplate', {
    LaunchTemplateName,
    LaunchTemplateData: { ImageId: instance?.imageId, InstanceType: 't3.large' },
  })
  // The group knows its template by the id: another one of the same name is another one.
  await region.call('autoscaling', 'UpdateAutoScalingGroup', {
    AutoScalingGroupName,
    LaunchTemplate: { LaunchTemplateName, Version: '$Latest' },
  })
  await reaches('ACTIVE')
  expect((await look()).health?.issues).toEqual([])
})

test('a group of an IPv6 cluster fails in subnets that give instances no IPv6 address', async () => {
  const { region, reaches } = await withGroup({ isIpv6: true })
  const { health } = await reaches('CREATE_FAILED')
  expect(health?.issues).toMatchObject([
    { code: 'Ec2SubnetMissingIpv6Assignment', resourceIds: region.subnetIds },
  ])
})
