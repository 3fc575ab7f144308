// Owns groups and who is in them.
import type {
  AddUserToGroupRequest,
  CreateGroupRequest,
  CreateGroupResponse,
  DeleteGroupRequest,
  GetGroupRequest,
  GetGroupResponse,
  Group,
  ListGroupsForUserRequest,
  ListGroupsForUserResponse,
  ListGroupsRequest,
  ListGroupsResponse,
  RemoveUserFromGroupRequest,
  UpdateGroupRequest,
} from '@aws-sdk/client-iam'

import { operation } from '../../protocol/operation.ts'
import { alreadyExists, deleteConflict, limitExceeded, noSuchEntity } from './errors.ts'
import { checkName } from './names.ts'
import { pageOf, PAGES } from './paging.ts'
import type { GroupRecord, IamState, UserRecord } from './state.ts'
import { describeInList, findUser, updateUser } from './users.ts'

/** "IAM and AWS STS quotas": groups that a user is in. */
const MAX_GROUPS = 10

function noSuchGroup(name: string | undefined) {
  return noSuchEntity(`The group with name ${name} cannot be found.`)
}

/** The group of a name. @throws AwsError NoSuchEntity */
export function findGroup(iam: IamState, name: string | undefined): GroupRecord {
  const group = iam.groups.get(name ?? '')
  if (!group) throw noSuchGroup(name)
  return group
}

/** Changes a group, as one transaction. @throws AwsError NoSuchEntity */
export async function updateGroup(
  iam: IamState,
  name: string | undefined,
  change: (group: GroupRecord) => GroupRecord,
): Promise<void> {
  if (!(await iam.groups.update(name ?? '', change))) throw noSuchGroup(name)
}

/** A group as it is shown alone and in lists. */
export function describeGroup(group: GroupRecord): Group {
  return {
    Path: group.path,
    GroupName: group.name,
    GroupId: group.id,
    Arn: group.arn,
    CreateDate: new Date(group.createdAtMs),
  }
}

/** Who is in a group. */
export function membersOf(iam: IamState, groupName: string): readonly UserRecord[] {
  return iam.users.list().filter(({ groups }) => groups.includes(groupName))
}

/** @throws AwsError EntityAlreadyExists, ValidationError */
export const createGroup = operation<IamState, CreateGroupRequest, CreateGroupResponse>()({
  honours: ['GroupName', 'Path'],
  handle: async (input, iam) => {
    const { GroupName: name = '', Path: path = '/' } = input
    checkName('groupName', name)
    return await iam.deps.store.transact((tx) => {
      if (iam.groups.find('name', name.toLowerCase())) {
        throw alreadyExists(`Group with name ${name} already exists.`)
      }
      const group: GroupRecord = {
        name,
        path,
        id: iam.uniqueId('AGPA'),
        arn: iam.arn('group', path, name),
        createdAtMs: iam.deps.clock.now(),
        attached: [],
        inline: {},
      }
      iam.groups.putIn(tx, name, group)
      return { Group: describeGroup(group) }
    })
  },
})

/** The group and one page of its members. @throws AwsError NoSuchEntity */
export const getGroup = operation<IamState, GetGroupRequest, GetGroupResponse>()({
  honours: ['GroupName', ...PAGES],
  handle: (input, iam) => {
    const group = findGroup(iam, input.GroupName)
    const { items, more } = pageOf(membersOf(iam, group.name), input)
    return { Group: describeGroup(group), Users: items.map(describeInList), ...more }
  },
})

export const listGroups = operation<IamState, ListGroupsRequest, ListGroupsResponse>()({
  honours: ['PathPrefix', ...PAGES],
  handle: (input, iam) => {
    const groups = iam.groups.list().filter(({ path }) => path.startsWith(input.PathPrefix ?? '/'))
    const { items, more } = pageOf(groups, input)
    return { Groups: items.map(describeGroup), ...more }
  },
})

/** @throws AwsError NoSuchEntity */
export const listGroupsForUser = operation<IamState, ListGroupsForUserRequest, ListGroupsForUserResponse>()({
  honours: ['UserName', ...PAGES],
  handle: (input, iam) => {
    const names = findUser(iam, input.UserName).groups
    const { items, more } = pageOf(
      names.flatMap((name) => iam.groups.get(name) ?? []),
      input,
    )
    return { Groups: items.map(describeGroup), ...more }
  },
})

/** Members stay. @throws AwsError NoSuchEntity, EntityAlreadyExists */
export const updateGroupSettings = operation<IamState, UpdateGroupRequest, void>()({
  honours: ['GroupName', 'NewGroupName', 'NewPath'],
  handle: async (input, iam) => {
    await iam.deps.store.transact((tx) => {
      const group = findGroup(iam, input.GroupName)
      const { NewGroupName: name = group.name, NewPath: path = group.path } = input
      const holder = iam.groups.find('name', name.toLowerCase())
      if (holder && holder.name !== group.name) {
        throw alreadyExists(`Group with name ${name} already exists.`)
      }
      const members = membersOf(iam, group.name)
      iam.groups.deleteIn(tx, group.name)
      iam.groups.putIn(tx, name, { ...group, name, path, arn: iam.arn('group', path, name) })
      for (const user of members) {
        const groups = user.groups.map((each) => (each === group.name ? name : each))
        iam.users.putIn(tx, user.name, { ...user, groups })
      }
    })
  },
})

/** @throws AwsError NoSuchEntity, DeleteConflict while it has members or policies */
export const deleteGroup = operation<IamState, DeleteGroupRequest, void>()({
  honours: ['GroupName'],
  handle: async (input, iam) => {
    await iam.deps.store.transact((tx) => {
      const group = findGroup(iam, input.GroupName)
      if (membersOf(iam, group.name).length > 0) {
        throw deleteConflict('Cannot delete entity, must remove users from group first.')
      }
      if (group.attached.length > 0) {
        throw deleteConflict('Cannot delete entity, must detach all policies first.')
      }
      if (Object.keys(group.inline).length > 0) {
        throw deleteConflict('Cannot delete entity, must delete policies first.')
      }
      iam.groups.deleteIn(tx, group.name)
    })
  },
})

/** Adding who is in it changes nothing. @throws AwsError NoSuchEntity, LimitExceeded */
export const addUserToGroup = operation<IamState, AddUserToGroupRequest, void>()({
  honours: ['GroupName', 'UserName'],
  handle: async (input, iam) => {
    const { name } = findGroup(iam, input.GroupName)
    await updateUser(iam, input.UserName, (user) => {
      if (user.groups.includes(name)) return user
      if (user.groups.length >= MAX_GROUPS) {
        throw limitExceeded(`Cannot exceed quota for GroupsPerUser: ${MAX_GROUPS}`)
      }
      return { ...user, groups: [...user.groups, name] }
    })
  },
})

/** @throws AwsError NoSuchEntity */
export const removeUserFromGroup = operation<IamState, RemoveUserFromGroupRequest, void>()({
  honours: ['GroupName', 'UserName'],
  handle: async (input, iam) => {
    const { name } = findGroup(iam, input.GroupName)
    await updateUser(iam, input.UserName, (user) => {
      if (!user.groups.includes(name)) throw noSuchEntity(`User ${user.name} not in group ${name}`)
      return { ...user, groups: user.groups.filter((each) => each !== name) }
    })
  },
})
