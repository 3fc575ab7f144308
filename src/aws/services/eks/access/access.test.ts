import { createHash, createHmac } from 'node:crypto'

import { SignatureV4 } from '@smithy/signature-v4'
import { describe, expect, test } from 'vitest'

import { configMaps } from '../../../../kubernetes/client/resources.ts'
import type { RequestAttributes, UserInfo } from '../../../../kubernetes/server/ports.ts'
import { createEksTestRegion, type EksTestRegion } from '../testing/eks-test-region.ts'
import { addRoleToAwsAuth, parseAwsAuth, readAwsAuth } from './aws-auth.ts'
import { policyArn } from './policies.ts'
import { canonicalArn, expandUsername, isSamePrincipal } from './principals.ts'

class Sha256 {
  readonly #hash
  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', secret as string)
  }
  update(data: string | Uint8Array): void {
    this.#hash.update(data)
  }
  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.#hash.digest())
  }
}

/** A token as `aws eks get-token` makes it. */
async function tokenFor(
  region: EksTestRegion,
  cluster: string,
  options: { ageMs?: number; secret?: string; host?: string } = {},
): Promise<string> {
  const { accessKeyId, secretAccessKey } = region.credentials
  const signer = new SignatureV4({
    service: 'sts',
    region: region.deps.region,
    credentials: { accessKeyId, secretAccessKey: options.secret ?? secretAccessKey },
    sha256: Sha256 as never,
  })
  const hostname = options.host ?? `sts.${region.deps.region}.amazonaws.com`
  const signed = await signer.presign(
    {
      method: 'GET',
      protocol: 'https:',
      hostname,
      path: '/',
      query: { Action: 'GetCallerIdentity', Version: '2011-06-15' },
      headers: { host: hostname, 'x-k8s-aws-id': cluster },
    },
    {
      expiresIn: 60,
      unhoistableHeaders: new Set(['x-k8s-aws-id']),
      signingDate: new Date(Date.now() - (options.ageMs ?? 0)),
    },
  )
  const query = new URLSearchParams(signed.query as Record<string, string>).toString().replaceAll('+', '%20')
  return `k8s-aws-v1.${Buffer.from(`https://${hostname}/?${query}`).toString('base64url')}`
}

async function withCluster(authenticationMode = 'API_AND_CONFIG_MAP'): Promise<EksTestRegion> {
  const region = await createEksTestRegion()
  const roleArn = await region.role('cluster-role', 'eks.amazonaws.com')
  const { credentials, iam, deps } = region
  const principal = iam.find(credentials.accessKeyId)!.principal
  await deps.caller.call(
    'eks',
    'CreateCluster',
    {
      name: 'demo',
      roleArn,
      resourcesVpcConfig: { subnetIds: region.subnetIds },
      accessConfig: { authenticationMode },
    },
    { principal },
  )
  await region.until(() => region.eks.tables.clusters.get('demo')?.cluster.status === 'ACTIVE')
  return region
}

function attributes(user: UserInfo, over: Partial<RequestAttributes> = {}): RequestAttributes {
  return {
    user,
    verb: 'get',
    group: '',
    resource: 'pods',
    subresource: '',
    namespace: 'web',
    name: 'a',
    ...over,
  }
}

describe('tokens', () => {
  test('of the creator make an administrator of the cluster, and of no other', async () => {
    const region = await withCluster()
    const user = (await region.eks.clusterAuthenticator('demo').authenticate(await tokenFor(region, 'demo')))!
    const { principal } = region.iam.find(region.credentials.accessKeyId)!
    expect(user.username).toBe(principal.arn)
    expect(user.extra).toMatchObject({ arn: [principal.arn], accessKeyId: [principal.accessKeyId] })
    expect(user.uid).toBe(`aws-iam-authenticator:${principal.accountId}:${principal.userId}`)
    const authorizer = region.eks.clusterAuthorizer('demo')
    expect(authorizer.authorize(attributes(user, { verb: 'delete', resource: 'nodes', namespace: '' }))).toBe(
      'allow',
    )
    expect(authorizer.authorize(attributes(user, { path: '/metrics' }))).toBe('allow')
    const other = await region.eks.clusterAuthenticator('demo').authenticate(await tokenFor(region, 'other'))
    expect(other).toBeUndefined()
  })

  test.each([
    ['that is 14 minutes old', { ageMs: 14 * 60_000 }, true],
    ['that is 16 minutes old', { ageMs: 16 * 60_000 }, false],
    ['signed with another secret', { secret: 'wrong' }, false],
    ['signed for a host that is not of STS', { host: 'evil.example' }, false],
  ])('%s', async (_what, options, isValid) => {
    const region = await withCluster()
    const user = await region.eks
      .clusterAuthenticator('demo')
      .authenticate(await tokenFor(region, 'demo', options))
    expect(user !== undefined).toBe(isValid)
  })

  test('of another kind are left to others', async () => {
    const region = await withCluster()
    const authenticator = region.eks.clusterAuthenticator('demo')
    expect(await authenticator.authenticate('eyJhbGciOiJSUzI1NiJ9.e30.x')).toBeUndefined()
    expect(await authenticator.authenticate('k8s-aws-v1.!!!')).toBeUndefined()
    const url = Buffer.from('https://sts.amazonaws.com/?Action=GetCallerIdentity&extra=1').toString(
      'base64url',
    )
    expect(await authenticator.authenticate(`k8s-aws-v1.${url}`)).toBeUndefined()
  })

  test('are mapped by aws-auth where there is no entry', async () => {
    const region = await withCluster()
    const { principal } = region.iam.find(region.credentials.accessKeyId)!
    await region.call('eks', 'DeleteAccessEntry', { clusterName: 'demo', principalArn: principal.arn })
    const authenticate = async () =>
      await region.eks.clusterAuthenticator('demo').authenticate(await tokenFor(region, 'demo'))
    expect(await authenticate()).toBeUndefined()
    const mapUsers = `- userarn: ${principal.arn}\n  username: ann\n  groups: [ops]\n`
    await region.kubernetes('demo').create(configMaps, {
      metadata: { name: 'aws-auth', namespace: 'kube-system' },
      data: { mapUsers },
    })
    expect(await authenticate()).toMatchObject({ username: 'ann', groups: ['ops', 'system:authenticated'] })
  })
})

describe('access policies', () => {
  test('hold in their namespaces and for their verbs', async () => {
    const region = await withCluster('API')
    const principalArn = await region.role('team', 'ec2.amazonaws.com')
    const key = { clusterName: 'demo', principalArn }
    await region.call('eks', 'CreateAccessEntry', { ...key, kubernetesGroups: ['team'] })
    await region.call('eks', 'AssociateAccessPolicy', {
      ...key,
      policyArn: policyArn('AmazonEKSEditPolicy'),
      accessScope: { type: 'namespace', namespaces: ['web', 'team-*'] },
    })
    const user: UserInfo = { username: 'x', groups: [], extra: { canonicalArn: [principalArn] } }
    const authorize = (over: Partial<RequestAttributes>) =>
      region.eks.clusterAuthorizer('demo').authorize(attributes(user, over))
    expect(authorize({ verb: 'create', group: 'apps', resource: 'deployments' })).toBe('allow')
    expect(authorize({ subresource: 'log' })).toBe('allow')
    expect(authorize({ namespace: 'team-a' })).toBe('allow')
    expect(authorize({ namespace: 'other' })).toBe('no-opinion')
    expect(authorize({ namespace: '', verb: 'list' })).toBe('no-opinion')
    expect(authorize({ verb: 'create', group: 'rbac.authorization.k8s.io', resource: 'roles' })).toBe(
      'no-opinion',
    )
    expect(authorize({ user: { username: 'x', groups: [] } })).toBe('no-opinion')
    await region.call('eks', 'DisassociateAccessPolicy', {
      ...key,
      policyArn: policyArn('AmazonEKSEditPolicy'),
    })
    expect(authorize({})).toBe('no-opinion')
  })

  test('need access entries', async () => {
    const region = await withCluster('CONFIG_MAP')
    const principalArn = await region.role('team', 'ec2.amazonaws.com')
    const answer = region.call('eks', 'CreateAccessEntry', { clusterName: 'demo', principalArn })
    await expect(answer).rejects.toMatchObject({
      code: 'InvalidRequestException',
      message:
        "The cluster's authentication mode must be set to one of [API, API_AND_CONFIG_MAP] to perform this operation.",
    })
  })
})

describe('principals', () => {
  test.each([
    ['arn:aws:sts::1:assumed-role/Ops/ann', 'arn:aws:iam::1:role/Ops'],
    ['arn:aws:iam::1:user/ann', 'arn:aws:iam::1:user/ann'],
    ['arn:aws:iam::1:root', 'arn:aws:iam::1:root'],
  ])('%s is %s', (arn, canonical) => expect(canonicalArn(arn)).toBe(canonical))

  test('roles are the same with and without their path', () => {
    expect(isSamePrincipal('arn:aws:iam::1:role/team/Ops', 'arn:aws:iam::1:role/Ops')).toBe(true)
    expect(isSamePrincipal('arn:aws:iam::1:role/Dev', 'arn:aws:iam::1:role/Ops')).toBe(false)
  })

  test('user names take the session', () => {
    const principal = { arn: 'arn:aws:sts::1:assumed-role/Ops/ann@x', accountId: '1' }
    expect(expandUsername('{{AccountID}}:{{SessionName}}:{{SessionNameRaw}}', principal)).toBe(
      '1:ann-x:ann@x',
    )
  })
})

describe('aws-auth', () => {
  test('that does not parse maps nobody', () => {
    expect(parseAwsAuth({ mapRoles: '{[', mapUsers: 'text' })).toEqual({ roles: [], users: [], accounts: [] })
  })

  test('keeps what others wrote when a role is added, and adds it once', async () => {
    const region = await withCluster()
    const client = region.kubernetes('demo')
    const mine = { rolearn: 'arn:aws:iam::1:role/Mine', username: 'me', groups: ['a'] }
    const theirs = { rolearn: 'arn:aws:iam::1:role/Nodes', username: 'n', groups: ['system:nodes'] }
    await addRoleToAwsAuth(client, mine)
    await addRoleToAwsAuth(client, theirs)
    await addRoleToAwsAuth(client, theirs)
    expect((await readAwsAuth(client)).roles).toEqual([mine, theirs])
  })
})
