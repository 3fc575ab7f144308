// Owns the resource type AWS::AutoScaling::AutoScalingGroup.
import { isAwsCode } from '../../../../base/errors.ts'
import type { TemplateObject } from '../template/template.ts'
import {
  count,
  generatedName,
  mergeTags,
  optional,
  type ProviderContext,
  READY,
  type ResourceProvider,
  texts,
  tolerating,
} from './provider.ts'

interface Groups {
  readonly AutoScalingGroups?: readonly object[]
}

async function exists(name: string, context: ProviderContext): Promise<boolean> {
  const answer = await context.call<Groups>('autoscaling', 'DescribeAutoScalingGroups', {
    AutoScalingGroupNames: [name],
  })
  return (answer.AutoScalingGroups ?? []).length > 0
}

function sizes(properties: TemplateObject): object {
  return {
    MinSize: count(properties['MinSize']),
    MaxSize: count(properties['MaxSize']),
    DesiredCapacity: count(properties['DesiredCapacity']),
  }
}

export const autoScalingGroup: ResourceProvider = {
  replacedBy: ['AutoScalingGroupName', 'LaunchTemplate', 'VPCZoneIdentifier'],
  async create(properties, context) {
    const name = optional(properties, 'AutoScalingGroupName') ?? generatedName(context, 255)
    if (await exists(name, context)) return name
    await context.call('autoscaling', 'CreateAutoScalingGroup', {
      AutoScalingGroupName: name,
      ...sizes(properties),
      LaunchTemplate: properties['LaunchTemplate'],
      VPCZoneIdentifier: texts(properties['VPCZoneIdentifier']).join(','),
      TargetGroupARNs: properties['TargetGroupARNs'],
      Tags: mergeTags(properties['Tags'], context).map((tag) => ({
        ...tag,
        PropagateAtLaunch: true,
        ResourceId: name,
        ResourceType: 'auto-scaling-group',
      })),
    })
    return name
  },
  read: () => Promise.resolve(READY),
  async update({ physicalId, after }, context) {
    await context.call('autoscaling', 'UpdateAutoScalingGroup', {
      AutoScalingGroupName: physicalId,
      ...sizes(after),
    })
  },
  async delete(physicalId, context) {
    if (!(await exists(physicalId, context))) return true
    await tolerating(['ScalingActivityInProgress', 'ResourceInUse'], () =>
      context.call('autoscaling', 'DeleteAutoScalingGroup', {
        AutoScalingGroupName: physicalId,
        ForceDelete: true,
      }),
    ).catch((error: unknown) => {
      if (!isAwsCode(error, 'ValidationError')) throw error
    })
    return !(await exists(physicalId, context))
  },
}
