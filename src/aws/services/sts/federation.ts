// Owns sessions of users: GetSessionToken, and GetFederationToken for others who act with a part of a user's rights.
import type {
  GetFederationTokenRequest,
  GetFederationTokenResponse,
  GetSessionTokenRequest,
  GetSessionTokenResponse,
} from '@aws-sdk/client-sts'

import { AwsError } from '../../../base/errors.ts'
import { operation } from '../../protocol/operation.ts'
import type { PrincipalSession } from '../../protocol/service.ts'
import { packedSize } from './assume-role.ts'
import { checkMfa } from './mfa.ts'
import { readSessionPolicies, readSessionTags } from './session-input.ts'
import type { Sts } from './sts.ts'

/** API_GetSessionToken, API_GetFederationToken: 43,200 seconds by default. */
const DEFAULT_SECONDS = 43_200

/** @throws AwsError AccessDenied with a session's credentials, or for a wrong code */
export const getSessionToken = operation<Sts, GetSessionTokenRequest, GetSessionTokenResponse>()({
  honours: ['DurationSeconds', 'SerialNumber', 'TokenCode'],
  handle: async (input, sts, { principal }) => {
    if (principal.session) throw notWithSession('GetSessionToken')
    const hasMfa = input.TokenCode !== undefined && checkMfa(sts, input)
    const session: PrincipalSession = { issuedAtMs: sts.nowMs(), ...(hasMfa ? { hasMfa } : {}) }
    const seconds = input.DurationSeconds ?? DEFAULT_SECONDS
    return { Credentials: await sts.sessions.issue({ ...principal, session }, seconds) }
  },
})

/** Without a policy the federated user may do nothing. @throws AwsError AccessDenied, MalformedPolicyDocument */
export const getFederationToken = operation<Sts, GetFederationTokenRequest, GetFederationTokenResponse>()({
  honours: ['Name', 'DurationSeconds', 'Policy', 'PolicyArns[].arn', 'Tags[].Key', 'Tags[].Value'],
  handle: async (input, sts, { principal }) => {
    if (principal.session) throw notWithSession('GetFederationToken')
    const name = input.Name ?? ''
    const { accountId } = sts
    const tags = readSessionTags(input.Tags, [])
    const given = readSessionPolicies(input)
    const session: PrincipalSession = {
      policies: given.policies ?? { arns: [] },
      ...(Object.keys(tags).length > 0 ? { tags } : {}),
      issuedAtMs: sts.nowMs(),
      userArn: principal.arn,
    }
    const user = {
      accountId,
      arn: `arn:aws:sts::${accountId}:federated-user/${name}`,
      userId: `${accountId}:${name}`,
      session,
    }
    const credentials = await sts.sessions.issue(user, input.DurationSeconds ?? DEFAULT_SECONDS)
    const packed = packedSize({ ...given, ...(session.tags ? { tags: session.tags } : {}) })
    return {
      Credentials: credentials,
      FederatedUser: { FederatedUserId: user.userId, Arn: user.arn },
      ...(packed === undefined ? {} : { PackedPolicySize: packed }),
    }
  },
})

// API_GetSessionToken and API_GetFederationToken: only long-term credentials may ask.
function notWithSession(operationName: string): AwsError {
  return new AwsError('AccessDenied', `Cannot call ${operationName} with session credentials`, {
    status: 403,
  })
}
