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
import { describeAttached } from './attached-policies.ts'
import { describeBoundary } from './boundaries.ts'
import { describeGroup } from './groups.ts'
import { describeProfile } from './instance-profiles.ts'
import { managedPolicy } from './managed-policies.ts'
import { pageOf, PAGES } from './paging.ts'
import { attachments, boundaries, describeInList } from './policies.ts'
import { describeVersion } from './policy-versions.ts'
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

function describeUserDetail(user: UserRecord): UserDetail {
  return {
    ...describeUser(user),
    UserPolicyList: inlineOf(user),
    GroupList: [...user.groups],
    AttachedManagedPolicies: user.attached.map(describeAttached),
    ...describeBoundary(user.boundary),
    Tags: [...user.tags],
  }
}

function describeGroupDetail(group: GroupRecord): GroupDetail {
  return {
    ...describeGroup(group),
    GroupPolicyList: inlineOf(group),
    AttachedManagedPolicies: group.attached.map(describeAttached),
  }
}

function describeRoleDetail(iam: IamState, role: RoleRecord): RoleDetail {
  const { Description: _, MaxSessionDuration: __, ...shown } = describeRole(role)
  const profiles = iam.profiles.list().filter(({ roleName }) => roleName === role.name)
  return {
    ...shown,
    InstanceProfileList: profiles.map((profile) => describeProfile(iam, profile)),
    RolePolicyList: inlineOf(role),
    AttachedManagedPolicies: role.attached.map(describeAttached),
    Tags: [...role.tags],
  }
}

function describePolicy(iam: IamState, policy: PolicyRecord): ManagedPolicyDetail {
  return {
    ...describeInList(policy),
    AttachmentCount: attachments(iam, policy.arn),
    PermissionsBoundaryUsageCount: boundaries(iam, policy.arn),
    ...(policy.description === undefined ? {} : { Description: policy.description }),
    PolicyVersionList: policy.versions.map((version) => ({
      ...describeVersion(policy, version),
      Document: escapeUri(version.document),
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
