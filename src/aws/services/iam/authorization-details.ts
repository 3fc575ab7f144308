// Owns GetAccountAuthorizationDetails: everybody and everything that rights come from, in one answer.
import type {
  GetAccountAuthorizationDetailsRequest,
  GetAccountAuthorizationDetailsResponse,
  GroupDetail,
  ManagedPolicyDetail,
  PolicyDetail,
  RoleDetail,
  UserDetail,
} from '@aws-sdk/client-iam'

import { escapeUri } from '../../protocol/message.ts'
import { operation } from '../../protocol/operation.ts'
import { describeBoundary } from './boundaries.ts'
import { describeProfile } from './instance-profiles.ts'
import { managedPolicy } from './managed-policies.ts'
import { pageOf, PAGES } from './paging.ts'
import { attachments, boundaries } from './policies.ts'
import { describeRole } from './roles.ts'
import type { EntityRecord, GroupRecord, IamState, PolicyRecord, RoleRecord, UserRecord } from './state.ts'
import { describeUser } from './users.ts'

type Kind = 'User' | 'Group' | 'Role' | 'LocalManagedPolicy' | 'AWSManagedPolicy'

function inlineOf({ inline }: EntityRecord): PolicyDetail[] {
  return Object.entries(inline).map(([PolicyName, document]) => ({
    PolicyName,
    PolicyDocument: escapeUri(document),
  }))
}

function attachedTo({ attached }: EntityRecord): { PolicyName: string; PolicyArn: string }[] {
  return attached.map((arn) => ({ PolicyName: arn.split('/').at(-1) ?? '', PolicyArn: arn }))
}

function describeUserDetail(user: UserRecord): UserDetail {
  return {
    ...describeUser(user),
    UserPolicyList: inlineOf(user),
    GroupList: [...user.groups],
    AttachedManagedPolicies: attachedTo(user),
    ...describeBoundary(user.boundary),
    Tags: [...user.tags],
  }
}

function describeGroupDetail(group: GroupRecord): GroupDetail {
  return {
    Path: group.path,
    GroupName: group.name,
    GroupId: group.id,
    Arn: group.arn,
    CreateDate: new Date(group.createdAtMs),
    GroupPolicyList: inlineOf(group),
    AttachedManagedPolicies: attachedTo(group),
  }
}

function describeRoleDetail(iam: IamState, role: RoleRecord): RoleDetail {
  const { Description: _, MaxSessionDuration: __, ...shown } = describeRole(role)
  const profiles = iam.profiles.list().filter(({ roleName }) => roleName === role.name)
  return {
    ...shown,
    InstanceProfileList: profiles.map((profile) => describeProfile(iam, profile)),
    RolePolicyList: inlineOf(role),
    AttachedManagedPolicies: attachedTo(role),
    Tags: [...role.tags],
  }
}

function describePolicy(iam: IamState, policy: PolicyRecord): ManagedPolicyDetail {
  return {
    PolicyName: policy.name,
    PolicyId: policy.id,
    Arn: policy.arn,
    Path: policy.path,
    DefaultVersionId: policy.defaultVersionId,
    AttachmentCount: attachments(iam, policy.arn),
    PermissionsBoundaryUsageCount: boundaries(iam, policy.arn),
    IsAttachable: true,
    ...(policy.description === undefined ? {} : { Description: policy.description }),
    CreateDate: new Date(policy.createdAtMs),
    UpdateDate: new Date(policy.updatedAtMs),
    PolicyVersionList: policy.versions.map(({ id, document, createdAtMs }) => ({
      VersionId: id,
      Document: escapeUri(document),
      IsDefaultVersion: id === policy.defaultVersionId,
      CreateDate: new Date(createdAtMs),
    })),
  }
}

// Of AWS's policies those that are attached to somebody are shown.
function attachedOfAws(iam: IamState): PolicyRecord[] {
  const entities = [...iam.roles.list(), ...iam.users.list(), ...iam.groups.list()]
  const arns = [...new Set(entities.flatMap(({ attached }) => attached))]
  return arns.flatMap((arn) => {
    const policy = managedPolicy(arn)
    if (!policy) return []
    const { versionId: id, document, updatedAtMs: createdAtMs } = policy
    return [{ ...policy, tags: [], versions: [{ id, document, createdAtMs }], defaultVersionId: id }]
  })
}

/** One page over all kinds, in the order of the answer. */
export const getAccountAuthorizationDetails = operation<
  IamState,
  GetAccountAuthorizationDetailsRequest,
  GetAccountAuthorizationDetailsResponse
>()({
  honours: ['Filter', ...PAGES],
  handle: (input, iam) => {
    const wanted = (kind: Kind): boolean => !input.Filter?.length || input.Filter.includes(kind)
    const rows = [
      ...(wanted('User') ? iam.users.list().map((user) => ({ user })) : []),
      ...(wanted('Group') ? iam.groups.list().map((group) => ({ group })) : []),
      ...(wanted('Role') ? iam.roles.list().map((role) => ({ role })) : []),
      ...(wanted('LocalManagedPolicy') ? iam.policies.list().map((policy) => ({ policy })) : []),
      ...(wanted('AWSManagedPolicy') ? attachedOfAws(iam).map((policy) => ({ policy })) : []),
    ]
    const { items, more } = pageOf(rows, input)
    return {
      UserDetailList: items.flatMap((row) => ('user' in row ? [describeUserDetail(row.user)] : [])),
      GroupDetailList: items.flatMap((row) => ('group' in row ? [describeGroupDetail(row.group)] : [])),
      RoleDetailList: items.flatMap((row) => ('role' in row ? [describeRoleDetail(iam, row.role)] : [])),
      Policies: items.flatMap((row) => ('policy' in row ? [describePolicy(iam, row.policy)] : [])),
      ...more,
    }
  },
})
