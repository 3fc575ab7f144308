import type * as sdk from '@aws-sdk/client-elastic-load-balancing-v2'
import { describe, expect, test } from 'vitest'

import { ClientAuthority } from '../../../../network/tls/testing/client-authority.ts'
import { balancer, group, refusal, stage, until, type Stage } from '../testing/elb-stage.ts'

interface Stored extends Stage {
  readonly root: ClientAuthority
  put(key: string, text: string): Promise<void>
  /** @returns the trust store */
  create(key?: string, name?: string): Promise<sdk.TrustStore>
}

/** A region with a bucket that holds the bundle `root.pem`. */
async function stored(): Promise<Stored> {
  const region = await stage()
  const root = await ClientAuthority.create('root')
  const CreateBucketConfiguration = { LocationConstraint: region.deps.region }
  await region.call('CreateBucket', { Bucket: 'pki', CreateBucketConfiguration }, 's3')
  const put = async (Key: string, text: string): Promise<void> => {
    await region.call('PutObject', { Bucket: 'pki', Key, Body: Buffer.from(text) }, 's3')
  }
  await put('root.pem', root.certificate)
  return {
    ...region,
    root,
    put,
    async create(key = 'root.pem', name = 'clients') {
      const input = { Name: name, CaCertificatesBundleS3Bucket: 'pki', CaCertificatesBundleS3Key: key }
      const { TrustStores } = await region.call<sdk.CreateTrustStoreOutput>('CreateTrustStore', input)
      return TrustStores?.[0] ?? {}
    },
  }
}

/** The input of an HTTPS listener on a new load balancer. */
async function https(region: Stage): Promise<object> {
  const { LoadBalancerArn } = await balancer(region, { Type: 'application', Name: 'web' })
  const { CertificateArn } = await region.call<{ CertificateArn: string }>(
    'RequestCertificate',
    { DomainName: 'web.example.com', ValidationMethod: 'DNS' },
    'acm',
  )
  const TargetGroupArn = await group(region, { Protocol: 'HTTP', Port: 80 })
  return {
    LoadBalancerArn,
    Protocol: 'HTTPS',
    Port: 443,
    Certificates: [{ CertificateArn }],
    DefaultActions: [{ Type: 'forward', TargetGroupArn }],
  }
}

describe('a trust store', () => {
  test('holds the authorities of its bundle, and is found by ARN and by name', async () => {
    const region = await stored()
    await region.put('two.pem', `# ours\n${region.root.certificate}\n${region.root.certificate}`)
    const { TrustStoreArn, ...shown } = await region.create('two.pem')
    expect(TrustStoreArn).toMatch(/:truststore\/clients\/[0-9a-f]{16}$/)
    expect(shown).toEqual({
      Name: 'clients',
      Status: 'ACTIVE',
      NumberOfCaCertificates: 2,
      TotalRevokedEntries: 0,
    })
    for (const input of [{}, { Names: ['clients'] }, { TrustStoreArns: [TrustStoreArn] }]) {
      const { TrustStores } = await region.call<sdk.DescribeTrustStoresOutput>('DescribeTrustStores', input)
      expect(TrustStores?.map(({ Name }) => Name)).toEqual(['clients'])
    }
    await region.call('ModifyTrustStore', {
      TrustStoreArn,
      CaCertificatesBundleS3Bucket: 'pki',
      CaCertificatesBundleS3Key: 'root.pem',
    })
    const { TrustStores } = await region.call<sdk.DescribeTrustStoresOutput>('DescribeTrustStores', {})
    expect(TrustStores).toMatchObject([{ NumberOfCaCertificates: 1 }])
    await region.call('DeleteTrustStore', { TrustStoreArn })
    expect(await refusal(region.call('DescribeTrustStores', { Names: ['clients'] }))).toMatch(
      /^TrustStoreNotFound/,
    )
  })

  test('has tags', async () => {
    const region = await stored()
    const { TrustStoreArn } = await region.create()
    await region.call('AddTags', { ResourceArns: [TrustStoreArn], Tags: [{ Key: 'team', Value: 'a' }] })
    expect(await region.call('DescribeTags', { ResourceArns: [TrustStoreArn] })).toEqual({
      TagDescriptions: [{ ResourceArn: TrustStoreArn, Tags: [{ Key: 'team', Value: 'a' }] }],
    })
  })

  test('is made of certificates of authorities that can be read, under a name of its own', async () => {
    const region = await stored()
    await region.create()
    const { cert } = await region.root.issue('app')
    await region.put('leaf.pem', cert)
    await region.put('text.pem', 'nothing')
    await region.put('broken.pem', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----')
    await region.put('many.pem', region.root.certificate.concat('\n').repeat(26))
    expect(await refusal(region.create('missing.pem', 'x'))).toMatch(
      /^CaCertificatesBundleNotFound: .*pki\/missing/,
    )
    expect(await refusal(region.create('leaf.pem', 'x'))).toMatch(/^InvalidCaCertificatesBundle: .*authority/)
    expect(await refusal(region.create('text.pem', 'x'))).toMatch(/^InvalidCaCertificatesBundle: .*PEM/)
    expect(await refusal(region.create('broken.pem', 'x'))).toMatch(/^InvalidCaCertificatesBundle: .*read/)
    expect(await refusal(region.create('many.pem', 'x'))).toMatch(/^InvalidCaCertificatesBundle: .*25/)
    expect(await refusal(region.create())).toMatch(/^DuplicateTrustStoreName/)
  })
})

describe('revocation lists', () => {
  test('are added, counted, listed and removed by number', async () => {
    const region = await stored()
    const { TrustStoreArn } = await region.create()
    await region.put('one.crl', await region.root.revoke('0a', '0b'))
    await region.put('two.crl', await region.root.revoke('0c'))
    const add = (key: string) =>
      region.call<sdk.AddTrustStoreRevocationsOutput>('AddTrustStoreRevocations', {
        TrustStoreArn,
        RevocationContents: [{ S3Bucket: 'pki', S3Key: key, RevocationType: 'CRL' }],
      })
    await add('one.crl')
    const { TrustStoreRevocations } = await add('two.crl')
    expect(TrustStoreRevocations).toEqual([
      { TrustStoreArn, RevocationId: 2, RevocationType: 'CRL', NumberOfRevokedEntries: 1 },
    ])
    const { TrustStores } = await region.call<sdk.DescribeTrustStoresOutput>('DescribeTrustStores', {})
    expect(TrustStores).toMatchObject([{ TotalRevokedEntries: 3 }])
    await region.call('RemoveTrustStoreRevocations', { TrustStoreArn, RevocationIds: [1] })
    const left = await region.call<sdk.DescribeTrustStoreRevocationsOutput>('DescribeTrustStoreRevocations', {
      TrustStoreArn,
    })
    expect(left.TrustStoreRevocations?.map(({ RevocationId }) => RevocationId)).toEqual([2])
    expect(
      await refusal(region.call('RemoveTrustStoreRevocations', { TrustStoreArn, RevocationIds: [1] })),
    ).toMatch(/^RevocationIdNotFound/)
    expect(await refusal(add('none.crl'))).toMatch(/^RevocationContentNotFound/)
    expect(await refusal(add('root.pem'))).toMatch(/^InvalidRevocationContent/)
  })
})

describe('a listener', () => {
  test('verifies by a trust store: the data plane follows the store, which cannot go', async () => {
    const region = await stored()
    const { TrustStoreArn } = await region.create()
    const { Listeners } = await region.call<sdk.CreateListenerOutput>('CreateListener', {
      ...(await https(region)),
      MutualAuthentication: { Mode: 'verify', TrustStoreArn, AdvertiseTrustStoreCaNames: 'on' },
    })
    const [listener] = Listeners ?? []
    expect(listener?.MutualAuthentication).toEqual({
      Mode: 'verify',
      TrustStoreArn,
      IgnoreClientCertificateExpiry: false,
      TrustStoreAssociationStatus: 'active',
      AdvertiseTrustStoreCaNames: 'on',
    })
    const told = (count: number) =>
      until(() => {
        const [plan] = [...region.plane.applications.values()].flatMap(({ listeners }) => listeners)
        const clients = plan?.clientCertificates
        return clients?.mode === 'verify' && clients.trust.revocations.length === count && clients.trust
      })
    expect(await told(0)).toMatchObject({ isAdvertising: true, isIgnoringExpiry: false })
    await region.put('one.crl', await region.root.revoke('0a'))
    await region.call('AddTrustStoreRevocations', {
      TrustStoreArn,
      RevocationContents: [{ S3Bucket: 'pki', S3Key: 'one.crl' }],
    })
    expect((await told(1)).revocations).toEqual([
      { issuer: 'C=US, O=Example, CN=root', serialNumbers: ['0a'] },
    ])
    expect(await region.call('DescribeTrustStoreAssociations', { TrustStoreArn })).toMatchObject({
      TrustStoreAssociations: [{ ResourceArn: listener?.ListenerArn }],
    })
    expect(await refusal(region.call('DeleteTrustStore', { TrustStoreArn }))).toMatch(/^TrustStoreInUse/)
    await region.call('ModifyListener', {
      ListenerArn: listener?.ListenerArn,
      MutualAuthentication: { Mode: 'off' },
    })
    await region.call('DeleteTrustStore', { TrustStoreArn })
  })

  test.each([
    [{ Mode: 'verify' }, /^ValidationError: A trust store ARN/],
    [{ Mode: 'verify', TrustStoreArn: 'arn:none' }, /^TrustStoreNotFound/],
    [{ Mode: 'passthrough', TrustStoreArn: 'arn:none' }, /^ValidationError/],
    [{ Mode: 'off', IgnoreClientCertificateExpiry: true }, /^ValidationError/],
    [{ Mode: 'sometimes' }, /^ValidationError: .*'off, passthrough, verify'/],
  ])('does not take %o', async (MutualAuthentication, words) => {
    const region = await stored()
    const input = { ...(await https(region)), MutualAuthentication }
    expect(await refusal(region.call('CreateListener', input))).toMatch(words)
  })

  test('renames the headers that tell targets of clients', async () => {
    const region = await stored()
    const { Listeners } = await region.call<sdk.CreateListenerOutput>('CreateListener', {
      ...(await https(region)),
      MutualAuthentication: { Mode: 'passthrough' },
    })
    await region.call('ModifyListenerAttributes', {
      ListenerArn: Listeners?.[0]?.ListenerArn,
      Attributes: [{ Key: 'routing.http.request.x_amzn_mtls_clientcert.header_name', Value: 'X-Chain' }],
    })
    const plan = await until(() => {
      const [found] = [...region.plane.applications.values()].flatMap(({ listeners }) => listeners)
      return Object.keys(found?.renamedHeaders ?? {}).length > 0 && found
    })
    expect(plan).toMatchObject({
      clientCertificates: { mode: 'passthrough' },
      renamedHeaders: { 'x-amzn-mtls-clientcert': 'X-Chain' },
    })
  })
})
