import { describe, expect, it } from 'vitest'

import { sequentialIds } from '../base/ids.ts'
import { FakeClock } from '../base/testing/fake-clock.ts'
import { InstanceMetadata, resolverAddress, type MetadataInstance } from './instance-metadata.ts'

const instance: MetadataInstance = {
  id: 'i-1',
  imageId: 'ami-1',
  instanceType: 'm5.large',
  zone: 'eu-west-1a',
  zoneId: 'euw1-az1',
  privateIp: '10.0.1.9',
  privateDnsName: 'ip-10-0-1-9.eu-west-1.compute.internal',
  macAddress: '02:00:00:00:00:01',
  vpcId: 'vpc-1',
  vpcCidr: '10.0.0.0/16',
  subnetId: 'subnet-1',
  subnetCidr: '10.0.1.0/24',
  securityGroupIds: ['sg-1', 'sg-2'],
  secondaryIps: ['10.0.1.10'],
  reservationId: 'r-1',
  interfaceId: 'eni-1',
  launchedAtMs: 0,
  profileArn: 'arn:aws:iam::111122223333:instance-profile/nodes',
  userData: Buffer.from('#!/bin/sh').toString('base64'),
  httpTokens: 'required',
  hopLimit: 2,
}

const clock = new FakeClock()
const metadata = new InstanceMetadata({
  clock,
  ids: sequentialIds(),
  region: 'eu-west-1',
  accountId: '111122223333',
  role: async () => ({
    name: 'NodeRole',
    keys: { accessKeyId: 'ASIA1', secretAccessKey: 'secret', sessionToken: 'token' },
    expiration: new Date(3_600_000),
  }),
})

interface Ask {
  readonly method?: string
  readonly headers?: Record<string, string>
  readonly isPod?: boolean
  readonly of?: MetadataInstance
}

async function ask(path: string, { method = 'GET', headers = {}, isPod = true, of = instance }: Ask = {}) {
  return await metadata.answer({ method, path, headers, isPod }, of)
}

async function token(of = instance): Promise<string> {
  const headers = { 'x-aws-ec2-metadata-token-ttl-seconds': '60' }
  return (await ask('/latest/api/token', { method: 'PUT', headers, of }))?.body ?? ''
}

async function read(path: string): Promise<string | undefined> {
  return (await ask(path, { headers: { 'x-aws-ec2-metadata-token': await token() } }))?.body
}

describe('the metadata of an instance', () => {
  it.each([
    ['/latest/meta-data/instance-id', 'i-1'],
    ['/2021-03-23/meta-data/instance-type', 'm5.large'],
    ['/latest/meta-data/placement/region', 'eu-west-1'],
    ['/latest/meta-data/placement/', 'availability-zone\navailability-zone-id\nregion'],
    ['/latest/meta-data/network/interfaces/macs/', '02:00:00:00:00:01/'],
    ['/latest/meta-data/network/interfaces/macs/02:00:00:00:00:01/vpc-id', 'vpc-1'],
    ['/latest/meta-data/network/interfaces/macs/02:00:00:00:00:01/local-ipv4s', '10.0.1.9\n10.0.1.10'],
    ['/latest/meta-data/iam/security-credentials/', 'NodeRole'],
    ['/latest/user-data', '#!/bin/sh'],
    ['/latest/meta-data/nothing', 'Not Found'],
    ['/latest/meta-data/constructor', 'Not Found'],
    ['/latest/meta-data/instance-id/x', 'Not Found'],
  ])('says at %s: %j', async (path, body) => {
    expect(await read(path)).toBe(body)
  })

  it('gives the keys of the role, and says what the instance is', async () => {
    const keys: unknown = JSON.parse(
      (await read('/latest/meta-data/iam/security-credentials/NodeRole')) ?? '',
    )
    expect(keys).toMatchObject({
      Code: 'Success',
      AccessKeyId: 'ASIA1',
      Token: 'token',
      Expiration: '1970-01-01T01:00:00Z',
    })
    const document: unknown = JSON.parse((await read('/latest/dynamic/instance-identity/document')) ?? '')
    expect(document).toMatchObject({ instanceId: 'i-1', accountId: '111122223333', architecture: 'x86_64' })
  })
})

it.each([
  ['a1.large', false, 'arm64', 'on-demand'],
  ['m7g.large', false, 'arm64', 'on-demand'],
  ['g5.xlarge', true, 'x86_64', 'spot'],
])('%s, spot %s, is %s and %s', async (type, isSpot, architecture, lifeCycle) => {
  const of = { ...instance, instanceType: type, isSpot, httpTokens: 'optional' }
  const document: unknown = JSON.parse(
    (await ask('/latest/dynamic/instance-identity/document', { of }))?.body ?? '',
  )
  expect(document).toMatchObject({ architecture })
  expect(await ask('/latest/meta-data/instance-life-cycle', { of })).toMatchObject({ body: lifeCycle })
})

describe('a token', () => {
  it('is needed where the instance says so, and is that of one instance for its time', async () => {
    const path = '/latest/meta-data/instance-id'
    expect(await ask(path)).toMatchObject({ status: 401 })
    expect(await ask(path, { of: { ...instance, httpTokens: 'optional' } })).toMatchObject({ status: 200 })
    const headers = { 'x-aws-ec2-metadata-token': await token() }
    expect(await ask(path, { headers })).toMatchObject({ status: 200 })
    expect(await ask(path, { headers, of: { ...instance, id: 'i-2' } })).toMatchObject({ status: 401 })
    await clock.advance(60_000)
    expect(await ask(path, { headers })).toMatchObject({ status: 401 })
  })

  it.each([
    ['GET', {}, 405],
    ['PUT', {}, 400],
    ['PUT', { 'x-aws-ec2-metadata-token-ttl-seconds': '21601' }, 400],
    ['PUT', { 'x-aws-ec2-metadata-token-ttl-seconds': '60', 'x-forwarded-for': '10.0.0.1' }, 403],
  ])('is not given to %s %j', async (method, headers, status) => {
    expect(await ask('/latest/api/token', { method, headers })).toMatchObject({ status })
  })
})

describe('the hop limit', () => {
  it('keeps pods away, and not their node', async () => {
    const of = { ...instance, hopLimit: 1, httpTokens: 'optional' }
    expect(await ask('/latest/meta-data/instance-id', { of })).toBeUndefined()
    expect(await ask('/latest/meta-data/instance-id', { of, isPod: false })).toMatchObject({ body: 'i-1' })
  })
})

it('the resolver of a VPC is at the third address', () => {
  expect(resolverAddress('10.0.0.0/16')).toBe('10.0.0.2')
})
