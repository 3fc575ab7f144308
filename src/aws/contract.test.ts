// The endpoint as real clients see it: SDK clients, the light client, the aws command.
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'

import {
  DescribeSubnetsCommand,
  DescribeVpcsCommand,
  EC2Client,
  RunInstancesCommand,
} from '@aws-sdk/client-ec2'
import { GetRoleCommand, IAMClient, ListRolesCommand } from '@aws-sdk/client-iam'
import {
  AssumeRoleCommand,
  AssumeRoleWithWebIdentityCommand,
  GetCallerIdentityCommand,
  STSClient,
} from '@aws-sdk/client-sts'
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  DescribeLogGroupsCommand,
} from '@aws-sdk/client-cloudwatch-logs'
import { describe, expect, test } from 'vitest'

import { isAwsCode } from '../base/errors.ts'
import { createAwsClient } from './client/client.ts'
import type { AwsRequest } from './protocol/message.ts'
import { createTestRegion, REGION } from './testing/test-region.ts'

describe('SDK clients', () => {
  test('are told who they are, and refused when the secret is wrong', async () => {
    const region = await createTestRegion()
    const config = region.client(await region.listen())
    const identity = await new STSClient(config).send(new GetCallerIdentityCommand({}))
    expect(identity).toMatchObject({
      Account: '111122223333',
      Arn: 'arn:aws:iam::111122223333:user/neargate',
    })
    const wrong = { ...config, credentials: { ...config.credentials, secretAccessKey: 'wrong' } }
    await expect(new STSClient(wrong).send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({
      name: 'SignatureDoesNotMatch',
      $metadata: { httpStatusCode: 403 },
    })
    await expect(new EC2Client(wrong).send(new DescribeVpcsCommand({}))).rejects.toMatchObject({
      name: 'AuthFailure',
      $metadata: { httpStatusCode: 401 },
    })
    const logs = new CloudWatchLogsClient({
      ...config,
      credentials: { accessKeyId: 'AKIANOBODY', secretAccessKey: 'x' },
    })
    await expect(logs.send(new DescribeLogGroupsCommand({}))).rejects.toMatchObject({
      name: 'UnrecognizedClientException',
    })
  })

  test('get typed errors of each protocol', async () => {
    const region = await createTestRegion()
    const config = region.client(await region.listen())
    const iam = new IAMClient({ ...config, region: 'us-east-1' })
    await expect(iam.send(new GetRoleCommand({ RoleName: 'nobody' }))).rejects.toMatchObject({
      name: 'NoSuchEntityException',
      message: 'The role with name nobody cannot be found.',
    })
    await expect(
      new EC2Client(config).send(new DescribeSubnetsCommand({ SubnetIds: ['subnet-0123'] })),
    ).rejects.toMatchObject({
      name: 'InvalidSubnetID.NotFound',
      message: "The subnet ID 'subnet-0123' does not exist",
    })
    const logs = new CloudWatchLogsClient(config)
    await logs.send(new CreateLogGroupCommand({ logGroupName: '/aws/eks/x/cluster' }))
    await expect(
      logs.send(new CreateLogGroupCommand({ logGroupName: '/aws/eks/x/cluster' })),
    ).rejects.toMatchObject({
      name: 'ResourceAlreadyExistsException',
    })
  })

  test('are told what they left out', async () => {
    const region = await createTestRegion()
    const config = region.client(await region.listen())
    // The type forbids it, users of plain JavaScript do it.
    const none = {} as never
    await expect(new EC2Client(config).send(new RunInstancesCommand(none))).rejects.toMatchObject({
      name: 'MissingParameter',
      message: 'The request must contain the parameter MaxCount',
    })
    const iam = new IAMClient({ ...config, region: 'us-east-1' })
    await expect(iam.send(new GetRoleCommand(none))).rejects.toMatchObject({
      name: 'ValidationError',
      message: /1 validation error detected: Value null at 'roleName'/,
    })
  })

  test('use temporary credentials until they expire', async () => {
    const region = await createTestRegion()
    const config = region.client(await region.listen())
    const sts = new STSClient(config)
    const trust = { Effect: 'Allow', Principal: { AWS: '111122223333' }, Action: 'sts:AssumeRole' }
    await region.endpoint.caller.call('iam', 'CreateRole', {
      RoleName: 'visitor',
      AssumeRolePolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [trust] }),
    })
    const RoleArn = 'arn:aws:iam::111122223333:role/visitor'
    const { Credentials } = await sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'me' }))
    const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = Credentials ?? {}
    const visitor = new STSClient({
      ...config,
      credentials: { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken },
    })
    const identity = await visitor.send(new GetCallerIdentityCommand({}))
    expect(identity.Arn).toBe('arn:aws:sts::111122223333:assumed-role/visitor/me')
  })
})

test('a pod swaps its token for credentials without signing anything', async () => {
  const token = { issuer: 'https://issuer.example/id', subject: 'sa', audiences: ['sts.amazonaws.com'] }
  const region = await createTestRegion({ identities: { token } })
  const { credentials: _, ...config } = region.client(await region.listen())
  const statement = {
    Effect: 'Allow',
    Principal: { Federated: 'arn:aws:iam::111122223333:oidc-provider/issuer.example/id' },
    Action: 'sts:AssumeRoleWithWebIdentity',
  }
  const { caller } = region.endpoint
  await caller.call('iam', 'CreateOpenIDConnectProvider', {
    Url: token.issuer,
    ClientIDList: token.audiences,
  })
  await caller.call('iam', 'CreateRole', {
    RoleName: 'pod',
    AssumeRolePolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [statement] }),
  })
  const command = new AssumeRoleWithWebIdentityCommand({
    RoleArn: 'arn:aws:iam::111122223333:role/pod',
    RoleSessionName: 'pod',
    WebIdentityToken: 'token',
  })
  const { Credentials } = await new STSClient(config).send(command)
  expect(Credentials?.AccessKeyId).toMatch(/^ASIA/)
})

describe('the light client', () => {
  test('reaches the same operations and errors', async () => {
    const region = await createTestRegion()
    const port = await region.listen()
    const client = createAwsClient({
      endpoint: `http://127.0.0.1:${port}`,
      region: REGION,
      credentials: () => Promise.resolve(region.credentials),
    })
    const made = await client.call<{ Vpc?: { VpcId?: string } }>('ec2', 'CreateVpc', {
      CidrBlock: '10.1.0.0/16',
    })
    const found = await client.call('ec2', 'DescribeVpcs', {
      Filters: [{ Name: 'vpc-id', Values: [made.Vpc?.VpcId ?? ''] }],
    })
    expect(found).toMatchObject({ Vpcs: [{ CidrBlock: '10.1.0.0/16', IsDefault: false }] })
    const failed = client.call('ec2', 'DescribeSubnets', { SubnetIds: ['subnet-1'] })
    await expect(failed).rejects.toSatisfy((error) => isAwsCode(error, 'InvalidSubnetID.NotFound'))
    await expect(client.call('ec2', 'CreateVpc', { Cidr: '10.0.0.0/16' })).rejects.toSatisfy((error) =>
      isAwsCode(error, 'UnknownParameter'),
    )
  })
})

describe('the endpoint', () => {
  const get = (headers: Record<string, string>, url = '/'): AwsRequest => {
    return { method: 'GET', url, headers: { host: 'localhost:4566', ...headers }, body: Buffer.from('') }
  }

  test('names an operation that is not emulated, with a status that nobody retries', async () => {
    const region = await createTestRegion()
    const config = region.client(await region.listen())
    const client = createAwsClient({ ...config, credentials: () => Promise.resolve(config.credentials) })
    await expect(client.call('ec2', 'CreateTransitGateway', {})).rejects.toMatchObject({
      code: 'InvalidAction',
      status: 400,
      message:
        'The action CreateTransitGateway is not valid for this web service. CreateTransitGateway is not emulated by Neargate.',
    })
    await expect(client.call('eks', 'ListClusters', {})).rejects.toMatchObject({
      code: 'UnknownOperationException',
      message: 'The service eks is not emulated by Neargate.',
    })
  })

  test('wants a signature', async () => {
    const region = await createTestRegion()
    const response = await region.endpoint.handle(get({}, '/?Action=GetCallerIdentity&Version=2011-06-15'))
    expect(response.status).toBe(403)
    expect(String(response.body)).toContain('<Code>MissingAuthenticationToken</Code>')
  })

  test.each([
    ['http://evil.example', 403],
    ['http://localhost:9999', 403],
    ['null', 403],
  ])('refuses a browser page of %s', async (origin, status) => {
    const region = await createTestRegion()
    expect((await region.endpoint.handle(get({ origin }))).status).toBe(status)
  })

  test('listens on loopback only', async () => {
    const region = await createTestRegion()
    await expect(region.endpoint.listen({ host: '0.0.0.0', port: 0 })).rejects.toThrow(/loopback/)
    const port = await region.listen()
    await expect(region.endpoint.listen({ port })).rejects.toThrow(`cannot listen on 127.0.0.1:${port}`)
  })
})

const aws = (process.env['PATH'] ?? '').split(delimiter).find((path) => existsSync(join(path, 'aws')))

describe.skipIf(!aws)('the aws command', () => {
  test('looks around', { timeout: 60_000 }, async () => {
    const region = await createTestRegion()
    const port = await region.listen()
    await region.ec2.prepareNetwork({
      subnets: [{ id: 'subnet-04a7c6e7e1589c953', zone: 'ap-southeast-1a', public: false }],
    })
    const run = async (...args: string[]): Promise<unknown> => {
      const { stdout } = await promisify(execFile)(
        'aws',
        [...args, '--output', 'json', '--endpoint-url', `http://127.0.0.1:${port}`],
        {
          env: {
            PATH: process.env['PATH'],
            AWS_REGION: REGION,
            AWS_DEFAULT_REGION: REGION,
            AWS_ACCESS_KEY_ID: region.credentials.accessKeyId,
            AWS_SECRET_ACCESS_KEY: region.credentials.secretAccessKey,
          },
        },
      )
      return JSON.parse(stdout)
    }
    const [identity, subnets] = await Promise.all([
      run('sts', 'get-caller-identity'),
      run('ec2', 'describe-subnets', '--filters', 'Name=tag:kubernetes.io/role/internal-elb,Values=1'),
    ])
    expect(identity).toMatchObject({ Account: '111122223333' })
    expect(subnets).toMatchObject({ Subnets: [{ SubnetId: 'subnet-04a7c6e7e1589c953' }] })
  })
})

test('pages lists', async () => {
  const region = await createTestRegion()
  const config = region.client(await region.listen())
  const document = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' }],
  })
  for (const RoleName of ['a', 'b', 'c']) {
    await region.endpoint.caller.call('iam', 'CreateRole', { RoleName, AssumeRolePolicyDocument: document })
  }
  const iam = new IAMClient({ ...config, region: 'us-east-1' })
  const first = await iam.send(new ListRolesCommand({ MaxItems: 2 }))
  const second = await iam.send(new ListRolesCommand({ MaxItems: 2, Marker: first.Marker ?? '' }))
  expect(
    [first, second].map(({ Roles, IsTruncated }) => [Roles?.map((role) => role.RoleName), IsTruncated]),
  ).toEqual([
    [['a', 'b'], true],
    [['c'], false],
  ])
})
