import { expect, test } from 'vitest'

import { readAwsAuth } from '../access/aws-auth.ts'
import { createEksTestRegion, type EksTestRegion } from '../testing/eks-test-region.ts'

const ACCOUNT = 'arn:aws:iam::111122223333'

interface Scene {
  readonly region: EksTestRegion
  readonly create: (over: object) => Promise<unknown>
  readonly update: (input: object) => Promise<unknown>
}

async function scene(): Promise<Scene> {
  const region = await createEksTestRegion()
  const roleArn = await region.role('cluster', 'eks.amazonaws.com')
  return {
    region,
    create: ({ resourcesVpcConfig, ...over }: { resourcesVpcConfig?: object }) =>
      region.call('eks', 'CreateCluster', {
        name: 'demo',
        roleArn,
        resourcesVpcConfig: { subnetIds: region.subnetIds, ...resourcesVpcConfig },
        ...over,
      }),
    update: (input) => region.call('eks', 'UpdateClusterConfig', { name: 'demo', ...input }),
  }
}

async function active(at: Scene, over: object = {}): Promise<void> {
  await at.create(over)
  await at.region.until(() => at.region.eks.tables.clusters.get('demo')?.cluster.status === 'ACTIVE')
}

test.each<[string, object, RegExp]>([
  [
    'both endpoints off',
    { resourcesVpcConfig: { endpointPublicAccess: false } },
    /^Private and public endpoint access cannot be false$/,
  ],
  ['private public CIDRs', { resourcesVpcConfig: { publicAccessCidrs: ['10.0.0.0/8'] } }, /10\.0\.0\.0\/8/],
  ['a group that is not there', { resourcesVpcConfig: { securityGroupIds: ['sg-0123'] } }, /sg-0123/],
  ['a service CIDR of the VPC', { kubernetesNetworkConfig: { serviceIpv4Cidr: '10.0.0.0/16' } }, /overlaps/],
  ['IPv6 in subnets without', { kubernetesNetworkConfig: { ipFamily: 'ipv6' } }, /IPv6 CIDR blocks: subnet-/],
  [
    'an IPv4 block of an IPv6 cluster',
    { kubernetesNetworkConfig: { ipFamily: 'ipv6', serviceIpv4Cidr: '10.100.0.0/16' } },
    /ipFamily is ipv6|IPv6 CIDR blocks/,
  ],
  ['the encryption of pods', { encryptionConfig: [{ resources: ['pods'] }] }, /secrets/],
  [
    'a key without an ARN',
    { encryptionConfig: [{ resources: ['secrets'], provider: { keyArn: 'hello' } }] },
    /Invalid key ARN: hello/,
  ],
  [
    'a creator without rights in CONFIG_MAP mode',
    { accessConfig: { bootstrapClusterCreatorAdminPermissions: false } },
    /^bootstrapClusterCreatorAdminPermissions must be true/,
  ],
])('a cluster with %s is refused', async (_what, over, message) => {
  const at = await scene()
  await expect(at.create(over)).rejects.toMatchObject({
    code: 'InvalidParameterException',
    message: expect.stringMatching(message),
  })
})

test('Services get the other of two blocks where the VPC has the first', async () => {
  const at = await scene()
  await at.create({})
  const { cluster } = at.region.eks.tables.clusters.get('demo') ?? {}
  expect(cluster?.kubernetesNetworkConfig?.serviceIpv4Cidr).toBe('10.100.0.0/16')
})

test.each<[object, string]>([
  [
    { resourcesVpcConfig: { endpointPublicAccess: true } },
    'Cluster is already at the desired configuration with endpointPrivateAccess: false , endpointPublicAccess: true, and Public Endpoint Restrictions: [0.0.0.0/0]',
  ],
  [
    { logging: { clusterLogging: [{ types: ['api'], enabled: false }] } },
    'No changes needed for the logging config provided',
  ],
  [
    { accessConfig: { authenticationMode: 'API' } },
    'Unsupported authentication mode update from CONFIG_MAP to API',
  ],
  [
    { accessConfig: { authenticationMode: 'CONFIG_MAP' } },
    'Unsupported authentication mode update from CONFIG_MAP to CONFIG_MAP',
  ],
])('the update %j is refused', async (input, message) => {
  const at = await scene()
  await active(at)
  await expect(at.update(input)).rejects.toMatchObject({ code: 'InvalidParameterException', message })
})

test.each<[object, string]>([
  [{ principalArn: `${ACCOUNT}:role/nobody` }, 'The specified principalArn is invalid: invalid principal.'],
  [{ username: 'system:admin' }, 'The username must not begin with system:'],
  [
    { kubernetesGroups: ['system:masters'] },
    'The kubernetes group name system:masters is invalid, it cannot start with system:',
  ],
])('the access entry %j is refused', async (over, message) => {
  const at = await scene()
  await active(at, { accessConfig: { authenticationMode: 'API' } })
  const input = { clusterName: 'demo', principalArn: `${ACCOUNT}:role/cluster`, ...over }
  await expect(at.region.call('eks', 'CreateAccessEntry', input)).rejects.toMatchObject({
    code: 'InvalidParameterException',
    message,
  })
})

test('entries of nodes take no changes, and CONFIG_MAP mode lists none', async () => {
  const at = await scene()
  await active(at)
  await expect(at.region.call('eks', 'ListAccessEntries', { clusterName: 'demo' })).rejects.toMatchObject({
    code: 'InvalidRequestException',
  })
  await at.update({ accessConfig: { authenticationMode: 'API_AND_CONFIG_MAP' } })
  await at.region.until(() => at.region.eks.tables.clusters.get('demo')?.cluster.status === 'ACTIVE')
  const key = { clusterName: 'demo', principalArn: `${ACCOUNT}:role/cluster` }
  await at.region.call('eks', 'CreateAccessEntry', { ...key, type: 'EC2_LINUX' })
  await expect(
    at.region.call('eks', 'UpdateAccessEntry', { ...key, kubernetesGroups: ['g'] }),
  ).rejects.toMatchObject({
    message: 'This operation can only be performed on Access Entries with a type of "STANDARD".',
  })
})

test.each([
  ['hello', 'BadRequestException'],
  ['arn:aws:eks:us-west-2:111122223333:cluster/demo', 'NotFoundException'],
  ['arn:aws:eks:ap-southeast-1:111122223333:cluster/other', 'NotFoundException'],
])('tags of %s: %s', async (resourceArn, code) => {
  const at = await scene()
  await at.create({})
  await expect(at.region.call('eks', 'TagResource', { resourceArn, tags: { a: 'b' } })).rejects.toMatchObject(
    { code },
  )
})

test('aws-auth loses the role of the last group that uses it', async () => {
  const at = await scene()
  await active(at)
  const nodeRole = await at.region.role('nodes', 'ec2.amazonaws.com')
  const group = (nodegroupName: string) => ({ clusterName: 'demo', nodegroupName })
  for (const name of ['one', 'two']) {
    await at.region.call('eks', 'CreateNodegroup', { ...group(name), nodeRole, subnets: at.region.subnetIds })
  }
  const groups = at.region.eks.tables.nodegroups
  const isActive = () => groups.list().every(({ nodegroup }) => nodegroup.status === 'ACTIVE')
  await at.region.until(isActive)
  const roles = async () =>
    (await readAwsAuth(at.region.kubernetes('demo'))).roles.map(({ rolearn }) => rolearn)
  await at.region.call('eks', 'DeleteNodegroup', group('one'))
  await at.region.until(() => groups.list().length === 1)
  expect(await roles()).toEqual([nodeRole])
  await at.region.call('eks', 'DeleteNodegroup', group('two'))
  await at.region.until(() => groups.list().length === 0)
  expect(await roles()).toEqual([])
})

test('a cluster gets a key for its secrets once', async () => {
  const at = await scene()
  await active(at)
  const keyArn = 'arn:aws:kms:ap-southeast-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab'
  const associate = (resources: string[]) =>
    at.region.call('eks', 'AssociateEncryptionConfig', {
      clusterName: 'demo',
      encryptionConfig: [{ resources, provider: { keyArn } }],
    })
  await expect(associate(['pods'])).rejects.toMatchObject({ code: 'InvalidParameterException' })
  expect(await associate(['secrets'])).toMatchObject({
    update: { type: 'AssociateEncryptionConfig', status: 'InProgress' },
  })
  await at.region.until(() => at.region.eks.tables.clusters.get('demo')?.cluster.status === 'ACTIVE')
  expect(at.region.eks.tables.clusters.get('demo')?.cluster.encryptionConfig).toEqual([
    { resources: ['secrets'], provider: { keyArn } },
  ])
  await expect(associate(['secrets'])).rejects.toThrow('Encryption is already enabled on cluster demo')
})
