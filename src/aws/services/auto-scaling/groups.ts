// Owns the operations on groups and their tags.
import type {
  Activity,
  AutoScalingGroup,
  AutoScalingGroupNamesType,
  AutoScalingGroupsType,
  CreateAutoScalingGroupType,
  CreateOrUpdateTagsType,
  DeleteAutoScalingGroupType,
  DeleteTagsType,
  DescribeScalingActivitiesType,
  ActivitiesType,
  ActivityType,
  DescribeTagsType,
  SetDesiredCapacityType,
  Tag,
  TagsType,
  TerminateInstanceInAutoScalingGroupType,
  UpdateAutoScalingGroupType,
} from '@aws-sdk/client-auto-scaling'
import type { DescribeSubnetsResult, Instance } from '@aws-sdk/client-ec2'

import { AwsError } from '../../../base/errors.ts'
import { paginate } from '../../protocol/paging.ts'
import { fleetOf, groupNameOf, isAlive, terminate } from './fleet.ts'
import {
  validationError,
  type ActivityRecord,
  type AutoScalingState,
  type GroupRecord,
  type GroupTag,
} from './state.ts'

const MARKERS = { defaultLimit: 50, tokenCode: 'InvalidNextToken' }

/** What is asked for in ways that are not emulated. */
function refuseOthers(input: CreateAutoScalingGroupType | UpdateAutoScalingGroupType): void {
  const other = (['MixedInstancesPolicy', 'LaunchConfigurationName', 'InstanceId'] as const).find(
    (name) => name in input && (input as unknown as Record<string, unknown>)[name] !== undefined,
  )
  if (other) {
    throw new AwsError('NotImplemented', `An Auto Scaling group with ${other} is not emulated by Neargate.`)
  }
}

function checkSizes({
  minSize,
  maxSize,
  desired,
}: {
  minSize: number
  maxSize: number
  desired: number
}): void {
  if (minSize > maxSize) throw validationError('Max bound must be greater than or equal to min bound')
  if (desired < minSize) {
    throw validationError('Desired capacity must be greater than or equal to the minimum size.')
  }
  if (desired > maxSize)
    throw validationError('Desired capacity must be less than or equal to the maximum size.')
}

function readTags(tags: readonly Tag[] | undefined): GroupTag[] {
  return (tags ?? []).map(({ Key = '', Value = '', PropagateAtLaunch = false }) => ({
    key: Key,
    value: Value,
    propagate: PropagateAtLaunch,
  }))
}

function mergeTags(present: readonly GroupTag[], added: readonly GroupTag[]): GroupTag[] {
  const keys = new Set(added.map(({ key }) => key))
  return [...present.filter(({ key }) => !keys.has(key)), ...added]
}

async function placement(
  state: AutoScalingState,
  identifier: string,
): Promise<Pick<GroupRecord, 'subnetIds' | 'zones'>> {
  const subnetIds = identifier.split(',').map((id) => id.trim())
  const answer = await state.deps.caller.call<DescribeSubnetsResult>('ec2', 'DescribeSubnets', {
    SubnetIds: subnetIds,
  })
  const zones = new Set((answer.Subnets ?? []).flatMap(({ AvailabilityZone }) => AvailabilityZone ?? []))
  return { subnetIds, zones: [...zones] }
}

function templateOf(
  input: CreateAutoScalingGroupType['LaunchTemplate'],
): GroupRecord['template'] | undefined {
  if (!input) return undefined
  const { LaunchTemplateId: id, LaunchTemplateName: name, Version: version = '$Default' } = input
  return { version, ...(id === undefined ? {} : { id }), ...(name === undefined ? {} : { name }) }
}

export async function createAutoScalingGroup(
  input: CreateAutoScalingGroupType,
  state: AutoScalingState,
): Promise<void> {
  refuseOthers(input)
  const { AutoScalingGroupName: name = '', MinSize: minSize = 0, MaxSize: maxSize = 0 } = input
  const desired = input.DesiredCapacity ?? minSize
  checkSizes({ minSize, maxSize, desired })
  const template = templateOf(input.LaunchTemplate)
  if (!template) {
    throw validationError(
      'Valid requests must contain either LaunchTemplate, LaunchConfigurationName, InstanceId or MixedInstancesPolicy parameter.',
    )
  }
  if (!input.VPCZoneIdentifier) {
    throw validationError('At least one Availability Zone or VPC Subnet is required.')
  }
  const { accountId, clock, ids, region } = state.deps
  const group: GroupRecord = {
    name,
    arn: `arn:aws:autoscaling:${region}:${accountId}:autoScalingGroup:${ids.uuid()}:autoScalingGroupName/${name}`,
    createdAtMs: clock.now(),
    minSize,
    maxSize,
    desired,
    template,
    ...(await placement(state, input.VPCZoneIdentifier)),
    tags: readTags(input.Tags),
    protectNew: input.NewInstancesProtectedFromScaleIn ?? false,
    activities: [],
    isDeleting: false,
  }
  if (!(await state.groups.create(name, group))) {
    throw new AwsError(
      'AlreadyExists',
      'AutoScalingGroup by this name already exists - A group with the name already exists',
    )
  }
}

export async function updateAutoScalingGroup(
  input: UpdateAutoScalingGroupType,
  state: AutoScalingState,
): Promise<void> {
  refuseOthers(input)
  const group = state.group(input.AutoScalingGroupName)
  const minSize = input.MinSize ?? group.minSize
  const maxSize = input.MaxSize ?? group.maxSize
  // Without a desired capacity the present one moves into the new bounds (API_UpdateAutoScalingGroup).
  const desired = input.DesiredCapacity ?? Math.min(Math.max(group.desired, minSize), maxSize)
  checkSizes({ minSize, maxSize, desired })
  const place = input.VPCZoneIdentifier ? await placement(state, input.VPCZoneIdentifier) : {}
  await state.groups.update(group.name, (current) => ({
    ...current,
    ...place,
    minSize,
    maxSize,
    desired,
    template: templateOf(input.LaunchTemplate) ?? current.template,
    protectNew: input.NewInstancesProtectedFromScaleIn ?? current.protectNew,
  }))
}

export async function deleteAutoScalingGroup(
  input: DeleteAutoScalingGroupType,
  state: AutoScalingState,
): Promise<void> {
  const group = state.group(input.AutoScalingGroupName)
  const fleet = await fleetOf(state, group.name)
  if (!input.ForceDelete && (group.desired > 0 || fleet.some(isAlive))) {
    throw new AwsError(
      'ResourceInUse',
      'You cannot delete an AutoScalingGroup while there are instances or pending Spot instance request(s) still in the group.',
    )
  }
  await state.groups.update(group.name, (current) => ({ ...current, isDeleting: true }))
}

function describeInstance(group: GroupRecord, instance: Instance) {
  const { id, name, version } = group.template
  const states: Readonly<Record<string, string>> = { pending: 'Pending', running: 'InService' }
  return {
    InstanceId: instance.InstanceId,
    InstanceType: instance.InstanceType,
    AvailabilityZone: instance.Placement?.AvailabilityZone,
    // The SDK's enumeration has all three.
    LifecycleState: (states[instance.State?.Name ?? ''] ?? 'Terminating') as 'InService',
    HealthStatus: isAlive(instance) ? 'Healthy' : 'Unhealthy',
    ProtectedFromScaleIn: group.protectNew,
    LaunchTemplate: { LaunchTemplateId: id, LaunchTemplateName: name, Version: version },
  }
}

function describe(group: GroupRecord, fleet: readonly Instance[]): AutoScalingGroup {
  const { id, name, version } = group.template
  return {
    AutoScalingGroupName: group.name,
    AutoScalingGroupARN: group.arn,
    CreatedTime: new Date(group.createdAtMs),
    MinSize: group.minSize,
    MaxSize: group.maxSize,
    DesiredCapacity: group.desired,
    DefaultCooldown: 300,
    HealthCheckType: 'EC2',
    HealthCheckGracePeriod: 0,
    AvailabilityZones: [...group.zones],
    VPCZoneIdentifier: group.subnetIds.join(','),
    LaunchTemplate: { LaunchTemplateId: id, LaunchTemplateName: name, Version: version },
    Instances: fleet.map((instance) => describeInstance(group, instance)),
    LoadBalancerNames: [],
    TargetGroupARNs: [],
    SuspendedProcesses: [],
    EnabledMetrics: [],
    TerminationPolicies: ['Default'],
    NewInstancesProtectedFromScaleIn: group.protectNew,
    Status: group.isDeleting ? 'Delete in progress' : undefined,
    Tags: group.tags.map((tag) => describeTag(group, tag)),
  }
}

function describeTag(group: GroupRecord, { key, value, propagate }: GroupTag) {
  return {
    Key: key,
    Value: value,
    PropagateAtLaunch: propagate,
    ResourceId: group.name,
    ResourceType: 'auto-scaling-group',
  }
}

export async function describeAutoScalingGroups(
  input: AutoScalingGroupNamesType,
  state: AutoScalingState,
): Promise<AutoScalingGroupsType> {
  const names = input.AutoScalingGroupNames ?? []
  const wanted = state.groups
    .list()
    .filter(({ name }) => names.length === 0 || names.includes(name))
    .filter((group) => (input.Filters ?? []).every((filter) => hasTag(group, filter)))
  const { items, token } = paginate(wanted, { ...MARKERS, token: input.NextToken, limit: input.MaxRecords })
  const fleet = Map.groupBy(await fleetOf(state), groupNameOf)
  return {
    AutoScalingGroups: items.map((group) => describe(group, fleet.get(group.name) ?? [])),
    NextToken: token,
  }
}

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

export async function setDesiredCapacity(
  input: SetDesiredCapacityType,
  state: AutoScalingState,
): Promise<void> {
  const { name, minSize, maxSize } = state.group(input.AutoScalingGroupName)
  const desired = input.DesiredCapacity ?? 0
  if (desired < minSize) {
    throw validationError(
      `New SetDesiredCapacity value ${desired} is below min value ${minSize} for the AutoScalingGroup.`,
    )
  }
  if (desired > maxSize) {
    throw validationError(
      `New SetDesiredCapacity value ${desired} is above max value ${maxSize} for the AutoScalingGroup.`,
    )
  }
  await state.groups.update(name, (group) => ({ ...group, desired }))
}

export async function terminateInstanceInAutoScalingGroup(
  input: TerminateInstanceInAutoScalingGroupType,
  state: AutoScalingState,
): Promise<ActivityType> {
  const id = input.InstanceId ?? ''
  const instance = (await fleetOf(state)).find(({ InstanceId }) => InstanceId === id)
  const group = instance && state.groups.get(groupNameOf(instance) ?? '')
  if (!group)
    throw validationError(`Instance Id not found - No managed instance found for instance ID: ${id}`)
  if (input.ShouldDecrementDesiredCapacity) {
    const desired = group.desired - 1
    if (desired < group.minSize) {
      throw validationError(
        `Currently, desiredSize equals minSize (${group.minSize}). Terminating instance without replacement will violate group's min size constraint. Either set shouldDecrementDesiredCapacity flag to false or lower group's min size.`,
      )
    }
    await state.groups.update(group.name, (current) => ({ ...current, desired }))
  }
  await terminate(state, [id])
  const cause = `At ${new Date(state.deps.clock.now()).toISOString().slice(0, 19)}Z instance ${id} was taken out of service in response to a user request.`
  await state.record(group.name, {
    description: `Terminating EC2 instance: ${id}`,
    cause,
    status: 'Successful',
  })
  const [newest] = state.group(group.name).activities
  return newest ? { Activity: describeActivity(group.name, newest) } : {}
}

function describeActivity(name: string, activity: ActivityRecord): Activity {
  return {
    ActivityId: activity.id,
    AutoScalingGroupName: name,
    Description: activity.description,
    Cause: activity.cause,
    StartTime: new Date(activity.atMs),
    EndTime: new Date(activity.atMs),
    StatusCode: activity.status,
    StatusMessage: activity.message,
    Progress: 100,
    Details: '',
  }
}

export function describeScalingActivities(
  input: DescribeScalingActivitiesType,
  state: AutoScalingState,
): ActivitiesType {
  const name = input.AutoScalingGroupName
  const groups =
    name === undefined ? state.groups.list() : [state.groups.get(name)].filter((group) => group !== undefined)
  const all = groups.flatMap((group) =>
    group.activities.map((activity) => describeActivity(group.name, activity)),
  )
  const { items, token } = paginate(all, { ...MARKERS, token: input.NextToken, limit: input.MaxRecords })
  return { Activities: items, NextToken: token }
}

export async function createOrUpdateTags(
  input: CreateOrUpdateTagsType,
  state: AutoScalingState,
): Promise<void> {
  for (const tag of input.Tags ?? []) {
    const { name } = state.group(tag.ResourceId)
    await state.groups.update(name, (group) => ({ ...group, tags: mergeTags(group.tags, readTags([tag])) }))
  }
}

export async function deleteTags(input: DeleteTagsType, state: AutoScalingState): Promise<void> {
  for (const tag of input.Tags ?? []) {
    const { name } = state.group(tag.ResourceId)
    await state.groups.update(name, (group) => ({
      ...group,
      tags: group.tags.filter(({ key }) => key !== tag.Key),
    }))
  }
}

export function describeTags(input: DescribeTagsType, state: AutoScalingState): TagsType {
  const all = state.groups
    .list()
    .flatMap((group) => group.tags.map((tag) => describeTag(group, tag)))
    .filter((tag) =>
      (input.Filters ?? []).every(({ Name, Values = [] }) => {
        const values: Readonly<Record<string, string>> = {
          'auto-scaling-group': tag.ResourceId,
          key: tag.Key,
          value: tag.Value,
          'propagate-at-launch': String(tag.PropagateAtLaunch),
        }
        const value = values[Name ?? '']
        if (value === undefined) throw validationError(`Invalid filter name: ${Name}`)
        return Values.includes(value)
      }),
    )
  const { items, token } = paginate(all, { ...MARKERS, token: input.NextToken, limit: input.MaxRecords })
  return { Tags: items, NextToken: token }
}
