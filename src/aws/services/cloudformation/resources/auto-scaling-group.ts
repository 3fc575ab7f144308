// Owns the resource type AWS::AutoScaling::AutoScalingGroup.
import type { AutoScalingGroup, AutoScalingGroupsType } from '@aws-sdk/client-auto-scaling'

import { isAwsCode } from '../../../../base/errors.ts'
import type { TemplateObject } from '../template/template.ts'
import { byMembers, ownTags, seen } from './actual.ts'
import { isMadeSince, tolerating } from './find-made.ts'
import { generatedName } from './generated-name.ts'
import { membersOf, type Members, numberAt, objectsOf, sameNames, textAt, textsOf } from './members.ts'
import { type ResourceContext, type ResourceType, READY, type Step } from './resource-type.ts'
import { beginRolling, goOnRolling } from './rolling-update.ts'
import { tagChange, tagList } from './tags.ts'
import { GROUP_UPDATE_POLICY, isReplacing, keptSizes, rollingOf } from './update-policy.ts'

const SETTINGS: Members = {
  MinSize: numberAt('MinSize'),
  MaxSize: numberAt('MaxSize'),
  DesiredCapacity: numberAt('DesiredCapacity'),
  LaunchConfigurationName: 'LaunchConfigurationName',
  'LaunchTemplate.LaunchTemplateId': 'LaunchTemplate.LaunchTemplateId',
  'LaunchTemplate.LaunchTemplateName': 'LaunchTemplate.LaunchTemplateName',
  'LaunchTemplate.Version': 'LaunchTemplate.Version',
  ...sameNames(
    'MixedInstancesPolicy.LaunchTemplate.LaunchTemplateSpecification.LaunchTemplateId',
    'MixedInstancesPolicy.LaunchTemplate.LaunchTemplateSpecification.LaunchTemplateName',
    'MixedInstancesPolicy.LaunchTemplate.LaunchTemplateSpecification.Version',
    'MixedInstancesPolicy.InstancesDistribution.OnDemandAllocationStrategy',
    'MixedInstancesPolicy.InstancesDistribution.SpotAllocationStrategy',
    'MixedInstancesPolicy.InstancesDistribution.SpotMaxPrice',
    'MixedInstancesPolicy.LaunchTemplate.Overrides',
    'CapacityRebalance',
    'MaxInstanceLifetime',
    'HealthCheckType',
  ),
  HealthCheckGracePeriod: numberAt('HealthCheckGracePeriod'),
  Cooldown: numberAt('DefaultCooldown'),
  'MixedInstancesPolicy.InstancesDistribution.OnDemandBaseCapacity': numberAt(
    'MixedInstancesPolicy.InstancesDistribution.OnDemandBaseCapacity',
  ),
  'MixedInstancesPolicy.InstancesDistribution.OnDemandPercentageAboveBaseCapacity': numberAt(
    'MixedInstancesPolicy.InstancesDistribution.OnDemandPercentageAboveBaseCapacity',
  ),
  'MixedInstancesPolicy.InstancesDistribution.SpotInstancePools': numberAt(
    'MixedInstancesPolicy.InstancesDistribution.SpotInstancePools',
  ),
  VPCZoneIdentifier: { to: 'VPCZoneIdentifier', as: (value) => textsOf(value).join(',') },
  AvailabilityZones: 'AvailabilityZones',
  NewInstancesProtectedFromScaleIn: 'NewInstancesProtectedFromScaleIn',
}

async function find(name: string, context: ResourceContext): Promise<AutoScalingGroup | undefined> {
  const { AutoScalingGroups = [] } = await context.call<AutoScalingGroupsType>(
    'autoscaling',
    'DescribeAutoScalingGroups',
    { AutoScalingGroupNames: [name] },
  )
  return AutoScalingGroups[0]
}

function nameOf(properties: TemplateObject, context: ResourceContext): string {
  return textAt(properties, 'AutoScalingGroupName') ?? generatedName(context, 255)
}

const settingsStep: Step = {
  operations: [
    'autoscaling:UpdateAutoScalingGroup',
    'autoscaling:SetDesiredCapacity',
    'autoscaling:TerminateInstanceInAutoScalingGroup',
    'autoscaling:SuspendProcesses',
    'autoscaling:ResumeProcesses',
  ],
  on: Object.keys(SETTINGS),
  run: async ({ physicalId: AutoScalingGroupName, before, after }, context) => {
    const rolling = rollingOf(context.updatePolicy, before, after)
    const kept = keptSizes(context.updatePolicy, before, after)
    await context.call('autoscaling', 'UpdateAutoScalingGroup', {
      AutoScalingGroupName,
      NewInstancesProtectedFromScaleIn: false,
      ...Object.fromEntries(
        Object.entries(membersOf(SETTINGS, after)).filter(([name]) => !kept.includes(name)),
      ),
    })
    const group = rolling && (await find(AutoScalingGroupName, context))
    return group && (await beginRolling(group, rolling, context))
  },
  progress: async (name, ticket, context) => {
    const group = await find(name, context)
    return group ? await goOnRolling(group, ticket, context) : 'ready'
  },
}

const targetsStep: Step = {
  operations: [
    'autoscaling:AttachLoadBalancerTargetGroups',
    'autoscaling:DetachLoadBalancerTargetGroups',
    'autoscaling:DescribeLoadBalancerTargetGroups',
  ],
  on: ['TargetGroupARNs'],
  run: async ({ physicalId: AutoScalingGroupName, after }, context) => {
    const wanted = textsOf(after['TargetGroupARNs'])
    const { TargetGroupARNs: present = [] } = (await find(AutoScalingGroupName, context)) ?? {}
    for (const [operation, arns] of [
      ['DetachLoadBalancerTargetGroups', present.filter((arn) => !wanted.includes(arn))],
      ['AttachLoadBalancerTargetGroups', wanted.filter((arn) => !present.includes(arn))],
    ] as const) {
      if (arns.length === 0) continue
      await context.call('autoscaling', operation, { AutoScalingGroupName, TargetGroupARNs: arns })
    }
  },
}

const metricsStep: Step = {
  operations: ['autoscaling:EnableMetricsCollection', 'autoscaling:DisableMetricsCollection'],
  on: ['MetricsCollection'],
  run: async ({ physicalId: AutoScalingGroupName, after }, context) => {
    await context.call('autoscaling', 'DisableMetricsCollection', { AutoScalingGroupName })
    await collect(AutoScalingGroupName, after, context)
  },
}

async function collect(name: string, properties: TemplateObject, context: ResourceContext): Promise<void> {
  for (const { Metrics, Granularity } of objectsOf(properties['MetricsCollection'])) {
    await context.call('autoscaling', 'EnableMetricsCollection', {
      AutoScalingGroupName: name,
      Granularity,
      ...(Metrics === undefined ? {} : { Metrics }),
    })
  }
}

function groupTags(name: string, tags: readonly object[]): object[] {
  return tags.map((tag) => ({ ...tag, ResourceId: name, ResourceType: 'auto-scaling-group' }))
}

const tagsStep: Step = {
  operations: ['autoscaling:CreateOrUpdateTags', 'autoscaling:DeleteTags'],
  on: ['Tags'],
  run: async (change, context) => {
    const { put, goneKeys } = tagChange(change)
    const doomed = groupTags(
      change.physicalId,
      goneKeys.map((Key) => ({ Key })),
    )
    if (doomed.length > 0) await context.call('autoscaling', 'DeleteTags', { Tags: doomed })
    const Tags = groupTags(change.physicalId, put)
    if (Tags.length > 0) await context.call('autoscaling', 'CreateOrUpdateTags', { Tags })
  },
}

export const autoScalingGroup: ResourceType = {
  name: 'AWS::AutoScaling::AutoScalingGroup',
  customName: 'AutoScalingGroupName',
  create: {
    operations: ['autoscaling:CreateAutoScalingGroup', 'autoscaling:EnableMetricsCollection'],
    on: ['AutoScalingGroupName', 'Tags', 'MetricsCollection', 'TargetGroupARNs', ...Object.keys(SETTINGS)],
    run: async (properties, context) => {
      const name = nameOf(properties, context)
      const own = context.ownTags.map((tag) => ({ ...tag, PropagateAtLaunch: true }))
      await context.call('autoscaling', 'CreateAutoScalingGroup', {
        ...membersOf(SETTINGS, properties),
        AutoScalingGroupName: name,
        TargetGroupARNs: textsOf(properties['TargetGroupARNs']),
        Tags: groupTags(name, [...tagList(properties['Tags']), ...own]),
      })
      await collect(name, properties, context)
      return name
    },
    find: async (properties, context) => {
      const name = nameOf(properties, context)
      const created = async () => (await find(name, context))?.CreatedTime
      if (!(await isMadeSince(context, created, []))) return undefined
      await collect(name, properties, context)
      return name
    },
  },
  creationPolicy: 'group',
  updatePolicy: GROUP_UPDATE_POLICY,
  isReplacedBy: isReplacing,
  update: [settingsStep, targetsStep, metricsStep, tagsStep],
  attributes: [],
  read: () => Promise.resolve(READY),
  actual: async (name, context, expected) => {
    const group = await find(name, context)
    if (!group) return undefined
    const tags = ownTags(group.Tags).map(({ Key, Value, PropagateAtLaunch }) => ({
      Key,
      Value,
      PropagateAtLaunch,
    }))
    return seen(expected, {
      ...byMembers(SETTINGS, group, expected),
      VPCZoneIdentifier: group.VPCZoneIdentifier?.split(',') ?? null,
      TargetGroupARNs: group.TargetGroupARNs ?? [],
      Tags: tags,
    })
  },
  remove: async (AutoScalingGroupName, context) => {
    if (!(await find(AutoScalingGroupName, context))) return true
    await tolerating(['ScalingActivityInProgress', 'ResourceInUse'], () =>
      context.call('autoscaling', 'DeleteAutoScalingGroup', { AutoScalingGroupName, ForceDelete: true }),
    ).catch((error: unknown) => {
      // It went in between.
      if (!isAwsCode(error, 'ValidationError')) throw error
    })
    return (await find(AutoScalingGroupName, context)) === undefined
  },
}
