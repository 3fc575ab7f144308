import { expect, test } from 'vitest'

import { createTestRegion, type TestRegion } from '../../testing/test-region.ts'

const TRUST = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' }],
})
const POLICY = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 'eks:Describe*', Resource: '*' }],
})

function caller(region: TestRegion) {
  return <T = unknown>(operation: string, input: object = {}): Promise<T> =>
    region.endpoint.caller.call('iam', operation, input)
}

async function refusal(promise: Promise<unknown>): Promise<unknown> {
  return await promise.then(
    () => undefined,
    (error: { code: string; status: number; message: string }) => [error.code, error.status, error.message],
  )
}

test('a role is deleted only when nothing hangs on it', async () => {
  const region = await createTestRegion()
  const call = caller(region)
  await call('CreateRole', { RoleName: 'r', AssumeRolePolicyDocument: TRUST })
  expect(await refusal(call('CreateRole', { RoleName: 'r', AssumeRolePolicyDocument: TRUST }))).toEqual([
    'EntityAlreadyExists',
    409,
    'Role with name r already exists.',
  ])
  const PolicyArn = 'arn:aws:iam::aws:policy/AmazonEKSClusterPolicy'
  await call('AttachRolePolicy', { RoleName: 'r', PolicyArn })
  await call('AttachRolePolicy', { RoleName: 'r', PolicyArn })
  expect(await call('ListAttachedRolePolicies', { RoleName: 'r' })).toMatchObject({
    AttachedPolicies: [{ PolicyName: 'AmazonEKSClusterPolicy', PolicyArn }],
  })
  const conflict = (what: string) => ['DeleteConflict', 409, `Cannot delete entity, must ${what} first.`]
  expect(await refusal(call('DeleteRole', { RoleName: 'r' }))).toEqual(conflict('detach all policies'))
  await call('DetachRolePolicy', { RoleName: 'r', PolicyArn })
  await call('PutRolePolicy', { RoleName: 'r', PolicyName: 'p', PolicyDocument: POLICY })
  expect(await refusal(call('DeleteRole', { RoleName: 'r' }))).toEqual(conflict('delete policies'))
  await call('DeleteRolePolicy', { RoleName: 'r', PolicyName: 'p' })
  await call('CreateInstanceProfile', { InstanceProfileName: 'i' })
  await call('AddRoleToInstanceProfile', { InstanceProfileName: 'i', RoleName: 'r' })
  expect(await refusal(call('DeleteRole', { RoleName: 'r' }))).toEqual(
    conflict('remove roles from instance profile'),
  )
  await call('RemoveRoleFromInstanceProfile', { InstanceProfileName: 'i', RoleName: 'r' })
  await call('DeleteRole', { RoleName: 'r' })
  expect(await refusal(call('GetRole', { RoleName: 'r' }))).toEqual([
    'NoSuchEntity',
    404,
    'The role with name r cannot be found.',
  ])
})

test('policies have versions, up to five, and documents come back encoded', async () => {
  const region = await createTestRegion()
  const call = caller(region)
  const { Policy } = await call<{ Policy: { Arn: string } }>('CreatePolicy', {
    PolicyName: 'AWSLoadBalancerControllerIAMPolicy',
    PolicyDocument: POLICY,
  })
  expect(Policy.Arn).toBe('arn:aws:iam::111122223333:policy/AWSLoadBalancerControllerIAMPolicy')
  const version = { PolicyArn: Policy.Arn, PolicyDocument: POLICY, SetAsDefault: true }
  for (let count = 2; count <= 5; count++) await call('CreatePolicyVersion', version)
  expect(await refusal(call('CreatePolicyVersion', version))).toEqual([
    'LimitExceeded',
    409,
    expect.any(String),
  ])
  const got = await call<{ PolicyVersion: { Document: string; IsDefaultVersion: boolean } }>(
    'GetPolicyVersion',
    { PolicyArn: Policy.Arn, VersionId: 'v5' },
  )
  expect(got.PolicyVersion.IsDefaultVersion).toBe(true)
  expect(got.PolicyVersion.Document).toMatch(/^%7B%22Version%22/)
  expect(decodeURIComponent(got.PolicyVersion.Document)).toBe(POLICY)
  expect(await refusal(call('DeletePolicy', { PolicyArn: Policy.Arn }))).toEqual([
    'DeleteConflict',
    409,
    expect.any(String),
  ])
  for (let count = 1; count <= 4; count++) {
    await call('DeletePolicyVersion', { PolicyArn: Policy.Arn, VersionId: `v${count}` })
  }
  await call('DeletePolicy', { PolicyArn: Policy.Arn })
  expect(await refusal(call('AttachRolePolicy', { RoleName: 'x', PolicyArn: Policy.Arn }))).toEqual([
    'NoSuchEntity',
    404,
    expect.any(String),
  ])
  expect(await refusal(call('CreatePolicy', { PolicyName: 'p', PolicyDocument: '{' }))).toEqual([
    'MalformedPolicyDocument',
    400,
    'This policy contains invalid Json',
  ])
})

test('an OIDC provider is named without the port of its issuer, and shows it', async () => {
  const region = await createTestRegion()
  const call = caller(region)
  const Url = 'https://127.0.0.1:4567/id/ABC'
  const arn = 'arn:aws:iam::111122223333:oidc-provider/127.0.0.1/id/ABC'
  expect(await call('CreateOpenIDConnectProvider', { Url })).toMatchObject({ OpenIDConnectProviderArn: arn })
  expect(await call('GetOpenIDConnectProvider', { OpenIDConnectProviderArn: arn })).toMatchObject({
    Url: 'https://127.0.0.1:4567/id/ABC',
  })
  expect(region.iam.oidcProvider(Url)?.arn).toBe(arn)
})

test('an OIDC provider loses scheme and port 443', async () => {
  const region = await createTestRegion()
  const call = caller(region)
  const Url = 'https://oidc.eks.eu-west-1.amazonaws.com:443/id/ABC'
  const arn = 'arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/ABC'
  const input = { Url, ClientIDList: ['sts.amazonaws.com'], ThumbprintList: ['a'.repeat(40)] }
  expect(await call('CreateOpenIDConnectProvider', input)).toMatchObject({ OpenIDConnectProviderArn: arn })
  expect(await refusal(call('CreateOpenIDConnectProvider', input))).toEqual([
    'EntityAlreadyExists',
    409,
    expect.any(String),
  ])
  expect(await call('GetOpenIDConnectProvider', { OpenIDConnectProviderArn: arn })).toMatchObject({
    Url: 'oidc.eks.eu-west-1.amazonaws.com/id/ABC',
    ClientIDList: ['sts.amazonaws.com'],
  })
  expect(region.iam.oidcProvider(Url)?.arn).toBe(arn)
  await call('DeleteOpenIDConnectProvider', { OpenIDConnectProviderArn: arn })
  expect(await refusal(call('GetOpenIDConnectProvider', { OpenIDConnectProviderArn: arn }))).toEqual([
    'NoSuchEntity',
    404,
    expect.any(String),
  ])
})

test('an OIDC provider has five thumbprints and a hundred clients at most', async () => {
  const call = caller(await createTestRegion())
  const Url = 'https://example.org'
  const thumbprints = (count: number) => Array.from({ length: count }, (_, index) => `${index}`.repeat(40))
  const clients = (count: number) => Array.from({ length: count }, (_, index) => `client-${index}`)
  const made = { Url, ThumbprintList: thumbprints(5), ClientIDList: clients(100) }
  const tooMany = ['InvalidInput', 400, 'Thumbprint list must contain fewer than 5 entries.']
  const quota = ['LimitExceeded', 409, 'Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: 100']
  const create = (more: object) => refusal(call('CreateOpenIDConnectProvider', { ...made, ...more }))
  expect(await create({ ThumbprintList: thumbprints(6) })).toEqual(tooMany)
  expect(await create({ ClientIDList: clients(101) })).toEqual(quota)
  const { OpenIDConnectProviderArn } = (await call('CreateOpenIDConnectProvider', made)) as {
    OpenIDConnectProviderArn: string
  }
  const changed = (operation: string, more: object) =>
    refusal(call(operation, { OpenIDConnectProviderArn, ...more }))
  expect(await changed('AddClientIDToOpenIDConnectProvider', { ClientID: 'one-more' })).toEqual(quota)
  expect(await changed('UpdateOpenIDConnectProviderThumbprint', { ThumbprintList: thumbprints(6) })).toEqual(
    tooMany,
  )
})

test('the administrator keeps its key', async () => {
  const region = await createTestRegion()
  const { accessKeyId, secretAccessKey } = await region.iam.ensureAdministrator()
  expect({ accessKeyId, secretAccessKey }).toEqual(region.credentials)
  expect(region.iam.find('AKIANOBODY')).toBeUndefined()
})

test('lists take a path prefix and pages, and leave out what AWS leaves out', async () => {
  const call = caller(await createTestRegion())
  for (const [RoleName, Path] of [
    ['a', '/'],
    ['b', '/team/'],
    ['c', '/team/x/'],
  ]) {
    const Tags = [{ Key: 'team', Value: 'x' }]
    await call('CreateRole', { RoleName, Path, AssumeRolePolicyDocument: TRUST, Tags })
    await call('CreateInstanceProfile', { InstanceProfileName: RoleName, Path })
  }
  type Names = { Roles: { RoleName: string; Tags?: unknown }[]; Marker?: string; IsTruncated: boolean }
  const roles = async (input: object) => {
    const { Roles, IsTruncated } = await call<Names>('ListRoles', input)
    return [Roles.map(({ RoleName }) => RoleName), IsTruncated]
  }
  expect(await roles({ PathPrefix: '/team/' })).toEqual([['b', 'c'], false])
  expect(await roles({ PathPrefix: '/nobody/' })).toEqual([[], false])
  const first = await call<Names>('ListRoles', { MaxItems: 2 })
  expect([first.Roles.map(({ Tags }) => Tags), first.IsTruncated]).toEqual([[undefined, undefined], true])
  expect(await roles({ Marker: first.Marker, MaxItems: 2 })).toEqual([['c'], false])
  expect(await call('ListInstanceProfiles', { PathPrefix: '/team/x/' })).toMatchObject({
    InstanceProfiles: [{ InstanceProfileName: 'c' }],
  })
  expect(await call('ListUsers', { PathPrefix: '/team/' })).toMatchObject({ Users: [] })
  expect(await call('ListUsers', {})).toMatchObject({ Users: [{ UserName: 'neargate' }] })
  expect(await refusal(call('ListRoles', { Marker: 'x' }))).toEqual([
    'ValidationError',
    400,
    expect.any(String),
  ])
})

test('every list of what hangs on a role comes in pages', async () => {
  const call = caller(await createTestRegion())
  const Tags = ['a', 'b', 'c'].map((Key) => ({ Key, Value: '1' }))
  await call('CreateRole', { RoleName: 'r', AssumeRolePolicyDocument: TRUST, Tags })
  for (const name of ['a', 'b', 'c']) {
    await call('PutRolePolicy', { RoleName: 'r', PolicyName: name, PolicyDocument: POLICY })
    const Path = name === 'c' ? '/team/' : '/'
    const { Policy } = await call<{ Policy: { Arn: string } }>('CreatePolicy', {
      PolicyName: name,
      Path,
      PolicyDocument: POLICY,
    })
    await call('AttachRolePolicy', { RoleName: 'r', PolicyArn: Policy.Arn })
  }
  const pages = async (operation: string, member: string, input: object): Promise<number[]> => {
    const sizes: number[] = []
    for (let Marker: unknown; ;) {
      const page = await call<Record<string, unknown>>(operation, {
        ...input,
        MaxItems: 2,
        ...(Marker ? { Marker } : {}),
      })
      sizes.push((page[member] as unknown[]).length)
      if (!page['IsTruncated']) return sizes
      Marker = page['Marker']
    }
  }
  expect(await pages('ListRoleTags', 'Tags', { RoleName: 'r' })).toEqual([2, 1])
  expect(await pages('ListRolePolicies', 'PolicyNames', { RoleName: 'r' })).toEqual([2, 1])
  expect(await pages('ListAttachedRolePolicies', 'AttachedPolicies', { RoleName: 'r' })).toEqual([2, 1])
  expect(await call('ListAttachedRolePolicies', { RoleName: 'r', PathPrefix: '/team/' })).toMatchObject({
    AttachedPolicies: [{ PolicyName: 'c' }],
  })
  expect(await pages('ListPolicies', 'Policies', { Scope: 'Local' })).toEqual([2, 1])
})

test('names are taken without regard to case, whatever the path', async () => {
  const call = caller(await createTestRegion())
  const role = { RoleName: 'Node', AssumeRolePolicyDocument: TRUST }
  const policy = { PolicyName: 'P', PolicyDocument: POLICY }
  await call('CreateRole', role)
  await call('CreatePolicy', policy)
  await call('CreateInstanceProfile', { InstanceProfileName: 'I' })
  const taken = ['EntityAlreadyExists', 409, expect.any(String)]
  expect(await refusal(call('CreateRole', { ...role, RoleName: 'node', Path: '/x/' }))).toEqual(taken)
  expect(await refusal(call('CreatePolicy', { ...policy, PolicyName: 'p', Path: '/x/' }))).toEqual(taken)
  expect(await refusal(call('CreateInstanceProfile', { InstanceProfileName: 'i' }))).toEqual(taken)
})

test.each<[string, object, string]>([
  [
    'CreateRole',
    {
      RoleName: 'x',
      AssumeRolePolicyDocument: TRUST,
      PermissionsBoundary: 'arn:aws:iam::aws:policy/Nothing',
    },
    'Scope ARN: arn:aws:iam::aws:policy/Nothing does not exist or is not attachable.',
  ],
  ['CreateRole', { RoleName: 'x', AssumeRolePolicyDocument: POLICY }, 'Syntax errors in policy.'],
  ['CreatePolicy', { PolicyName: 'x', PolicyDocument: TRUST }, 'should not specify a principal'],
  [
    'CreatePolicy',
    { PolicyName: 'x', PolicyDocument: POLICY.replace('*"}', `arn:aws:s3:::${'x'.repeat(6100)}"}`) },
    'Cannot exceed quota for PolicySize: 6144',
  ],
  [
    'CreateServiceLinkedRole',
    { AWSServiceName: 'eks.amazonaws.com', CustomSuffix: 'x' },
    'Custom suffix is not allowed',
  ],
  [
    'CreateRole',
    { RoleName: 'x', Path: 'ops/', AssumeRolePolicyDocument: TRUST },
    'The specified value for path is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters.',
  ],
  [
    'ListPolicies',
    { PathPrefix: 'ops' },
    'The specified value for pathPrefix is invalid. It must begin with the / character and contain only alphanumeric characters and/or / characters.',
  ],
  ['CreateServiceLinkedRole', { AWSServiceName: 'lex.amazonaws.com' }, 'is not emulated by Neargate'],
  ['CreateServiceLinkedRole', { AWSServiceName: 'constructor' }, 'is not emulated by Neargate'],
])('%s %o is refused', async (operation, input, text) => {
  const call = caller(await createTestRegion())
  await expect(call(operation, input)).rejects.toThrow(text)
})

test('a role takes ten managed policies and 10,240 characters of inline ones', async () => {
  const call = caller(await createTestRegion())
  await call('CreateRole', { RoleName: 'r', AssumeRolePolicyDocument: TRUST })
  for (let count = 0; count <= 10; count++) {
    const { Policy } = await call<{ Policy: { Arn: string } }>('CreatePolicy', {
      PolicyName: `p${count}`,
      PolicyDocument: POLICY,
    })
    const attached = await refusal(call('AttachRolePolicy', { RoleName: 'r', PolicyArn: Policy.Arn }))
    expect(attached).toEqual(
      count < 10 ? undefined : ['LimitExceeded', 409, 'Cannot exceed quota for PoliciesPerRole: 10'],
    )
  }
  const long = POLICY.replace('"*"', `"arn:aws:s3:::${'x'.repeat(6000)}"`)
  await call('PutRolePolicy', { RoleName: 'r', PolicyName: 'one', PolicyDocument: long })
  expect(
    await refusal(call('PutRolePolicy', { RoleName: 'r', PolicyName: 'two', PolicyDocument: long })),
  ).toEqual(['LimitExceeded', 409, 'Maximum policy size of 10240 bytes exceeded for role r'])
})
