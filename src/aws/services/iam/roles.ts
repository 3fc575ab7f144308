// Owns roles: create, read, change, delete, tags.
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
  UpdateRoleDescriptionRequest,
  UpdateRoleDescriptionResponse,
  UpdateRoleRequest,
  UpdateRoleResponse,
} from '@aws-sdk/client-iam'

import type { Writer } from '../../../store/store.ts'
import { escapeUri } from '../../protocol/message.ts'
import { operation } from '../../protocol/operation.ts'
import { checkBoundary, describeBoundary } from './boundaries.ts'
import { alreadyExists, deleteConflict, noSuchRole } from './errors.ts'
import { checkName } from './names.ts'
import { pageOf, PAGES } from './paging.ts'
import { checkPolicy } from './policy-document.ts'
import type { IamState, RoleRecord } from './state.ts'
import { mergeTags, readTags, removeTags, TAGS } from './tags.ts'

const DEFAULT_SESSION_SECONDS = 3600

/** The role of a name. @throws AwsError NoSuchEntity */
export function findRole(iam: IamState, name: string | undefined): RoleRecord {
  const role = iam.roles.get(name ?? '')
  if (!role) throw noSuchRole(name ?? '')
  return role
}

/** Changes a role, as one transaction; `change` may read and refuse. @throws AwsError NoSuchEntity */
export async function updateRole(
  iam: IamState,
  name: string | undefined,
  change: (role: RoleRecord) => RoleRecord,
): Promise<void> {
  if (!(await iam.roles.update(name ?? '', change))) throw noSuchRole(name ?? '')
}

/** A role as GetRole shows it. */
export function describeRole(role: RoleRecord): Role {
  return {
    ...describeInList(role),
    ...describeBoundary(role.boundary),
    Tags: role.tags.length > 0 ? [...role.tags] : undefined,
    // Nobody keeps a record of when a role was used.
    RoleLastUsed: {},
  }
}

// "IAM resource-listing operations return a subset of the available attributes": no tags, no RoleLastUsed.
function describeInList(role: RoleRecord): Role {
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
  }
}

/** What a new role is made of; the rest has a default. */
export type NewRole = Pick<RoleRecord, 'name' | 'path' | 'trust'> &
  Partial<Pick<RoleRecord, 'description' | 'maxSessionSeconds' | 'tags' | 'boundary'>>

/** Makes a role; names are unique without regard to case. @throws AwsError EntityAlreadyExists */
export function insertRole(tx: Writer, iam: IamState, wanted: NewRole): RoleRecord {
  const { name, path } = wanted
  if (iam.roles.find('name', name.toLowerCase())) {
    throw alreadyExists(`Role with name ${name} already exists.`)
  }
  const role: RoleRecord = {
    id: iam.uniqueId('AROA'),
    arn: iam.arn('role', path, name),
    createdAtMs: iam.deps.clock.now(),
    maxSessionSeconds: DEFAULT_SESSION_SECONDS,
    tags: [],
    attached: [],
    inline: {},
    ...wanted,
  }
  iam.roles.putIn(tx, name, role)
  return role
}

/** @throws AwsError EntityAlreadyExists, MalformedPolicyDocument, LimitExceeded, ValidationError */
export const createRole = operation<IamState, CreateRoleRequest, CreateRoleResponse>()({
  honours: [
    'RoleName',
    'AssumeRolePolicyDocument',
    'Path',
    'Description',
    'MaxSessionDuration',
    'PermissionsBoundary',
    ...TAGS,
  ],
  handle: async (input, iam) => {
    const { RoleName: name = '', AssumeRolePolicyDocument: trust = '', PermissionsBoundary: boundary } = input
    checkName('roleName', name)
    if (boundary !== undefined) checkBoundary(iam, boundary)
    checkPolicy(trust, 'trust')
    const role = await iam.deps.store.transact((tx) =>
      insertRole(tx, iam, {
        name,
        path: input.Path ?? '/',
        trust,
        ...(input.Description === undefined ? {} : { description: input.Description }),
        maxSessionSeconds: input.MaxSessionDuration ?? DEFAULT_SESSION_SECONDS,
        tags: readTags(input.Tags),
        ...(boundary === undefined ? {} : { boundary }),
      }),
    )
    return { Role: describeRole(role) }
  },
})

/** @throws AwsError NoSuchEntity */
export const getRole = operation<IamState, GetRoleRequest, GetRoleResponse>()({
  honours: ['RoleName'],
  handle: (input, iam) => ({ Role: describeRole(findRole(iam, input.RoleName)) }),
})

export const listRoles = operation<IamState, ListRolesRequest, ListRolesResponse>()({
  honours: ['PathPrefix', ...PAGES],
  handle: (input, iam) => {
    const roles = iam.roles.list().filter(({ path }) => path.startsWith(input.PathPrefix ?? '/'))
    const { items, more } = pageOf(roles, input)
    return { Roles: items.map(describeInList), ...more }
  },
})

/** @throws AwsError NoSuchEntity, DeleteConflict while policies or instance profiles hang on it */
export const deleteRole = operation<IamState, DeleteRoleRequest, void>()({
  honours: ['RoleName'],
  handle: async (input, iam) => {
    await iam.deps.store.transact((tx) => {
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
      iam.roles.deleteIn(tx, role.name)
    })
  },
})

/** @throws AwsError NoSuchEntity, MalformedPolicyDocument, LimitExceeded */
export const updateAssumeRolePolicy = operation<IamState, UpdateAssumeRolePolicyRequest, void>()({
  honours: ['RoleName', 'PolicyDocument'],
  handle: async (input, iam) => {
    const { PolicyDocument: trust = '' } = input
    checkPolicy(trust, 'trust')
    await updateRole(iam, input.RoleName, (role) => ({ ...role, trust }))
  },
})

/** @throws AwsError NoSuchEntity */
export const updateRoleSettings = operation<IamState, UpdateRoleRequest, UpdateRoleResponse>()({
  honours: ['RoleName', 'Description', 'MaxSessionDuration'],
  handle: async (input, iam) => {
    await updateRole(iam, input.RoleName, (role) => ({
      ...role,
      ...(input.Description === undefined ? {} : { description: input.Description }),
      maxSessionSeconds: input.MaxSessionDuration ?? role.maxSessionSeconds,
    }))
    return {}
  },
})

/** The older way to change the description. @throws AwsError NoSuchEntity */
export const updateRoleDescription = operation<
  IamState,
  UpdateRoleDescriptionRequest,
  UpdateRoleDescriptionResponse
>()({
  honours: ['RoleName', 'Description'],
  handle: async (input, iam) => {
    const { Description: description = '' } = input
    await updateRole(iam, input.RoleName, (role) => ({ ...role, description }))
    return { Role: describeRole(findRole(iam, input.RoleName)) }
  },
})

/** @throws AwsError NoSuchEntity */
export const tagRole = operation<IamState, TagRoleRequest, void>()({
  honours: ['RoleName', ...TAGS],
  handle: async (input, iam) =>
    await updateRole(iam, input.RoleName, (role) => ({ ...role, tags: mergeTags(role.tags, input.Tags) })),
})

/** @throws AwsError NoSuchEntity */
export const untagRole = operation<IamState, UntagRoleRequest, void>()({
  honours: ['RoleName', 'TagKeys'],
  handle: async (input, iam) =>
    await updateRole(iam, input.RoleName, (role) => ({
      ...role,
      tags: removeTags(role.tags, input.TagKeys),
    })),
})

/** @throws AwsError NoSuchEntity */
export const listRoleTags = operation<IamState, ListRoleTagsRequest, ListRoleTagsResponse>()({
  honours: ['RoleName', ...PAGES],
  handle: (input, iam) => {
    const { items, more } = pageOf(findRole(iam, input.RoleName).tags, input)
    return { Tags: items, ...more }
  },
})
