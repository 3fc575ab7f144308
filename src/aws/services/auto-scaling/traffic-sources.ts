// Owns the operations on a group's target groups, which newer clients call traffic sources.
// Source: API_AttachTrafficSources, API_TrafficSourceIdentifier.
import type {
  AttachLoadBalancerTargetGroupsType,
  AttachTrafficSourcesType,
  DescribeLoadBalancerTargetGroupsRequest,
  DescribeLoadBalancerTargetGroupsResponse,
  DescribeTrafficSourcesRequest,
  DescribeTrafficSourcesResponse,
  DetachLoadBalancerTargetGroupsType,
  DetachTrafficSourcesType,
  TrafficSourceIdentifier,
} from '@aws-sdk/client-auto-scaling'

import { operation } from '../../protocol/operation.ts'
import { notEmulatedError } from '../../protocol/violation.ts'
import { fleetOf, isAlive } from './fleet.ts'
import { page, PAGES } from './paging.ts'
import { type AutoScalingState, type GroupRecord, validationError } from './state.ts'
import {
  type AttachedTargetGroup,
  checkTargetGroups,
  targetGroupsOf,
  withoutTargetGroups,
  withTargetGroups,
} from './target-groups.ts'

type Answer = Record<string, never>

async function attach(
  state: AutoScalingState,
  name: string | undefined,
  arns: readonly string[],
): Promise<Answer> {
  const group = state.group(name)
  await checkTargetGroups(state, arns)
  await state.groups.update(group.name, (current) => withTargetGroups(current, arns, 'attached'))
  return {}
}

async function detach(
  state: AutoScalingState,
  name: string | undefined,
  arns: readonly string[],
): Promise<Answer> {
  const group = state.group(name)
  await state.groups.update(group.name, (current) => withoutTargetGroups(current, arns))
  return {}
}

async function shown(state: AutoScalingState, name: string | undefined): Promise<AttachedTargetGroup[]> {
  const group: GroupRecord = state.group(name)
  return await targetGroupsOf(state, group, (await fleetOf(state, group.name)).filter(isAlive))
}

/** ARNs of the target groups among traffic sources. @throws AwsError ValidationError, notEmulated for other kinds */
export function targetGroupArns(sources: readonly TrafficSourceIdentifier[]): string[] {
  return sources.map(({ Identifier = '', Type: type }) => {
    // Without a type the ARN decides (API_TrafficSourceIdentifier).
    if (type === 'vpc-lattice' || Identifier.includes(':vpc-lattice:')) {
      throw notEmulatedError('query', 'A VPC Lattice target group')
    }
    if (type === 'elb' || !Identifier.startsWith('arn:')) {
      throw notEmulatedError('query', 'A Classic Load Balancer as a traffic source')
    }
    if (type !== undefined && type !== 'elbv2') {
      throw validationError(`Traffic source type ${type} is not supported`)
    }
    return Identifier
  })
}

/** @throws AwsError ValidationError */
export const attachLoadBalancerTargetGroups = operation<
  AutoScalingState,
  AttachLoadBalancerTargetGroupsType,
  Answer
>()({
  honours: ['AutoScalingGroupName', 'TargetGroupARNs'],
  handle: (input, state) => attach(state, input.AutoScalingGroupName, input.TargetGroupARNs ?? []),
})

/** @throws AwsError ValidationError */
export const detachLoadBalancerTargetGroups = operation<
  AutoScalingState,
  DetachLoadBalancerTargetGroupsType,
  Answer
>()({
  honours: ['AutoScalingGroupName', 'TargetGroupARNs'],
  handle: (input, state) => detach(state, input.AutoScalingGroupName, input.TargetGroupARNs ?? []),
})

export const describeLoadBalancerTargetGroups = operation<
  AutoScalingState,
  DescribeLoadBalancerTargetGroupsRequest,
  DescribeLoadBalancerTargetGroupsResponse
>()({
  honours: ['AutoScalingGroupName', ...PAGES],
  handle: async (input, state) => {
    const { items, token } = page(await shown(state, input.AutoScalingGroupName), input)
    return {
      LoadBalancerTargetGroups: items.map(({ arn, state: State }) => ({
        LoadBalancerTargetGroupARN: arn,
        State,
      })),
      NextToken: token,
    }
  },
})

/** @throws AwsError ValidationError */
export const attachTrafficSources = operation<AutoScalingState, AttachTrafficSourcesType, Answer>()({
  honours: ['AutoScalingGroupName', 'TrafficSources[].Identifier', 'TrafficSources[].Type'],
  handle: (input, state) =>
    attach(state, input.AutoScalingGroupName, targetGroupArns(input.TrafficSources ?? [])),
})

/** @throws AwsError ValidationError */
export const detachTrafficSources = operation<AutoScalingState, DetachTrafficSourcesType, Answer>()({
  honours: ['AutoScalingGroupName', 'TrafficSources[].Identifier', 'TrafficSources[].Type'],
  handle: (input, state) =>
    detach(state, input.AutoScalingGroupName, targetGroupArns(input.TrafficSources ?? [])),
})

/** Of one type, or of all: those of Elastic Load Balancing. */
export const describeTrafficSources = operation<
  AutoScalingState,
  DescribeTrafficSourcesRequest,
  DescribeTrafficSourcesResponse
>()({
  honours: ['AutoScalingGroupName', 'TrafficSourceType', ...PAGES],
  handle: async (input, state) => {
    const type = input.TrafficSourceType ?? 'elbv2'
    const all = await shown(state, input.AutoScalingGroupName)
    const { items, token } = page(type === 'elbv2' ? all : [], input)
    return {
      TrafficSources: items.map(({ arn, state: State }) => ({
        TrafficSource: arn,
        Identifier: arn,
        Type: 'elbv2',
        State,
      })),
      NextToken: token,
    }
  },
})
