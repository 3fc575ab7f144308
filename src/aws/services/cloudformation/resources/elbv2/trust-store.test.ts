import type { DescribeTrustStoresOutput } from '@aws-sdk/client-elastic-load-balancing-v2'
import { expect, test } from 'vitest'

import { ClientAuthority } from '../../../../../network/tls/testing/client-authority.ts'
import { createElbv2 } from '../../../elbv2/index.ts'
import { FakePlane } from '../../../elbv2/testing/elb-stage.ts'
import { createStackClients } from '../../testing/stack-clients.ts'

test('a trust store is made, gets another bundle in place, and is removed', async () => {
  const clients = await createStackClients()
  const { region } = clients
  const elb = createElbv2(region.deps, { plane: new FakePlane(), ingress: region.ec2.ingress })
  region.services.push(elb.service)
  region.run(elb.controllers)
  const { certificate } = await ClientAuthority.create('root')
  const CreateBucketConfiguration = { LocationConstraint: region.deps.region }
  await region.call('s3', 'CreateBucket', { Bucket: 'pki', CreateBucketConfiguration })
  const put = (Key: string, text: string) =>
    region.call('s3', 'PutObject', { Bucket: 'pki', Key, Body: Buffer.from(text) })
  await put('one.pem', certificate)
  await put('two.pem', `${certificate}\n${certificate}`)
  const resources = (key: string, tags: readonly object[] = []) => ({
    Clients: {
      Type: 'AWS::ElasticLoadBalancingV2::TrustStore',
      Properties: {
        Name: 'clients',
        CaCertificatesBundleS3Bucket: 'pki',
        CaCertificatesBundleS3Key: key,
        Tags: tags,
      },
    },
  })
  const made = await clients.create(
    'pki',
    {},
    {
      TemplateBody: JSON.stringify({
        Resources: resources('one.pem'),
        Outputs: { Count: { Value: { 'Fn::GetAtt': ['Clients', 'NumberOfCaCertificates'] } } },
      }),
    },
  )
  expect(made).toMatchObject({ StackStatus: 'CREATE_COMPLETE', Outputs: [{ OutputValue: '1' }] })
  const look = async () =>
    (await region.call<DescribeTrustStoresOutput>('elbv2', 'DescribeTrustStores', { Names: ['clients'] }))
      .TrustStores?.[0]
  const before = await look()
  const updated = await clients.update('pki', resources('two.pem', [{ Key: 'team', Value: 'a' }]))
  expect(updated.StackStatus).toBe('UPDATE_COMPLETE')
  expect(await look()).toMatchObject({
    TrustStoreArn: before?.TrustStoreArn,
    NumberOfCaCertificates: 2,
  })
  expect((await clients.remove('pki')).StackStatus).toBe('DELETE_COMPLETE')
  await expect(look()).rejects.toMatchObject({ code: 'TrustStoreNotFound' })
})
