// Owns the tags of policies and instance profiles, and the list of whom a policy is attached to.
import type {
  ListEntitiesForPolicyRequest,
  ListEntitiesForPolicyResponse,
  ListInstanceProfileTagsRequest,
  ListInstanceProfileTagsResponse,
  ListOpenIDConnectProviderTagsRequest,
  ListOpenIDConnectProviderTagsResponse,
  ListPolicyTagsRequest,
  ListPolicyTagsResponse,
  TagInstanceProfileRequest,
  TagPolicyRequest,
  UntagInstanceProfileRequest,
  UntagPolicyRequest,
} from '@aws-sdk/client-iam'

import { operation } from '../../protocol/operation.ts'
import { checkPolicyArn, isAttachable } from './attached-policies.ts'
import { noSuchEntity, noSuchPolicy } from './errors.ts'
import { pageOf, PAGES } from './paging.ts'
import { findPolicy } from './policies.ts'
import type { EntityRecord, IamState } from './state.ts'
import { mergeTags, removeTags, TAGS } from './tags.ts'

/** @throws AwsError NoSuchEntity */
export const tagPolicy = operation<IamState, TagPolicyRequest, void>()({
  honours: ['PolicyArn', ...TAGS],
  handle: async (input, iam) => {
    const { PolicyArn: arn = '' } = input
    const changed = await iam.policies.update(arn, (policy) => ({
      ...policy,
      tags: mergeTags(policy.tags, input.Tags),
    }))
    if (!changed) throw noSuchPolicy(arn)
  },
})

/** @throws AwsError NoSuchEntity */
export const untagPolicy = operation<IamState, UntagPolicyRequest, void>()({
  honours: ['PolicyArn', 'TagKeys'],
  handle: async (input, iam) => {
    const { PolicyArn: arn = '' } = input
    const changed = await iam.policies.update(arn, (policy) => ({
      ...policy,
      tags: removeTags(policy.tags, input.TagKeys),
    }))
    if (!changed) throw noSuchPolicy(arn)
  },
})

/** @throws AwsError NoSuchEntity */
export const listPolicyTags = operation<IamState, ListPolicyTagsRequest, ListPolicyTagsResponse>()({
  honours: ['PolicyArn', ...PAGES],
  handle: (input, iam) => {
    const { items, more } = pageOf(findPolicy(iam, input.PolicyArn).tags, input)
    return { Tags: items, ...more }
  },
})

function noSuchProfile(name: string | undefined) {
  return noSuchEntity(`Instance Profile ${name} cannot be found.`)
}

/** @throws AwsError NoSuchEntity */
export const tagInstanceProfile = operation<IamState, TagInstanceProfileRequest, void>()({
  honours: ['InstanceProfileName', ...TAGS],
  handle: async (input, iam) => {
    const { InstanceProfileName: name = '' } = input
    const changed = await iam.profiles.update(name, (profile) => ({
      ...profile,
      tags: mergeTags(profile.tags, input.Tags),
    }))
    if (!changed) throw noSuchProfile(name)
  },
})

/** @throws AwsError NoSuchEntity */
export const untagInstanceProfile = operation<IamState, UntagInstanceProfileRequest, void>()({
  honours: ['InstanceProfileName', 'TagKeys'],
  handle: async (input, iam) => {
    const { InstanceProfileName: name = '' } = input
    const changed = await iam.profiles.update(name, (profile) => ({
      ...profile,
      tags: removeTags(profile.tags, input.TagKeys),
    }))
    if (!changed) throw noSuchProfile(name)
  },
})

/** @throws AwsError NoSuchEntity */
export const listInstanceProfileTags = operation<
  IamState,
  ListInstanceProfileTagsRequest,
  ListInstanceProfileTagsResponse
>()({
  honours: ['InstanceProfileName', ...PAGES],
  handle: (input, iam) => {
    const profile = iam.profiles.get(input.InstanceProfileName ?? '')
    if (!profile) throw noSuchProfile(input.InstanceProfileName)
    const { items, more } = pageOf(profile.tags, input)
    return { Tags: items, ...more }
  },
})

/** @throws AwsError NoSuchEntity */
export const listOpenIDConnectProviderTags = operation<
  IamState,
  ListOpenIDConnectProviderTagsRequest,
  ListOpenIDConnectProviderTagsResponse
>()({
  honours: ['OpenIDConnectProviderArn', ...PAGES],
  handle: (input, iam) => {
    const { OpenIDConnectProviderArn: arn = '' } = input
    const provider = iam.providers.get(arn)
    if (!provider) throw noSuchEntity(`OpenIDConnect Provider not found for arn ${arn}`)
    const { items, more } = pageOf(provider.tags, input)
    return { Tags: items, ...more }
  },
})

/** @throws AwsError NoSuchEntity, ValidationError */
export const listEntitiesForPolicy = operation<
  IamState,
  ListEntitiesForPolicyRequest,
  ListEntitiesForPolicyResponse
>()({
  honours: ['PolicyArn', 'EntityFilter', 'PathPrefix', 'PolicyUsageFilter', ...PAGES],
  handle: (input, iam) => {
    const { PolicyArn: arn = '', EntityFilter: filter, PathPrefix: prefix = '/' } = input
    checkPolicyArn(arn)
    if (!isAttachable(iam, arn)) throw noSuchPolicy(arn)
    const asBoundary = input.PolicyUsageFilter === 'PermissionsBoundary'
    const having = (
      kind: 'Role' | 'User' | 'Group',
      entities: readonly (EntityRecord & { readonly boundary?: string })[],
    ) =>
      filter === undefined || filter === kind
        ? entities
            .filter(({ path }) => path.startsWith(prefix))
            .filter(({ attached, boundary }) => (asBoundary ? boundary === arn : attached.includes(arn)))
            .map(({ name, id }) => ({ kind, name, id }))
        : []
    const found = [
      ...having('Role', iam.roles.list()),
      ...having('User', iam.users.list()),
      ...having('Group', iam.groups.list()),
    ]
    const { items, more } = pageOf(found, input)
    return {
      PolicyRoles: items
        .filter(({ kind }) => kind === 'Role')
        .map((at) => ({ RoleName: at.name, RoleId: at.id })),
      PolicyUsers: items
        .filter(({ kind }) => kind === 'User')
        .map((at) => ({ UserName: at.name, UserId: at.id })),
      PolicyGroups: items
        .filter(({ kind }) => kind === 'Group')
        .map((at) => ({ GroupName: at.name, GroupId: at.id })),
      ...more,
    }
  },
})
