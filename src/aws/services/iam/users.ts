// Owns users: create, read, change, delete, tags.
import type {
  CreateUserRequest,
  CreateUserResponse,
  DeleteUserRequest,
  GetUserRequest,
  GetUserResponse,
  ListUsersRequest,
  ListUsersResponse,
  ListUserTagsRequest,
  ListUserTagsResponse,
  TagUserRequest,
  UntagUserRequest,
  UpdateUserRequest,
  User,
} from '@aws-sdk/client-iam'

import type { Writer } from '../../../store/store.ts'
import { operation } from '../../protocol/operation.ts'
import type { Principal } from '../../protocol/service.ts'
import { checkBoundary, describeBoundary } from './boundaries.ts'
import { alreadyExists, deleteConflict, noSuchEntity, validationError } from './errors.ts'
import { checkName } from './names.ts'
import { pageOf, PAGES } from './paging.ts'
import type { IamState, UserRecord } from './state.ts'
import { mergeTags, readTags, removeTags, TAGS } from './tags.ts'

/** The user of a name. @throws AwsError NoSuchEntity */
export function findUser(iam: IamState, name: string | undefined): UserRecord {
  const user = iam.users.get(name ?? '')
  if (!user) throw noSuchUser(name)
  return user
}

function noSuchUser(name: string | undefined) {
  return noSuchEntity(`The user with name ${name} cannot be found.`)
}

/** Changes a user, as one transaction; `change` may read and refuse. @throws AwsError NoSuchEntity */
export async function updateUser(
  iam: IamState,
  name: string | undefined,
  change: (user: UserRecord) => UserRecord,
): Promise<void> {
  if (!(await iam.users.update(name ?? '', change))) throw noSuchUser(name)
}

/** The name that is meant where none is given: that of the user who asks. @throws AwsError ValidationError */
export function userNameOf(iam: IamState, name: string | undefined, { accessKeyId, arn }: Principal): string {
  const own = iam.keys.get(accessKeyId)?.userName ?? iam.users.list().find((user) => user.arn === arn)?.name
  const meant = name ?? own
  if (meant === undefined) {
    throw validationError('Must specify userName when calling with non-User credentials')
  }
  return meant
}

/** A user as GetUser shows it. */
export function describeUser(user: UserRecord): User {
  return {
    ...describeInList(user),
    ...describeBoundary(user.boundary),
    ...(user.tags.length > 0 ? { Tags: [...user.tags] } : {}),
  }
}

/** Without tags and boundary: "IAM resource-listing operations return a subset of the available attributes". */
export function describeInList(user: UserRecord): User {
  return {
    Path: user.path,
    UserName: user.name,
    UserId: user.id,
    Arn: user.arn,
    CreateDate: new Date(user.createdAtMs),
  }
}

/** Makes a user; names are unique without regard to case. @throws AwsError EntityAlreadyExists */
export function insertUser(
  tx: Writer,
  iam: IamState,
  wanted: Pick<UserRecord, 'name'> & Partial<UserRecord>,
): UserRecord {
  const { name, path = '/' } = wanted
  if (iam.users.find('name', name.toLowerCase())) {
    throw alreadyExists(`User with name ${name} already exists.`)
  }
  const user: UserRecord = {
    path,
    id: iam.uniqueId('AIDA'),
    arn: iam.arn('user', path, name),
    createdAtMs: iam.deps.clock.now(),
    attached: [],
    inline: {},
    tags: [],
    groups: [],
    ...wanted,
  }
  iam.users.putIn(tx, name, user)
  return user
}

/** @throws AwsError EntityAlreadyExists, NoSuchEntity, ValidationError */
export const createUser = operation<IamState, CreateUserRequest, CreateUserResponse>()({
  honours: ['UserName', 'Path', 'PermissionsBoundary', ...TAGS],
  handle: async (input, iam) => {
    const { UserName: name = '', PermissionsBoundary: boundary } = input
    checkName('userName', name)
    if (boundary !== undefined) checkBoundary(iam, boundary)
    const user = await iam.deps.store.transact((tx) =>
      insertUser(tx, iam, {
        name,
        path: input.Path ?? '/',
        tags: readTags(input.Tags),
        ...(boundary === undefined ? {} : { boundary }),
      }),
    )
    return { User: describeUser(user) }
  },
})

/** Without a name: the user that signed the request. @throws AwsError NoSuchEntity, ValidationError */
export const getUser = operation<IamState, GetUserRequest, GetUserResponse>()({
  honours: ['UserName'],
  handle: (input, iam, { principal }) => ({
    User: describeUser(findUser(iam, userNameOf(iam, input.UserName, principal))),
  }),
})

export const listUsers = operation<IamState, ListUsersRequest, ListUsersResponse>()({
  honours: ['PathPrefix', ...PAGES],
  handle: (input, iam) => {
    const users = iam.users.list().filter(({ path }) => path.startsWith(input.PathPrefix ?? '/'))
    const { items, more } = pageOf(users, input)
    return { Users: items.map(describeInList), ...more }
  },
})

/** Keys, groups and devices follow the new name. @throws AwsError NoSuchEntity, EntityAlreadyExists */
export const updateUserSettings = operation<IamState, UpdateUserRequest, void>()({
  honours: ['UserName', 'NewUserName', 'NewPath'],
  handle: async (input, iam) => {
    await iam.deps.store.transact((tx) => {
      const user = findUser(iam, input.UserName)
      const { NewUserName: name = user.name, NewPath: path = user.path } = input
      const holder = iam.users.find('name', name.toLowerCase())
      if (holder && holder.name !== user.name) {
        throw alreadyExists(`User with name ${name} already exists.`)
      }
      iam.users.deleteIn(tx, user.name)
      iam.users.putIn(tx, name, { ...user, name, path, arn: iam.arn('user', path, name) })
      for (const key of iam.keys.list().filter(({ userName }) => userName === user.name)) {
        iam.keys.putIn(tx, key.accessKeyId, { ...key, userName: name })
      }
      for (const device of iam.devices.list().filter(({ userName }) => userName === user.name)) {
        iam.devices.putIn(tx, device.serial, { ...device, userName: name })
      }
    })
  },
})

/** @throws AwsError NoSuchEntity, DeleteConflict while anything hangs on the user */
export const deleteUser = operation<IamState, DeleteUserRequest, void>()({
  honours: ['UserName'],
  handle: async (input, iam) => {
    await iam.deps.store.transact((tx) => {
      const user = findUser(iam, input.UserName)
      const held = whatHolds(iam, user)
      if (held !== undefined) throw deleteConflict(`Cannot delete entity, must ${held} first.`)
      iam.users.deleteIn(tx, user.name)
    })
  },
})

function whatHolds(iam: IamState, user: UserRecord): string | undefined {
  if (user.attached.length > 0) return 'detach all policies'
  if (Object.keys(user.inline).length > 0) return 'delete policies'
  if (iam.keys.list().some(({ userName }) => userName === user.name)) return 'delete access keys'
  if (user.groups.length > 0) return 'remove users from group'
  if (user.login) return 'delete login profile'
  const hasDevice = iam.devices.list().some(({ userName }) => userName === user.name)
  return hasDevice ? 'delete MFA device' : undefined
}

/** @throws AwsError NoSuchEntity */
export const tagUser = operation<IamState, TagUserRequest, void>()({
  honours: ['UserName', ...TAGS],
  handle: (input, iam) =>
    updateUser(iam, input.UserName, (user) => ({ ...user, tags: mergeTags(user.tags, input.Tags) })),
})

/** @throws AwsError NoSuchEntity */
export const untagUser = operation<IamState, UntagUserRequest, void>()({
  honours: ['UserName', 'TagKeys'],
  handle: (input, iam) =>
    updateUser(iam, input.UserName, (user) => ({ ...user, tags: removeTags(user.tags, input.TagKeys) })),
})

/** @throws AwsError NoSuchEntity */
export const listUserTags = operation<IamState, ListUserTagsRequest, ListUserTagsResponse>()({
  honours: ['UserName', ...PAGES],
  handle: (input, iam) => {
    const { items, more } = pageOf(findUser(iam, input.UserName).tags, input)
    return { Tags: items, ...more }
  },
})
