import { ListIdentityProviderConfigsCommand } from '@aws-sdk/client-eks'
import { expect, test } from 'vitest'

import { createStackClients } from '../../testing/stack-clients.ts'

test('a provider is associated with a cluster, and leaves it with its stack', async () => {
  const clients = await createStackClients()
  const { region, eks } = clients
  await region.call('eks', 'CreateCluster', {
    name: 'demo',
    roleArn: await region.role('cluster', 'eks.amazonaws.com'),
    resourcesVpcConfig: { subnetIds: region.subnetIds },
  })
  const active = (): Promise<true> =>
    region.until(() => region.eks.tables.clusters.get('demo')?.cluster.status === 'ACTIVE')
  await active()
  const stack = await clients.create('s', {
    Dex: {
      Type: 'AWS::EKS::IdentityProviderConfig',
      Properties: {
        ClusterName: 'demo',
        Type: 'oidc',
        IdentityProviderConfigName: 'dex',
        Oidc: {
          IssuerUrl: 'https://127.0.0.1:5556/dex',
          ClientId: 'near',
          RequiredClaims: [{ Key: 'team', Value: 'web' }],
        },
      },
    },
  })
  expect(stack.StackStatus).toBe('CREATE_COMPLETE')
  expect(await clients.physicalId('s', 'Dex')).toBe('demo|oidc|dex')
  await active()
  expect((await clients.remove('s')).StackStatus).toBe('DELETE_COMPLETE')
  const { identityProviderConfigs } = await eks.send(
    new ListIdentityProviderConfigsCommand({ clusterName: 'demo' }),
  )
  expect(identityProviderConfigs).toEqual([])
})
