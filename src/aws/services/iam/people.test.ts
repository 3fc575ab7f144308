// Users with what belongs to them, the account's own settings, and the simulator.
import { expect, test } from 'vitest'

import { compilePolicy } from '../../../rules/iam/compile-policy.ts'
import { parsePolicy } from '../../../rules/iam/policy-document.ts'
import { totp } from '../../../rules/iam/totp.ts'
import { createTestRegion } from '../../testing/test-region.ts'
import { managedPolicy, managedPolicyArns } from './managed-policies.ts'

type Call = <T>(operation: string, input?: object, service?: string) => Promise<T>

async function account(): Promise<Call> {
  const { endpoint } = await createTestRegion()
  return (operation, input = {}, service = 'iam') => endpoint.caller.call(service, operation, input)
}

function policy(statement: object): string {
  const row = { Effect: 'Allow', Action: 's3:GetObject', Resource: '*', ...statement }
  return JSON.stringify({ Version: '2012-10-17', Statement: [row] })
}

test('every policy of AWS is one that can be judged', () => {
  const arns = managedPolicyArns()
  expect(arns.length).toBeGreaterThan(1500)
  for (const arn of arns) {
    const document = managedPolicy(arn)?.document ?? ''
    expect(parsePolicy(document, 'any').length, arn).toBeGreaterThan(0)
    expect(compilePolicy(document).statements.length, arn).toBeGreaterThan(0)
  }
})

test('a user is not deleted while anything hangs on it', async () => {
  const call = await account()
  const user = { UserName: 'ann' }
  await call('CreateUser', user)
  await call('CreateGroup', { GroupName: 'g' })
  const held: readonly [string, string, object, string][] = [
    ['AddUserToGroup', 'RemoveUserFromGroup', { GroupName: 'g' }, 'remove users from group'],
    ['CreateLoginProfile', 'DeleteLoginProfile', { Password: 'x' }, 'delete login profile'],
    [
      'AttachUserPolicy',
      'DetachUserPolicy',
      { PolicyArn: 'arn:aws:iam::aws:policy/ReadOnlyAccess' },
      'detach all policies',
    ],
  ]
  for (const [make, remove, more, what] of held) {
    await call(make, { ...user, ...more })
    await expect(call('DeleteUser', user)).rejects.toMatchObject({
      code: 'DeleteConflict',
      status: 409,
      message: `Cannot delete entity, must ${what} first.`,
    })
    const { Password: _, ...rest } = more as { Password?: string }
    await call(remove, { ...user, ...rest })
  }
  await call('DeleteUser', user)
  await expect(call('GetUser', user)).rejects.toThrow('The user with name ann cannot be found.')
})

test('a renamed user keeps its keys and groups, under its new name', async () => {
  const call = await account()
  await call('CreateUser', { UserName: 'ann' })
  await call('CreateGroup', { GroupName: 'g' })
  await call('AddUserToGroup', { UserName: 'ann', GroupName: 'g' })
  await call('CreateAccessKey', { UserName: 'ann' })
  await call('UpdateUser', { UserName: 'ann', NewUserName: 'bea', NewPath: '/x/' })
  expect(await call('GetGroup', { GroupName: 'g' })).toMatchObject({
    Users: [{ UserName: 'bea', Arn: 'arn:aws:iam::111122223333:user/x/bea' }],
  })
  expect(await call('ListAccessKeys', { UserName: 'bea' })).toMatchObject({
    AccessKeyMetadata: [{ UserName: 'bea', Status: 'Active' }],
  })
})

test('a user has two access keys at most', async () => {
  const call = await account()
  await call('CreateUser', { UserName: 'ann' })
  await call('CreateAccessKey', { UserName: 'ann' })
  await call('CreateAccessKey', { UserName: 'ann' })
  await expect(call('CreateAccessKey', { UserName: 'ann' })).rejects.toMatchObject({
    code: 'LimitExceeded',
    message: 'Cannot exceed quota for AccessKeysPerUser: 2',
  })
})

test('an MFA device is enabled by its codes, and then its codes are asked for', async () => {
  const call = await account()
  type Made = { VirtualMFADevice: { SerialNumber: string; Base32StringSeed: Uint8Array } }
  const { VirtualMFADevice } = await call<Made>('CreateVirtualMFADevice', { VirtualMFADeviceName: 'phone' })
  const { SerialNumber } = VirtualMFADevice
  const seed = Buffer.from(VirtualMFADevice.Base32StringSeed).toString()
  const code = (steps: number): string => totp(seed, Date.now() + steps * 30_000)
  const enable = { UserName: 'neargate', SerialNumber, AuthenticationCode2: code(0) }
  await expect(call('EnableMFADevice', { ...enable, AuthenticationCode1: code(5) })).rejects.toMatchObject({
    code: 'InvalidAuthenticationCode',
  })
  await call('EnableMFADevice', { ...enable, AuthenticationCode1: code(-1) })
  expect(await call('ListMFADevices', { UserName: 'neargate' })).toMatchObject({
    MFADevices: [{ SerialNumber }],
  })
  const token = { SerialNumber, TokenCode: code(0) }
  expect(await call('GetSessionToken', token, 'sts')).toMatchObject({
    Credentials: { SessionToken: expect.any(String) as string },
  })
  await expect(call('GetSessionToken', { ...token, TokenCode: code(9) }, 'sts')).rejects.toMatchObject({
    code: 'AccessDenied',
  })
})

test.each<[string, string[], object[], string, string[]]>([
  ['what a policy allows', [policy({})], [], 'allowed', []],
  ['what none allows', [policy({ Action: 's3:PutObject' })], [], 'implicitDeny', []],
  ['what one denies', [policy({}), policy({ Effect: 'Deny' })], [], 'explicitDeny', []],
  [
    'what depends on a key that was not given',
    [policy({ Condition: { Bool: { 'aws:MultiFactorAuthPresent': 'true' } } })],
    [],
    'implicitDeny',
    ['aws:MultiFactorAuthPresent'],
  ],
  [
    'what depends on a key that was',
    [policy({ Condition: { Bool: { 'aws:MultiFactorAuthPresent': 'true' } } })],
    [
      {
        ContextKeyName: 'aws:MultiFactorAuthPresent',
        ContextKeyType: 'boolean',
        ContextKeyValues: ['true'],
      },
    ],
    'allowed',
    [],
  ],
])('the simulator tells %s', async (...[, PolicyInputList, ContextEntries, decision, missing]) => {
  const call = await account()
  const input = { PolicyInputList, ContextEntries, ActionNames: ['s3:GetObject'] }
  expect(await call('SimulateCustomPolicy', input)).toMatchObject({
    EvaluationResults: [
      { EvalActionName: 's3:GetObject', EvalDecision: decision, MissingContextValues: missing },
    ],
  })
})

test('the simulator knows what a user has from its groups and its boundary', async () => {
  const call = await account()
  type Made = { User: { Arn: string } }
  const { User } = await call<Made>('CreateUser', { UserName: 'ann' })
  await call('CreateGroup', { GroupName: 'g' })
  await call('PutGroupPolicy', { GroupName: 'g', PolicyName: 'p', PolicyDocument: policy({}) })
  await call('AddUserToGroup', { UserName: 'ann', GroupName: 'g' })
  const ask = { PolicySourceArn: User.Arn, ActionNames: ['s3:GetObject'] }
  expect(await call('SimulatePrincipalPolicy', ask)).toMatchObject({
    EvaluationResults: [{ EvalDecision: 'allowed' }],
  })
  const PermissionsBoundary = 'arn:aws:iam::aws:policy/IAMFullAccess'
  await call('PutUserPermissionsBoundary', { UserName: 'ann', PermissionsBoundary })
  expect(await call('SimulatePrincipalPolicy', ask)).toMatchObject({
    EvaluationResults: [
      {
        EvalDecision: 'implicitDeny',
        PermissionsBoundaryDecisionDetail: { AllowedByPermissionsBoundary: false },
      },
    ],
  })
  await expect(
    call('SimulatePrincipalPolicy', { ...ask, PolicySourceArn: 'arn:aws:iam::111122223333:root' }),
  ).rejects.toMatchObject({ code: 'InvalidInput' })
})

test('an account has a summary, an alias, a password policy and a credential report', async () => {
  const call = await account()
  await call('CreateAccountAlias', { AccountAlias: 'shop' })
  expect(await call('ListAccountAliases')).toMatchObject({ AccountAliases: ['shop'] })
  await expect(call('GetAccountPasswordPolicy')).rejects.toThrow(
    'The Password Policy with domain name 111122223333 cannot be found.',
  )
  await call('UpdateAccountPasswordPolicy', { MaxPasswordAge: 60 })
  expect(await call('GetAccountPasswordPolicy')).toMatchObject({
    PasswordPolicy: { ExpirePasswords: true, MinimumPasswordLength: 6 },
  })
  await expect(call('GetCredentialReport')).rejects.toMatchObject({ code: 'ReportNotPresent', status: 410 })
  expect(await call('GenerateCredentialReport')).toMatchObject({ State: 'STARTED' })
  expect(await call('GenerateCredentialReport')).toMatchObject({ State: 'COMPLETE' })
  const report = await call<{ Content: Uint8Array }>('GetCredentialReport')
  expect(Buffer.from(report.Content).toString()).toMatch(/^user,arn,.*\nneargate,arn:aws:iam::/)
  expect(await call('GetAccountSummary')).toMatchObject({ SummaryMap: { Users: 1, UsersQuota: 5000 } })
})
