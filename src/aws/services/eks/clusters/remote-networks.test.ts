import type { DescribeClusterResponse } from '@aws-sdk/client-eks'
import { expect, test } from 'vitest'

import { createEksTestRegion } from '../testing/eks-test-region.ts'

const NODES = [{ cidrs: ['192.168.0.0/24'] }]

async function scene() {
  const region = await createEksTestRegion()
  const roleArn = await region.role('cluster', 'eks.amazonaws.com')
  const settled = () =>
    region.until(() => region.eks.tables.clusters.get('demo')?.cluster.status === 'ACTIVE')
  const create = (remoteNetworkConfig: object | undefined, authenticationMode = 'API') =>
    region.call('eks', 'CreateCluster', {
      name: 'demo',
      roleArn,
      resourcesVpcConfig: { subnetIds: region.subnetIds },
      accessConfig: { authenticationMode },
      ...(remoteNetworkConfig ? { remoteNetworkConfig } : {}),
    })
  const update = async (remoteNetworkConfig: object) => {
    const answer = await region.call('eks', 'UpdateClusterConfig', { name: 'demo', remoteNetworkConfig })
    await settled()
    return answer
  }
  const shown = async () => {
    const { cluster } = await region.call<DescribeClusterResponse>('eks', 'DescribeCluster', { name: 'demo' })
    return cluster?.remoteNetworkConfig
  }
  return { region, create, update, settled, shown }
}

test('a cluster shows its remote networks, and can add, change and lose them', async () => {
  const { create, update, settled, shown } = await scene()
  await create(undefined)
  await settled()
  expect(await shown()).toBeUndefined()
  const added = await update({ remoteNodeNetworks: NODES })
  expect(added).toMatchObject({ update: { type: 'RemoteNetworkConfigUpdate' } })
  expect(await shown()).toEqual({ remoteNodeNetworks: NODES, remotePodNetworks: [] })
  await update({ remotePodNetworks: [{ cidrs: ['192.168.1.0/24'] }] })
  expect(await shown()).toEqual({
    remoteNodeNetworks: NODES,
    remotePodNetworks: [{ cidrs: ['192.168.1.0/24'] }],
  })
  await update({ remoteNodeNetworks: [], remotePodNetworks: [] })
  expect(await shown()).toBeUndefined()
  await expect(update({ remoteNodeNetworks: [], remotePodNetworks: [] })).rejects.toMatchObject({
    code: 'InvalidParameterException',
    message: expect.stringContaining('No changes detected'),
  })
})

test.each<[string, object, string, string]>([
  [
    'without access entries',
    { remoteNodeNetworks: NODES },
    'CONFIG_MAP',
    'AccessConfig AuthMode must be API_AND_CONFIG_MAP or API when remoteNetworkConfig is specified',
  ],
  [
    'in the VPC',
    { remoteNodeNetworks: [{ cidrs: ['10.0.0.0/16'] }] },
    'API',
    'Invalid remote node network: CIDR 10.0.0.0/16 overlaps with VPC CIDR 10.0.0.0/16',
  ],
  [
    'in the block of Services that EKS has chosen',
    { remoteNodeNetworks: [{ cidrs: ['10.100.1.0/24'] }] },
    'API',
    'Invalid remote node network: CIDR 10.100.1.0/24 overlaps with service CIDR 10.100.0.0/16',
  ],
])('networks %s are refused', async (_what, remote, mode, message) => {
  const { create } = await scene()
  await expect(create(remote, mode)).rejects.toMatchObject({ code: 'InvalidParameterException', message })
})

test('an entry of hybrid nodes has their user name and group', async () => {
  const { region, create, settled } = await scene()
  await create({ remoteNodeNetworks: NODES })
  await settled()
  const principalArn = await region.role('hybrid', 'ssm.amazonaws.com')
  const answer = await region.call('eks', 'CreateAccessEntry', {
    clusterName: 'demo',
    principalArn,
    type: 'HYBRID_LINUX',
  })
  expect(answer).toMatchObject({
    accessEntry: { username: 'system:node:{{SessionName}}', kubernetesGroups: ['system:nodes'] },
  })
})
