// Owns what hangs on a role: attached managed policies and inline policies.
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

import { parseArn } from '../../../base/arn.ts'
import { escapeUri } from '../../protocol/message.ts'
import { own } from '../../../base/json.ts'
import { operation } from '../../protocol/operation.ts'
import { limitExceeded, noSuchEntity, noSuchPolicy } from './errors.ts'
import { isManagedByAws } from './managed-policies.ts'
import { pageOf, PAGES } from './paging.ts'
import { checkPolicy, sizeOf } from './policy-document.ts'
import { findRole, updateRole } from './roles.ts'
import type { IamState, RoleRecord } from './state.ts'

/** "IAM and AWS STS quotas": managed policies of a role, and characters of all its inline policies. */
const MAX_ATTACHED = 10
const MAX_INLINE_SIZE = 10_240

/** @throws AwsError NoSuchEntity, LimitExceeded */
export const attachRolePolicy = operation<IamState, AttachRolePolicyRequest, void>()({
  honours: ['RoleName', 'PolicyArn'],
  handle: async (input, iam) => {
    const { PolicyArn: arn = '' } = input
    await updateRole(iam, input.RoleName, (role) => {
      if (!iam.policies.has(arn) && !isManagedByAws(arn)) {
        throw noSuchEntity(`Policy ${arn} does not exist or is not attachable.`)
      }
      if (role.attached.includes(arn)) return role
      if (role.attached.length >= MAX_ATTACHED) {
        throw limitExceeded(`Cannot exceed quota for PoliciesPerRole: ${MAX_ATTACHED}`)
      }
      return { ...role, attached: [...role.attached, arn] }
    })
  },
})

/** @throws AwsError NoSuchEntity */
export const detachRolePolicy = operation<IamState, DetachRolePolicyRequest, void>()({
  honours: ['RoleName', 'PolicyArn'],
  handle: async (input, iam) => {
    const { PolicyArn: arn = '' } = input
    await updateRole(iam, input.RoleName, (role) => {
      if (!role.attached.includes(arn)) throw noSuchPolicy(arn)
      return { ...role, attached: role.attached.filter((attached) => attached !== arn) }
    })
  },
})

/** @throws AwsError NoSuchEntity */
export const listAttachedRolePolicies = operation<
  IamState,
  ListAttachedRolePoliciesRequest,
  ListAttachedRolePoliciesResponse
>()({
  honours: ['RoleName', 'PathPrefix', ...PAGES],
  handle: (input, iam) => {
    const prefix = `policy${input.PathPrefix ?? '/'}`
    const { attached } = findRole(iam, input.RoleName)
    const under = attached.filter((arn) => parseArn(arn)?.resource.startsWith(prefix))
    const { items, more } = pageOf(under, input)
    return {
      AttachedPolicies: items.map((arn) => ({ PolicyName: arn.split('/').at(-1), PolicyArn: arn })),
      ...more,
    }
  },
})

/** @throws AwsError NoSuchEntity, MalformedPolicyDocument, LimitExceeded */
export const putRolePolicy = operation<IamState, PutRolePolicyRequest, void>()({
  honours: ['RoleName', 'PolicyName', 'PolicyDocument'],
  handle: async (input, iam) => {
    const { PolicyName: name = '', PolicyDocument: document = '' } = input
    checkPolicy(document, 'inline')
    await updateRole(iam, input.RoleName, (role) => {
      const inline = { ...role.inline, [name]: document }
      const size = Object.values(inline).reduce((sum, each) => sum + sizeOf(each), 0)
      if (size > MAX_INLINE_SIZE) {
        throw limitExceeded(`Maximum policy size of ${MAX_INLINE_SIZE} bytes exceeded for role ${role.name}`)
      }
      return { ...role, inline }
    })
  },
})

function findInline(role: RoleRecord, name: string | undefined): string {
  const document = own(role.inline, name ?? '')
  if (document === undefined) throw noSuchEntity(`The role policy with name ${name} cannot be found.`)
  return document
}

/** @throws AwsError NoSuchEntity */
export const getRolePolicy = operation<IamState, GetRolePolicyRequest, GetRolePolicyResponse>()({
  honours: ['RoleName', 'PolicyName'],
  handle: (input, iam) => {
    const role = findRole(iam, input.RoleName)
    const document = findInline(role, input.PolicyName)
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
    await updateRole(iam, input.RoleName, (role) => {
      findInline(role, input.PolicyName)
      const rest = Object.entries(role.inline).filter(([name]) => name !== input.PolicyName)
      return { ...role, inline: Object.fromEntries(rest) }
    })
  },
})
