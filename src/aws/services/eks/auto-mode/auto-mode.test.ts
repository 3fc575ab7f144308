import { describe, expect, test } from 'vitest'

import { nodeClasses, nodePools } from '../../../../kubernetes/client/auto-mode-resources.ts'
import { createEksTestRegion, type EksTestRegion } from '../testing/eks-test-region.ts'

const ON = {
  storageConfig: { blockStorage: { enabled: true } },
  kubernetesNetworkConfig: { elasticLoadBalancing: { enabled: true } },
  accessConfig: { authenticationMode: 'API' },
  bootstrapSelfManagedAddons: false,
}

interface Scene {
  readonly region: EksTestRegion
  readonly nodeRoleArn: string
  readonly create: (over: object) => Promise<unknown>
  readonly status: () => string | undefined
}

async function scene(): Promise<Scene> {
  const region = await createEksTestRegion()
  const roleArn = await region.role('cluster', 'eks.amazonaws.com')
  const nodeRoleArn = await region.role('node', 'ec2.amazonaws.com')
  return {
    region,
    nodeRoleArn,
    create: (over) =>
      region.call('eks', 'CreateCluster', {
        name: 'demo',
        roleArn,
        resourcesVpcConfig: { subnetIds: region.subnetIds },
        ...over,
      }),
    status: () => region.eks.tables.clusters.get('demo')?.cluster.status,
  }
}

describe('a cluster in Auto Mode', () => {
  test('has its pools, their class and the access of their nodes', async () => {
    const { region, nodeRoleArn, create, status } = await scene()
    const computeConfig = { enabled: true, nodePools: ['general-purpose'], nodeRoleArn }
    await create({ ...ON, computeConfig })
    await region.until(() => status() === 'ACTIVE')
    expect(region.eks.tables.clusters.get('demo')?.cluster).toMatchObject({
      computeConfig,
      storageConfig: ON.storageConfig,
      kubernetesNetworkConfig: ON.kubernetesNetworkConfig,
    })
    const client = region.kubernetes('demo')
    const pools = await client.list(nodePools)
    expect(pools.items.map(({ metadata }) => metadata.name)).toEqual(['general-purpose'])
    const { spec } = await client.get(nodeClasses, { name: 'default' })
    expect(spec).toMatchObject({ role: 'node', subnetSelectorTerms: region.subnetIds.map((id) => ({ id })) })
    const entry = region.eks.tables.entries.get(`demo/${nodeRoleArn}`)
    expect(entry).toMatchObject({
      entry: { type: 'EC2' },
      policies: [{ policyArn: 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSAutoNodePolicy' }],
    })
  })

  test('changes its pools, and loses them when it is turned off', async () => {
    const { region, nodeRoleArn, create, status } = await scene()
    await create({ ...ON, computeConfig: { enabled: true, nodePools: ['general-purpose'], nodeRoleArn } })
    await region.until(() => status() === 'ACTIVE')
    const client = region.kubernetes('demo')
    const { storageConfig, kubernetesNetworkConfig } = ON
    const update = async (input: object) => {
      await region.call('eks', 'UpdateClusterConfig', { name: 'demo', ...input })
      await region.until(() => status() === 'ACTIVE')
    }
    const both = { enabled: true, nodePools: ['system', 'general-purpose'], nodeRoleArn }
    await update({ computeConfig: both, storageConfig, kubernetesNetworkConfig })
    expect((await client.list(nodePools)).items).toHaveLength(2)
    await update({
      computeConfig: { enabled: false },
      storageConfig: { blockStorage: { enabled: false } },
      kubernetesNetworkConfig: { elasticLoadBalancing: { enabled: false } },
    })
    expect((await client.list(nodePools)).items).toEqual([])
  })

  test.each<[string, (nodeRoleArn: string) => object, string | RegExp]>([
    [
      'without storage',
      (nodeRoleArn) => ({
        storageConfig: undefined,
        computeConfig: { enabled: true, nodePools: ['system'], nodeRoleArn },
      }),
      /^For EKS Auto Mode, please ensure that all required configs, including computeConfig,/,
    ],
    [
      'with pools and no role',
      () => ({ computeConfig: { enabled: true, nodePools: ['system'] } }),
      'When Compute Config nodeRoleArn is null or empty, nodePool list cannot be populated.',
    ],
    [
      'with a role and no pools',
      (nodeRoleArn) => ({ computeConfig: { enabled: true, nodeRoleArn } }),
      'When Compute Config nodeRoleArn is not null or empty, nodePool value(s) must be provided.',
    ],
    [
      'with another pool',
      (nodeRoleArn) => ({ computeConfig: { enabled: true, nodePools: ['gpu'], nodeRoleArn } }),
      /^Invalid node pool gpu/,
    ],
    [
      'with add-ons of its own',
      () => ({ bootstrapSelfManagedAddons: true, computeConfig: { enabled: true } }),
      'When EKS Auto Mode is enabled, bootstrapSelfManagedAddons must be set to false.',
    ],
    [
      'without access entries',
      () => ({ accessConfig: undefined, computeConfig: { enabled: true } }),
      /needs an authentication mode of API or API_AND_CONFIG_MAP/,
    ],
  ])('%s is refused', async (_what, over, message) => {
    const { nodeRoleArn, create } = await scene()
    await expect(create({ ...ON, ...over(nodeRoleArn) })).rejects.toMatchObject({
      code: 'InvalidParameterException',
      message: typeof message === 'string' ? message : expect.stringMatching(message),
    })
  })
})
