import type * as sdk from '@aws-sdk/client-eks'
import { describe, expect, test } from 'vitest'

import { configMaps, daemonSets, deployments, services } from '../../../kubernetes/client/resources.ts'
import { createEksTestRegion, type EksTestRegion } from './testing/eks-test-region.ts'

const CLUSTER = 'demo'

async function withCluster(input: object = {}): Promise<EksTestRegion & { cluster: sdk.Cluster }> {
  const region = await createEksTestRegion()
  const roleArn = await region.role('cluster-role', 'eks.amazonaws.com')
  await region.call('eks', 'CreateCluster', {
    name: CLUSTER,
    roleArn,
    resourcesVpcConfig: { subnetIds: region.subnetIds },
    accessConfig: { authenticationMode: 'API_AND_CONFIG_MAP' },
    ...input,
  })
  const cluster = await active(region)
  return { ...region, cluster }
}

async function active(region: EksTestRegion): Promise<sdk.Cluster> {
  return await region.until(async () => {
    const { cluster } = await region.call<sdk.DescribeClusterResponse>('eks', 'DescribeCluster', {
      name: CLUSTER,
    })
    return cluster?.status === 'ACTIVE' && cluster
  })
}

function code(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'none',
    (error: { code?: string; message?: string }) => `${error.code}: ${error.message}`,
  )
}

describe('clusters', () => {
  test('become ACTIVE with everything that DescribeCluster shows', async () => {
    const region = await withCluster({
      version: '1.28',
      logging: { clusterLogging: [{ types: ['api'], enabled: true }] },
    })
    expect(region.cluster).toMatchObject({
      version: '1.28',
      endpoint: 'https://127.0.0.1:6443',
      certificateAuthority: { data: 'Q0E=' },
      kubernetesNetworkConfig: { serviceIpv4Cidr: '10.100.0.0/16' },
      logging: { clusterLogging: [{ types: ['api'], enabled: true }, { enabled: false }] },
    })
    expect(region.cluster.identity?.oidc?.issuer).toMatch(/^https:\/\/127\.0\.0\.1:4567\/id\/[0-9A-F]{32}$/)
    expect(region.cluster.resourcesVpcConfig?.clusterSecurityGroupId).toMatch(/^sg-/)
    const { SecurityGroups } = await region.call<{ SecurityGroups: { GroupName: string }[] }>(
      'ec2',
      'DescribeSecurityGroups',
      {
        GroupIds: [region.cluster.resourcesVpcConfig?.clusterSecurityGroupId],
      },
    )
    expect(SecurityGroups[0]?.GroupName).toMatch(/^eks-cluster-sg-demo-\d+$/)
    const { logGroups } = await region.call<{ logGroups: object[] }>('logs', 'DescribeLogGroups', {})
    expect(logGroups).toMatchObject([{ logGroupName: '/aws/eks/demo/cluster' }])
    const { NetworkInterfaces } = await region.call<{ NetworkInterfaces: object[] }>(
      'ec2',
      'DescribeNetworkInterfaces',
      {
        Filters: [{ Name: 'description', Values: ['Amazon EKS demo'] }],
      },
    )
    expect(NetworkInterfaces).toHaveLength(2)
  })

  test('start with self-managed networking unless told otherwise', async () => {
    const region = await withCluster()
    const client = region.kubernetes(CLUSTER)
    const coredns = await client.get(deployments, { namespace: 'kube-system', name: 'coredns' })
    expect(coredns.spec).toMatchObject({
      replicas: 2,
      template: { metadata: { annotations: { 'eks.amazonaws.com/compute-type': 'ec2' } } },
    })
    const dns = await client.get(services, { namespace: 'kube-system', name: 'kube-dns' })
    expect(dns.spec?.clusterIP).toBe('10.100.0.10')
    await client.get(daemonSets, { namespace: 'kube-system', name: 'aws-node' })
    const { addons } = await region.call<sdk.ListAddonsResponse>('eks', 'ListAddons', {
      clusterName: CLUSTER,
    })
    expect(addons).toEqual([])
  })

  test('have none of it with bootstrapSelfManagedAddons false', async () => {
    const region = await withCluster({ bootstrapSelfManagedAddons: false })
    const { items } = await region.kubernetes(CLUSTER).list(deployments)
    expect(items).toEqual([])
  })

  test.each([
    [
      'a name that is taken',
      { name: CLUSTER },
      'ResourceInUseException: Cluster already exists with name: demo',
    ],
    [
      'a version nobody knows',
      { version: '1.10' },
      'InvalidParameterException: unsupported Kubernetes version',
    ],
    [
      'one zone',
      { one: true },
      'InvalidParameterException: Subnets specified must be in at least two different AZs',
    ],
  ])('refuse %s', async (_what, input, expected) => {
    const region = await withCluster()
    const subnetIds = 'one' in input ? region.subnetIds.slice(0, 1) : region.subnetIds
    const { one: _one, ...rest } = { one: false, ...input }
    const request = {
      name: 'other',
      roleArn: region.cluster.roleArn,
      resourcesVpcConfig: { subnetIds },
      ...rest,
    }
    expect(await code(region.call('eks', 'CreateCluster', request))).toBe(expected)
  })

  // Both have to name their service, for a missing role as well as for one of somebody else's.
  test('refuse roles that do not trust EKS, and groups roles that do not trust EC2', async () => {
    const region = await withCluster()
    const lambda = await region.role('function', 'lambda.amazonaws.com')
    const missing = lambda.replace('function', 'nobody')
    const cluster = (roleArn: string) =>
      code(
        region.call('eks', 'CreateCluster', {
          name: 'other',
          roleArn,
          resourcesVpcConfig: { subnetIds: region.subnetIds },
        }),
      )
    for (const arn of [lambda, missing]) {
      expect(await cluster(arn)).toBe(
        `InvalidParameterException: Role with arn: ${arn}, could not be assumed because it does not exist or the trusted entity is not correct`,
      )
    }
    const group = (nodeRole: string) =>
      code(
        region.call('eks', 'CreateNodegroup', {
          clusterName: CLUSTER,
          nodegroupName: 'ng',
          nodeRole,
          subnets: region.subnetIds,
        }),
      )
    expect(await group(lambda)).toBe(
      `InvalidParameterException: Following required service principals [ec2.amazonaws.com] were not found in the trust relationships of nodeRole ${lambda}`,
    )
    expect(await group(missing)).toBe(`InvalidParameterException: Role with arn: ${missing} does not exist`)
  })

  test('move up one minor version at a time, with an update to follow', async () => {
    const region = await withCluster({ version: '1.33' })
    const skip = region.call('eks', 'UpdateClusterVersion', { name: CLUSTER, version: '1.35' })
    expect(await code(skip)).toBe(
      'InvalidParameterException: Unsupported Kubernetes minor version update from 1.33 to 1.35',
    )
    const { update } = await region.call<sdk.UpdateClusterVersionResponse>('eks', 'UpdateClusterVersion', {
      name: CLUSTER,
      version: '1.34',
    })
    expect(update).toMatchObject({ status: 'InProgress', type: 'VersionUpdate' })
    expect((await active(region)).version).toBe('1.34')
    await region.until(async () => {
      const answer = await region.call<sdk.DescribeUpdateResponse>('eks', 'DescribeUpdate', {
        name: CLUSTER,
        updateId: update?.id,
      })
      return answer.update?.status === 'Successful'
    })
  })

  test('go with their security group and interfaces', async () => {
    const region = await withCluster()
    await region.call('eks', 'DeleteCluster', { name: CLUSTER })
    await region.until(async () => {
      const { clusters } = await region.call<sdk.ListClustersResponse>('eks', 'ListClusters', {})
      return clusters?.length === 0
    })
    const { SecurityGroups } = await region.call<{ SecurityGroups: { GroupName: string }[] }>(
      'ec2',
      'DescribeSecurityGroups',
      {},
    )
    expect(SecurityGroups.filter((group) => group.GroupName.startsWith('eks-cluster'))).toEqual([])
  })
})

describe('Fargate profiles', () => {
  async function request(region: EksTestRegion, input: object): Promise<sdk.CreateFargateProfileResponse> {
    return await region.call('eks', 'CreateFargateProfile', {
      clusterName: CLUSTER,
      fargateProfileName: 'fp',
      podExecutionRoleArn: 'arn:aws:iam::111122223333:role/pods',
      selectors: [{ namespace: 'web' }],
      ...input,
    })
  }

  async function activeProfile(region: EksTestRegion): Promise<sdk.FargateProfile> {
    return await region.until(async () => {
      const answer = await region.call<sdk.DescribeFargateProfileResponse>('eks', 'DescribeFargateProfile', {
        clusterName: CLUSTER,
        fargateProfileName: 'fp',
      })
      return answer.fargateProfile?.status === 'ACTIVE' && answer.fargateProfile
    })
  }

  test('become ACTIVE on the private subnets, and let their role in', async () => {
    const region = await withCluster()
    const roleArn = await region.role('pods', 'eks-fargate-pods.amazonaws.com')
    const { fargateProfile } = await request(region, {})
    expect(fargateProfile?.status).toBe('CREATING')
    const profile = await activeProfile(region)
    expect(profile).toMatchObject({ subnets: region.subnetIds, podExecutionRoleArn: roleArn, tags: {} })
    expect(region.eks.fargateProfiles(CLUSTER).active()).toMatchObject([
      { name: 'fp', selectors: [{ namespace: 'web' }] },
    ])
    const map = await region
      .kubernetes(CLUSTER)
      .get(configMaps, { namespace: 'kube-system', name: 'aws-auth' })
    expect(map.data?.['mapRoles']).toContain('system:node-proxier')
    const { accessEntry } = await region.call<sdk.DescribeAccessEntryResponse>('eks', 'DescribeAccessEntry', {
      clusterName: CLUSTER,
      principalArn: roleArn,
    })
    expect(accessEntry).toMatchObject({ type: 'FARGATE_LINUX', username: 'system:node:{{SessionName}}' })
    await region.call('iam', 'GetRole', { RoleName: 'AWSServiceRoleForAmazonEKSForFargate' })
  })

  test('are blocked when their role is in no auth config any more', async () => {
    const region = await withCluster({ accessConfig: { authenticationMode: 'API' } })
    const principalArn = await region.role('pods', 'eks-fargate-pods.amazonaws.com')
    await request(region, {})
    await activeProfile(region)
    await region.call('eks', 'DeleteAccessEntry', { clusterName: CLUSTER, principalArn })
    const blocked = await region.until(() => region.eks.fargateProfiles(CLUSTER).active()[0]?.blocked)
    expect(blocked).toBe(
      'Pod execution role is not found in auth config or does not have all required permissions for launching fargate pods.',
    )
  })

  test('refuse public subnets, untrusting roles and a second one at a time', async () => {
    const region = await withCluster()
    expect(await code(request(region, {}))).toBe(
      'InvalidParameterException: Misconfigured PodExecutionRole Trust Policy; Please add the eks-fargate-pods.amazonaws.com Service Principal',
    )
    await region.role('pods', 'eks-fargate-pods.amazonaws.com')
    expect(await code(request(region, { subnets: [region.publicSubnetId] }))).toBe(
      `InvalidParameterException: Subnet ${region.publicSubnetId} provided in Fargate Profile is not a private subnet`,
    )
    const [, second] = await Promise.all([
      request(region, {}),
      code(request(region, { fargateProfileName: 'fp2' })),
    ])
    expect(second).toBe(
      'ResourceInUseException: Cannot create Fargate Profile fp2 because cluster demo currently has Fargate profile fp in status CREATING',
    )
    await activeProfile(region)
    expect(await code(request(region, {}))).toBe(
      'ResourceInUseException: A Fargate Profile already exists with this name in this cluster.',
    )
    expect(await code(region.call('eks', 'DeleteCluster', { name: CLUSTER }))).toBe(
      'ResourceInUseException: Cluster has Fargate Profiles in ACTIVE/CREATING state',
    )
  })
})

describe('node groups', () => {
  test('become ACTIVE when their nodes are ready, scale, and go', async () => {
    const region = await withCluster()
    const nodeRole = await region.role('nodes', 'ec2.amazonaws.com')
    const key = { clusterName: CLUSTER, nodegroupName: 'workers' }
    const look = () => region.call<sdk.DescribeNodegroupResponse>('eks', 'DescribeNodegroup', key)
    const isActive = async () => {
      const { nodegroup } = await look()
      return nodegroup?.status === 'ACTIVE' && nodegroup
    }
    await region.call('eks', 'CreateNodegroup', {
      ...key,
      nodeRole,
      subnets: region.subnetIds,
      labels: { team: 'web' },
      taints: [{ key: 'only', value: 'web', effect: 'NO_SCHEDULE' }],
      instanceTypes: ['t3.large'],
      scalingConfig: { minSize: 2, maxSize: 4, desiredSize: 2 },
    })
    const nodegroup = await region.until(isActive)
    expect(nodegroup.resources?.autoScalingGroups?.[0]?.name).toMatch(/^eks-workers-/)
    expect(region.eks.nodegroupShape(CLUSTER, 'workers')).toMatchObject({
      labels: {
        team: 'web',
        'eks.amazonaws.com/nodegroup': 'workers',
        'eks.amazonaws.com/capacityType': 'ON_DEMAND',
      },
      taints: [{ key: 'only', value: 'web', effect: 'NoSchedule' }],
    })
    expect(await code(region.call('eks', 'DeleteCluster', { name: CLUSTER }))).toBe(
      'ResourceInUseException: Cluster has nodegroups attached',
    )
    await region.call('eks', 'UpdateNodegroupConfig', { ...key, scalingConfig: { desiredSize: 3 } })
    expect((await region.until(isActive)).scalingConfig?.desiredSize).toBe(3)
    await region.call('eks', 'DeleteNodegroup', key)
    await region.until(
      async () =>
        (await code(look())) === 'ResourceNotFoundException: No node group found for name: workers.',
    )
    expect(region.ec2.instances.list().filter((instance) => instance.state === 'running')).toEqual([])
  })
})

test('node groups follow their cluster to a newer version, one instance after the other', async () => {
  const region = await withCluster({ version: '1.33' })
  const nodeRole = await region.role('nodes', 'ec2.amazonaws.com')
  const key = { clusterName: CLUSTER, nodegroupName: 'workers' }
  const isActive = async () => {
    const answer = await region.call<sdk.DescribeNodegroupResponse>('eks', 'DescribeNodegroup', key)
    return answer.nodegroup?.status === 'ACTIVE' && answer.nodegroup
  }
  await region.call('eks', 'CreateNodegroup', { ...key, nodeRole, subnets: region.subnetIds })
  const before = await region.until(isActive)
  const running = () => region.ec2.instances.list().filter((instance) => instance.state === 'running')
  const old = running().map((instance) => instance.id)
  expect(old).toHaveLength(2)
  const early = region.call('eks', 'UpdateNodegroupVersion', { ...key, version: '1.34' })
  expect(await code(early)).toBe(
    'InvalidParameterException: Requested Nodegroup version 1.34 is greater than the cluster version 1.33',
  )
  await region.call('eks', 'UpdateClusterVersion', { name: CLUSTER, version: '1.34' })
  await active(region)
  await region.call('eks', 'UpdateNodegroupVersion', key)
  const after = await region.until(isActive)
  expect([before.version, after.version]).toEqual(['1.33', '1.34'])
  expect(running().filter((instance) => old.includes(instance.id))).toEqual([])
  expect(running()).toHaveLength(2)
})

describe('add-ons', () => {
  test('install what they say and are ACTIVE once it is available', async () => {
    const region = await withCluster({ bootstrapSelfManagedAddons: false })
    const key = { clusterName: CLUSTER, addonName: 'coredns' }
    const describeAddon = async (status: string) => {
      const { addon } = await region.call<sdk.DescribeAddonResponse>('eks', 'DescribeAddon', key)
      return addon?.status === status && addon
    }
    expect(await code(describeAddon('ACTIVE'))).toBe(
      'ResourceNotFoundException: No addon: coredns found in cluster: demo',
    )
    const { addons } = await region.call<sdk.DescribeAddonVersionsResponse>('eks', 'DescribeAddonVersions', {
      addonName: 'coredns',
      kubernetesVersion: '1.34',
    })
    const versions = addons?.[0]?.addonVersions
    // Newest first; the default is another.
    expect(versions?.map(({ addonVersion }) => addonVersion)).toEqual([
      'v1.13.2-eksbuild.4',
      'v1.12.4-eksbuild.1',
      // Of the minor versions before.
      'v1.11.4-eksbuild.33',
      'v1.11.4-eksbuild.24',
    ])
    expect(versions?.[1]).toMatchObject({
      addonVersion: 'v1.12.4-eksbuild.1',
      compatibilities: [{ clusterVersion: '1.34', defaultVersion: true }],
    })
    await region.call('eks', 'CreateAddon', { ...key, configurationValues: '{"replicaCount":3}' })
    const name = { namespace: 'kube-system', name: 'coredns' }
    const client = region.kubernetes(CLUSTER)
    const deployment = await region.until(
      async () => await client.get(deployments, name).catch(() => undefined),
    )
    expect(deployment.spec?.replicas).toBe(3)
    await client.updateStatus(deployments, {
      ...deployment,
      status: { observedGeneration: 1, availableReplicas: 3, updatedReplicas: 3 },
    })
    await region.until(() => describeAddon('ACTIVE'))
    await region.call('eks', 'DeleteAddon', key)
    await region.until(async () => (await code(describeAddon('x'))).startsWith('ResourceNotFoundException'))
    expect((await client.list(deployments)).items).toEqual([])
  })

  test.each([
    [{ addonName: 'nothing' }, 'Addon nothing specified is not supported'],
    [{ addonName: 'coredns', addonVersion: 'v0' }, 'Addon version specified is not supported'],
  ])('refuse %j', async (input, message) => {
    const region = await withCluster()
    const answer = code(region.call('eks', 'CreateAddon', { clusterName: CLUSTER, ...input }))
    expect(await answer).toBe(`InvalidParameterException: ${message}`)
  })
})

test('tags are kept on whatever an ARN names', async () => {
  const region = await withCluster()
  const resourceArn = region.cluster.arn
  await region.call('eks', 'TagResource', { resourceArn, tags: { a: '1', b: '2' } })
  await region.call('eks', 'UntagResource', { resourceArn, tagKeys: ['a'] })
  expect(await region.call('eks', 'ListTagsForResource', { resourceArn })).toEqual({ tags: { b: '2' } })
})
