// Owns the operations on what a group is given: attached managed policies and inline policies.
import type {
  AttachGroupPolicyRequest,
  DeleteGroupPolicyRequest,
  DetachGroupPolicyRequest,
  GetGroupPolicyRequest,
  GetGroupPolicyResponse,
  ListAttachedGroupPoliciesRequest,
  ListAttachedGroupPoliciesResponse,
  ListGroupPoliciesRequest,
  ListGroupPoliciesResponse,
  PutGroupPolicyRequest,
} from '@aws-sdk/client-iam'

import { escapeUri } from '../../protocol/message.ts'
import { operation } from '../../protocol/operation.ts'
import { attach, detach, listAttached } from './attached-policies.ts'
import { findInline, putInline, removeInline } from './inline-policies.ts'
import { pageOf, PAGES } from './paging.ts'
import { findGroup, updateGroup } from './groups.ts'
import type { IamState } from './state.ts'

/** @throws AwsError NoSuchEntity, LimitExceeded */
export const attachGroupPolicy = operation<IamState, AttachGroupPolicyRequest, void>()({
  honours: ['GroupName', 'PolicyArn'],
  handle: async (input, iam) => {
    const { PolicyArn: arn = '' } = input
    await updateGroup(iam, input.GroupName, (group) => attach(iam, { kind: 'Group', arn }, group))
  },
})

/** @throws AwsError NoSuchEntity */
export const detachGroupPolicy = operation<IamState, DetachGroupPolicyRequest, void>()({
  honours: ['GroupName', 'PolicyArn'],
  handle: async (input, iam) => {
    await updateGroup(iam, input.GroupName, (group) => detach(input.PolicyArn ?? '', group))
  },
})

/** @throws AwsError NoSuchEntity */
export const listAttachedGroupPolicies = operation<
  IamState,
  ListAttachedGroupPoliciesRequest,
  ListAttachedGroupPoliciesResponse
>()({
  honours: ['GroupName', 'PathPrefix', ...PAGES],
  handle: (input, iam) => listAttached(findGroup(iam, input.GroupName), input),
})

/** @throws AwsError NoSuchEntity, MalformedPolicyDocument, LimitExceeded */
export const putGroupPolicy = operation<IamState, PutGroupPolicyRequest, void>()({
  honours: ['GroupName', 'PolicyName', 'PolicyDocument'],
  handle: async (input, iam) => {
    const { PolicyName: name = '', PolicyDocument: document = '' } = input
    await updateGroup(iam, input.GroupName, (group) => putInline('Group', { name, document }, group))
  },
})

/** @throws AwsError NoSuchEntity */
export const getGroupPolicy = operation<IamState, GetGroupPolicyRequest, GetGroupPolicyResponse>()({
  honours: ['GroupName', 'PolicyName'],
  handle: (input, iam) => {
    const group = findGroup(iam, input.GroupName)
    const document = findInline('Group', group, input.PolicyName)
    return { GroupName: group.name, PolicyName: input.PolicyName, PolicyDocument: escapeUri(document) }
  },
})

/** @throws AwsError NoSuchEntity */
export const listGroupPolicies = operation<IamState, ListGroupPoliciesRequest, ListGroupPoliciesResponse>()({
  honours: ['GroupName', ...PAGES],
  handle: (input, iam) => {
    const { items, more } = pageOf(Object.keys(findGroup(iam, input.GroupName).inline), input)
    return { PolicyNames: items, ...more }
  },
})

/** @throws AwsError NoSuchEntity */
export const deleteGroupPolicy = operation<IamState, DeleteGroupPolicyRequest, void>()({
  honours: ['GroupName', 'PolicyName'],
  handle: async (input, iam) => {
    await updateGroup(iam, input.GroupName, (group) => removeInline('Group', input.PolicyName, group))
  },
})
