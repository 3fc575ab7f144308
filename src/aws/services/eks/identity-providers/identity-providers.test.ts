import type {
  AssociateIdentityProviderConfigResponse,
  DescribeIdentityProviderConfigResponse,
  DescribeUpdateResponse,
  ListIdentityProviderConfigsResponse,
} from '@aws-sdk/client-eks'
import { expect, test } from 'vitest'

import { createEksTestRegion } from '../testing/eks-test-region.ts'

const PROVIDER = {
  identityProviderConfigName: 'dex',
  issuerUrl: 'https://127.0.0.1:5556/dex',
  clientId: 'near',
}
const NAMED = { clusterName: 'demo', identityProviderConfig: { type: 'oidc', name: 'dex' } }

async function place() {
  const region = await createEksTestRegion()
  const { subnetIds } = region
  const eks = <T>(operation: string, input: object): Promise<T> => region.call<T>('eks', operation, input)
  await eks('CreateCluster', {
    name: 'demo',
    roleArn: await region.role('cluster', 'eks.amazonaws.com'),
    resourcesVpcConfig: { subnetIds },
  })
  const active = (): Promise<true> =>
    region.until(() => region.eks.tables.clusters.get('demo')?.cluster.status === 'ACTIVE')
  await active()
  const associate = (oidc: object, rest: object = {}) =>
    eks<AssociateIdentityProviderConfigResponse>('AssociateIdentityProviderConfig', {
      clusterName: 'demo',
      oidc,
      ...rest,
    })
  const describe = () => eks<DescribeIdentityProviderConfigResponse>('DescribeIdentityProviderConfig', NAMED)
  return { ...region, api: eks, active, associate, describe }
}

test('a provider is associated by an update of the cluster, shown, tagged, and taken away again', async () => {
  const { api, associate, describe, active, ...region } = await place()
  const { update, tags } = await associate(PROVIDER, { tags: { team: 'web' } })
  expect(update).toMatchObject({ type: 'AssociateIdentityProviderConfig', status: 'InProgress' })
  expect(tags).toEqual({ team: 'web' })
  await region.until(async () => (await describe()).identityProviderConfig?.oidc?.status === 'ACTIVE')
  const { oidc } = (await describe()).identityProviderConfig ?? {}
  expect(oidc).toMatchObject({ ...PROVIDER, clusterName: 'demo', tags: { team: 'web' } })
  expect(oidc?.identityProviderConfigArn).toMatch(
    /^arn:aws:eks:ap-southeast-1:111122223333:identityproviderconfig\/demo\/oidc\/dex\/[0-9a-f-]{36}$/,
  )
  await api('TagResource', { resourceArn: oidc?.identityProviderConfigArn, tags: { a: 'b' } })
  expect((await describe()).identityProviderConfig?.oidc?.tags).toEqual({ team: 'web', a: 'b' })
  const shown = await api<DescribeUpdateResponse>('DescribeUpdate', { name: 'demo', updateId: update?.id })
  expect(shown.update?.status).toBe('Successful')

  await active()
  await api('DisassociateIdentityProviderConfig', NAMED)
  const list = async () =>
    (await api<ListIdentityProviderConfigsResponse>('ListIdentityProviderConfigs', { clusterName: 'demo' }))
      .identityProviderConfigs
  await region.until(async () => (await list())?.length === 0)
  await expect(describe()).rejects.toMatchObject({ code: 'ResourceNotFoundException' })
})

test('a cluster has one provider', async () => {
  const { associate, active, api } = await place()
  const first = await associate(PROVIDER, { clientRequestToken: 't' })
  expect((await associate(PROVIDER, { clientRequestToken: 't' })).update?.id).toBe(first.update?.id)
  await active()
  await expect(associate(PROVIDER)).rejects.toMatchObject({ code: 'ResourceInUseException' })
  await expect(
    associate({ ...PROVIDER, identityProviderConfigName: 'other' }, { clientRequestToken: 't' }),
  ).rejects.toMatchObject({ code: 'InvalidRequestException' })
  await expect(
    api('DisassociateIdentityProviderConfig', {
      clusterName: 'demo',
      identityProviderConfig: { type: 'oidc', name: 'other' },
    }),
  ).rejects.toMatchObject({
    code: 'InvalidRequestException',
    message: 'Identity provider config is not associated with cluster demo',
  })
})

test('what no API server could authenticate by is refused', async () => {
  const { associate, api, eks } = await place()
  const own = eks.tables.clusters.get('demo')?.cluster.identity?.oidc?.issuer
  const wrong = [
    { issuerUrl: 'http://127.0.0.1:5556' },
    { issuerUrl: 'dex' },
    { issuerUrl: own },
    { groupsPrefix: 'system:' },
    { usernamePrefix: 'a-system:b' },
  ]
  for (const part of wrong) {
    await expect(associate({ ...PROVIDER, ...part }), JSON.stringify(part)).rejects.toMatchObject({
      code: 'InvalidParameterException',
    })
  }
  const saml = { clusterName: 'demo', identityProviderConfig: { type: 'saml', name: 'dex' } }
  await expect(api('DescribeIdentityProviderConfig', saml)).rejects.toMatchObject({
    code: 'InvalidParameterException',
  })
})
