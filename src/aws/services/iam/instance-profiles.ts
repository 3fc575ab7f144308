// Owns instance profiles.
import type {
  AddRoleToInstanceProfileRequest,
  CreateInstanceProfileRequest,
  CreateInstanceProfileResponse,
  DeleteInstanceProfileRequest,
  GetInstanceProfileRequest,
  GetInstanceProfileResponse,
  InstanceProfile,
  ListInstanceProfilesForRoleRequest,
  ListInstanceProfilesForRoleResponse,
  ListInstanceProfilesRequest,
  ListInstanceProfilesResponse,
  RemoveRoleFromInstanceProfileRequest,
} from '@aws-sdk/client-iam'

import { alreadyExists, deleteConflict, limitExceeded, noSuchEntity } from './errors.ts'
import { findRole, getRole } from './roles.ts'
import type { IamState, InstanceProfileRecord } from './state.ts'
import { readTags } from './tags.ts'

function find(iam: IamState, name: string | undefined): InstanceProfileRecord {
  const profile = iam.profiles.get(name ?? '')
  if (!profile) throw noSuchEntity(`Instance Profile ${name} cannot be found.`)
  return profile
}

function describe(iam: IamState, profile: InstanceProfileRecord): InstanceProfile {
  const role = profile.roleName === undefined ? undefined : iam.roles.get(profile.roleName)
  const described = role && getRole({ RoleName: role.name }, iam).Role
  return {
    Path: profile.path,
    InstanceProfileName: profile.name,
    InstanceProfileId: profile.id,
    Arn: profile.arn,
    CreateDate: new Date(profile.createdAtMs),
    Roles: described ? [described] : [],
    Tags: [...profile.tags],
  }
}

export async function createInstanceProfile(
  input: CreateInstanceProfileRequest,
  iam: IamState,
): Promise<CreateInstanceProfileResponse> {
  const { InstanceProfileName: name = '', Path: path = '/' } = input
  const profile: InstanceProfileRecord = {
    name,
    path,
    id: iam.uniqueId('AIPA'),
    arn: iam.arn('instance-profile', path, name),
    createdAtMs: iam.deps.clock.now(),
    tags: readTags(input.Tags),
  }
  if (!(await iam.profiles.create(name, profile))) {
    throw alreadyExists(`Instance Profile ${name} already exists.`)
  }
  return { InstanceProfile: describe(iam, profile) }
}

export function getInstanceProfile(
  input: GetInstanceProfileRequest,
  iam: IamState,
): GetInstanceProfileResponse {
  return { InstanceProfile: describe(iam, find(iam, input.InstanceProfileName)) }
}

export function listInstanceProfiles(
  input: ListInstanceProfilesRequest,
  iam: IamState,
): ListInstanceProfilesResponse {
  const profiles = iam.profiles.list().filter(({ path }) => path.startsWith(input.PathPrefix ?? '/'))
  return { InstanceProfiles: profiles.map((profile) => describe(iam, profile)), IsTruncated: false }
}

export function listInstanceProfilesForRole(
  input: ListInstanceProfilesForRoleRequest,
  iam: IamState,
): ListInstanceProfilesForRoleResponse {
  const role = findRole(iam, input.RoleName)
  const profiles = iam.profiles.list().filter(({ roleName }) => roleName === role.name)
  return { InstanceProfiles: profiles.map((profile) => describe(iam, profile)), IsTruncated: false }
}

export async function deleteInstanceProfile(
  input: DeleteInstanceProfileRequest,
  iam: IamState,
): Promise<void> {
  const profile = find(iam, input.InstanceProfileName)
  if (profile.roleName !== undefined) {
    throw deleteConflict('Cannot delete entity, must remove roles from instance profile first.')
  }
  await iam.profiles.delete(profile.name)
}

export async function addRoleToInstanceProfile(
  input: AddRoleToInstanceProfileRequest,
  iam: IamState,
): Promise<void> {
  const { name } = find(iam, input.InstanceProfileName)
  const role = findRole(iam, input.RoleName)
  await iam.profiles.update(name, (profile) => {
    if (profile.roleName !== undefined) {
      throw limitExceeded('Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1')
    }
    return { ...profile, roleName: role.name }
  })
}

export async function removeRoleFromInstanceProfile(
  input: RemoveRoleFromInstanceProfileRequest,
  iam: IamState,
): Promise<void> {
  const { name } = find(iam, input.InstanceProfileName)
  await iam.profiles.update(name, ({ roleName, ...profile }) => {
    if (roleName !== input.RoleName) {
      throw noSuchEntity(`The role with name ${input.RoleName} cannot be found.`)
    }
    return profile
  })
}
