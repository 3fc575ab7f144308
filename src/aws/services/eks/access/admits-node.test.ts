import { expect, test } from 'vitest'

import { createEksTestRegion, type EksTestRegion } from '../testing/eks-test-region.ts'
import { addRoleToAwsAuth } from './aws-auth.ts'

const ROLE = 'arn:aws:iam::123456789012:role/nodes'

async function withCluster(authenticationMode: string): Promise<EksTestRegion> {
  const region = await createEksTestRegion()
  const roleArn = await region.role('cluster-role', 'eks.amazonaws.com')
  await region.call('eks', 'CreateCluster', {
    name: 'demo',
    roleArn,
    resourcesVpcConfig: { subnetIds: region.subnetIds },
    accessConfig: { authenticationMode },
  })
  await region.until(() => region.eks.tables.clusters.get('demo')?.cluster.status === 'ACTIVE')
  return region
}

function addEntry(region: EksTestRegion, type: string): Promise<unknown> {
  return region.call('eks', 'CreateAccessEntry', { clusterName: 'demo', principalArn: ROLE, type })
}

function mapRole(region: EksTestRegion, group: string): Promise<void> {
  const role = { rolearn: ROLE, username: 'system:node:{{EC2PrivateDNSName}}', groups: [group] }
  return addRoleToAwsAuth(region.kubernetes('demo'), role)
}

test.each([
  ['an entry for nodes', 'API', (region: EksTestRegion) => addEntry(region, 'EC2_LINUX'), true],
  ['an entry of another type', 'API', (region: EksTestRegion) => addEntry(region, 'STANDARD'), false],
  ['aws-auth', 'CONFIG_MAP', (region: EksTestRegion) => mapRole(region, 'system:nodes'), true],
  ['aws-auth for others', 'CONFIG_MAP', (region: EksTestRegion) => mapRole(region, 'readers'), false],
  [
    'aws-auth where only entries count',
    'API',
    (region: EksTestRegion) => mapRole(region, 'system:nodes'),
    false,
  ],
  ['nothing', 'API_AND_CONFIG_MAP', () => Promise.resolve(), false],
] as const)('with %s in mode %s', async (_, mode, arrange, isAdmitted) => {
  const region = await withCluster(mode)
  await arrange(region)
  expect(await region.eks.admitsNode('demo', ROLE)).toBe(isAdmitted)
})

test('no cluster admits nobody', async () => {
  const region = await createEksTestRegion()
  expect(await region.eks.admitsNode('gone', ROLE)).toBe(false)
})
