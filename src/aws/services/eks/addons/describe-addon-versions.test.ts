import type { DescribeAddonConfigurationResponse, DescribeAddonVersionsResponse } from '@aws-sdk/client-eks'
import { expect, test } from 'vitest'

import { createEksTestRegion } from '../testing/eks-test-region.ts'

async function listed(input: object = {}) {
  const region = await createEksTestRegion()
  const { addons = [] } = await region.call<DescribeAddonVersionsResponse>(
    'eks',
    'DescribeAddonVersions',
    input,
  )
  return { region, addons }
}

test('every add-on has versions, and one of them is the default for each Kubernetes version', async () => {
  const { addons } = await listed({ kubernetesVersion: '1.35' })
  expect(addons.length).toBeGreaterThanOrEqual(24)
  const defaults = addons.map(({ addonName, addonVersions = [] }) => [
    addonName,
    addonVersions.filter(({ compatibilities }) => compatibilities?.[0]?.defaultVersion === true).length,
  ])
  expect(defaults.filter(([, count]) => count !== 1)).toEqual([])
})

test.each([
  ['owners', 'community', ['cert-manager', 'external-dns', 'fluent-bit', 'metrics-server']],
  ['publishers', 's3', ['aws-mountpoint-s3-csi-driver']],
  ['types', 'networking', ['vpc-cni', 'coredns', 'kube-proxy']],
])('%s tell add-ons apart', async (filter, value, names) => {
  const { addons } = await listed({ [filter]: [value] })
  expect(addons.map(({ addonName }) => addonName)).toEqual(expect.arrayContaining(names))
  expect(addons.map(({ addonName }) => addonName)).not.toContain('adot')
})

test.each([
  [
    'aws-network-flow-monitoring-agent',
    [
      {
        serviceAccount: 'aws-network-flow-monitor-agent-service-account',
        recommendedManagedPolicies: [
          'arn:aws:iam::aws:policy/CloudWatchNetworkFlowMonitorAgentPublishPolicy',
        ],
      },
    ],
  ],
  ['fluent-bit', []],
])('who in %s needs which policies', async (addonName, podIdentityConfiguration) => {
  const { region, addons } = await listed({ addonName })
  const addonVersion = addons[0]?.addonVersions?.[0]?.addonVersion
  const answer = await region.call<DescribeAddonConfigurationResponse>('eks', 'DescribeAddonConfiguration', {
    addonName,
    addonVersion,
  })
  expect(answer.podIdentityConfiguration).toEqual(podIdentityConfiguration)
  expect(addons[0]?.addonVersions?.[0]?.requiresIamPermissions).toBe(podIdentityConfiguration.length > 0)
})
