// Owns what EKS refuses of user names, groups and principals of access entries.
import { isAwsCode } from '../../../../base/errors.ts'
import { invalidParameter } from '../errors.ts'
import { roleName } from '../lookup.ts'
import type { Eks } from '../state.ts'

// EKS user guide, "Create access entries".
const RESERVED = /^(?:system|eks|aws|amazon|iam):/

/** @throws AwsError InvalidParameterException (words: terraform-aws-modules/terraform-aws-eks#2915, blueprints#2004) */
export function checkIdentity(identity: {
  readonly kubernetesGroups?: readonly string[] | undefined
  readonly username?: string | undefined
}): void {
  const group = identity.kubernetesGroups?.find((name) => RESERVED.test(name))
  if (group !== undefined)
    throw invalidParameter(`The kubernetes group name ${group} is invalid, it cannot start with system:`)
  const prefix = RESERVED.exec(identity.username ?? '')?.[0]
  if (prefix !== undefined) throw invalidParameter(`The username must not begin with ${prefix}`)
}

/** @throws AwsError InvalidParameterException for somebody of this account who is not there (terraform-provider-aws) */
export async function checkPrincipal(eks: Eks, principalArn: string): Promise<void> {
  const [, , , , accountId, resource = ''] = principalArn.split(':')
  // Who is in another account is not known here.
  if (accountId !== eks.deps.accountId) return
  const name = roleName(principalArn)
  const [operation, input] = resource.startsWith('role/')
    ? ['GetRole', { RoleName: name }]
    : ['GetUser', { UserName: name }]
  try {
    await eks.deps.caller.call('iam', operation, input)
  } catch (error) {
    if (!isAwsCode(error, 'NoSuchEntity', 'NoSuchEntityException')) throw error
    throw invalidParameter('The specified principalArn is invalid: invalid principal.')
  }
}
