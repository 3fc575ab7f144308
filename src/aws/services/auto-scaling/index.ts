// Owns the surface of Auto Scaling.
import type { Controller } from '../../../reconcile/controller.ts'
import { bindOperations } from '../../protocol/operation.ts'
import type { AwsService, ServiceDeps } from '../../protocol/service.ts'
import { defineService } from '../../protocol/services.ts'
import { describeScalingActivities, terminateInstanceInAutoScalingGroup } from './activities.ts'
import { describeAutoScalingGroups } from './describe-groups.ts'
import {
  createAutoScalingGroup,
  deleteAutoScalingGroup,
  setDesiredCapacity,
  updateAutoScalingGroup,
} from './groups.ts'
import { disableMetricsCollection, enableMetricsCollection } from './metrics.ts'
import { groupController, type InstanceFeed } from './reconcile.ts'
import {
  createLaunchConfiguration,
  deleteLaunchConfiguration,
  describeLaunchConfigurations,
} from './launch-configurations.ts'
import { describeLifecycleHooks } from './lifecycle-hooks.ts'
import { describeAutoScalingInstances, resumeProcesses, suspendProcesses } from './processes.ts'
import { AutoScalingState } from './state.ts'
import { createOrUpdateTags, deleteTags, describeTags } from './tags.ts'
import {
  attachLoadBalancerTargetGroups,
  attachTrafficSources,
  describeLoadBalancerTargetGroups,
  describeTrafficSources,
  detachLoadBalancerTargetGroups,
  detachTrafficSources,
} from './traffic-sources.ts'

export type { InstanceFeed } from './reconcile.ts'

export interface AutoScaling {
  readonly service: AwsService
  readonly controllers: readonly Controller[]
}

/** Builds Auto Scaling. `ports.instances` is EC2's `instances`; EC2 itself is reached through `deps.caller`. */
export function createAutoScaling(
  deps: ServiceDeps,
  ports: { readonly instances: InstanceFeed },
): AutoScaling {
  const state = new AutoScalingState(deps)
  return {
    service: defineService(
      'autoscaling',
      bindOperations(state, {
        AttachLoadBalancerTargetGroups: attachLoadBalancerTargetGroups,
        AttachTrafficSources: attachTrafficSources,
        CreateAutoScalingGroup: createAutoScalingGroup,
        CreateLaunchConfiguration: createLaunchConfiguration,
        CreateOrUpdateTags: createOrUpdateTags,
        DeleteAutoScalingGroup: deleteAutoScalingGroup,
        DeleteTags: deleteTags,
        DescribeAutoScalingGroups: describeAutoScalingGroups,
        DisableMetricsCollection: disableMetricsCollection,
        EnableMetricsCollection: enableMetricsCollection,
        DeleteLaunchConfiguration: deleteLaunchConfiguration,
        DescribeAutoScalingInstances: describeAutoScalingInstances,
        DescribeLaunchConfigurations: describeLaunchConfigurations,
        DescribeLifecycleHooks: describeLifecycleHooks,
        ResumeProcesses: resumeProcesses,
        SuspendProcesses: suspendProcesses,
        DescribeLoadBalancerTargetGroups: describeLoadBalancerTargetGroups,
        DescribeScalingActivities: describeScalingActivities,
        DescribeTags: describeTags,
        DescribeTrafficSources: describeTrafficSources,
        DetachLoadBalancerTargetGroups: detachLoadBalancerTargetGroups,
        DetachTrafficSources: detachTrafficSources,
        SetDesiredCapacity: setDesiredCapacity,
        TerminateInstanceInAutoScalingGroup: terminateInstanceInAutoScalingGroup,
        UpdateAutoScalingGroup: updateAutoScalingGroup,
      }),
    ),
    controllers: [groupController(state, ports.instances)],
  }
}
