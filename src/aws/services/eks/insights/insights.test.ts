import type {
  DescribeInsightResponse,
  DescribeInsightsRefreshResponse,
  ListInsightsResponse,
} from '@aws-sdk/client-eks'
import { expect, test } from 'vitest'

import { nodes } from '../../../../kubernetes/client/resources.ts'
import { createEksTestRegion } from '../testing/eks-test-region.ts'

const NAMED = { clusterName: 'demo' }

async function place(version: string) {
  const region = await createEksTestRegion()
  const eks = <T>(operation: string, input: object): Promise<T> => region.call<T>('eks', operation, input)
  await eks('CreateCluster', {
    name: 'demo',
    version,
    roleArn: await region.role('cluster', 'eks.amazonaws.com'),
    resourcesVpcConfig: { subnetIds: region.subnetIds },
  })
  await region.until(() => region.eks.tables.clusters.get('demo')?.cluster.status === 'ACTIVE')
  const list = async (filter: object = {}) =>
    (await eks<ListInsightsResponse>('ListInsights', { ...NAMED, filter })).insights ?? []
  const addNode = (name: string, nodeInfo: object): Promise<unknown> =>
    region.kubernetes('demo').create(nodes, { metadata: { name }, status: { nodeInfo } } as never)
  return { region, eks, list, addNode }
}

test('a cluster that is ready passes every check for the next version', async () => {
  const { eks, list } = await place('1.33')
  const insights = await list()
  expect(
    insights.map(({ name, insightStatus }) => [name, insightStatus?.status, insightStatus?.reason]),
  ).toEqual([
    ['Cluster health issues', 'PASSING', 'No cluster health issues detected.'],
    ['Amazon Linux 2 compatibility', 'PASSING', 'No Amazon Linux 2 nodes detected.'],
    ['Kubelet version skew', 'PASSING', 'Node kubelet versions match the cluster control plane version.'],
    ['kube-proxy version skew', 'PASSING', 'kube-proxy versions match the cluster control plane version.'],
    [
      'EKS add-on version compatibility',
      'PASSING',
      'All installed EKS add-on versions are compatible with next Kubernetes version.',
    ],
  ])
  expect(new Set(insights.map(({ kubernetesVersion }) => kubernetesVersion))).toEqual(new Set(['1.34']))
  await expect(eks('DescribeInsight', { ...NAMED, id: 'none' })).rejects.toMatchObject({
    code: 'ResourceNotFoundException',
  })
})

test('what would break is named, once it has been looked for again', async () => {
  const { eks, list, addNode } = await place('1.34')
  await expect(eks('DescribeInsightsRefresh', NAMED)).rejects.toMatchObject({
    code: 'ResourceNotFoundException',
  })
  await list()
  await addNode('far', { kubeletVersion: 'v1.31.9-eks-1a', osImage: 'Amazon Linux 2' })
  await addNode('near', { kubeletVersion: 'v1.32.1-eks-1a', osImage: 'Amazon Linux 2023' })
  // Three minor versions behind the cluster, so four behind the next one.
  await eks('CreateAddon', { ...NAMED, addonName: 'kube-proxy', addonVersion: 'v1.31.14-eksbuild.20' })
  expect(await list({ statuses: ['ERROR'] })).toEqual([])
  expect(await eks('StartInsightsRefresh', NAMED)).toMatchObject({ status: 'IN_PROGRESS' })
  expect(await eks<DescribeInsightsRefreshResponse>('DescribeInsightsRefresh', NAMED)).toMatchObject({
    status: 'COMPLETED',
  })
  const errors = await list({ statuses: ['ERROR'], categories: ['UPGRADE_READINESS'] })
  expect(errors.map(({ name }) => name)).toEqual([
    'Amazon Linux 2 compatibility',
    'Kubelet version skew',
    'EKS add-on version compatibility',
  ])
  const describe = async (index: number) =>
    (await eks<DescribeInsightResponse>('DescribeInsight', { ...NAMED, id: errors[index]?.id })).insight
  expect(await describe(1)).toMatchObject({
    insightStatus: { status: 'ERROR' },
    resources: [
      { kubernetesResourceUri: '/api/v1/nodes/far', insightStatus: { status: 'ERROR' } },
      { kubernetesResourceUri: '/api/v1/nodes/near', insightStatus: { status: 'WARNING' } },
    ],
  })
  expect(await describe(2)).toMatchObject({
    categorySpecificSummary: {
      addonCompatibilityDetails: [
        {
          name: 'kube-proxy',
          compatibleVersions: expect.arrayContaining([
            'v1.35.3-eksbuild.13',
            'v1.32.0-eksbuild.2',
          ]) as string[],
        },
      ],
    },
  })
})

test('there is nothing to prepare for at the newest version', async () => {
  const { eks, list } = await place('1.35')
  expect(await eks('StartInsightsRefresh', NAMED)).toMatchObject({ status: 'IN_PROGRESS' })
  expect(await eks('DescribeInsightsRefresh', NAMED)).toMatchObject({ status: 'COMPLETED' })
  expect(await list()).toEqual([])
})
