// Owns the operations on what a role is given: attached managed policies and inline policies.
import type {
  AttachRolePolicyRequest,
  DeleteRolePolicyRequest,
  DetachRolePolicyRequest,
  GetRolePolicyRequest,
  GetRolePolicyResponse,
  ListAttachedRolePoliciesRequest,
  ListAttachedRolePoliciesResponse,
  ListRolePoliciesRequest,
  ListRolePoliciesResponse,
  PutRolePolicyRequest,
} from '@aws-sdk/client-iam'

import { escapeUri } from '../../protocol/message.ts'
import { operation } from '../../protocol/operation.ts'
import { attach, detach, listAttached } from './attached-policies.ts'
import { findInline, putInline, removeInline } from './inline-policies.ts'
import { pageOf, PAGES } from './paging.ts'
import { findRole, updateRole } from './roles.ts'
import type { IamState } from './state.ts'

/** @throws AwsError NoSuchEntity, LimitExceeded */
export const attachRolePolicy = operation<IamState, AttachRolePolicyRequest, void>()({
  honours: ['RoleName', 'PolicyArn'],
  handle: async (input, iam) => {
    const { PolicyArn: arn = '' } = input
    await updateRole(iam, input.RoleName, (role) => attach(iam, { kind: 'Role', arn }, role))
  },
})

/** @throws AwsError NoSuchEntity */
export const detachRolePolicy = operation<IamState, DetachRolePolicyRequest, void>()({
  honours: ['RoleName', 'PolicyArn'],
  handle: async (input, iam) => {
    await updateRole(iam, input.RoleName, (role) => detach(input.PolicyArn ?? '', role))
  },
})

/** @throws AwsError NoSuchEntity */
export const listAttachedRolePolicies = operation<
  IamState,
  ListAttachedRolePoliciesRequest,
  ListAttachedRolePoliciesResponse
>()({
  honours: ['RoleName', 'PathPrefix', ...PAGES],
  handle: (input, iam) => listAttached(findRole(iam, input.RoleName), input),
})

/** @throws AwsError NoSuchEntity, MalformedPolicyDocument, LimitExceeded */
export const putRolePolicy = operation<IamState, PutRolePolicyRequest, void>()({
  honours: ['RoleName', 'PolicyName', 'PolicyDocument'],
  handle: async (input, iam) => {
    const { PolicyName: name = '', PolicyDocument: document = '' } = input
    await updateRole(iam, input.RoleName, (role) => putInline('Role', { name, document }, role))
  },
})

/** @throws AwsError NoSuchEntity */
export const getRolePolicy = operation<IamState, GetRolePolicyRequest, GetRolePolicyResponse>()({
  honours: ['RoleName', 'PolicyName'],
  handle: (input, iam) => {
    const role = findRole(iam, input.RoleName)
    const document = findInline('Role', role, input.PolicyName)
    return { RoleName: role.name, PolicyName: input.PolicyName, PolicyDocument: escapeUri(document) }
  },
})

/** @throws AwsError NoSuchEntity */
export const listRolePolicies = operation<IamState, ListRolePoliciesRequest, ListRolePoliciesResponse>()({
  honours: ['RoleName', ...PAGES],
  handle: (input, iam) => {
    const { items, more } = pageOf(Object.keys(findRole(iam, input.RoleName).inline), input)
    return { PolicyNames: items, ...more }
  },
})

/** @throws AwsError NoSuchEntity */
export const deleteRolePolicy = operation<IamState, DeleteRolePolicyRequest, void>()({
  honours: ['RoleName', 'PolicyName'],
  handle: async (input, iam) => {
    await updateRole(iam, input.RoleName, (role) => removeInline('Role', input.PolicyName, role))
  },
})
