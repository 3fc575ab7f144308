// Owns the resource type AWS::ElasticLoadBalancingV2::TargetGroup.
import type {
  CreateTargetGroupOutput,
  DescribeTargetGroupsOutput,
  TargetGroup,
} from '@aws-sdk/client-elastic-load-balancing-v2'

import type { TemplateObject } from '../../template/template.ts'
import { byMembers, ownTags, seen, unlessGone } from '../actual.ts'
import { tolerating } from '../find-made.ts'
import { generatedName } from '../generated-name.ts'
import { membersOf, objectsOf, sameNames, textAt } from '../members.ts'
import type { ResourceContext, ResourceType, Step } from '../resource-type.ts'
import { allTags } from '../tags.ts'
import { deepEqual } from '../../../../../base/json.ts'
import { attributesStep, findTagged, fullName, tagsOf, tagsStep } from './elbv2.ts'

const GONE = ['TargetGroupNotFound']
const HEALTH_CHECK = sameNames(
  'HealthCheckEnabled',
  'HealthCheckIntervalSeconds',
  'HealthCheckPath',
  'HealthCheckPort',
  'HealthCheckProtocol',
  'HealthCheckTimeoutSeconds',
  'HealthyThresholdCount',
  'UnhealthyThresholdCount',
  'Matcher.GrpcCode',
  'Matcher.HttpCode',
)
const PLACE = sameNames('IpAddressType', 'Port', 'Protocol', 'ProtocolVersion', 'TargetType', 'VpcId')

function nameOf(properties: TemplateObject, context: ResourceContext): string {
  return textAt(properties, 'Name') ?? generatedName(context, 32)
}

async function find(input: object, context: ResourceContext): Promise<TargetGroup | undefined> {
  const answer = await unlessGone(GONE, () =>
    context.call<DescribeTargetGroupsOutput>('elbv2', 'DescribeTargetGroups', input),
  )
  return answer?.TargetGroups?.[0]
}

const healthCheckStep: Step = {
  operations: ['elasticloadbalancing:ModifyTargetGroup'],
  on: Object.keys(HEALTH_CHECK),
  run: async ({ physicalId: TargetGroupArn, after }, context) => {
    await context.call('elbv2', 'ModifyTargetGroup', { TargetGroupArn, ...membersOf(HEALTH_CHECK, after) })
  },
}

const targetsStep: Step = {
  operations: ['elasticloadbalancing:RegisterTargets', 'elasticloadbalancing:DeregisterTargets'],
  on: ['Targets'],
  run: async ({ physicalId: TargetGroupArn, before, after }, context) => {
    const next = objectsOf(after['Targets'])
    const gone = objectsOf(before['Targets']).filter((one) => !next.some((other) => deepEqual(one, other)))
    if (gone.length > 0) await context.call('elbv2', 'DeregisterTargets', { TargetGroupArn, Targets: gone })
    if (next.length > 0) await context.call('elbv2', 'RegisterTargets', { TargetGroupArn, Targets: next })
  },
}

export const targetGroup: ResourceType = {
  name: 'AWS::ElasticLoadBalancingV2::TargetGroup',
  customName: 'Name',
  create: {
    operations: ['elasticloadbalancing:CreateTargetGroup'],
    on: ['Name', 'Tags', ...Object.keys(PLACE), ...Object.keys(HEALTH_CHECK)],
    run: async (properties, context) => {
      const { TargetGroups = [] } = await context.call<CreateTargetGroupOutput>(
        'elbv2',
        'CreateTargetGroup',
        {
          Name: nameOf(properties, context),
          ...membersOf({ ...PLACE, ...HEALTH_CHECK }, properties),
          Tags: allTags(properties, context),
        },
      )
      return TargetGroups[0]?.TargetGroupArn ?? ''
    },
    find: async (properties, context) => {
      const found = await find({ Names: [nameOf(properties, context)] }, context)
      return await findTagged(found?.TargetGroupArn === undefined ? [] : [found.TargetGroupArn], context)
    },
  },
  update: [healthCheckStep, attributesStep('TargetGroup'), targetsStep, tagsStep],
  attributes: ['TargetGroupArn', 'TargetGroupFullName', 'TargetGroupName'],
  read: async (arn, context) => {
    const found = await find({ TargetGroupArns: [arn] }, context)
    return {
      state: 'ready',
      attributes: {
        TargetGroupArn: arn,
        TargetGroupName: found?.TargetGroupName ?? '',
        TargetGroupFullName: fullName(arn),
      },
    }
  },
  actual: async (arn, context, expected) => {
    const found = await find({ TargetGroupArns: [arn] }, context)
    if (!found) return undefined
    return seen(expected, {
      ...byMembers({ ...PLACE, ...HEALTH_CHECK }, found, expected),
      Tags: ownTags(await tagsOf(arn, context)),
    })
  },
  remove: async (TargetGroupArn, context) => {
    await tolerating(GONE, () => context.call('elbv2', 'DeleteTargetGroup', { TargetGroupArn }))
    return true
  },
}
