// Owns the resource type AWS::EKS::Addon.
import type { Addon, DescribeAddonResponse } from '@aws-sdk/client-eks'

import type { TemplateObject } from '../../template/template.ts'
import { membersOf, type Members, textAt } from '../members.ts'
import { notEmulated } from '../plan-change.ts'
import { valueAt } from '../property-path.ts'
import type { ResourceContext, ResourceType, Step } from '../resource-type.ts'
import { described, partCreation, removeWith, stateOf, tagsStep, ticketOf, updateProgress } from './eks.ts'

const SETTINGS: Members = {
  AddonVersion: 'addonVersion',
  ServiceAccountRoleArn: 'serviceAccountRoleArn',
  ConfigurationValues: 'configurationValues',
}
const CREATION: Members = {
  ClusterName: 'clusterName',
  AddonName: 'addonName',
  ResolveConflicts: 'resolveConflicts',
  ...SETTINGS,
}

function keyOf(physicalId: string): { clusterName: string; addonName: string } {
  const [clusterName = '', addonName = ''] = physicalId.split('|')
  return { clusterName, addonName }
}

async function describe(physicalId: string, context: ResourceContext): Promise<Addon> {
  const answer = await context.call<DescribeAddonResponse>('eks', 'DescribeAddon', keyOf(physicalId))
  return answer.addon ?? {}
}

function idOf(properties: TemplateObject): string {
  return `${textAt(properties, 'ClusterName')}|${textAt(properties, 'AddonName')}`
}

const settingsStep: Step = {
  operations: ['eks:UpdateAddon'],
  on: Object.keys(SETTINGS),
  reads: ['ResolveConflicts'],
  run: async ({ physicalId, before, after }, context) => {
    const isLeaving = (name: string): boolean => before[name] !== undefined && after[name] === undefined
    if (isLeaving('ServiceAccountRoleArn')) {
      throw notEmulated('Taking ServiceAccountRoleArn from an add-on')
    }
    return ticketOf(
      await context.call('eks', 'UpdateAddon', {
        ...keyOf(physicalId),
        // An add-on without values has those of its schema.
        ...(isLeaving('ConfigurationValues') ? { configurationValues: '{}' } : {}),
        ...membersOf({ ...SETTINGS, ResolveConflicts: 'resolveConflicts' }, after),
      }),
    )
  },
  progress: (physicalId, ticket, context) => {
    const { clusterName: name, addonName } = keyOf(physicalId)
    return updateProgress(context, { name, addonName }, ticket)
  },
}

export const addon: ResourceType = {
  name: 'AWS::EKS::Addon',
  create: partCreation({
    operation: 'CreateAddon',
    members: CREATION,
    idOf,
    keyOf,
    describe,
  }),
  update: [settingsStep, tagsStep(async (id, context) => (await describe(id, context)).addonArn ?? '')],
  onRemoval: ['PreserveOnDelete'],
  attributes: ['Arn'],
  read: async (id, context) => {
    const { status, addonArn, addonName } = await describe(id, context)
    return stateOf(status, { Arn: addonArn ?? '' }, `Addon ${addonName} failed to stabilize`)
  },
  actual: described(SETTINGS, describe),
  remove: (id, context, properties) => {
    const preserve = valueAt(properties, 'PreserveOnDelete') === true ? { preserve: true } : {}
    return removeWith(context, { remove: 'DeleteAddon', look: 'DescribeAddon' }, keyOf(id), preserve)
  },
}
