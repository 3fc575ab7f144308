// Owns finding the security group that a request names by its id, or by its name in the default VPC.
import type { IpPermission } from '@aws-sdk/client-ec2'

import { AwsError } from '../../../base/errors.ts'
import { missingParameter } from './errors.ts'
import { need, type Ec2State, type SecurityGroupRecord } from './state.ts'

/** @throws AwsError InvalidGroup.NotFound, MissingParameter */
export function groupNamed(
  ec2: Ec2State,
  input: { readonly GroupId?: string | undefined; readonly GroupName?: string | undefined },
): SecurityGroupRecord {
  const { GroupId: id, GroupName: name } = input
  if (id !== undefined) return need(ec2.groups, 'security-group', id)
  if (name === undefined) throw missingParameter('GroupId')
  const vpc = ec2.vpcs.list().find(({ isDefault }) => isDefault)
  const group = vpc && ec2.groups.find('name', `${vpc.id}/${name}`)
  if (group) return group
  // "The parameter groupName cannot be used with the parameter vpcId": a name alone means the default VPC.
  throw new AwsError(
    'InvalidGroup.NotFound',
    vpc
      ? `The security group '${name}' does not exist in default VPC '${vpc.id}'`
      : `The security group '${name}' does not exist`,
  )
}

/** Permissions whose groups are given by their ids: a name alone means the default VPC. @throws AwsError InvalidGroup.NotFound */
export function withGroupIds(ec2: Ec2State, permissions: readonly IpPermission[]): readonly IpPermission[] {
  return permissions.map((permission) => ({
    ...permission,
    UserIdGroupPairs: (permission.UserIdGroupPairs ?? []).map((pair) => ({
      ...pair,
      GroupId: groupNamed(ec2, pair).id,
    })),
  }))
}
