// Owns what EKS asks IAM about roles: whether one exists and what its trust policy says.
import type { GetRoleResponse } from '@aws-sdk/client-iam'

import { isAwsCode } from '../../../base/errors.ts'
import { invalidParameter } from './errors.ts'
import { roleName } from './lookup.ts'
import type { Eks } from './state.ts'

/** Refuses an ARN that names no role. @throws AwsError InvalidParameterException */
export async function checkRole(eks: Eks, roleArn: string): Promise<void> {
  if (!/^arn:aws[a-z-]*:iam::\d{12}:role\/.+$/.test(roleArn))
    throw invalidParameter(`Invalid Role Arn: '${roleArn}'`)
  if ((await trustOf(eks, roleArn)) === undefined) {
    throw invalidParameter(`Role with arn: ${roleArn} does not exist`)
  }
}

/** The parsed trust policy of a role; undefined when there is no such role. */
export async function trustOf(eks: Eks, roleArn: string): Promise<unknown> {
  try {
    const { Role } = await eks.deps.caller.call<GetRoleResponse>('iam', 'GetRole', {
      RoleName: roleName(roleArn),
    })
    if (Role?.Arn !== roleArn) return undefined
    return JSON.parse(decodeURIComponent(Role.AssumeRolePolicyDocument ?? '{}')) as unknown
  } catch (error) {
    if (isAwsCode(error, 'NoSuchEntity', 'NoSuchEntityException')) return undefined
    throw error
  }
}
