// Owns the resource type AWS::IAM::InstanceProfile.
import type { GetInstanceProfileResponse, InstanceProfile } from '@aws-sdk/client-iam'

import type { TemplateObject } from '../../template/template.ts'
import { isMadeSince, tolerating } from '../find-made.ts'
import { generatedName } from '../generated-name.ts'
import { textAt, textsOf } from '../members.ts'
import type { ResourceContext, ResourceType, Step } from '../resource-type.ts'
import { GONE, pathOf } from './iam.ts'

function nameOf(properties: TemplateObject, context: ResourceContext): string {
  return textAt(properties, 'InstanceProfileName') ?? generatedName(context, 128)
}

async function get(InstanceProfileName: string, context: ResourceContext): Promise<Partial<InstanceProfile>> {
  const answer = await context.call<GetInstanceProfileResponse>('iam', 'GetInstanceProfile', {
    InstanceProfileName,
  })
  return answer.InstanceProfile ?? {}
}

const rolesStep: Step = {
  operations: ['iam:AddRoleToInstanceProfile', 'iam:RemoveRoleFromInstanceProfile'],
  on: ['Roles'],
  run: async ({ physicalId: InstanceProfileName, before, after }, context) => {
    const next = textsOf(after['Roles'])
    for (const RoleName of textsOf(before['Roles']).filter((name) => !next.includes(name))) {
      await tolerating(GONE, () =>
        context.call('iam', 'RemoveRoleFromInstanceProfile', { InstanceProfileName, RoleName }),
      )
    }
    const { Roles = [] } = await get(InstanceProfileName, context)
    for (const RoleName of next) {
      if (Roles.some((role) => role.RoleName === RoleName)) continue
      await context.call('iam', 'AddRoleToInstanceProfile', { InstanceProfileName, RoleName })
    }
  },
}

export const instanceProfile: ResourceType = {
  name: 'AWS::IAM::InstanceProfile',
  customName: 'InstanceProfileName',
  create: {
    operations: ['iam:CreateInstanceProfile'],
    on: ['InstanceProfileName', 'Path'],
    run: async (properties, context) => {
      const InstanceProfileName = nameOf(properties, context)
      const Path = pathOf(properties)
      await context.call('iam', 'CreateInstanceProfile', { InstanceProfileName, Path })
      return InstanceProfileName
    },
    find: async (properties, context) => {
      const name = nameOf(properties, context)
      const created = async () => (await get(name, context)).CreateDate
      return (await isMadeSince(context, created, GONE)) ? name : undefined
    },
  },
  update: [rolesStep],
  attributes: ['Arn'],
  read: async (name, context) => ({
    state: 'ready',
    attributes: { Arn: (await get(name, context)).Arn ?? '' },
  }),
  remove: async (InstanceProfileName, context, properties) => {
    for (const RoleName of textsOf(properties['Roles'])) {
      await tolerating(GONE, () =>
        context.call('iam', 'RemoveRoleFromInstanceProfile', { InstanceProfileName, RoleName }),
      )
    }
    await tolerating(GONE, () => context.call('iam', 'DeleteInstanceProfile', { InstanceProfileName }))
    return true
  },
}
