// Owns what EKS asks IAM about roles: whether one exists and what its trust policy says.
import type { GetRoleResponse } from '@aws-sdk/client-iam'

import { isAwsCode } from '../../../base/errors.ts'
import { trustsCluster, trustsNodes, trustsPods } from '../../../rules/iam/service-trust.ts'
import { invalidParameter } from './errors.ts'
import { roleName } from './lookup.ts'
import type { Eks } from './state.ts'

/** Refuses an ARN that names no role. @throws AwsError InvalidParameterException */
export async function checkRole(eks: Eks, roleArn: string): Promise<string> {
  if (!/^arn:aws[a-z-]*:iam::\d{12}:role\/.+$/.test(roleArn))
    throw invalidParameter(`Invalid Role Arn: '${roleArn}'`)
  const trust = await trustOf(eks, roleArn)
  if (trust === undefined) throw invalidParameter(`Role with arn: ${roleArn} does not exist`)
  return trust
}

/** Refuses what cannot be the role of a control plane. @throws AwsError InvalidParameterException */
export async function checkClusterRole(eks: Eks, roleArn: string): Promise<void> {
  const trust = await trustOf(eks, roleArn)
  if (trust !== undefined && trustsCluster(trust)) return
  // Words from terraform-aws-modules/terraform-aws-eks#2406, for a missing role as well.
  throw invalidParameter(
    `Role with arn: ${roleArn}, could not be assumed because it does not exist or the trusted entity is not correct`,
  )
}

/** Refuses what cannot be the role of nodes. @throws AwsError InvalidParameterException */
export async function checkNodeRole(eks: Eks, roleArn: string): Promise<void> {
  if (trustsNodes(await checkRole(eks, roleArn))) return
  // Words from eksctl-io/eksctl#3290.
  throw invalidParameter(
    `Following required service principals [ec2.amazonaws.com] were not found in the trust relationships of nodeRole ${roleArn}`,
  )
}

/**
 * Refuses what cannot be the role of pods by pod identity. Words from eksctl-io/eksctl#7753 and aws/aws-cdk#31522.
 * @throws AwsError InvalidParameterException
 */
export async function checkPodRole(eks: Eks, roleArn: string): Promise<void> {
  const trust = await trustOf(eks, roleArn)
  if (trust === undefined) throw invalidParameter('Role provided in the request does not exist.')
  if (trustsPods(trust)) return
  throw invalidParameter(
    'Trust policy of the role provided is invalid. Follow the official documentation to resolve the issue.',
  )
}

/** The trust policy document of a role; undefined when there is no such role. */
export async function trustOf(eks: Eks, roleArn: string): Promise<string | undefined> {
  try {
    const { Role } = await eks.deps.caller.call<GetRoleResponse>('iam', 'GetRole', {
      RoleName: roleName(roleArn),
    })
    if (Role?.Arn !== roleArn) return undefined
    return decodeURIComponent(Role.AssumeRolePolicyDocument ?? '')
  } catch (error) {
    if (isAwsCode(error, 'NoSuchEntity', 'NoSuchEntityException')) return undefined
    throw error
  }
}
