import type { ActivitiesType, AutoScalingGroupsType } from '@aws-sdk/client-auto-scaling'
import { expect, test, vi } from 'vitest'

import type { Clock } from '../../../base/clock.ts'
import { FakeClock } from '../../../base/testing/fake-clock.ts'
import { atOnce } from '../../testing/at-once.ts'
import { createTestRegion, type TestRegion } from '../../testing/test-region.ts'

const SUBNETS = ['a', 'b', 'c'].map((letter) => ({
  id: `subnet-0${letter}`,
  zone: `ap-southeast-1${letter}`,
  public: false,
}))
const NAME = 'eks-managed-ng'
const DAY_SECONDS = 86_400

interface Place extends TestRegion {
  readonly call: <T = unknown>(operation: string, input?: object) => Promise<T>
  /** Zones of the running instances, in order. */
  readonly zones: () => string[]
  readonly running: () => string[]
}

async function place(clock?: Clock): Promise<Place> {
  const region = await createTestRegion(clock ? { clock } : {})
  await region.ec2.prepareNetwork({ subnets: SUBNETS })
  await region.endpoint.caller.call('ec2', 'CreateLaunchTemplate', {
    LaunchTemplateName: 'web',
    LaunchTemplateData: { ImageId: 'ami-1', InstanceType: 't3.xlarge' },
  })
  const running = () => region.ec2.instances.list().filter(({ state }) => state === 'running')
  return {
    ...region,
    call: (operation, input = {}) => region.endpoint.caller.call('autoscaling', operation, input),
    zones: () =>
      running()
        .map(({ zone }) => zone)
        .toSorted(),
    running: () => running().map(({ id }) => id),
  }
}

const GROUP = {
  AutoScalingGroupName: NAME,
  MinSize: 1,
  MaxSize: 4,
  DesiredCapacity: 3,
  VPCZoneIdentifier: SUBNETS.map(({ id }) => id).join(','),
  LaunchTemplate: { LaunchTemplateName: 'web', Version: '$Latest' },
  Tags: [
    {
      Key: 'eks:cluster-name',
      Value: 'c',
      PropagateAtLaunch: true,
      ResourceId: NAME,
      ResourceType: 'auto-scaling-group',
    },
  ],
}

test('a group spreads over its zones, replaces what is gone, shrinks and goes', async () => {
  const at = await place()
  at.runControllers()
  await at.call('CreateAutoScalingGroup', GROUP)
  await vi.waitFor(() => expect(at.zones()).toEqual(SUBNETS.map(({ zone }) => zone)))
  expect(at.ec2.instances.list()[0]?.tags).toEqual({
    'eks:cluster-name': 'c',
    'aws:autoscaling:groupName': NAME,
    'aws:ec2launchtemplate:id': expect.stringMatching(/^lt-/),
    'aws:ec2launchtemplate:version': '1',
  })

  const [first = ''] = at.running()
  await at.endpoint.caller.call('ec2', 'TerminateInstances', { InstanceIds: [first] })
  await vi.waitFor(() => {
    expect(at.running()).not.toContain(first)
    expect(at.zones()).toEqual(SUBNETS.map(({ zone }) => zone))
  })

  await at.call('SetDesiredCapacity', { AutoScalingGroupName: NAME, DesiredCapacity: 1 })
  await vi.waitFor(() => expect(at.running()).toHaveLength(1))
  const activities = await at.call<{ Activities: { Description: string }[] }>('DescribeScalingActivities', {
    AutoScalingGroupName: NAME,
  })
  expect(activities.Activities[0]?.Description).toMatch(/^Terminating EC2 instance: i-/)

  await expect(at.call('DeleteAutoScalingGroup', { AutoScalingGroupName: NAME })).rejects.toMatchObject({
    code: 'ResourceInUse',
  })
  await at.call('DeleteAutoScalingGroup', { AutoScalingGroupName: NAME, ForceDelete: true })
  await vi.waitFor(async () => {
    expect(at.running()).toEqual([])
    expect(await at.call('DescribeAutoScalingGroups')).toMatchObject({ AutoScalingGroups: [] })
  })
})

test('an instance can be taken out for good', async () => {
  const at = await place()
  at.runControllers()
  await at.call('CreateAutoScalingGroup', GROUP)
  await vi.waitFor(() => expect(at.running()).toHaveLength(3))
  const [InstanceId] = at.running()
  await at.call('TerminateInstanceInAutoScalingGroup', { InstanceId, ShouldDecrementDesiredCapacity: true })
  await vi.waitFor(async () => {
    const { AutoScalingGroups } = await at.call<AutoScalingGroupsType>('DescribeAutoScalingGroups')
    expect(AutoScalingGroups?.[0]).toMatchObject({ DesiredCapacity: 2, Instances: { length: 2 } })
    expect(AutoScalingGroups?.[0]?.Instances).toMatchObject([
      { LifecycleState: 'InService', HealthStatus: 'Healthy' },
      { LifecycleState: 'InService', HealthStatus: 'Healthy' },
    ])
  })
})

test('instances are replaced at their maximum lifetime, one at a time', async () => {
  const clock = new FakeClock()
  const at = await place(clock)
  at.runControllers()
  await expect(at.call('CreateAutoScalingGroup', { ...GROUP, MaxInstanceLifetime: 60 })).rejects.toThrow(
    /86400 seconds/,
  )
  await at.call('CreateAutoScalingGroup', { ...GROUP, MaxInstanceLifetime: DAY_SECONDS })
  await vi.waitFor(() => expect(at.running()).toHaveLength(3))
  const old = at.running()
  await clock.advance((DAY_SECONDS - 7200) * 1000)
  expect(at.running()).toEqual(old)
  await clock.advance(10_800_000)
  await vi.waitFor(() => {
    expect(at.running()).toHaveLength(3)
    expect(at.running().filter((id) => old.includes(id))).toEqual([])
  })
  expect(await at.call('DescribeAutoScalingGroups')).toMatchObject({
    AutoScalingGroups: [{ MaxInstanceLifetime: DAY_SECONDS }],
  })
})

test('metrics are collected as asked', async () => {
  const at = await place()
  const AutoScalingGroupName = NAME
  const metrics = async () => {
    const { AutoScalingGroups } = await at.call<AutoScalingGroupsType>('DescribeAutoScalingGroups')
    return AutoScalingGroups?.[0]?.EnabledMetrics?.map(({ Metric }) => Metric)
  }
  await at.call('CreateAutoScalingGroup', GROUP)
  expect(await metrics()).toEqual([])
  const Granularity = '1Minute'
  await at.call('EnableMetricsCollection', { AutoScalingGroupName, Granularity, Metrics: ['GroupMinSize'] })
  expect(await metrics()).toEqual(['GroupMinSize'])
  await at.call('EnableMetricsCollection', { AutoScalingGroupName, Granularity })
  expect(await metrics()).toHaveLength(21)
  await at.call('DisableMetricsCollection', { AutoScalingGroupName, Metrics: ['GroupMinSize'] })
  expect(await metrics()).toHaveLength(20)
  await expect(
    at.call('EnableMetricsCollection', { AutoScalingGroupName, Granularity, Metrics: ['Nothing'] }),
  ).rejects.toThrow('Invalid metric')
})

test('a launch that fails is told once', async () => {
  const at = await place()
  at.runControllers()
  await at.call('CreateAutoScalingGroup', { ...GROUP, MinSize: 0, DesiredCapacity: 0 })
  await at.endpoint.caller.call('ec2', 'DeleteLaunchTemplate', { LaunchTemplateName: 'web' })
  await at.call('SetDesiredCapacity', { AutoScalingGroupName: NAME, DesiredCapacity: 1 })
  await vi.waitFor(async () =>
    expect(await at.call('DescribeScalingActivities', { AutoScalingGroupName: NAME })).toMatchObject({
      Activities: [
        { StatusCode: 'Failed', StatusMessage: expect.stringMatching(/does not exist/) as string },
      ],
    }),
  )
})

test.each([
  [{ ...GROUP, MinSize: 5 }, 'ValidationError'],
  [{ ...GROUP, DesiredCapacity: 9 }, 'ValidationError'],
  [{ ...GROUP, VPCZoneIdentifier: undefined }, 'ValidationError'],
  [{ ...GROUP, VPCZoneIdentifier: 'subnet-none' }, 'InvalidSubnetID.NotFound'],
  [{ ...GROUP, LaunchTemplate: undefined }, 'ValidationError'],
  [{ ...GROUP, LaunchTemplate: { LaunchTemplateName: 'none' } }, 'ValidationError'],
  [
    { ...GROUP, MixedInstancesPolicy: { InstancesDistribution: { OnDemandBaseCapacity: 1 } } },
    'ValidationError',
  ],
  [{ ...GROUP, HealthCheckType: 'VPC_LATTICE' }, 'NotImplemented'],
  [{ ...GROUP, HealthCheckType: 'PING' }, 'ValidationError'],
  [{ ...GROUP, PlacementGroup: 'p' }, 'NotImplemented'],
  [{ ...GROUP, TerminationPolicies: ['OldestInstance'] }, 'NotImplemented'],
])('a group is refused %#', async (input, code) => {
  const at = await place()
  await expect(at.call('CreateAutoScalingGroup', input)).rejects.toMatchObject({ code })
})

test('a group has no lifecycle hooks, and what is no group is refused', async () => {
  const at = await place()
  await at.call('CreateAutoScalingGroup', { ...GROUP, MinSize: 0, DesiredCapacity: 0 })
  expect(await at.call('DescribeLifecycleHooks', { AutoScalingGroupName: NAME })).toEqual({
    LifecycleHooks: [],
  })
  await expect(at.call('DescribeLifecycleHooks', { AutoScalingGroupName: 'nobody' })).rejects.toMatchObject({
    code: 'ValidationError',
  })
})

test('tags of groups', async () => {
  const at = await place()
  await at.call('CreateAutoScalingGroup', { ...GROUP, MinSize: 0, DesiredCapacity: 0 })
  const tag = {
    Key: 'k',
    Value: 'v',
    PropagateAtLaunch: true,
    ResourceId: NAME,
    ResourceType: 'auto-scaling-group',
  }
  await at.call('CreateOrUpdateTags', { Tags: [tag] })
  const filter = { Filters: [{ Name: 'key', Values: ['k'] }] }
  expect(await at.call('DescribeTags', filter)).toMatchObject({ Tags: [tag] })
  await at.call('DeleteTags', { Tags: [tag] })
  expect(await at.call('DescribeTags', filter)).toMatchObject({ Tags: [] })
})

test('a group shows what it was made and changed with', async () => {
  const at = await place()
  const shown = async (input: object = {}) =>
    (await at.call<AutoScalingGroupsType>('DescribeAutoScalingGroups', input)).AutoScalingGroups?.[0]
  await at.call('CreateAutoScalingGroup', {
    ...GROUP,
    MinSize: 0,
    DesiredCapacity: 0,
    HealthCheckGracePeriod: 300,
    HealthCheckType: 'EC2',
    TerminationPolicies: ['Default'],
  })
  // cluster-autoscaler takes the name of the template, others its id.
  expect(await shown()).toMatchObject({
    HealthCheckGracePeriod: 300,
    DefaultCooldown: 300,
    LaunchTemplate: {
      LaunchTemplateId: expect.stringMatching(/^lt-/) as string,
      LaunchTemplateName: 'web',
      Version: '$Latest',
    },
  })
  await at.call('UpdateAutoScalingGroup', {
    AutoScalingGroupName: NAME,
    HealthCheckGracePeriod: 60,
    DefaultCooldown: 10,
  })
  expect(await shown()).toMatchObject({ HealthCheckGracePeriod: 60, DefaultCooldown: 10 })
})

test('instances and activities are shown as asked for', async () => {
  const at = await place()
  at.runControllers()
  await at.call('CreateAutoScalingGroup', { ...GROUP, DesiredCapacity: 2 })
  await vi.waitFor(() => expect(at.running()).toHaveLength(2))
  const groups = await at.call<AutoScalingGroupsType>('DescribeAutoScalingGroups', {
    IncludeInstances: false,
  })
  expect(groups.AutoScalingGroups?.[0]?.Instances).toEqual([])
  const activities = await vi.waitFor(async () => {
    const answer = await at.call<ActivitiesType>('DescribeScalingActivities')
    expect(answer.Activities).toHaveLength(2)
    return answer.Activities ?? []
  })
  const ActivityIds = [activities[1]?.ActivityId ?? '']
  expect(await at.call('DescribeScalingActivities', { ActivityIds })).toMatchObject({
    Activities: [{ ActivityId: ActivityIds[0] }],
  })
})

test('of many that take one instance out at once, one makes the group smaller', async () => {
  const at = await place()
  at.runControllers()
  await at.call('CreateAutoScalingGroup', GROUP)
  await vi.waitFor(() => expect(at.running()).toHaveLength(3))
  const [InstanceId] = at.running()
  const input = { InstanceId, ShouldDecrementDesiredCapacity: true }
  const { answers, codes } = await atOnce(() => at.call('TerminateInstanceInAutoScalingGroup', input))
  expect([answers.length, new Set(codes)]).toEqual([1, new Set(['ValidationError'])])
  const { AutoScalingGroups } = await at.call<AutoScalingGroupsType>('DescribeAutoScalingGroups')
  expect(AutoScalingGroups?.[0]?.DesiredCapacity).toBe(2)
})

test('sizes keep their bounds whatever is asked for at once', async () => {
  const at = await place()
  await at.call('CreateAutoScalingGroup', { ...GROUP, MinSize: 0, DesiredCapacity: 0 })
  await atOnce((index) =>
    index % 2 === 0
      ? at.call('SetDesiredCapacity', { AutoScalingGroupName: NAME, DesiredCapacity: 4 })
      : at.call('UpdateAutoScalingGroup', { AutoScalingGroupName: NAME, MaxSize: 2 }),
  )
  const { AutoScalingGroups } = await at.call<AutoScalingGroupsType>('DescribeAutoScalingGroups')
  expect(AutoScalingGroups?.[0]).toMatchObject({ MaxSize: 2, DesiredCapacity: 2 })
})

const CONFIGURATION = {
  LaunchConfigurationName: 'old',
  ImageId: 'ami-1',
  InstanceType: 't3.large',
  SpotPrice: '0.1',
}

test('a launch configuration is what a group launches, and stays while one uses it', async () => {
  const at = await place()
  at.runControllers()
  await at.call('CreateLaunchConfiguration', CONFIGURATION)
  await expect(at.call('CreateLaunchConfiguration', CONFIGURATION)).rejects.toMatchObject({
    code: 'AlreadyExists',
  })
  const { LaunchTemplate: _template, ...group } = GROUP
  const named = { ...group, LaunchConfigurationName: 'old', DesiredCapacity: 2 }
  await expect(
    at.call('CreateAutoScalingGroup', { ...named, LaunchConfigurationName: 'none' }),
  ).rejects.toMatchObject({ message: 'Launch configuration name not found - none' })
  await at.call('CreateAutoScalingGroup', named)
  await vi.waitFor(() => expect(at.running()).toHaveLength(2))
  expect(at.ec2.instances.list()[0]).toMatchObject({ instanceType: 't3.large', isSpot: true })
  const { AutoScalingGroups } = await at.call<AutoScalingGroupsType>('DescribeAutoScalingGroups')
  expect(AutoScalingGroups?.[0]).toMatchObject({
    LaunchConfigurationName: 'old',
    Instances: [{ LaunchConfigurationName: 'old' }, {}],
  })
  const remove = () => at.call('DeleteLaunchConfiguration', { LaunchConfigurationName: 'old' })
  await expect(remove()).rejects.toMatchObject({ code: 'ResourceInUse' })
  await at.call('UpdateAutoScalingGroup', {
    AutoScalingGroupName: NAME,
    LaunchTemplate: { LaunchTemplateName: 'web' },
  })
  await remove()
  expect(await at.call('DescribeLaunchConfigurations')).toMatchObject({ LaunchConfigurations: [] })
})

test('a group of zones alone is in the default subnets', async () => {
  const at = await place()
  const { VPCZoneIdentifier: _subnets, ...group } = GROUP
  const input = { ...group, AvailabilityZones: ['ap-southeast-1a', 'ap-southeast-1b'] }
  await expect(at.call('CreateAutoScalingGroup', input)).rejects.toMatchObject({ code: 'ValidationError' })
  await at.ec2.ensureDefaultVpc()
  at.runControllers()
  await at.call('CreateAutoScalingGroup', input)
  await vi.waitFor(() => expect(at.running()).toHaveLength(3))
  expect(new Set(at.zones())).toEqual(new Set(input.AvailabilityZones))
  expect(await at.call('DescribeAutoScalingGroups')).toMatchObject({
    AutoScalingGroups: [{ VPCZoneIdentifier: '', AvailabilityZones: input.AvailabilityZones }],
  })
})

test('an instance that somebody stopped is replaced, unless the group may not', async () => {
  const at = await place()
  at.runControllers()
  await at.call('CreateAutoScalingGroup', { ...GROUP, DesiredCapacity: 1 })
  await vi.waitFor(() => expect(at.running()).toHaveLength(1))
  const named = { AutoScalingGroupName: NAME }
  const [first = ''] = at.running()
  await at.call('SuspendProcesses', { ...named, ScalingProcesses: ['ReplaceUnhealthy'] })
  await at.endpoint.caller.call('ec2', 'StopInstances', { InstanceIds: [first] })
  await vi.waitFor(() => expect(at.ec2.instances.get(first)?.state).toBe('stopped'))
  expect(at.running()).toEqual([])
  await at.call('ResumeProcesses', named)
  await vi.waitFor(() => expect(at.running()).toHaveLength(1))
  expect(at.ec2.instances.get(first)?.state).toBe('terminated')
  const { Activities = [] } = await at.call<ActivitiesType>('DescribeScalingActivities', named)
  expect(Activities.map(({ Cause }) => Cause)).toContainEqual(
    expect.stringContaining('an EC2 health check indicating it has been terminated or stopped.'),
  )
})

test('a process that is suspended is not done until it is resumed', async () => {
  const at = await place()
  at.runControllers()
  const named = { AutoScalingGroupName: NAME }
  await at.call('CreateAutoScalingGroup', { ...GROUP, MinSize: 0, DesiredCapacity: 1 })
  await vi.waitFor(() => expect(at.running()).toHaveLength(1))
  await at.call('SuspendProcesses', { ...named, ScalingProcesses: ['Terminate'] })
  await at.call('SetDesiredCapacity', { ...named, DesiredCapacity: 0 })
  await at.call('SetDesiredCapacity', { ...named, DesiredCapacity: 2 })
  await vi.waitFor(() => expect(at.running()).toHaveLength(2))
  await at.call('SuspendProcesses', named)
  const { AutoScalingGroups } = await at.call<AutoScalingGroupsType>('DescribeAutoScalingGroups')
  expect(AutoScalingGroups?.[0]?.SuspendedProcesses).toHaveLength(9)
  await at.call('SetDesiredCapacity', { ...named, DesiredCapacity: 0 })
  await at.call('ResumeProcesses', { ...named, ScalingProcesses: ['Terminate'] })
  await vi.waitFor(() => expect(at.running()).toHaveLength(0))
  await at.call('SetDesiredCapacity', { ...named, DesiredCapacity: 1 })
  await at.call('ResumeProcesses', named)
  await vi.waitFor(() => expect(at.running()).toHaveLength(1))
  const instances = await at.call('DescribeAutoScalingInstances')
  expect(instances).toMatchObject({
    AutoScalingInstances: [{ InstanceId: at.running()[0], ...named, HealthStatus: 'HEALTHY' }],
  })
  await expect(at.call('SuspendProcesses', { ...named, ScalingProcesses: ['Nap'] })).rejects.toMatchObject({
    code: 'ValidationError',
  })
})
