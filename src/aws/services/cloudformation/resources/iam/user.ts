// Owns the resource type AWS::IAM::User.
import type { GetUserResponse, ListGroupsForUserResponse, User } from '@aws-sdk/client-iam'

import { ownTags, seen, unlessGone } from '../actual.ts'
import { isMadeSince, tolerating } from '../find-made.ts'
import { textAt, textsOf } from '../members.ts'
import { valueAt } from '../property-path.ts'
import type { ResourceContext, ResourceType, Step } from '../resource-type.ts'
import { allTags, tagChange } from '../tags.ts'
import { GONE, pathOf } from './iam.ts'
import { inlinePoliciesStep, managedPoliciesStep, ownerName, strip } from './owners.ts'

async function get(UserName: string, context: ResourceContext): Promise<Partial<User>> {
  return (await context.call<GetUserResponse>('iam', 'GetUser', { UserName })).User ?? {}
}

const groupsStep: Step = {
  operations: ['iam:AddUserToGroup', 'iam:RemoveUserFromGroup'],
  on: ['Groups'],
  run: async ({ physicalId: UserName, before, after }, context) => {
    const next = textsOf(after['Groups'])
    for (const GroupName of textsOf(before['Groups']).filter((name) => !next.includes(name))) {
      await tolerating(GONE, () => context.call('iam', 'RemoveUserFromGroup', { UserName, GroupName }))
    }
    for (const GroupName of next) await context.call('iam', 'AddUserToGroup', { UserName, GroupName })
  },
}

const boundaryStep: Step = {
  operations: ['iam:PutUserPermissionsBoundary', 'iam:DeleteUserPermissionsBoundary'],
  on: ['PermissionsBoundary'],
  run: async ({ physicalId: UserName, after }, context) => {
    const PermissionsBoundary = textAt(after, 'PermissionsBoundary')
    await (PermissionsBoundary === undefined
      ? context.call('iam', 'DeleteUserPermissionsBoundary', { UserName })
      : context.call('iam', 'PutUserPermissionsBoundary', { UserName, PermissionsBoundary }))
  },
}

// Whether it stands already is told by the refusal: a repeated attempt has made it.
const loginStep: Step = {
  operations: ['iam:CreateLoginProfile', 'iam:UpdateLoginProfile', 'iam:DeleteLoginProfile'],
  on: ['LoginProfile'],
  run: async ({ physicalId: UserName, before, after }, context) => {
    const Password = textAt(after, 'LoginProfile.Password')
    const PasswordResetRequired = valueAt(after, 'LoginProfile.PasswordResetRequired') ?? false
    if (Password === undefined) {
      await tolerating(GONE, () => context.call('iam', 'DeleteLoginProfile', { UserName }))
      return
    }
    const input = { UserName, Password, PasswordResetRequired }
    const verb = before['LoginProfile'] === undefined ? 'Create' : 'Update'
    await tolerating(['EntityAlreadyExists'], () => context.call('iam', `${verb}LoginProfile`, input))
  },
}

// A user goes by another path in place.
const pathStep: Step = {
  operations: ['iam:UpdateUser'],
  on: ['Path'],
  run: async ({ physicalId: UserName, after }, context) => {
    await context.call('iam', 'UpdateUser', { UserName, NewPath: pathOf(after) })
  },
}

const tagsStep: Step = {
  operations: ['iam:TagUser', 'iam:UntagUser'],
  on: ['Tags'],
  run: async (change, context) => {
    const { put, goneKeys } = tagChange(change)
    const UserName = change.physicalId
    if (goneKeys.length > 0) await context.call('iam', 'UntagUser', { UserName, TagKeys: goneKeys })
    const Tags = put.map(({ Key, Value }) => ({ Key, Value }))
    if (put.length > 0) await context.call('iam', 'TagUser', { UserName, Tags })
  },
}

export const user: ResourceType = {
  name: 'AWS::IAM::User',
  customName: 'UserName',
  create: {
    operations: ['iam:CreateUser'],
    on: ['UserName', 'Path', 'PermissionsBoundary', 'Tags'],
    run: async (properties, context) => {
      const UserName = ownerName('User', properties, context)
      await context.call('iam', 'CreateUser', {
        UserName,
        Path: pathOf(properties),
        PermissionsBoundary: textAt(properties, 'PermissionsBoundary'),
        Tags: allTags(properties, context),
      })
      return UserName
    },
    find: async (properties, context) => {
      const UserName = ownerName('User', properties, context)
      const created = async () => (await get(UserName, context)).CreateDate
      return (await isMadeSince(context, created, GONE)) ? UserName : undefined
    },
  },
  update: [
    pathStep,
    boundaryStep,
    managedPoliciesStep('User'),
    inlinePoliciesStep('User'),
    groupsStep,
    loginStep,
    tagsStep,
  ],
  attributes: ['Arn'],
  changingAttributes: ['Arn'],
  read: async (UserName, context) => ({
    state: 'ready',
    attributes: { Arn: (await get(UserName, context)).Arn ?? '' },
  }),
  actual: async (UserName, context, expected) => {
    const found = await unlessGone(GONE, () => get(UserName, context))
    if (!found) return undefined
    const { Groups = [] } = await context.call<ListGroupsForUserResponse>('iam', 'ListGroupsForUser', {
      UserName,
    })
    return seen(expected, {
      Path: found.Path,
      PermissionsBoundary: found.PermissionsBoundary?.PermissionsBoundaryArn ?? null,
      Groups: Groups.map(({ GroupName }) => GroupName),
      Tags: ownTags(found.Tags),
    })
  },
  remove: async (UserName, context, properties) => {
    await strip({ kind: 'User', name: UserName }, properties, context)
    const change = { physicalId: UserName, before: properties, after: {} }
    await groupsStep.run(change, context)
    await loginStep.run(change, context)
    await tolerating(GONE, () => context.call('iam', 'DeleteUser', { UserName }))
    return true
  },
}
