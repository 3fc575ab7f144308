// Owns DescribeAutoScalingGroups.
import type {
  AutoScalingGroup,
  AutoScalingGroupNamesType,
  AutoScalingGroupsType,
} from '@aws-sdk/client-auto-scaling'
import type { Instance } from '@aws-sdk/client-ec2'

import { operation } from '../../protocol/operation.ts'
import { fleetOf, groupNameOf, isAlive } from './fleet.ts'
import { showMixed } from './mixed-instances.ts'
import { FILTERS, page, PAGES } from './paging.ts'
import { validationError, type AutoScalingState, type GroupRecord } from './state.ts'
import { describeTag } from './tags.ts'
import { attachedTo } from './target-groups.ts'

/** An instance as the group shows it. */
export function describeInstance(group: GroupRecord, instance: Instance) {
  const states: Readonly<Record<string, string>> = { pending: 'Pending', running: 'InService' }
  return {
    InstanceId: instance.InstanceId,
    InstanceType: instance.InstanceType,
    AvailabilityZone: instance.Placement?.AvailabilityZone,
    // The SDK's enumeration has all three.
    LifecycleState: (states[instance.State?.Name ?? ''] ?? 'Terminating') as 'InService',
    HealthStatus: isAlive(instance) ? 'Healthy' : 'Unhealthy',
    ProtectedFromScaleIn: group.protectNew,
    ...launchedFrom(group, instance),
  }
}

// An instance shows the version that it was launched from, which its group may name as `$Default`.
function launchedFrom(group: GroupRecord, { Tags = [] }: Instance) {
  const version = Tags.find(({ Key }) => Key === 'aws:ec2launchtemplate:version')?.Value
  if (!group.template || version === undefined) return machinesShown(group)
  return machinesShown({ ...group, template: { ...group.template, version } })
}

function machinesShown({ template, configuration }: GroupRecord) {
  if (!template) return { LaunchConfigurationName: configuration }
  const { id, name, version } = template
  return { LaunchTemplate: { LaunchTemplateId: id, LaunchTemplateName: name, Version: version } }
}

function describe(group: GroupRecord, fleet: readonly Instance[]): AutoScalingGroup {
  return {
    AutoScalingGroupName: group.name,
    AutoScalingGroupARN: group.arn,
    CreatedTime: new Date(group.createdAtMs),
    MinSize: group.minSize,
    MaxSize: group.maxSize,
    DesiredCapacity: group.desired,
    DefaultCooldown: group.cooldownSeconds ?? 300,
    HealthCheckType: group.healthCheckType ?? 'EC2',
    HealthCheckGracePeriod: group.gracePeriodSeconds ?? 0,
    AvailabilityZones: [...group.zones],
    VPCZoneIdentifier: group.byZones ? '' : group.subnetIds.join(','),
    ...(group.mixed ? {} : machinesShown(group)),
    MixedInstancesPolicy: showMixed(group),
    Instances: fleet.map((instance) => describeInstance(group, instance)),
    LoadBalancerNames: [],
    TargetGroupARNs: attachedTo(group),
    TrafficSources: attachedTo(group).map((Identifier) => ({ Identifier, Type: 'elbv2' })),
    SuspendedProcesses: Object.entries(group.suspended ?? {}).map(([ProcessName, SuspensionReason]) => ({
      ProcessName,
      SuspensionReason,
    })),
    CapacityRebalance: group.capacityRebalance,
    MaxInstanceLifetime: group.maxLifetimeSeconds,
    EnabledMetrics: (group.metrics ?? []).map((Metric) => ({ Metric, Granularity: '1Minute' })),
    TerminationPolicies: ['Default'],
    NewInstancesProtectedFromScaleIn: group.protectNew,
    Status: group.isDeleting ? 'Delete in progress' : undefined,
    Tags: group.tags.map((tag) => describeTag(group, tag)),
  }
}

export const describeAutoScalingGroups = operation<
  AutoScalingState,
  AutoScalingGroupNamesType,
  AutoScalingGroupsType
>()({
  honours: ['AutoScalingGroupNames', 'IncludeInstances', ...FILTERS, ...PAGES],
  handle: async (input, state) => {
    const names = input.AutoScalingGroupNames ?? []
    const wanted = state.groups
      .list()
      .filter(({ name }) => names.length === 0 || names.includes(name))
      .filter((group) => (input.Filters ?? []).every((filter) => hasTag(group, filter)))
    const { items, token } = page(wanted, input)
    const instances = input.IncludeInstances === false ? [] : await fleetOf(state)
    const fleet = Map.groupBy(instances, groupNameOf)
    return {
      AutoScalingGroups: items.map((group) => describe(group, fleet.get(group.name) ?? [])),
      NextToken: token,
    }
  },
})

function hasTag(
  group: GroupRecord,
  filter: { Name?: string | undefined; Values?: string[] | undefined },
): boolean {
  const { Name: name = '', Values: values = [] } = filter
  if (name.startsWith('tag:')) {
    return group.tags.some(({ key, value }) => key === name.slice(4) && values.includes(value))
  }
  if (name === 'tag-key') return group.tags.some(({ key }) => values.includes(key))
  if (name === 'tag-value') return group.tags.some(({ value }) => values.includes(value))
  throw validationError(
    `Filter type ${name} is not correct. Allowed Filter types are: tag-key tag-value tag:<key>`,
  )
}
