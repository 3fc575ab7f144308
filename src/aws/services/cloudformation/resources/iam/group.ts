// Owns the resource type AWS::IAM::Group.
import type { GetGroupResponse, Group } from '@aws-sdk/client-iam'

import { seen, unlessGone } from '../actual.ts'
import { isMadeSince, tolerating } from '../find-made.ts'
import type { ResourceContext, ResourceType, Step } from '../resource-type.ts'
import { GONE, pathOf } from './iam.ts'
import { inlinePoliciesStep, managedPoliciesStep, ownerName, strip } from './owners.ts'

async function get(GroupName: string, context: ResourceContext): Promise<Partial<Group>> {
  return (await context.call<GetGroupResponse>('iam', 'GetGroup', { GroupName })).Group ?? {}
}

const pathStep: Step = {
  operations: ['iam:UpdateGroup'],
  on: ['Path'],
  run: async ({ physicalId: GroupName, after }, context) => {
    await context.call('iam', 'UpdateGroup', { GroupName, NewPath: pathOf(after) })
  },
}

export const group: ResourceType = {
  name: 'AWS::IAM::Group',
  customName: 'GroupName',
  create: {
    operations: ['iam:CreateGroup'],
    on: ['GroupName', 'Path'],
    run: async (properties, context) => {
      const GroupName = ownerName('Group', properties, context)
      await context.call('iam', 'CreateGroup', { GroupName, Path: pathOf(properties) })
      return GroupName
    },
    find: async (properties, context) => {
      const GroupName = ownerName('Group', properties, context)
      const created = async () => (await get(GroupName, context)).CreateDate
      return (await isMadeSince(context, created, GONE)) ? GroupName : undefined
    },
  },
  update: [pathStep, managedPoliciesStep('Group'), inlinePoliciesStep('Group')],
  attributes: ['Arn'],
  changingAttributes: ['Arn'],
  read: async (GroupName, context) => ({
    state: 'ready',
    attributes: { Arn: (await get(GroupName, context)).Arn ?? '' },
  }),
  actual: async (GroupName, context, expected) => {
    const found = await unlessGone(GONE, () => get(GroupName, context))
    return found && seen(expected, { Path: found.Path })
  },
  remove: async (GroupName, context, properties) => {
    await strip({ kind: 'Group', name: GroupName }, properties, context)
    await tolerating(GONE, () => context.call('iam', 'DeleteGroup', { GroupName }))
    return true
  },
}
