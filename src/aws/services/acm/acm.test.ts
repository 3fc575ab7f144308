import 'reflect-metadata'
import { X509Certificate } from 'node:crypto'

import type {
  CertificateDetail,
  DescribeCertificateResponse,
  GetCertificateResponse,
  ListCertificatesResponse,
  RequestCertificateResponse,
} from '@aws-sdk/client-acm'
import * as x509 from '@peculiar/x509'
import { describe, expect, test } from 'vitest'

import { createAuthority, issueServerCertificate } from '../../../base/certificate-authority.ts'
import { randomIds } from '../../../base/ids.ts'
import { FakeClock } from '../../../base/testing/fake-clock.ts'
import { createTestRegion } from '../../testing/test-region.ts'

const NOW = Date.parse('2026-06-01T00:00:00Z')
const ABSENT = 'arn:aws:acm:ap-southeast-1:111122223333:certificate/00000000-0000-4000-8000-000000000000'

async function stage(pace = 0) {
  const clock = new FakeClock(NOW)
  const region = await createTestRegion({ clock, pace })
  const call = <T = unknown>(operation: string, input: object = {}): Promise<T> =>
    region.endpoint.caller.call<T>('acm', operation, input)
  const request = async (input: object = {}): Promise<string> => {
    const wanted = { DomainName: 'www.example.com', ValidationMethod: 'DNS', ...input }
    return (await call<RequestCertificateResponse>('RequestCertificate', wanted)).CertificateArn ?? ''
  }
  const detail = async (arn: string): Promise<CertificateDetail> =>
    (await call<DescribeCertificateResponse>('DescribeCertificate', { CertificateArn: arn })).Certificate!
  const list = async (input: object = {}): Promise<(string | undefined)[]> => {
    const { CertificateSummaryList = [] } = await call<ListCertificatesResponse>('ListCertificates', input)
    return CertificateSummaryList.map(({ CertificateArn }) => CertificateArn)
  }
  return { region, clock, call, request, detail, list }
}

describe('a requested certificate', () => {
  test('waits for its validation, then is issued by the region’s authority', async () => {
    const { region, clock, call, request, detail } = await stage(1)
    const arn = await request({
      SubjectAlternativeNames: ['*.Example.com', 'www.example.com', 'WWW.example.com'],
    })
    const pending = await detail(arn)
    expect(pending).toMatchObject({
      Status: 'PENDING_VALIDATION',
      DomainName: 'www.example.com',
      SubjectAlternativeNames: ['www.example.com', '*.example.com'],
      Type: 'AMAZON_ISSUED',
      RenewalEligibility: 'INELIGIBLE',
      DomainValidationOptions: [
        { DomainName: 'www.example.com', ValidationStatus: 'PENDING_VALIDATION', ValidationMethod: 'DNS' },
        { DomainName: '*.example.com' },
      ],
    })
    expect(pending).not.toHaveProperty('NotAfter')
    expect(region.acm.find(arn)).toBeUndefined()
    const early = call('GetCertificate', { CertificateArn: arn })
    await expect(early).rejects.toMatchObject({ code: 'RequestInProgressException' })

    await clock.advance(120_000)
    const issued = await detail(arn)
    expect(issued).toMatchObject({
      Status: 'ISSUED',
      Subject: 'CN=www.example.com',
      Issuer: 'Neargate test',
      KeyAlgorithm: 'RSA-2048',
      SignatureAlgorithm: 'SHA256WITHECDSA',
      KeyUsages: [{ Name: 'DIGITAL_SIGNATURE' }, { Name: 'KEY_ENCIPHERMENT' }],
      ExtendedKeyUsages: [{ Name: 'TLS_WEB_SERVER_AUTHENTICATION', OID: '1.3.6.1.5.5.7.3.1' }],
      InUseBy: [],
    })
    expect(issued.DomainValidationOptions?.[0]?.ValidationStatus).toBe('SUCCESS')
    const got = await call<GetCertificateResponse>('GetCertificate', { CertificateArn: arn })
    const certificate = new X509Certificate(got.Certificate ?? '')
    expect(certificate.verify(new X509Certificate(got.CertificateChain ?? '').publicKey)).toBe(true)
    expect(certificate.checkHost('shop.example.com')).toBe('*.example.com')
    expect(region.acm.find(arn)?.names).toEqual(['www.example.com', '*.example.com'])
  })

  test('is proven by one record for a domain and its wildcard, or by mail', async () => {
    const { request, detail } = await stage()
    const dns = await detail(
      await request({ DomainName: 'example.com', SubjectAlternativeNames: ['*.example.com'] }),
    )
    const [bare, wild] = dns.DomainValidationOptions ?? []
    expect(bare?.ResourceRecord).toEqual(wild?.ResourceRecord)
    expect(bare?.ResourceRecord?.Name).toMatch(/^_[0-9a-f]{32}\.example\.com\.$/)
    expect(bare?.ResourceRecord?.Value).toMatch(/^_[0-9a-f]{32}\.[a-f]{10}\.acm-validations\.aws\.$/)
    const options = [{ DomainName: 'a.example.com', ValidationDomain: 'example.com' }]
    const mail = { DomainName: 'a.example.com', ValidationMethod: 'EMAIL', DomainValidationOptions: options }
    const { DomainValidationOptions = [] } = await detail(await request(mail))
    expect(DomainValidationOptions[0]).toMatchObject({
      ValidationDomain: 'example.com',
      ValidationEmails: expect.arrayContaining(['admin@example.com']) as string[],
    })
  })

  test.each([
    ['EC_prime256v1', 'EC-prime256v1'],
    ['EC_secp384r1', 'EC-secp384r1'],
  ])('may have a key of %s', async (KeyAlgorithm, shown) => {
    const { request, detail } = await stage()
    expect((await detail(await request({ KeyAlgorithm }))).KeyAlgorithm).toBe(shown)
  })

  test.each<[object, string, RegExp]>([
    [{ KeyAlgorithm: 'RSA_4096' }, 'ValidationException', /RSA_4096 is not supported/],
    [{ ValidationMethod: 'HTTP' }, 'InvalidParameterException', /HTTP is not emulated by Neargate/],
    [{ Tags: [{ Key: 'aws:x', Value: '' }] }, 'InvalidTagException', /aws: prefixed/],
    [
      { DomainValidationOptions: [{ DomainName: 'www.example.com', ValidationDomain: 'example.org' }] },
      'InvalidDomainValidationOptionsException',
      /DomainValidationOption/,
    ],
  ])('is refused with %j', async (change, code, message) => {
    const { request } = await stage()
    await expect(request(change)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message) as string,
    })
  })

  test('is the same one for the same token within an hour', async () => {
    const { clock, request } = await stage()
    const IdempotencyToken = 'once'
    const first = await request({ IdempotencyToken })
    expect(await request({ IdempotencyToken })).toBe(first)
    await clock.advance(3_600_000)
    expect(await request({ IdempotencyToken })).not.toBe(first)
  })

  test('expires after 395 days', async () => {
    const { clock, request, detail } = await stage()
    const arn = await request()
    await clock.advance(395 * 86_400_000)
    expect((await detail(arn)).Status).toBe('EXPIRED')
  })
})

describe('an imported certificate', () => {
  async function imported() {
    const world = await stage()
    const sources = { clock: world.clock, ids: randomIds }
    const authority = await createAuthority('Corporate', sources)
    const issued = await issueServerCertificate(authority, ['shop.example.com', 'example.com'], sources)
    const body = {
      Certificate: Buffer.from(issued.cert),
      PrivateKey: Buffer.from(issued.key),
      CertificateChain: Buffer.from(authority.cert),
    }
    const send = async (change: object = {}): Promise<string> =>
      (await world.call<{ CertificateArn: string }>('ImportCertificate', { ...body, ...change }))
        .CertificateArn
    return { ...world, sources, authority, send }
  }

  test('is described as what it is, and served with', async () => {
    const { region, detail, send } = await imported()
    const arn = await send()
    expect(await detail(arn)).toMatchObject({
      Type: 'IMPORTED',
      Status: 'ISSUED',
      DomainName: 'shop.example.com',
      SubjectAlternativeNames: ['shop.example.com', 'example.com'],
      Issuer: 'Corporate',
      ImportedAt: new Date(NOW),
    })
    expect(region.acm.find(arn)?.certificateChainPem.match(/BEGIN CERTIFICATE/g)).toHaveLength(2)
  })

  test('is replaced under its ARN, and keeps its tags', async () => {
    const { call, detail, send, sources, authority } = await imported()
    const arn = await send({ Tags: [{ Key: 'k', Value: 'v' }] })
    const next = await issueServerCertificate(authority, ['new.example.com'], sources)
    const change = { Certificate: Buffer.from(next.cert), PrivateKey: Buffer.from(next.key) }
    expect(await send({ CertificateArn: arn, ...change })).toBe(arn)
    expect((await detail(arn)).DomainName).toBe('new.example.com')
    expect(await call('ListTagsForCertificate', { CertificateArn: arn })).toEqual({
      Tags: [{ Key: 'k', Value: 'v' }],
    })
  })

  test('is refused with a key that ACM has no name for', async () => {
    const { send } = await imported()
    const keys = await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify'])
    const signingAlgorithm = { name: 'Ed25519' }
    const notAfter = new Date(NOW + 86_400_000)
    const made = await x509.X509CertificateGenerator.createSelfSigned({
      name: 'CN=x',
      keys,
      signingAlgorithm,
      notBefore: new Date(NOW),
      notAfter,
    })
    await expect(send({ Certificate: Buffer.from(made.toString('pem')) })).rejects.toMatchObject({
      code: 'ValidationException',
      message: expect.stringMatching(/not supported/) as string,
    })
  })

  test('is refused when it is none, is of another key, or is over', async () => {
    const { clock, send, sources, authority } = await imported()
    const refused = async (change: object, message: RegExp): Promise<void> => {
      const code = 'ValidationException'
      await expect(send(change)).rejects.toMatchObject({
        code,
        message: expect.stringMatching(message) as string,
      })
    }
    await refused({ Certificate: Buffer.from('no') }, /not a PEM-encoded certificate/)
    await refused({ PrivateKey: Buffer.from('no') }, /private key is not PEM-encoded/)
    const other = await issueServerCertificate(authority, ['x.example.com'], sources)
    await refused({ PrivateKey: Buffer.from(other.key) }, /does not match/)
    await refused(
      { CertificateArn: await send(), Tags: [{ Key: 'k', Value: 'v' }] },
      /not permitted on re-import/,
    )
    await clock.advance(900 * 86_400_000)
    await refused({}, /has expired/)
  })
})

describe('the list', () => {
  test('leaves out keys on curves unless they are asked for, and what has another state', async () => {
    const { clock, request, list } = await stage(1)
    const rsa = await request()
    await clock.advance(120_000)
    const curve = await request({ KeyAlgorithm: 'EC_prime256v1' })
    expect(await list()).toEqual([rsa])
    const all = { keyTypes: ['RSA_2048', 'EC_prime256v1'] }
    expect(await list({ Includes: all, SortBy: 'CREATED_AT', SortOrder: 'DESCENDING' })).toEqual([curve, rsa])
    expect(await list({ Includes: all, CertificateStatuses: ['ISSUED'] })).toEqual([rsa])
    await expect(list({ SortBy: 'CREATED_AT' })).rejects.toMatchObject({ code: 'InvalidArgsException' })
  })
})

test('a certificate that serves is not deleted', async () => {
  const { region, call, request, detail, list } = await stage()
  const arn = await request()
  const users = [`${arn}/balancer`]
  region.certificateUsers.push(() => users)
  expect(await detail(arn)).toMatchObject({ InUseBy: users, RenewalEligibility: 'ELIGIBLE' })
  await expect(call('DeleteCertificate', { CertificateArn: arn })).rejects.toMatchObject({
    code: 'ResourceInUseException',
  })
  users.pop()
  await call('DeleteCertificate', { CertificateArn: arn })
  expect(await list()).toEqual([])
})

test('tags are added, replaced and removed', async () => {
  const { call, request } = await stage()
  const CertificateArn = await request({ Tags: [{ Key: 'a', Value: '1' }] })
  await call('AddTagsToCertificate', {
    CertificateArn,
    Tags: [
      { Key: 'a', Value: '2' },
      { Key: 'b', Value: '3' },
    ],
  })
  await call('RemoveTagsFromCertificate', {
    CertificateArn,
    Tags: [{ Key: 'a', Value: 'other' }, { Key: 'b' }],
  })
  expect(await call('ListTagsForCertificate', { CertificateArn })).toEqual({
    Tags: [{ Key: 'a', Value: '2' }],
  })
})

test.each([
  [ABSENT, 'ResourceNotFoundException', `Could not find certificate ${ABSENT} in account 111122223333.`],
  ['arn:aws:acm:ap-southeast-1:111122223333:private/x', 'InvalidArnException', undefined],
])('%s is no certificate', async (CertificateArn, code, message) => {
  const { call } = await stage()
  const expected = message === undefined ? { code } : { code, message }
  await expect(call('DescribeCertificate', { CertificateArn })).rejects.toMatchObject(expected)
})
