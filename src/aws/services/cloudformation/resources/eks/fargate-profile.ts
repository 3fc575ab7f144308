// Owns the resource type AWS::EKS::FargateProfile.
import type { DescribeFargateProfileResponse, FargateProfile } from '@aws-sdk/client-eks'

import type { TemplateObject, TemplateValue } from '../../template/template.ts'
import { generatedName } from '../generated-name.ts'
import { membersOf, type Members, objectsOf, textAt } from '../members.ts'
import type { ResourceContext, ResourceType } from '../resource-type.ts'
import { described, partCreation, removeWith, stateOf, tagsStep } from './eks.ts'

const CREATION: Members = {
  ClusterName: 'clusterName',
  PodExecutionRoleArn: 'podExecutionRoleArn',
  Subnets: 'subnets',
  Selectors: { to: 'selectors', as: (value) => objectsOf(value).map(selectorOf) },
}

// The template lists labels with Key and Value; the API has a map.
function selectorOf(selector: TemplateObject): object {
  return membersOf({ Namespace: 'namespace', Labels: { to: 'labels', as: labelMap } }, selector)
}

function labelMap(value: TemplateValue): Record<string, string> {
  return Object.fromEntries(
    objectsOf(value).map((label) => [textAt(label, 'Key') ?? '', textAt(label, 'Value') ?? '']),
  )
}

function keyOf(physicalId: string): { clusterName: string; fargateProfileName: string } {
  const [clusterName = '', fargateProfileName = ''] = physicalId.split('|')
  return { clusterName, fargateProfileName }
}

async function describe(physicalId: string, context: ResourceContext): Promise<FargateProfile> {
  const key = keyOf(physicalId)
  const answer = await context.call<DescribeFargateProfileResponse>('eks', 'DescribeFargateProfile', key)
  return answer.fargateProfile ?? {}
}

function idOf(properties: TemplateObject, context: ResourceContext): string {
  const name = textAt(properties, 'FargateProfileName') ?? generatedName(context, 63)
  return `${textAt(properties, 'ClusterName')}|${name}`
}

export const fargateProfile: ResourceType = {
  name: 'AWS::EKS::FargateProfile',
  customName: 'FargateProfileName',
  create: partCreation({
    operation: 'CreateFargateProfile',
    members: CREATION,
    name: 'FargateProfileName',
    idOf,
    keyOf,
    describe,
  }),
  update: [tagsStep(async (id, context) => (await describe(id, context)).fargateProfileArn ?? '')],
  attributes: ['Arn'],
  read: async (id, context) => {
    const { status, fargateProfileArn, fargateProfileName } = await describe(id, context)
    const failure = `Fargate profile ${fargateProfileName} failed to stabilize`
    return stateOf(status, { Arn: fargateProfileArn ?? '' }, failure)
  },
  actual: described(CREATION, describe),
  remove: (id, context) =>
    removeWith(context, { remove: 'DeleteFargateProfile', look: 'DescribeFargateProfile' }, keyOf(id)),
}
