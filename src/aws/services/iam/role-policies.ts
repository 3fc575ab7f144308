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

import { escapeUri } from '../../protocol/message.ts'
import { paginate } from '../../protocol/paging.ts'
import { noSuchEntity, noSuchPolicy } from './errors.ts'
import { isManagedByAws } from './managed-policies.ts'
import { parsePolicy } from './policy-document.ts'
import { findRole, updateRole } from './roles.ts'
import type { IamState } from './state.ts'

export async function attachRolePolicy(input: AttachRolePolicyRequest, iam: IamState): Promise<void> {
  const arn = input.PolicyArn ?? ''
  findRole(iam, input.RoleName)
  if (!iam.policies.has(arn) && !isManagedByAws(arn)) {
    throw noSuchEntity(`Policy ${arn} does not exist or is not attachable.`)
  }
  await updateRole(iam, input.RoleName, (role) =>
    role.attached.includes(arn) ? role : { ...role, attached: [...role.attached, arn] },
  )
}

export async function detachRolePolicy(input: DetachRolePolicyRequest, iam: IamState): Promise<void> {
  const arn = input.PolicyArn ?? ''
  if (!findRole(iam, input.RoleName).attached.includes(arn)) throw noSuchPolicy(arn)
  await updateRole(iam, input.RoleName, (role) => ({
    ...role,
    attached: role.attached.filter((attached) => attached !== arn),
  }))
}

export function listAttachedRolePolicies(
  input: ListAttachedRolePoliciesRequest,
  iam: IamState,
): ListAttachedRolePoliciesResponse {
  const { attached } = findRole(iam, input.RoleName)
  const { items, token } = paginate(attached, {
    token: input.Marker,
    limit: input.MaxItems,
    defaultLimit: 100,
  })
  return {
    AttachedPolicies: items.map((arn) => ({ PolicyName: arn.split('/').at(-1), PolicyArn: arn })),
    IsTruncated: token !== undefined,
    Marker: token,
  }
}

export async function putRolePolicy(input: PutRolePolicyRequest, iam: IamState): Promise<void> {
  const { PolicyName: name = '', PolicyDocument: document = '' } = input
  parsePolicy(document)
  await updateRole(iam, input.RoleName, (role) => ({ ...role, inline: { ...role.inline, [name]: document } }))
}

export function getRolePolicy(input: GetRolePolicyRequest, iam: IamState): GetRolePolicyResponse {
  const role = findRole(iam, input.RoleName)
  const document = role.inline[input.PolicyName ?? '']
  if (document === undefined) {
    throw noSuchEntity(`The role policy with name ${input.PolicyName} cannot be found.`)
  }
  return { RoleName: role.name, PolicyName: input.PolicyName, PolicyDocument: escapeUri(document) }
}

export function listRolePolicies(input: ListRolePoliciesRequest, iam: IamState): ListRolePoliciesResponse {
  const role = findRole(iam, input.RoleName)
  return { PolicyNames: Object.keys(role.inline), IsTruncated: false }
}

export async function deleteRolePolicy(input: DeleteRolePolicyRequest, iam: IamState): Promise<void> {
  getRolePolicy({ RoleName: input.RoleName, PolicyName: input.PolicyName }, iam)
  await updateRole(iam, input.RoleName, (role) => ({
    ...role,
    inline: Object.fromEntries(Object.entries(role.inline).filter(([name]) => name !== input.PolicyName)),
  }))
}
