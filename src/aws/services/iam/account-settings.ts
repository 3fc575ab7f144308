// Owns what there is one of in an account: its alias, its password policy, its summary, its credential report.
import type {
  CreateAccountAliasRequest,
  DeleteAccountAliasRequest,
  GenerateCredentialReportResponse,
  GetAccountPasswordPolicyResponse,
  GetAccountSummaryResponse,
  GetCredentialReportResponse,
  ListAccountAliasesRequest,
  ListAccountAliasesResponse,
  UpdateAccountPasswordPolicyRequest,
} from '@aws-sdk/client-iam'

import { AwsError } from '../../../base/errors.ts'
import { operation } from '../../protocol/operation.ts'
import { alreadyExists, noSuchEntity } from './errors.ts'
import { PAGES, pageOf } from './paging.ts'
import type { AccountRecord, IamState } from './state.ts'

const KEY = 'account'

function accountOf(iam: IamState): AccountRecord {
  return iam.account.get(KEY) ?? {}
}

async function changeAccount(
  iam: IamState,
  change: (account: AccountRecord) => AccountRecord,
): Promise<void> {
  await iam.deps.store.transact((tx) => iam.account.putIn(tx, KEY, change(accountOf(iam))))
}

/** A new alias takes the place of the old one. @throws AwsError EntityAlreadyExists when it is that alias already */
export const createAccountAlias = operation<IamState, CreateAccountAliasRequest, void>()({
  honours: ['AccountAlias'],
  handle: async (input, iam) => {
    const { AccountAlias: alias = '' } = input
    await changeAccount(iam, (account) => {
      if (account.alias === alias) throw alreadyExists(`The account alias ${alias} already exists.`)
      return { ...account, alias }
    })
  },
})

/** @throws AwsError NoSuchEntity */
export const deleteAccountAlias = operation<IamState, DeleteAccountAliasRequest, void>()({
  honours: ['AccountAlias'],
  handle: async (input, iam) => {
    await changeAccount(iam, ({ alias, ...rest }) => {
      if (alias !== input.AccountAlias) {
        throw noSuchEntity(`The account alias ${input.AccountAlias} cannot be found.`)
      }
      return rest
    })
  },
})

/** An account has one alias at most. */
export const listAccountAliases = operation<
  IamState,
  ListAccountAliasesRequest,
  ListAccountAliasesResponse
>()({
  honours: [...PAGES],
  handle: (input, iam) => {
    const { alias } = accountOf(iam)
    const { items, more } = pageOf(alias === undefined ? [] : [alias], input)
    return { AccountAliases: items, ...more }
  },
})

/** What isn't given goes back to its default (API_UpdateAccountPasswordPolicy). */
export const updateAccountPasswordPolicy = operation<IamState, UpdateAccountPasswordPolicyRequest, void>()({
  honours: [],
  // There are no passwords.
  keeps: [
    'AllowUsersToChangePassword',
    'HardExpiry',
    'MaxPasswordAge',
    'MinimumPasswordLength',
    'PasswordReusePrevention',
    'RequireLowercaseCharacters',
    'RequireNumbers',
    'RequireSymbols',
    'RequireUppercaseCharacters',
  ],
  handle: async (input, iam) => {
    const passwordPolicy = {
      AllowUsersToChangePassword: input.AllowUsersToChangePassword ?? false,
      HardExpiry: input.HardExpiry ?? false,
      MaxPasswordAge: input.MaxPasswordAge ?? 0,
      MinimumPasswordLength: input.MinimumPasswordLength ?? 6,
      ...(input.PasswordReusePrevention === undefined
        ? {}
        : { PasswordReusePrevention: input.PasswordReusePrevention }),
      RequireLowercaseCharacters: input.RequireLowercaseCharacters ?? false,
      RequireNumbers: input.RequireNumbers ?? false,
      RequireSymbols: input.RequireSymbols ?? false,
      RequireUppercaseCharacters: input.RequireUppercaseCharacters ?? false,
    }
    await changeAccount(iam, (account) => ({ ...account, passwordPolicy }))
  },
})

function noPasswordPolicy(iam: IamState): AwsError {
  return noSuchEntity(`The Password Policy with domain name ${iam.deps.accountId} cannot be found.`)
}

/** @throws AwsError NoSuchEntity */
export const getAccountPasswordPolicy = operation<IamState, object, GetAccountPasswordPolicyResponse>()({
  honours: [],
  handle: (_, iam) => {
    const { passwordPolicy } = accountOf(iam)
    if (!passwordPolicy) throw noPasswordPolicy(iam)
    const { MinimumPasswordLength, MaxPasswordAge, ...rest } = passwordPolicy
    return {
      PasswordPolicy: {
        ...rest,
        MinimumPasswordLength: Number(MinimumPasswordLength),
        MaxPasswordAge: Number(MaxPasswordAge),
        ExpirePasswords: Number(MaxPasswordAge) > 0,
      },
    }
  },
})

/** @throws AwsError NoSuchEntity */
export const deleteAccountPasswordPolicy = operation<IamState, object, void>()({
  honours: [],
  handle: async (_, iam) => {
    await changeAccount(iam, ({ passwordPolicy, ...rest }) => {
      if (!passwordPolicy) throw noPasswordPolicy(iam)
      return rest
    })
  },
})

/** "IAM and AWS STS quotas". */
const QUOTAS = {
  AccessKeysPerUserQuota: 2,
  AssumeRolePolicySizeQuota: 2048,
  AttachedPoliciesPerGroupQuota: 10,
  AttachedPoliciesPerRoleQuota: 10,
  AttachedPoliciesPerUserQuota: 10,
  GroupPolicySizeQuota: 5120,
  GroupsPerUserQuota: 10,
  GroupsQuota: 300,
  InstanceProfilesQuota: 1000,
  PoliciesQuota: 1500,
  PolicySizeQuota: 6144,
  PolicyVersionsInUseQuota: 10_000,
  RolePolicySizeQuota: 10_240,
  RolesQuota: 1000,
  ServerCertificatesQuota: 20,
  SigningCertificatesPerUserQuota: 2,
  UserPolicySizeQuota: 2048,
  UsersQuota: 5000,
  VersionsPerPolicyQuota: 5,
} as const

/** Counts of what there is, beside the quotas. */
export const getAccountSummary = operation<IamState, object, GetAccountSummaryResponse>()({
  honours: [],
  handle: (_, iam) => {
    const entities = [...iam.roles.list(), ...iam.users.list(), ...iam.groups.list()]
    return {
      SummaryMap: {
        ...QUOTAS,
        AccountAccessKeysPresent: 0,
        AccountMFAEnabled: 0,
        AccountSigningCertificatesPresent: 0,
        GlobalEndpointTokenVersion: 1,
        Groups: iam.groups.list().length,
        InstanceProfiles: iam.profiles.list().length,
        MFADevices: iam.devices.list().length,
        MFADevicesInUse: iam.devices.list().filter(({ userName }) => userName !== undefined).length,
        Policies: iam.policies.list().length,
        PolicyVersionsInUse: entities.reduce((sum, { attached }) => sum + attached.length, 0),
        Providers: iam.providers.list().length + iam.samlProviders.list().length,
        Roles: iam.roles.list().length,
        ServerCertificates: 0,
        Users: iam.users.list().length,
      },
    }
  },
})

/** The report is made at once; the second request says so, as with AWS. */
export const generateCredentialReport = operation<IamState, object, GenerateCredentialReportResponse>()({
  honours: [],
  handle: async (_, iam) => {
    if (accountOf(iam).reportedAtMs !== undefined) return { State: 'COMPLETE' }
    await changeAccount(iam, (account) => ({ ...account, reportedAtMs: iam.deps.clock.now() }))
    return {
      State: 'STARTED',
      Description: 'No report exists. Starting a new report generation task',
    }
  },
})

/** @throws AwsError ReportNotPresent before one was generated */
export const getCredentialReport = operation<IamState, object, GetCredentialReportResponse>()({
  honours: [],
  handle: (_, iam) => {
    const { reportedAtMs } = accountOf(iam)
    if (reportedAtMs === undefined) {
      throw new AwsError('ReportNotPresent', 'Credential report is not present', { status: 410 })
    }
    return {
      Content: Buffer.from(reportOf(iam)),
      ReportFormat: 'text/csv',
      GeneratedTime: new Date(reportedAtMs),
    }
  },
})

// "Format of the report": the columns; what nobody has or keeps is N/A or false.
const COLUMNS =
  'user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,cert_1_last_rotated,cert_2_active,cert_2_last_rotated'

function reportOf(iam: IamState): string {
  const time = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, '+00:00')
  const rows = iam.users.list().map((user) => {
    const keys = iam.keys.list().filter(({ userName }) => userName === user.name)
    const hasMfa = iam.devices.list().some(({ userName }) => userName === user.name)
    const ofKey = (place: number): readonly string[] => {
      const key = keys[place]
      const active = String(key !== undefined && !key.isInactive)
      return [active, key ? time(key.createdAtMs) : 'N/A', 'N/A', 'N/A', 'N/A']
    }
    const password = user.login
      ? ['true', 'no_information', time(user.login.createdAtMs)]
      : ['false', 'N/A', 'N/A']
    return [
      user.name,
      user.arn,
      time(user.createdAtMs),
      ...password,
      'N/A',
      String(hasMfa),
      ...ofKey(0),
      ...ofKey(1),
      'false',
      'N/A',
      'false',
      'N/A',
    ].join(',')
  })
  return [COLUMNS, ...rows].join('\n')
}
