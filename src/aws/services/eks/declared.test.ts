// Members of EKS that used to be accepted and dropped: each has its effect, is shown, or is refused by name.
import type * as sdk from '@aws-sdk/client-eks'
import { describe, expect, test } from 'vitest'

import { createEksTestRegion, type EksTestRegion } from './testing/eks-test-region.ts'

interface Place extends EksTestRegion {
  readonly eksCall: <T>(operation: string, input: object) => Promise<T>
  readonly cluster: () => Promise<sdk.Cluster>
}

async function place(input: object = {}): Promise<Place> {
  const region = await createEksTestRegion()
  const roleArn = await region.role('cluster-role', 'eks.amazonaws.com')
  const eksCall: Place['eksCall'] = (operation, members) => region.call('eks', operation, members)
  await eksCall('CreateCluster', {
    name: 'demo',
    roleArn,
    resourcesVpcConfig: { subnetIds: region.subnetIds },
    ...input,
  })
  const cluster = (): Promise<sdk.Cluster> =>
    region.until(async () => {
      const answer = await eksCall<sdk.DescribeClusterResponse>('DescribeCluster', { name: 'demo' })
      return answer.cluster?.status === 'ACTIVE' && answer.cluster
    })
  await cluster()
  return { ...region, eksCall, cluster }
}

describe('CreateCluster', () => {
  test.each([
    [{ zonalShiftConfig: { enabled: true } }],
    [{ controlPlaneScalingConfig: { tier: 'tier-xl' } }],
  ])('shows %j', async (members) => {
    const at = await place(members)
    expect(await at.cluster()).toMatchObject(members)
  })

  test.each<[object, string]>([
    [{ outpostConfig: { outpostArns: ['a'], controlPlaneInstanceType: 'm5.large' } }, 'outpostConfig'],
  ])('refuses %j', async (members, named) => {
    await expect(place(members)).rejects.toMatchObject({
      code: 'InvalidParameterException',
      message: `CreateCluster with ${named} is not emulated by Neargate.`,
    })
  })

  test('takes what says the default', async () => {
    const at = await place({
      computeConfig: { enabled: false },
      kubernetesNetworkConfig: { ipFamily: 'ipv4', elasticLoadBalancing: { enabled: false } },
      storageConfig: { blockStorage: { enabled: false } },
      controlPlaneScalingConfig: { tier: 'standard' },
    })
    expect((await at.cluster()).status).toBe('ACTIVE')
  })
})

describe('UpdateClusterConfig', () => {
  test('changes one thing at a time', async () => {
    const at = await place()
    const logging = { clusterLogging: [{ types: ['api'], enabled: true }] }
    await expect(
      at.eksCall('UpdateClusterConfig', { name: 'demo', logging, deletionProtection: true }),
    ).rejects.toMatchObject({
      code: 'InvalidParameterException',
      message: 'Only one type of update can be allowed.',
    })
    await at.eksCall('UpdateClusterConfig', { name: 'demo', zonalShiftConfig: { enabled: true } })
    await at.until(async () => (await at.cluster()).zonalShiftConfig?.enabled)
  })

  test.each<[object, object]>([
    [{ upgradePolicy: { supportType: 'STANDARD' } }, { type: 'UpgradePolicyUpdate' }],
    [{ deletionProtection: true }, { type: 'DeletionProtectionUpdate' }],
    [
      { resourcesVpcConfig: { endpointPrivateAccess: true } },
      {
        type: 'EndpointAccessUpdate',
        params: expect.arrayContaining([{ type: 'EndpointPrivateAccess', value: 'true' }]) as unknown,
      },
    ],
    [
      { controlPlaneScalingConfig: { tier: 'tier-xl' } },
      { type: 'ControlPlaneScalingConfigUpdate', params: [{ type: 'UpdatedTier', value: 'tier-xl' }] },
    ],
  ])('of %j is an update that is shown in the end', async (members, update) => {
    const at = await place()
    const answer = await at.eksCall<sdk.UpdateClusterConfigResponse>('UpdateClusterConfig', {
      name: 'demo',
      ...members,
    })
    expect(answer.update).toMatchObject({ status: 'InProgress', ...update })
    await at.until(async () => {
      const shown = await at.cluster()
      return Object.entries(members).every(([key, value]) => {
        const now = (shown as unknown as Record<string, unknown>)[key]
        return typeof value === 'object'
          ? JSON.stringify(now).includes(JSON.stringify(value).slice(1, -1))
          : now === value
      })
    })
  })

  test('gives the way out of the control plane to the VPC, for good', async () => {
    const at = await place()
    const egress = async (controlPlaneEgressMode: string) =>
      at.eksCall<sdk.UpdateClusterConfigResponse>('UpdateClusterConfig', {
        name: 'demo',
        resourcesVpcConfig: { controlPlaneEgressMode },
      })
    expect((await egress('CUSTOMER_ROUTED')).update).toMatchObject({
      type: 'ControlPlaneEgressUpdate',
      params: expect.arrayContaining([
        { type: 'ControlPlaneEgressMode', value: 'CUSTOMER_ROUTED' },
      ]) as unknown,
    })
    await at.until(
      async () => (await at.cluster()).resourcesVpcConfig?.controlPlaneEgressMode === 'CUSTOMER_ROUTED',
    )
    await expect(egress('AWS_MANAGED')).rejects.toMatchObject({ code: 'InvalidParameterException' })
  })

  test('without a change is refused', async () => {
    const at = await place()
    await expect(at.eksCall('UpdateClusterConfig', { name: 'demo' })).rejects.toMatchObject({
      code: 'InvalidParameterException',
    })
  })
})

describe('node groups', () => {
  const group = async (at: Place, members: object) => {
    const nodeRole = await at.role('node-role', 'ec2.amazonaws.com')
    const input = { clusterName: 'demo', nodegroupName: 'ng', nodeRole, subnets: at.subnetIds }
    return await at.eksCall<sdk.CreateNodegroupResponse>('CreateNodegroup', { ...input, ...members })
  }

  test('have the release that is asked for, or none', async () => {
    const at = await place()
    await expect(group(at, { releaseVersion: '1.34.0-20200101' })).rejects.toMatchObject({
      code: 'InvalidParameterException',
      message: 'Requested release version 1.34.0-20200101 is not valid for kubernetes version 1.34.',
    })
    const { nodegroup } = await at.eksCall<sdk.CreateNodegroupResponse>('CreateNodegroup', {
      clusterName: 'demo',
      nodegroupName: 'ng',
      nodeRole: 'arn:aws:iam::111122223333:role/node-role',
      subnets: at.subnetIds,
      releaseVersion: '1.34.0-20251002',
    })
    expect(nodegroup?.releaseVersion).toBe('1.34.0-20251002')
  })

  test('keep how their nodes would be repaired', async () => {
    const at = await place()
    const nodeRepairConfig = { enabled: true, maxUnhealthyNodeThresholdCount: 2 }
    const { nodegroup } = await group(at, { nodeRepairConfig })
    expect(nodegroup?.nodeRepairConfig).toEqual(nodeRepairConfig)
  })

  test.each<[object, string]>([[{ warmPoolConfig: { enabled: true } }, 'warmPoolConfig']])(
    'refuse %j',
    async (members, named) => {
      const at = await place()
      await expect(group(at, members)).rejects.toMatchObject({
        message: `CreateNodegroup with ${named} is not emulated by Neargate.`,
      })
    },
  )

  test('have updates that are found where they belong', async () => {
    const at = await place()
    await group(at, {})
    await at.until(async () => {
      const answer = await at.eksCall<sdk.DescribeNodegroupResponse>('DescribeNodegroup', {
        clusterName: 'demo',
        nodegroupName: 'ng',
      })
      return answer.nodegroup?.status === 'ACTIVE'
    })
    const { update } = await at.eksCall<sdk.UpdateNodegroupConfigResponse>('UpdateNodegroupConfig', {
      clusterName: 'demo',
      nodegroupName: 'ng',
      scalingConfig: { maxSize: 5 },
    })
    const named = { name: 'demo', updateId: update?.id }
    await expect(at.eksCall('DescribeUpdate', named)).rejects.toMatchObject({
      code: 'ResourceNotFoundException',
    })
    expect(await at.eksCall('DescribeUpdate', { ...named, nodegroupName: 'ng' })).toMatchObject({
      update: { params: [{ type: 'MaxSize', value: '5' }] },
    })
  })
})

test('a configuration is that of a version that there is', async () => {
  const at = await place()
  await expect(
    at.eksCall('DescribeAddonConfiguration', { addonName: 'coredns', addonVersion: 'v0' }),
  ).rejects.toMatchObject({
    code: 'InvalidParameterException',
    message: 'Addon version specified is not supported',
  })
})

test('no version is of clusters that are connected', async () => {
  const at = await createEksTestRegion()
  const input = { clusterType: 'local' }
  expect(await at.call('eks', 'DescribeClusterVersions', input)).toMatchObject({ clusterVersions: [] })
})

test('a selector without labels is shown without them', async () => {
  const at = await place()
  const podExecutionRoleArn = await at.role('pod-role', 'eks-fargate-pods.amazonaws.com')
  const { fargateProfile } = await at.eksCall<sdk.CreateFargateProfileResponse>('CreateFargateProfile', {
    clusterName: 'demo',
    fargateProfileName: 'fp',
    podExecutionRoleArn,
    selectors: [{ namespace: 'a' }, { namespace: 'b', labels: { c: 'd' } }],
  })
  expect(fargateProfile?.selectors).toEqual([{ namespace: 'a' }, { namespace: 'b', labels: { c: 'd' } }])
})
