import type * as sdk from '@aws-sdk/client-eks'
import { expect, test } from 'vitest'

import { createEksTestRegion, type EksTestRegion } from '../testing/eks-test-region.ts'

const KEY = { clusterName: 'demo', addonName: 'vpc-cni' }

async function scene(): Promise<EksTestRegion> {
  const region = await createEksTestRegion()
  await region.call('eks', 'CreateCluster', {
    name: 'demo',
    roleArn: await region.role('cluster', 'eks.amazonaws.com'),
    resourcesVpcConfig: { subnetIds: region.subnetIds },
    bootstrapSelfManagedAddons: false,
  })
  await region.until(() => region.eks.tables.clusters.get('demo')?.cluster.status === 'ACTIVE')
  return region
}

async function associations(region: EksTestRegion): Promise<readonly object[]> {
  const { associations: all = [] } = await region.call<sdk.ListPodIdentityAssociationsResponse>(
    'eks',
    'ListPodIdentityAssociations',
    { clusterName: 'demo' },
  )
  return all.map(({ namespace, serviceAccount, ownerArn }) => ({ namespace, serviceAccount, ownerArn }))
}

async function identity(region: EksTestRegion, role: string, serviceAccount = 'aws-node'): Promise<object> {
  return { serviceAccount, roleArn: await region.role(role, 'pods.eks.amazonaws.com') }
}

test('an add-on brings its associations, changes them, and takes them with it', async () => {
  const region = await scene()
  const first = await identity(region, 'cni')
  const { addon } = await region.call<sdk.CreateAddonResponse>('eks', 'CreateAddon', {
    ...KEY,
    podIdentityAssociations: [first],
  })
  const owned = { namespace: 'kube-system', serviceAccount: 'aws-node', ownerArn: addon?.addonArn }
  expect(await associations(region)).toEqual([owned])
  expect(addon?.podIdentityAssociations).toHaveLength(1)
  const account = { clusterName: 'demo', namespace: 'kube-system', serviceAccount: 'aws-node' }
  expect(region.eks.podIdentity(account)?.roleArn).toContain(':role/cni')

  await region.eks.tables.addons.update('demo/vpc-cni', (record) => ({
    ...record,
    addon: { ...record.addon, status: 'ACTIVE' },
  }))
  const other = await identity(region, 'other')
  const { update } = await region.call<sdk.UpdateAddonResponse>('eks', 'UpdateAddon', {
    ...KEY,
    podIdentityAssociations: [other],
  })
  expect(update?.params?.map(({ type }) => type)).toEqual(['PodIdentityAssociations'])
  expect(await associations(region)).toEqual([owned])
  expect(region.eks.podIdentity(account)?.roleArn).toContain(':role/other')

  await region.call('eks', 'DeleteAddon', KEY)
  await region.until(async () => (await associations(region)).length === 0)
})

test('an add-on leaves its associations where its objects are preserved', async () => {
  const region = await scene()
  await region.call('eks', 'CreateAddon', {
    ...KEY,
    podIdentityAssociations: [await identity(region, 'cni')],
  })
  await region.call('eks', 'DeleteAddon', { ...KEY, preserve: true })
  await region.until(() => region.eks.tables.addons.get('demo/vpc-cni') === undefined)
  expect(await associations(region)).toHaveLength(1)
})

test('an account that has an association, and a role that pods cannot have, stop the add-on', async () => {
  const region = await scene()
  const first = { ...(await identity(region, 'cni')), clusterName: 'demo', namespace: 'kube-system' }
  await region.call('eks', 'CreatePodIdentityAssociation', first)
  const create = async (role: string): Promise<unknown> => {
    const podIdentityAssociations = [{ serviceAccount: 'aws-node', roleArn: role }]
    return await region.call('eks', 'CreateAddon', { ...KEY, podIdentityAssociations })
  }
  const arn = await region.role('second', 'pods.eks.amazonaws.com')
  await expect(create(arn)).rejects.toThrow(/^Association already exists: a-/)
  await expect(create(arn.replace('second', 'none'))).rejects.toThrow(
    'Role provided in the request does not exist.',
  )
  expect(region.eks.tables.addons.get('demo/vpc-cni')).toBeUndefined()
})
