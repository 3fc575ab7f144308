// Owns the operations on what a user is given: attached managed policies and inline policies.
import type {
  AttachUserPolicyRequest,
  DeleteUserPolicyRequest,
  DetachUserPolicyRequest,
  GetUserPolicyRequest,
  GetUserPolicyResponse,
  ListAttachedUserPoliciesRequest,
  ListAttachedUserPoliciesResponse,
  ListUserPoliciesRequest,
  ListUserPoliciesResponse,
  PutUserPolicyRequest,
} from '@aws-sdk/client-iam'

import { escapeUri } from '../../protocol/message.ts'
import { operation } from '../../protocol/operation.ts'
import { attach, detach, listAttached } from './attached-policies.ts'
import { findInline, putInline, removeInline } from './inline-policies.ts'
import { pageOf, PAGES } from './paging.ts'
import { findUser, updateUser } from './users.ts'
import type { IamState } from './state.ts'

/** @throws AwsError NoSuchEntity, LimitExceeded */
export const attachUserPolicy = operation<IamState, AttachUserPolicyRequest, void>()({
  honours: ['UserName', 'PolicyArn'],
  handle: async (input, iam) => {
    const { PolicyArn: arn = '' } = input
    await updateUser(iam, input.UserName, (user) => attach(iam, { kind: 'User', arn }, user))
  },
})

/** @throws AwsError NoSuchEntity */
export const detachUserPolicy = operation<IamState, DetachUserPolicyRequest, void>()({
  honours: ['UserName', 'PolicyArn'],
  handle: async (input, iam) => {
    await updateUser(iam, input.UserName, (user) => detach(input.PolicyArn ?? '', user))
  },
})

/** @throws AwsError NoSuchEntity */
export const listAttachedUserPolicies = operation<
  IamState,
  ListAttachedUserPoliciesRequest,
  ListAttachedUserPoliciesResponse
>()({
  honours: ['UserName', 'PathPrefix', ...PAGES],
  handle: (input, iam) => listAttached(findUser(iam, input.UserName), input),
})

/** @throws AwsError NoSuchEntity, MalformedPolicyDocument, LimitExceeded */
export const putUserPolicy = operation<IamState, PutUserPolicyRequest, void>()({
  honours: ['UserName', 'PolicyName', 'PolicyDocument'],
  handle: async (input, iam) => {
    const { PolicyName: name = '', PolicyDocument: document = '' } = input
    await updateUser(iam, input.UserName, (user) => putInline('User', { name, document }, user))
  },
})

/** @throws AwsError NoSuchEntity */
export const getUserPolicy = operation<IamState, GetUserPolicyRequest, GetUserPolicyResponse>()({
  honours: ['UserName', 'PolicyName'],
  handle: (input, iam) => {
    const user = findUser(iam, input.UserName)
    const document = findInline('User', user, input.PolicyName)
    return { UserName: user.name, PolicyName: input.PolicyName, PolicyDocument: escapeUri(document) }
  },
})

/** @throws AwsError NoSuchEntity */
export const listUserPolicies = operation<IamState, ListUserPoliciesRequest, ListUserPoliciesResponse>()({
  honours: ['UserName', ...PAGES],
  handle: (input, iam) => {
    const { items, more } = pageOf(Object.keys(findUser(iam, input.UserName).inline), input)
    return { PolicyNames: items, ...more }
  },
})

/** @throws AwsError NoSuchEntity */
export const deleteUserPolicy = operation<IamState, DeleteUserPolicyRequest, void>()({
  honours: ['UserName', 'PolicyName'],
  handle: async (input, iam) => {
    await updateUser(iam, input.UserName, (user) => removeInline('User', input.PolicyName, user))
  },
})
