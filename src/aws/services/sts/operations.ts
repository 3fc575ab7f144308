// Owns the STS operations.
import type {
  AssumeRoleRequest,
  AssumeRoleResponse,
  AssumeRoleWithWebIdentityRequest,
  AssumeRoleWithWebIdentityResponse,
  Credentials,
  GetCallerIdentityRequest,
  GetCallerIdentityResponse,
  GetSessionTokenRequest,
  GetSessionTokenResponse,
} from '@aws-sdk/client-sts'

import { AwsError } from '../../../base/errors.ts'
import { issuerKeys, issuerName } from '../../../rules/iam/issuer.ts'
import { trusts } from '../../../rules/iam/trust.ts'
import { operation } from '../../protocol/operation.ts'
import type { AssumableRole, StsPorts } from './ports.ts'
import type { Sessions } from './sessions.ts'

export interface Sts {
  readonly sessions: Sessions
  readonly ports: StsPorts
  readonly accountId: string
}

const DEFAULT_ROLE_SECONDS = 3600
/** API_GetSessionToken: 43,200 seconds by default. */
const DEFAULT_SESSION_SECONDS = 43_200

export const getCallerIdentity = operation<Sts, GetCallerIdentityRequest, GetCallerIdentityResponse>()({
  honours: [],
  handle: (_, __, { principal }) => ({
    UserId: principal.userId,
    Account: principal.accountId,
    Arn: principal.arn,
  }),
})

export const getSessionToken = operation<Sts, GetSessionTokenRequest, GetSessionTokenResponse>()({
  honours: ['DurationSeconds'],
  handle: async (input, sts, { principal }) => {
    const seconds = input.DurationSeconds ?? DEFAULT_SESSION_SECONDS
    return { Credentials: await sts.sessions.issue(principal, seconds) }
  },
})

/** A session is never narrowed: session policies, tags and a source identity are refused. @throws AwsError AccessDenied */
export const assumeRole = operation<Sts, AssumeRoleRequest, AssumeRoleResponse>()({
  honours: ['RoleArn', 'RoleSessionName', 'DurationSeconds', 'ExternalId'],
  handle: async (input, sts, { principal }) => {
    const arn = input.RoleArn ?? ''
    const role = sts.ports.roles.role(arn)
    const { accountId } = principal
    const isTrusted =
      role &&
      trusts(role.trust, {
        action: 'sts:AssumeRole',
        principal: { arn: principal.arn, accountId },
        context: {
          'aws:PrincipalArn': principal.arn,
          'aws:PrincipalAccount': accountId,
          ...(input.ExternalId === undefined ? {} : { 'sts:ExternalId': input.ExternalId }),
          'sts:RoleSessionName': input.RoleSessionName ?? '',
        },
      })
    // A role that doesn't exist is answered like one that isn't trusted, so that names can't be probed.
    if (!role || !isTrusted) {
      throw new AwsError(
        'AccessDenied',
        `User: ${principal.arn} is not authorized to perform: sts:AssumeRole on resource: ${arn}`,
        { status: 403 },
      )
    }
    return await session(sts, role, input)
  },
})

/** @throws AwsError InvalidIdentityToken, AccessDenied */
export const assumeRoleWithWebIdentity = operation<
  Sts,
  AssumeRoleWithWebIdentityRequest,
  AssumeRoleWithWebIdentityResponse
>()({
  honours: ['RoleArn', 'RoleSessionName', 'WebIdentityToken', 'DurationSeconds'],
  handle: async (input, sts) => {
    const identity = await sts.ports.webIdentity.verify(input.WebIdentityToken ?? '')
    if (!identity) {
      throw invalidToken('The web identity token that was passed is not valid or has expired.')
    }
    const provider = sts.ports.roles.oidcProvider(identity.issuer)
    const issuer = issuerName(identity.issuer)
    if (!provider || !issuer) {
      throw invalidToken(`No OpenIDConnect provider found in your account for ${identity.issuer}`)
    }
    const audience = identity.audiences.find((each) => provider.clientIds.includes(each))
    if (audience === undefined) throw invalidToken('Incorrect token audience')
    const role = sts.ports.roles.role(input.RoleArn ?? '')
    const isTrusted =
      role &&
      trusts(role.trust, {
        action: 'sts:AssumeRoleWithWebIdentity',
        principal: { federated: provider.arn },
        context: Object.fromEntries([
          ...issuerKeys(issuer, 'sub').map((key) => [key, identity.subject]),
          ...issuerKeys(issuer, 'aud').map((key) => [key, audience]),
        ]),
      })
    if (!role || !isTrusted) {
      throw new AwsError('AccessDenied', 'Not authorized to perform sts:AssumeRoleWithWebIdentity', {
        status: 403,
      })
    }
    return {
      ...(await session(sts, role, input)),
      SubjectFromWebIdentityToken: identity.subject,
      Audience: audience,
      Provider: provider.arn,
    }
  },
})

/** Credentials of a role for an EC2 instance: the role has to trust the service. @throws AwsError AccessDenied. */
export async function instanceSession(sts: Sts, roleArn: string, instanceId: string): Promise<Credentials> {
  const role = sts.ports.roles.role(roleArn)
  const request = { action: 'sts:AssumeRole', principal: { service: 'ec2.amazonaws.com' } } as const
  if (!role || !trusts(role.trust, request)) {
    throw new AwsError('AccessDenied', `EC2 cannot assume the role ${roleArn}`, { status: 403 })
  }
  const userId = `${role.id}:${instanceId}`
  const arn = `arn:aws:sts::${sts.accountId}:assumed-role/${role.name}/${instanceId}`
  return await sts.sessions.issue({ accountId: sts.accountId, arn, userId }, DEFAULT_ROLE_SECONDS)
}

async function session(
  sts: Sts,
  role: AssumableRole,
  input: { RoleSessionName?: string | undefined; DurationSeconds?: number | undefined },
): Promise<AssumeRoleResponse> {
  const seconds = input.DurationSeconds ?? DEFAULT_ROLE_SECONDS
  if (seconds > role.maxSessionSeconds) {
    throw new AwsError(
      'ValidationError',
      'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
    )
  }
  const name = input.RoleSessionName ?? ''
  const arn = `arn:aws:sts::${sts.accountId}:assumed-role/${role.name}/${name}`
  const userId = `${role.id}:${name}`
  const credentials = await sts.sessions.issue({ accountId: sts.accountId, arn, userId }, seconds)
  return { Credentials: credentials, AssumedRoleUser: { AssumedRoleId: userId, Arn: arn } }
}

function invalidToken(message: string): AwsError {
  return new AwsError('InvalidIdentityToken', message)
}
