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

import { operation } from '../../protocol/operation.ts'
import { alreadyExists, deleteConflict, limitExceeded, noSuchEntity } from './errors.ts'
import { pageOf, PAGES } from './paging.ts'
import { describeRole, findRole } from './roles.ts'
import type { IamState, InstanceProfileRecord } from './state.ts'
import { readTags, TAGS } from './tags.ts'

function find(iam: IamState, name: string | undefined): InstanceProfileRecord {
  const profile = iam.profiles.get(name ?? '')
  if (!profile) throw noSuchEntity(`Instance Profile ${name} cannot be found.`)
  return profile
}

/** An instance profile with its role. */
export function describeProfile(iam: IamState, profile: InstanceProfileRecord): InstanceProfile {
  const role = profile.roleName === undefined ? undefined : iam.roles.get(profile.roleName)
  return {
    Path: profile.path,
    InstanceProfileName: profile.name,
    InstanceProfileId: profile.id,
    Arn: profile.arn,
    CreateDate: new Date(profile.createdAtMs),
    Roles: role ? [describeRole(role)] : [],
    Tags: [...profile.tags],
  }
}

/** @throws AwsError EntityAlreadyExists */
export const createInstanceProfile = operation<
  IamState,
  CreateInstanceProfileRequest,
  CreateInstanceProfileResponse
>()({
  honours: ['InstanceProfileName', 'Path', ...TAGS],
  handle: async (input, iam) => {
    const { InstanceProfileName: name = '', Path: path = '/' } = input
    return await iam.deps.store.transact((tx) => {
      if (iam.profiles.find('name', name.toLowerCase())) {
        throw alreadyExists(`Instance Profile ${name} already exists.`)
      }
      const profile: InstanceProfileRecord = {
        name,
        path,
        id: iam.uniqueId('AIPA'),
        arn: iam.arn('instance-profile', path, name),
        createdAtMs: iam.deps.clock.now(),
        tags: readTags(input.Tags),
      }
      iam.profiles.putIn(tx, name, profile)
      return { InstanceProfile: describeProfile(iam, profile) }
    })
  },
})

/** @throws AwsError NoSuchEntity */
export const getInstanceProfile = operation<
  IamState,
  GetInstanceProfileRequest,
  GetInstanceProfileResponse
>()({
  honours: ['InstanceProfileName'],
  handle: (input, iam) => ({ InstanceProfile: describeProfile(iam, find(iam, input.InstanceProfileName)) }),
})

export const listInstanceProfiles = operation<
  IamState,
  ListInstanceProfilesRequest,
  ListInstanceProfilesResponse
>()({
  honours: ['PathPrefix', ...PAGES],
  handle: (input, iam) => {
    const profiles = iam.profiles.list().filter(({ path }) => path.startsWith(input.PathPrefix ?? '/'))
    const { items, more } = pageOf(profiles, input)
    return { InstanceProfiles: items.map((profile) => describeProfile(iam, profile)), ...more }
  },
})

/** @throws AwsError NoSuchEntity */
export const listInstanceProfilesForRole = operation<
  IamState,
  ListInstanceProfilesForRoleRequest,
  ListInstanceProfilesForRoleResponse
>()({
  honours: ['RoleName', ...PAGES],
  handle: (input, iam) => {
    const role = findRole(iam, input.RoleName)
    const profiles = iam.profiles.list().filter(({ roleName }) => roleName === role.name)
    const { items, more } = pageOf(profiles, input)
    return { InstanceProfiles: items.map((profile) => describeProfile(iam, profile)), ...more }
  },
})

/** @throws AwsError NoSuchEntity, DeleteConflict while it has a role */
export const deleteInstanceProfile = operation<IamState, DeleteInstanceProfileRequest, void>()({
  honours: ['InstanceProfileName'],
  handle: async (input, iam) => {
    await iam.deps.store.transact((tx) => {
      const profile = find(iam, input.InstanceProfileName)
      if (profile.roleName !== undefined) {
        throw deleteConflict('Cannot delete entity, must remove roles from instance profile first.')
      }
      iam.profiles.deleteIn(tx, profile.name)
    })
  },
})

/** @throws AwsError NoSuchEntity, LimitExceeded when the profile has a role */
export const addRoleToInstanceProfile = operation<IamState, AddRoleToInstanceProfileRequest, void>()({
  honours: ['InstanceProfileName', 'RoleName'],
  handle: async (input, iam) => {
    await iam.deps.store.transact((tx) => {
      const profile = find(iam, input.InstanceProfileName)
      const role = findRole(iam, input.RoleName)
      if (profile.roleName !== undefined) {
        throw limitExceeded('Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1')
      }
      iam.profiles.putIn(tx, profile.name, { ...profile, roleName: role.name })
    })
  },
})

/** @throws AwsError NoSuchEntity when the profile hasn't that role */
export const removeRoleFromInstanceProfile = operation<
  IamState,
  RemoveRoleFromInstanceProfileRequest,
  void
>()({
  honours: ['InstanceProfileName', 'RoleName'],
  handle: async (input, iam) => {
    await iam.deps.store.transact((tx) => {
      const { roleName, ...profile } = find(iam, input.InstanceProfileName)
      if (roleName !== input.RoleName) {
        throw noSuchEntity(`The role with name ${input.RoleName} cannot be found.`)
      }
      iam.profiles.putIn(tx, profile.name, profile)
    })
  },
})
