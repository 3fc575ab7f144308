// Owns the resource type AWS::EKS::AccessEntry.
import type { AccessEntry, DescribeAccessEntryResponse } from '@aws-sdk/client-eks'

import type { TemplateObject } from '../../template/template.ts'
import { tolerating } from '../find-made.ts'
import { lowered, membersOf, type Members, objectsOf, textAt } from '../members.ts'
import { valueAt } from '../property-path.ts'
import type { ResourceContext, ResourceType, Step } from '../resource-type.ts'
import { described, GONE, partCreation, tagsStep } from './eks.ts'

const IDENTITY: Members = { KubernetesGroups: 'kubernetesGroups', Username: 'username' }
const CREATION: Members = {
  ClusterName: 'clusterName',
  PrincipalArn: 'principalArn',
  Type: 'type',
  ...IDENTITY,
}

function keyOf(physicalId: string): { clusterName: string; principalArn: string } {
  const [principalArn = '', clusterName = ''] = physicalId.split('|')
  return { clusterName, principalArn }
}

async function describe(physicalId: string, context: ResourceContext): Promise<AccessEntry> {
  const key = keyOf(physicalId)
  const answer = await context.call<DescribeAccessEntryResponse>('eks', 'DescribeAccessEntry', key)
  return answer.accessEntry ?? {}
}

function idOf(properties: TemplateObject): string {
  return `${textAt(properties, 'PrincipalArn')}|${textAt(properties, 'ClusterName')}`
}

const identityStep: Step = {
  operations: ['eks:UpdateAccessEntry'],
  on: Object.keys(IDENTITY),
  run: async ({ physicalId, after }, context) => {
    await context.call('eks', 'UpdateAccessEntry', {
      ...keyOf(physicalId),
      kubernetesGroups: [],
      ...membersOf(IDENTITY, after),
    })
  },
}

const policiesStep: Step = {
  operations: ['eks:AssociateAccessPolicy', 'eks:DisassociateAccessPolicy'],
  on: ['AccessPolicies'],
  run: async ({ physicalId, before, after }, context) => {
    const key = keyOf(physicalId)
    const next = policiesOf(after)
    for (const { policyArn } of policiesOf(before)) {
      if (next.some((policy) => policy.policyArn === policyArn)) continue
      await tolerating(GONE, () => context.call('eks', 'DisassociateAccessPolicy', { ...key, policyArn }))
    }
    for (const policy of next) await context.call('eks', 'AssociateAccessPolicy', { ...key, ...policy })
  },
}

function policiesOf(properties: TemplateObject): { policyArn?: string }[] {
  return objectsOf(valueAt(properties, 'AccessPolicies')).map((policy) =>
    membersOf({ PolicyArn: 'policyArn', AccessScope: lowered('accessScope') }, policy),
  )
}

export const accessEntry: ResourceType = {
  name: 'AWS::EKS::AccessEntry',
  create: partCreation({
    operation: 'CreateAccessEntry',
    members: CREATION,
    idOf,
    keyOf,
    describe,
  }),
  update: [
    identityStep,
    policiesStep,
    tagsStep(async (id, context) => (await describe(id, context)).accessEntryArn ?? ''),
  ],
  attributes: ['AccessEntryArn'],
  read: async (id, context) => ({
    state: 'ready',
    attributes: { AccessEntryArn: (await describe(id, context)).accessEntryArn ?? '' },
  }),
  actual: described(CREATION, describe),
  remove: async (id, context) => {
    await tolerating(GONE, () => context.call('eks', 'DeleteAccessEntry', keyOf(id)))
    return true
  },
}
