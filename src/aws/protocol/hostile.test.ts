// Requests that nobody sends by mistake: each is refused with a 4xx in the form of its protocol.
import { describe, expect, test } from 'vitest'

import { amzDate } from './sigv4.ts'
import type { AwsRequest, AwsResponse } from './message.ts'
import { signRequest } from '../testing/sign-request.ts'
import { createTestRegion, REGION, type TestRegion } from '../testing/test-region.ts'

const DEEP = 20_000

function request(parts: Partial<Omit<AwsRequest, 'body'>> & { readonly body?: string }): AwsRequest {
  const { body = '', headers = {}, ...rest } = parts
  return {
    method: 'GET',
    url: '/',
    ...rest,
    headers: { host: 'localhost:4566', ...headers },
    body: Buffer.from(body),
  }
}

function textOf({ body }: AwsResponse): string {
  return typeof body === 'string' ? body : Buffer.from(body).toString('utf8')
}

async function signed(
  region: TestRegion,
  service: string,
  parts: Parameters<typeof request>[0],
): Promise<AwsResponse> {
  const nowMs = region.deps.clock.now()
  return await region.endpoint.handle(
    signRequest(request(parts), { ...region.credentials, region: REGION, service, nowMs }),
  )
}

/** Headers with a claim of that scope; the signature is wrong unless what is wrong comes before it. */
function claim(region: TestRegion, service: string, signedHeaders = 'host'): Record<string, string> {
  const date = amzDate(region.deps.clock.now())
  const credential = `${region.credentials.accessKeyId}/${date.slice(0, 8)}/${REGION}/${service}/aws4_request`
  return {
    authorization: `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${signedHeaders}, Signature=${'0'.repeat(64)}`,
    'x-amz-date': date,
  }
}

describe('a signature', () => {
  test.each(['abc', '1e9', 'Infinity', '-1', '604801', '1e400', '', ' 60'])(
    'of a presigned URL that expires in %j is incomplete',
    async (expires) => {
      const region = await createTestRegion()
      const date = amzDate(region.deps.clock.now())
      const query = new URLSearchParams({
        Action: 'GetCallerIdentity',
        Version: '2011-06-15',
        'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
        'X-Amz-Credential': `${region.credentials.accessKeyId}/${date.slice(0, 8)}/${REGION}/sts/aws4_request`,
        'X-Amz-Date': date,
        'X-Amz-Expires': expires,
        'X-Amz-SignedHeaders': 'host',
        'X-Amz-Signature': '0',
      })
      const answer = await region.endpoint.handle(request({ url: `/?${query.toString()}` }))
      expect(answer.status).toBe(403)
      expect(textOf(answer)).toContain('<Code>IncompleteSignature</Code>')
    },
  )

  test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])(
    'over a header %s that was not sent does not match',
    async (name) => {
      const region = await createTestRegion()
      const headers = claim(region, 'sts', `host;${name}`)
      const answer = await region.endpoint.handle(
        request({ method: 'POST', headers, body: 'Action=GetCallerIdentity&Version=2011-06-15' }),
      )
      expect(answer.status).toBe(403)
      expect(textOf(answer)).toContain('<Code>SignatureDoesNotMatch</Code>')
    },
  )
})

describe('an input', () => {
  const nested = (depth: number): string => `{"name":`.repeat(depth) + '1' + '}'.repeat(depth)
  const trusted = { accept: 'anything', 'x-amz-target': 'Logs_20140328.CreateLogGroup' }

  test.each<[string, string]>([
    ['nested objects', `{"logGroupName":${nested(DEEP)}}`],
    ['nested lists', `{"logGroupName":${'['.repeat(DEEP)}${']'.repeat(DEEP)}}`],
    ['nothing but brackets', '['.repeat(DEEP)],
    ['half a surrogate pair', String.raw`{"logGroupName":"a\ud800"}`],
    ['no JSON', '{'],
    ['a list', '[]'],
    ['a member of the name of an inherited one', '{"constructor":{}}'],
    ['a number where text belongs', '{"logGroupName":1e400}'],
  ])('of %s is refused', async (_, body) => {
    const region = await createTestRegion()
    const answer = await signed(region, 'logs', { method: 'POST', headers: trusted, body })
    expect(answer.status).toBe(400)
    expect(JSON.parse(textOf(answer))).toMatchObject({
      __type: expect.stringMatching(/^(SerializationException|InvalidParameterException)$/) as string,
    })
  })

  test('of a deep query is refused', async () => {
    const region = await createTestRegion()
    const body = `Action=CreateRole&Version=2010-05-08&Tags.${'member.1.'.repeat(DEEP)}=x`
    const answer = await signed(region, 'iam', { method: 'POST', body })
    expect(answer.status).toBe(400)
  })
})

describe('what is not known is refused with the code of AWS', () => {
  test.each<[string, string, Parameters<typeof request>[0], number, RegExp]>([
    [
      'an action of EC2 that is not emulated',
      'ec2',
      { method: 'POST', body: 'Action=CreateTransitGateway&Version=2016-11-15' },
      400,
      /<Code>InvalidAction<\/Code><Message>The action CreateTransitGateway is not valid for this web service\. CreateTransitGateway is not emulated by Neargate\.</,
    ],
    [
      'an action that EC2 does not have',
      'ec2',
      { method: 'POST', body: 'Action=Foo&Version=2016-11-15' },
      400,
      /<Message>The action Foo is not valid for this web service\.</,
    ],
    [
      'an action of IAM that is not emulated',
      'iam',
      { method: 'POST', body: 'Action=GenerateOrganizationsAccessReport&Version=2010-05-08' },
      400,
      /<Code>InvalidAction<\/Code><Message>Could not find operation GenerateOrganizationsAccessReport for version 2010-05-08\. GenerateOrganizationsAccessReport is not emulated by Neargate\.</,
    ],
    [
      'an operation of Logs',
      'logs',
      { method: 'POST', headers: { 'x-amz-target': 'Logs_20140328.PutMetricFilter' }, body: '{}' },
      400,
      /"__type":"UnknownOperationException","message":"PutMetricFilter is not emulated by Neargate\."/,
    ],
    [
      "S3's other kinds",
      's3-outposts',
      { url: '/bucket/key' },
      400,
      /<Error><Code>NotImplemented<\/Code><Message>The service s3-outposts is not emulated by Neargate\.</,
    ],
    [
      'Route 53',
      'route53',
      { url: '/2013-04-01/hostedzone' },
      400,
      /<ErrorResponse><Error><Type>Sender<\/Type><Code>InvalidAction</,
    ],
    [
      'SQS',
      'sqs',
      { method: 'POST', headers: { 'x-amz-target': 'AmazonSQS.ListQueues' }, body: '{}' },
      400,
      /"__type":"UnknownOperationException","message":"The service sqs is not emulated/,
    ],
    [
      'SNS',
      'sns',
      { method: 'POST', body: 'Action=ListTopics&Version=2010-03-31' },
      400,
      /<Code>InvalidAction<\/Code>/,
    ],
    [
      'Lambda',
      'lambda',
      { url: '/2015-03-31/functions' },
      404,
      /"__type":"UnknownOperationException","message":"The service lambda is not/,
    ],
  ])('%s', async (...[, service, parts, status, body]) => {
    const region = await createTestRegion()
    const answer = await signed(region, service, parts)
    expect([answer.status, textOf(answer)]).toEqual([status, expect.stringMatching(body)])
  })

  test('an unsigned request is answered in its own protocol', async () => {
    const region = await createTestRegion()
    const body = 'Action=AssumeRoleWithSAML&Version=2011-06-15'
    const answer = await region.endpoint.handle(request({ method: 'POST', body }))
    expect(textOf(answer)).toContain('<Code>MissingAuthenticationToken</Code>')
  })
})

describe('a filter of EC2', () => {
  const describeVpcs = (region: TestRegion, filter: string) =>
    signed(region, 'ec2', {
      method: 'POST',
      body: `Action=DescribeVpcs&Version=2016-11-15&Filter.1.${filter}`,
    })

  test('of many wildcards is matched in no time', async () => {
    const region = await createTestRegion()
    await region.endpoint.caller.call('ec2', 'CreateVpc', {
      CidrBlock: '10.0.0.0/16',
      TagSpecifications: [{ ResourceType: 'vpc', Tags: [{ Key: 'k', Value: 'a'.repeat(255) }] }],
    })
    const started = performance.now()
    const answer = await describeVpcs(region, `Name=tag:k&Filter.1.Value.1=${'*a'.repeat(30)}*b`)
    // By backtracking it would take years.
    expect(performance.now() - started).toBeLessThan(5000)
    expect(textOf(answer)).toContain('<vpcSet></vpcSet>')
  })

  test('by a tag of the name of an inherited property finds nothing', async () => {
    const region = await createTestRegion()
    await region.endpoint.caller.call('ec2', 'CreateVpc', { CidrBlock: '10.0.0.0/16' })
    const answer = await describeVpcs(region, 'Name=tag:constructor&Filter.1.Value.1=*')
    expect(textOf(answer)).toContain('<vpcSet></vpcSet>')
  })
})
