// Owns the table of the operations of Auto Scaling.
import { bindOperations } from '../../protocol/operation.ts'
import type { Operations } from '../../protocol/service.ts'
import { describeScalingActivities, terminateInstanceInAutoScalingGroup } from './activities.ts'
import { describeAutoScalingGroups } from './describe-groups.ts'
import {
  createAutoScalingGroup,
  deleteAutoScalingGroup,
  setDesiredCapacity,
  updateAutoScalingGroup,
} from './groups.ts'
import { disableMetricsCollection, enableMetricsCollection } from './metrics.ts'
import {
  createLaunchConfiguration,
  deleteLaunchConfiguration,
  describeLaunchConfigurations,
} from './launch-configurations.ts'
import { describeLifecycleHooks } from './lifecycle-hooks.ts'
import { describeAutoScalingInstances, resumeProcesses, suspendProcesses } from './processes.ts'
import { createOrUpdateTags, deleteTags, describeTags } from './tags.ts'
import {
  attachLoadBalancerTargetGroups,
  attachTrafficSources,
  describeLoadBalancerTargetGroups,
  describeTrafficSources,
  detachLoadBalancerTargetGroups,
  detachTrafficSources,
} from './traffic-sources.ts'
import type { AutoScalingState } from './state.ts'

/** By published name. */
export function operationsOf(state: AutoScalingState): Operations {
  return bindOperations(state, {
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
  })
}
