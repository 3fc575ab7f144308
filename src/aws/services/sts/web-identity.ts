// Owns AssumeRoleWithWebIdentity: roles for whoever shows a token of a registered OpenID Connect provider.
import type { AssumeRoleWithWebIdentityRequest, AssumeRoleWithWebIdentityResponse } from '@aws-sdk/client-sts'

import { AwsError } from '../../../base/errors.ts'
import { issuerKeys, issuerName } from '../../../rules/iam/issuer.ts'
import { trusts } from '../../../rules/iam/trust.ts'
import { operation } from '../../protocol/operation.ts'
import { openSession } from './assume-role.ts'
import { readSessionPolicies } from './session-input.ts'
import type { Sts } from './sts.ts'

/** @throws AwsError InvalidIdentityToken, AccessDenied, ValidationError */
export const assumeRoleWithWebIdentity = operation<
  Sts,
  AssumeRoleWithWebIdentityRequest,
  AssumeRoleWithWebIdentityResponse
>()({
  honours: [
    'RoleArn',
    'RoleSessionName',
    'WebIdentityToken',
    'DurationSeconds',
    'Policy',
    'PolicyArns[].arn',
  ],
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
    const keys = Object.fromEntries([
      ...issuerKeys(issuer, 'sub').map((key) => [key, identity.subject] as const),
      ...issuerKeys(issuer, 'aud').map((key) => [key, audience] as const),
    ])
    const isTrusted =
      role &&
      trusts(role.trust, {
        action: 'sts:AssumeRoleWithWebIdentity',
        principal: { federated: provider.arn },
        context: { ...keys, 'sts:RoleSessionName': input.RoleSessionName ?? '' },
      })
    if (!role || !isTrusted) {
      throw new AwsError('AccessDenied', 'Not authorized to perform sts:AssumeRoleWithWebIdentity', {
        status: 403,
      })
    }
    const { DurationSeconds: seconds } = input
    if (seconds !== undefined && seconds > role.maxSessionSeconds) {
      throw new AwsError(
        'ValidationError',
        'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
      )
    }
    const opened = await openSession(sts, role, {
      name: input.RoleSessionName ?? '',
      seconds,
      session: { ...readSessionPolicies(input), keys: { ...keys, 'aws:FederatedProvider': provider.arn } },
    })
    return {
      ...opened,
      SubjectFromWebIdentityToken: identity.subject,
      Audience: audience,
      Provider: provider.arn,
    }
  },
})

function invalidToken(message: string): AwsError {
  return new AwsError('InvalidIdentityToken', message)
}
