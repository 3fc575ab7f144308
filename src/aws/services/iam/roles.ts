// Owns role operations: create, read, change, delete, tags.
import type {
  CreateRoleRequest,
  CreateRoleResponse,
  DeleteRoleRequest,
  GetRoleRequest,
  GetRoleResponse,
  ListRolesRequest,
  ListRolesResponse,
  ListRoleTagsRequest,
  ListRoleTagsResponse,
  Role,
  TagRoleRequest,
  UntagRoleRequest,
  UpdateAssumeRolePolicyRequest,
  UpdateRoleRequest,
} from '@aws-sdk/client-iam'

import { escapeUri } from '../../protocol/message.ts'
import { paginate } from '../../protocol/paging.ts'
import { alreadyExists, deleteConflict, noSuchRole, validationError } from './errors.ts'
import { parsePolicy } from './policy-document.ts'
import type { IamState, RoleRecord } from './state.ts'
import { mergeTags, readTags, removeTags } from './tags.ts'

/** The role, or NoSuchEntity. */
export function findRole(iam: IamState, name: string | undefined): RoleRecord {
  const role = iam.roles.get(name ?? '')
  if (!role) throw noSuchRole(name ?? '')
  return role
}

/** Changes a role; NoSuchEntity when there is none. */
export async function updateRole(
  iam: IamState,
  name: string | undefined,
  change: (role: RoleRecord) => RoleRecord,
): Promise<void> {
  if (!(await iam.roles.update(name ?? '', change))) throw noSuchRole(name ?? '')
}

function describe(role: RoleRecord): Role {
  return {
    Path: role.path,
    RoleName: role.name,
    RoleId: role.id,
    Arn: role.arn,
    CreateDate: new Date(role.createdAtMs),
    // Policy documents are URL-encoded on the wire (API_GetRole).
    AssumeRolePolicyDocument: escapeUri(role.trust),
    Description: role.description,
    MaxSessionDuration: role.maxSessionSeconds,
    Tags: role.tags.length > 0 ? [...role.tags] : undefined,
    RoleLastUsed: {},
  }
}

export async function createRole(input: CreateRoleRequest, iam: IamState): Promise<CreateRoleResponse> {
  const name = input.RoleName ?? ''
  if (!/^[\w+=,.@-]{1,64}$/.test(name)) {
    throw validationError(
      'The specified value for roleName is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-',
    )
  }
  parsePolicy(input.AssumeRolePolicyDocument ?? '')
  const path = input.Path ?? '/'
  const role: RoleRecord = {
    name,
    path,
    id: iam.uniqueId('AROA'),
    arn: iam.arn('role', path, name),
    createdAtMs: iam.deps.clock.now(),
    trust: input.AssumeRolePolicyDocument ?? '',
    ...(input.Description === undefined ? {} : { description: input.Description }),
    maxSessionSeconds: input.MaxSessionDuration ?? 3600,
    tags: readTags(input.Tags),
    attached: [],
    inline: {},
  }
  if (!(await iam.roles.create(name, role))) throw alreadyExists(`Role with name ${name} already exists.`)
  return { Role: describe(role) }
}

export function getRole(input: GetRoleRequest, iam: IamState): GetRoleResponse {
  return { Role: describe(findRole(iam, input.RoleName)) }
}

export function listRoles(input: ListRolesRequest, iam: IamState): ListRolesResponse {
  const roles = iam.roles.list().filter(({ path }) => path.startsWith(input.PathPrefix ?? '/'))
  const { items, token } = paginate(roles, { token: input.Marker, limit: input.MaxItems, defaultLimit: 100 })
  return { Roles: items.map(describe), IsTruncated: token !== undefined, Marker: token }
}

export async function deleteRole(input: DeleteRoleRequest, iam: IamState): Promise<void> {
  const role = findRole(iam, input.RoleName)
  if (role.attached.length > 0) {
    throw deleteConflict('Cannot delete entity, must detach all policies first.')
  }
  if (Object.keys(role.inline).length > 0) {
    throw deleteConflict('Cannot delete entity, must delete policies first.')
  }
  if (iam.profiles.list().some(({ roleName }) => roleName === role.name)) {
    throw deleteConflict('Cannot delete entity, must remove roles from instance profile first.')
  }
  await iam.roles.delete(role.name)
}

export async function updateAssumeRolePolicy(
  input: UpdateAssumeRolePolicyRequest,
  iam: IamState,
): Promise<void> {
  const trust = input.PolicyDocument ?? ''
  parsePolicy(trust)
  await updateRole(iam, input.RoleName, (role) => ({ ...role, trust }))
}

export async function updateRoleSettings(input: UpdateRoleRequest, iam: IamState): Promise<object> {
  await updateRole(iam, input.RoleName, (role) => ({
    ...role,
    ...(input.Description === undefined ? {} : { description: input.Description }),
    maxSessionSeconds: input.MaxSessionDuration ?? role.maxSessionSeconds,
  }))
  return {}
}

export async function tagRole(input: TagRoleRequest, iam: IamState): Promise<void> {
  await updateRole(iam, input.RoleName, (role) => ({ ...role, tags: mergeTags(role.tags, input.Tags) }))
}

export async function untagRole(input: UntagRoleRequest, iam: IamState): Promise<void> {
  await updateRole(iam, input.RoleName, (role) => ({ ...role, tags: removeTags(role.tags, input.TagKeys) }))
}

export function listRoleTags(input: ListRoleTagsRequest, iam: IamState): ListRoleTagsResponse {
  return { Tags: [...findRole(iam, input.RoleName).tags], IsTruncated: false }
}
