// Owns the STS operations that open no session, and the sessions of instances.
import type {
  Credentials,
  DecodeAuthorizationMessageRequest,
  DecodeAuthorizationMessageResponse,
  GetAccessKeyInfoRequest,
  GetAccessKeyInfoResponse,
  GetCallerIdentityRequest,
  GetCallerIdentityResponse,
} from '@aws-sdk/client-sts'

import { AwsError } from '../../../base/errors.ts'
import { trusts } from '../../../rules/iam/trust.ts'
import { decodeAuthorizationMessage } from '../../protocol/authorization-message.ts'
import { operation } from '../../protocol/operation.ts'
import { openSession } from './assume-role.ts'
import type { Sts } from './sts.ts'

export const getCallerIdentity = operation<Sts, GetCallerIdentityRequest, GetCallerIdentityResponse>()({
  honours: [],
  handle: (_, __, { principal }) => ({
    UserId: principal.userId,
    Account: principal.accountId,
    Arn: principal.arn,
  }),
})

/** Every key of this region is of its account. @throws AwsError ValidationError for what is no key */
export const getAccessKeyInfo = operation<Sts, GetAccessKeyInfoRequest, GetAccessKeyInfoResponse>()({
  honours: ['AccessKeyId'],
  handle: (_, sts) => ({ Account: sts.accountId }),
})

/** @throws AwsError InvalidAuthorizationMessageException */
export const decodeMessage = operation<
  Sts,
  DecodeAuthorizationMessageRequest,
  DecodeAuthorizationMessageResponse
>()({
  honours: ['EncodedMessage'],
  handle: (input) => {
    const decoded = decodeAuthorizationMessage(input.EncodedMessage ?? '')
    if (decoded === undefined) {
      throw new AwsError('InvalidAuthorizationMessageException', 'Message is not valid')
    }
    return { DecodedMessage: decoded }
  },
})

/** Credentials of a role for an EC2 instance: the role has to trust the service. @throws AwsError AccessDenied. */
export async function instanceSession(sts: Sts, roleArn: string, instanceId: string): Promise<Credentials> {
  const role = sts.ports.roles.role(roleArn)
  const request = { action: 'sts:AssumeRole', principal: { service: 'ec2.amazonaws.com' } } as const
  if (!role || !trusts(role.trust, request)) {
    throw new AwsError('AccessDenied', `EC2 cannot assume the role ${roleArn}`, { status: 403 })
  }
  const { Credentials: credentials } = await openSession(sts, role, { name: instanceId })
  return credentials
}
