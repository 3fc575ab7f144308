// Owns the resource type AWS::IAM::UserToGroupAddition.
import type { TemplateObject } from '../../template/template.ts'
import { tolerating } from '../find-made.ts'
import { generatedName } from '../generated-name.ts'
import { textAt, textsOf } from '../members.ts'
import { type ResourceContext, type ResourceType, READY, type Step } from '../resource-type.ts'
import { GONE } from './iam.ts'

interface Membership {
  readonly GroupName: string
  readonly UserName: string
}

function membershipsOf(properties: TemplateObject): Membership[] {
  const GroupName = textAt(properties, 'GroupName') ?? ''
  return textsOf(properties['Users']).map((UserName) => ({ GroupName, UserName }))
}

async function drop(memberships: readonly Membership[], context: ResourceContext): Promise<void> {
  for (const each of memberships) {
    await tolerating(GONE, () => context.call('iam', 'RemoveUserFromGroup', each))
  }
}

const step: Step = {
  operations: ['iam:AddUserToGroup', 'iam:RemoveUserFromGroup'],
  on: ['GroupName', 'Users'],
  run: async ({ before, after }, context) => {
    const next = membershipsOf(after)
    for (const each of next) await context.call('iam', 'AddUserToGroup', each)
    const isKept = (one: Membership): boolean =>
      next.some(({ GroupName, UserName }) => GroupName === one.GroupName && UserName === one.UserName)
    await drop(
      membershipsOf(before).filter((each) => !isKept(each)),
      context,
    )
  },
}

export const userToGroupAddition: ResourceType = {
  name: 'AWS::IAM::UserToGroupAddition',
  create: {
    operations: ['iam:AddUserToGroup'],
    on: step.on,
    // Adding a member again changes nothing.
    run: async (properties, context) => {
      for (const each of membershipsOf(properties)) await context.call('iam', 'AddUserToGroup', each)
      return generatedName(context)
    },
  },
  update: [step],
  attributes: [],
  read: () => Promise.resolve(READY),
  remove: async (_id, context, properties) => {
    await drop(membershipsOf(properties), context)
    return true
  },
}
