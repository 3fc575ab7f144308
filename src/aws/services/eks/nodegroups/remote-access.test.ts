import type { DescribeNodegroupResponse, Nodegroup } from '@aws-sdk/client-eks'
import type { DescribeInstancesResult, DescribeSecurityGroupsResult } from '@aws-sdk/client-ec2'
import { expect, test } from 'vitest'

import { createEksTestRegion, type EksTestRegion } from '../testing/eks-test-region.ts'

const KEY = { clusterName: 'demo', nodegroupName: 'ng' }

async function place(): Promise<EksTestRegion & { readonly request: object }> {
  const region = await createEksTestRegion()
  const roleArn = await region.role('cluster', 'eks.amazonaws.com')
  const nodeRole = await region.role('node', 'ec2.amazonaws.com')
  const { subnetIds } = region
  await region.call('eks', 'CreateCluster', { name: 'demo', roleArn, resourcesVpcConfig: { subnetIds } })
  await region.until(async () => {
    const { cluster } = await region.call<{ cluster: { status: string } }>('eks', 'DescribeCluster', {
      name: 'demo',
    })
    return cluster.status === 'ACTIVE'
  })
  await region.call('ec2', 'CreateKeyPair', { KeyName: 'laptop' })
  return { ...region, request: { ...KEY, nodeRole, subnets: subnetIds, scalingConfig: { desiredSize: 1 } } }
}

async function active(region: EksTestRegion): Promise<Nodegroup> {
  return await region.until(async () => {
    const { nodegroup } = await region.call<DescribeNodegroupResponse>('eks', 'DescribeNodegroup', KEY)
    return nodegroup?.status === 'ACTIVE' && nodegroup
  })
}

async function groupOf(region: EksTestRegion, id: string | undefined) {
  const { SecurityGroups } = await region.call<DescribeSecurityGroupsResult>(
    'ec2',
    'DescribeSecurityGroups',
    {
      Filters: [{ Name: 'group-id', Values: [id ?? ''] }],
    },
  )
  return SecurityGroups?.[0]
}

test('SSH is let in to the machines of a group, and its security group goes with it', async () => {
  const region = await place()
  await region.call('eks', 'CreateNodegroup', { ...region.request, remoteAccess: { ec2SshKey: 'laptop' } })
  const { resources, remoteAccess } = await active(region)
  expect(remoteAccess).toEqual({ ec2SshKey: 'laptop' })
  expect(await groupOf(region, resources?.remoteAccessSecurityGroup)).toMatchObject({
    GroupName: expect.stringMatching(/^eks-remoteAccess-[0-9a-f-]{36}$/),
    IpPermissions: [{ IpProtocol: 'tcp', FromPort: 22, ToPort: 22, IpRanges: [{ CidrIp: '0.0.0.0/0' }] }],
  })
  const { Reservations } = await region.call<DescribeInstancesResult>('ec2', 'DescribeInstances', {})
  const [instance] = Reservations?.[0]?.Instances ?? []
  expect(instance?.KeyName).toBe('laptop')
  expect(instance?.SecurityGroups?.map(({ GroupId }) => GroupId)).toContain(
    resources?.remoteAccessSecurityGroup,
  )
  await region.call('eks', 'DeleteNodegroup', KEY)
  await region.until(() =>
    region.call('eks', 'DescribeNodegroup', KEY).then(
      () => false,
      () => true,
    ),
  )
  expect(await groupOf(region, resources?.remoteAccessSecurityGroup)).toBeUndefined()
})

test('only the named security groups are let in', async () => {
  const region = await place()
  const { GroupId } = await region.call<{ GroupId: string }>('ec2', 'CreateSecurityGroup', {
    GroupName: 'bastion',
    Description: 'd',
    VpcId: region.vpcId,
  })
  const remoteAccess = { ec2SshKey: 'laptop', sourceSecurityGroups: [GroupId] }
  await region.call('eks', 'CreateNodegroup', { ...region.request, remoteAccess })
  const { resources } = await active(region)
  const made = await groupOf(region, resources?.remoteAccessSecurityGroup)
  expect(made?.IpPermissions).toMatchObject([{ IpRanges: [], UserIdGroupPairs: [{ GroupId }] }])
})

test.each([
  [{ ec2SshKey: 'nobody' }, {}, 'KeyPair nobody not found'],
  [{ ec2SshKey: 'laptop', sourceSecurityGroups: ['sg-0none'] }, {}, 'Security group(s) sg-0none not found'],
  [
    { ec2SshKey: 'laptop' },
    { launchTemplate: { name: 'own' } },
    'Remote access configuration cannot be specified with a launch template.',
  ],
])('%o with %o is refused', async (remoteAccess, more, message) => {
  const region = await place()
  await expect(
    region.call('eks', 'CreateNodegroup', { ...region.request, ...more, remoteAccess }),
  ).rejects.toMatchObject({ code: 'InvalidParameterException', message })
})
