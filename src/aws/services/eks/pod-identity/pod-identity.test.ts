import type * as sdk from '@aws-sdk/client-eks'
import { describe, expect, test } from 'vitest'

import { createEksTestRegion, type EksTestRegion } from '../testing/eks-test-region.ts'

const ACCOUNT = { clusterName: 'demo', namespace: 'web', serviceAccount: 'reader' }

interface Scene {
  readonly region: EksTestRegion
  readonly roleArn: string
  readonly create: (over?: object) => Promise<sdk.PodIdentityAssociation>
}

/** A cluster that serves, and a role that pods may have. */
async function scene(): Promise<Scene> {
  const region = await createEksTestRegion()
  await region.call('eks', 'CreateCluster', {
    name: 'demo',
    roleArn: await region.role('cluster', 'eks.amazonaws.com'),
    resourcesVpcConfig: { subnetIds: region.subnetIds },
  })
  await region.until(() => region.eks.tables.clusters.get('demo')?.cluster.status === 'ACTIVE')
  const roleArn = await podRole(region, 'reader')
  return {
    region,
    roleArn,
    create: async (over = {}) => {
      const input = { ...ACCOUNT, roleArn, ...over }
      const answer = await region.call<sdk.CreatePodIdentityAssociationResponse>(
        'eks',
        'CreatePodIdentityAssociation',
        input,
      )
      return answer.association ?? {}
    },
  }
}

async function podRole(region: EksTestRegion, RoleName: string): Promise<string> {
  const statement = {
    Effect: 'Allow',
    Principal: { Service: 'pods.eks.amazonaws.com' },
    Action: ['sts:AssumeRole', 'sts:TagSession'],
  }
  const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [statement] })
  const { Role } = await region.call<{ Role: { Arn: string } }>('iam', 'CreateRole', {
    RoleName,
    AssumeRolePolicyDocument,
  })
  return Role.Arn
}

test('an association is made, found, listed, changed and removed', async () => {
  const { region, roleArn, create } = await scene()
  const made = await create({ tags: { team: 'a' } })
  expect(made).toMatchObject({ ...ACCOUNT, roleArn, disableSessionTags: false, tags: { team: 'a' } })
  expect(made.associationId).toMatch(/^a-[a-z0-9]{17}$/)
  expect(made.associationArn).toBe(
    `arn:aws:eks:ap-southeast-1:111122223333:podidentityassociation/demo/${made.associationId}`,
  )
  expect(region.eks.podIdentity(ACCOUNT)?.roleArn).toBe(roleArn)
  const key = { clusterName: 'demo', associationId: made.associationId }
  const list = async (filter: object): Promise<(string | undefined)[]> => {
    const answer = await region.call<sdk.ListPodIdentityAssociationsResponse>(
      'eks',
      'ListPodIdentityAssociations',
      { clusterName: 'demo', ...filter },
    )
    return (answer.associations ?? []).map(({ associationId }) => associationId)
  }
  expect(await list({})).toEqual([made.associationId])
  expect(await list({ namespace: 'web', serviceAccount: 'reader' })).toEqual([made.associationId])
  expect(await list({ namespace: 'other' })).toEqual([])
  const other = await podRole(region, 'other')
  await region.call('eks', 'UpdatePodIdentityAssociation', { ...key, roleArn: other, targetRoleArn: roleArn })
  const { association } = await region.call<sdk.DescribePodIdentityAssociationResponse>(
    'eks',
    'DescribePodIdentityAssociation',
    key,
  )
  expect(association).toMatchObject({
    roleArn: other,
    targetRoleArn: roleArn,
    externalId: 'ap-southeast-1/111122223333/demo/web/reader',
    tags: { team: 'a' },
  })
  await region.call('eks', 'DeletePodIdentityAssociation', key)
  expect(region.eks.podIdentity(ACCOUNT)).toBeUndefined()
  await expect(region.call('eks', 'DescribePodIdentityAssociation', key)).rejects.toMatchObject({
    code: 'ResourceNotFoundException',
  })
})

describe('refused', () => {
  test('is a second association of a service account, but not the same request again', async () => {
    const { region, create } = await scene()
    const first = await create({ clientRequestToken: 'once' })
    expect((await create({ clientRequestToken: 'once' })).associationId).toBe(first.associationId)
    await expect(create({ clientRequestToken: 'twice' })).rejects.toMatchObject({
      code: 'ResourceInUseException',
      message: `Association already exists: ${first.associationId}`,
    })
    expect(region.eks.tables.associations.list()).toHaveLength(1)
  })

  test.each([
    [
      'does not exist',
      'arn:aws:iam::111122223333:role/nobody',
      'Role provided in the request does not exist.',
    ],
    [
      'does not trust pods',
      'arn:aws:iam::111122223333:role/cluster',
      'Trust policy of the role provided is invalid. Follow the official documentation to resolve the issue.',
    ],
  ])('is a role that %s', async (_what, roleArn, message) => {
    const { create } = await scene()
    await expect(create({ roleArn })).rejects.toMatchObject({ code: 'InvalidParameterException', message })
  })

  test('is a session policy beside session tags', async () => {
    const { create } = await scene()
    const policy = '{"Version":"2012-10-17","Statement":[]}'
    await expect(create({ policy })).rejects.toMatchObject({ code: 'InvalidParameterException' })
    expect(await create({ policy, disableSessionTags: true })).toMatchObject({ policy })
  })
})

test('associations go with their cluster', async () => {
  const { region, create } = await scene()
  await create()
  await region.call('eks', 'DeleteCluster', { name: 'demo' })
  await region.until(() => region.eks.tables.clusters.get('demo') === undefined)
  expect(region.eks.podIdentity(ACCOUNT)).toBeUndefined()
  expect(region.eks.tables.associations.list()).toEqual([])
})
