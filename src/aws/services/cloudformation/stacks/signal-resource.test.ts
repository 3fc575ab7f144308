import type * as sdk from '@aws-sdk/client-cloudformation'
import type { AutoScalingGroupsType } from '@aws-sdk/client-auto-scaling'
import { expect, test } from 'vitest'

import { FakeClock } from '../../../../base/testing/fake-clock.ts'
import { createStackRegion, type StackRegion } from '../testing/stack-region.ts'

const waiting = (properties: object, more: object = {}) => ({
  Resources: {
    Handle: { Type: 'AWS::CloudFormation::WaitConditionHandle' },
    Wait: {
      Type: 'AWS::CloudFormation::WaitCondition',
      Properties: { Handle: { Ref: 'Handle' }, Timeout: 60, ...properties },
      ...more,
    },
  },
  Outputs: { Data: { Value: { 'Fn::GetAtt': ['Wait', 'Data'] } } },
})

async function statusOf(region: StackRegion, StackName: string): Promise<sdk.Stack> {
  const { Stacks = [] } = await region.call<sdk.DescribeStacksOutput>('cloudformation', 'DescribeStacks', {
    StackName,
  })
  return Stacks[0] as sdk.Stack
}

async function reasonsOf(region: StackRegion, StackName: string, logicalId: string): Promise<string[]> {
  const { StackEvents = [] } = await region.call<sdk.DescribeStackEventsOutput>(
    'cloudformation',
    'DescribeStackEvents',
    { StackName },
  )
  return StackEvents.filter(({ LogicalResourceId }) => LogicalResourceId === logicalId)
    .map(({ ResourceStatus, ResourceStatusReason }) =>
      `${ResourceStatus} ${ResourceStatusReason ?? ''}`.trim(),
    )
    .toReversed()
}

async function handleOf(region: StackRegion, StackName: string): Promise<string> {
  const { StackResourceDetail } = await region.call<sdk.DescribeStackResourceOutput>(
    'cloudformation',
    'DescribeStackResource',
    { StackName, LogicalResourceId: 'Handle' },
  )
  return StackResourceDetail?.PhysicalResourceId ?? ''
}

/** Puts a signal as curl does, which has no key of AWS. */
async function put(region: StackRegion, url: string, signal: object | string): Promise<number> {
  const body = Buffer.from(typeof signal === 'string' ? signal : JSON.stringify(signal))
  const { pathname, search } = new URL(url)
  const { handles } = region.cloudformation
  const request = { method: 'PUT', url: pathname + search, headers: {}, body }
  return (await handles.receive(request)).status
}

test('a wait condition is made once its handle has been told of enough', async () => {
  const region = await createStackRegion()
  const id = await region.create('s', waiting({ Count: '2' }))
  await region.step(id)
  const url = await handleOf(region, 's')
  expect(url).toMatch(
    /^http:\/\/127\.0\.0\.1:4566\/cloudformation-waitcondition-ap-southeast-1\/arn%3Aaws%3A/,
  )
  expect(await put(region, url, { Status: 'SUCCESS', UniqueId: 'a', Data: 'one' })).toBe(200)
  expect(await put(region, url, { Status: 'SUCCESS', UniqueId: 'a', Data: 'again' })).toBe(200)
  await region.step(id)
  expect((await statusOf(region, 's')).StackStatus).toBe('CREATE_IN_PROGRESS')
  expect(await put(region, url, { Status: 'SUCCESS', UniqueId: 'b', Data: 'two' })).toBe(200)
  expect((await region.settle(id)).status).toBe('CREATE_COMPLETE')
  expect((await statusOf(region, 's')).Outputs?.[0]?.OutputValue).toBe('{"a":"one","b":"two"}')
})

test('who has not been given the URL, and what is no signal, is refused', async () => {
  const region = await createStackRegion()
  await region.step(await region.create('s', waiting({})))
  const url = await handleOf(region, 's')
  const good = { Status: 'SUCCESS', UniqueId: 'a' }
  expect(await put(region, url.replace(/Signature=.*/, 'Signature=0'), good)).toBe(403)
  expect(await put(region, url.replace('Handle', 'Other'), good)).toBe(403)
  expect(await put(region, url.replace(/arn.*\?/, '%E0%A4%A?'), good)).toBe(403)
  expect(await put(region, url, { Status: 'MAYBE', UniqueId: 'a' })).toBe(400)
  expect(await put(region, url, { Status: 'SUCCESS' })).toBe(400)
  expect(await put(region, url, '{')).toBe(400)
})

test('a failure, and time that is over, fail the stack in the words of AWS', async () => {
  const clock = new FakeClock(1_800_000_000_000)
  const region = await createStackRegion({ clock })
  const failing = await region.create('failing', waiting({}))
  await region.step(failing)
  const signal = { Status: 'FAILURE', UniqueId: 'i-1', Reason: 'no disk' }
  expect(await put(region, await handleOf(region, 'failing'), signal)).toBe(200)
  expect((await region.settle(failing)).status).toBe('ROLLBACK_COMPLETE')
  expect(await reasonsOf(region, 'failing', 'Wait')).toContain(
    "CREATE_FAILED WaitCondition received failed message: 'no disk' for uniqueId: i-1",
  )
  const late = await region.create('late', waiting({ Count: 3 }))
  await region.step(late)
  await clock.advance(60_000)
  expect((await region.settle(late)).status).toBe('ROLLBACK_COMPLETE')
  expect(await reasonsOf(region, 'late', 'Wait')).toContain(
    'CREATE_FAILED WaitCondition timed out. Received 0 conditions when expecting 3',
  )
})

const withPolicy = {
  Resources: {
    Wait: {
      Type: 'AWS::CloudFormation::WaitCondition',
      CreationPolicy: { ResourceSignal: { Count: { Ref: 'Count' }, Timeout: 'PT1M' } },
    },
  },
  Parameters: { Count: { Type: 'Number', Default: '2' } },
}
const signal = (UniqueId: string, Status = 'SUCCESS') => ({
  StackName: 's',
  LogicalResourceId: 'Wait',
  UniqueId,
  Status,
})

test('SignalResource counts for a creation policy, and is told in the events', async () => {
  const region = await createStackRegion()
  const id = await region.create('s', withPolicy)
  await region.step(id)
  await region.call('cloudformation', 'SignalResource', signal('i-1'))
  await region.call('cloudformation', 'SignalResource', signal('i-1'))
  await region.step(id)
  expect((await statusOf(region, 's')).StackStatus).toBe('CREATE_IN_PROGRESS')
  await region.call('cloudformation', 'SignalResource', signal('i-2'))
  expect((await region.settle(id)).status).toBe('CREATE_COMPLETE')
  expect(await reasonsOf(region, 's', 'Wait')).toEqual([
    'CREATE_IN_PROGRESS',
    'CREATE_IN_PROGRESS Resource creation Initiated',
    'CREATE_IN_PROGRESS Received SUCCESS signal with UniqueId i-1',
    'CREATE_IN_PROGRESS Received SUCCESS signal with UniqueId i-2',
    'CREATE_COMPLETE',
  ])
  await expect(region.call('cloudformation', 'SignalResource', signal('i-3'))).rejects.toThrow(
    `Stack ${id} is in CREATE_COMPLETE state and cannot be signaled`,
  )
})

test('a signal of failure fails what waits for it', async () => {
  const region = await createStackRegion()
  const id = await region.create('s', withPolicy)
  await region.step(id)
  await region.call('cloudformation', 'SignalResource', signal('i-1', 'FAILURE'))
  expect((await region.settle(id)).status).toBe('ROLLBACK_COMPLETE')
  expect(await reasonsOf(region, 's', 'Wait')).toContain(
    'CREATE_FAILED Received FAILURE signal with UniqueId i-1',
  )
  const unknown = { ...signal('i-1'), LogicalResourceId: 'Other' }
  await region.create('t', withPolicy)
  await expect(
    region.call('cloudformation', 'SignalResource', { ...unknown, StackName: 't' }),
  ).rejects.toThrow('Resource Other does not exist for stack t')
})

const group = (type: string, policies: object, more: object = {}) => ({
  Resources: {
    Template: {
      Type: 'AWS::EC2::LaunchTemplate',
      Properties: {
        LaunchTemplateData: {
          InstanceType: type,
          ImageId: 'ami-1',
        },
      },
    },
    Group: {
      Type: 'AWS::AutoScaling::AutoScalingGroup',
      ...policies,
      Properties: {
        MinSize: '1',
        MaxSize: '4',
        DesiredCapacity: '2',
        VPCZoneIdentifier: ['subnet-0a'],
        LaunchTemplate: {
          LaunchTemplateId: { Ref: 'Template' },
          Version: { 'Fn::GetAtt': ['Template', 'LatestVersionNumber'] },
        },
        ...more,
      },
    },
  },
})

async function groupRegion(): Promise<StackRegion> {
  const region = await createStackRegion()
  await region.ec2.prepareNetwork({
    subnets: [{ id: 'subnet-0a', zone: 'ap-southeast-1a', public: false }],
  })
  region.runControllers()
  return region
}

async function fleet(region: StackRegion): Promise<{ name: string; ids: string[] }[]> {
  const { AutoScalingGroups } = await region.call<AutoScalingGroupsType>(
    'autoscaling',
    'DescribeAutoScalingGroups',
    {},
  )
  return (AutoScalingGroups ?? []).map(({ AutoScalingGroupName: name = '', Instances = [] }) => ({
    name,
    ids: Instances.filter(({ LifecycleState }) => LifecycleState === 'InService').flatMap(
      ({ InstanceId }) => InstanceId ?? [],
    ),
  }))
}

test('a rolling update replaces every instance, and the group is as large as before', async () => {
  const region = await groupRegion()
  const policies = { UpdatePolicy: { AutoScalingRollingUpdate: { MinInstancesInService: '2' } } }
  const id = await region.create('s', group('t3.small', policies))
  await region.settle(id)
  await expect
    .poll(() => fleet(region))
    .toEqual([{ name: expect.any(String), ids: [expect.any(String), expect.any(String)] }])
  const [before] = await fleet(region)
  await region.update('s', group('t3.medium', policies))
  expect((await region.settle(id)).status).toBe('UPDATE_COMPLETE')
  await expect.poll(async () => (await fleet(region))[0]?.ids.length).toBe(2)
  const [after] = await fleet(region)
  expect(after?.name).toBe(before?.name)
  expect(after?.ids.filter((each) => before?.ids.includes(each))).toEqual([])
})

test('a replacing update makes a new group, and the old one goes', async () => {
  const region = await groupRegion()
  const policies = { UpdatePolicy: { AutoScalingReplacingUpdate: { WillReplace: true } } }
  const id = await region.create('s', group('t3.small', policies))
  await region.settle(id)
  const [before] = await fleet(region)
  await region.update('s', group('t3.medium', policies))
  expect((await region.settle(id)).status).toBe('UPDATE_COMPLETE')
  const names = (await fleet(region)).map(({ name }) => name)
  expect(names).toHaveLength(1)
  expect(names).not.toContain(before?.name)
})

test('a volume leaves a snapshot where its policy says so', async () => {
  const region = await createStackRegion()
  const id = await region.create('s', {
    Resources: {
      Disk: {
        Type: 'AWS::EC2::Volume',
        DeletionPolicy: 'Snapshot',
        Properties: { AvailabilityZone: 'ap-southeast-1a', Size: 1 },
      },
    },
  })
  await region.settle(id)
  await region.call('cloudformation', 'DeleteStack', { StackName: id })
  expect((await region.settle(id)).status).toBe('DELETE_COMPLETE')
  type Lists = { readonly Snapshots?: readonly object[]; readonly Volumes?: readonly object[] }
  const { Snapshots } = await region.call<Lists>('ec2', 'DescribeSnapshots', { OwnerIds: ['self'] })
  expect(Snapshots).toHaveLength(1)
  expect((await region.call<Lists>('ec2', 'DescribeVolumes', {})).Volumes).toEqual([])
})

test.each([
  ['DeletionPolicy', 'Keep', 'Template format error: Unrecognized DeletionPolicy Keep for resource A'],
  [
    'UpdateReplacePolicy',
    'RetainExceptOnCreate',
    'Template format error: Unrecognized UpdateReplacePolicy RetainExceptOnCreate for resource A',
  ],
  ['DeletionPolicy', { Ref: 'P' }, 'Template format error: Every DeletionPolicy member must be a string.'],
  [
    'DeletionPolicy',
    'Snapshot',
    'Template error: resource type AWS::Logs::LogGroup does not support deletion policy Snapshot',
  ],
  [
    'CreationPolicy',
    { ResourceSignal: { Count: 1 } },
    'Template error: resource type AWS::Logs::LogGroup does not support creation policy',
  ],
  [
    'UpdatePolicy',
    { AutoScalingRollingUpdate: {} },
    'Template error: resource type AWS::Logs::LogGroup does not support update policy',
  ],
  ['Propertys', {}, "Invalid template resource property 'Propertys'"],
])('%s %j is refused', async (attribute, value, message) => {
  const region = await createStackRegion()
  const template = { Resources: { A: { Type: 'AWS::Logs::LogGroup', [attribute]: value } } }
  await expect(region.create('s', template)).rejects.toThrow(message)
})

test.each([
  [
    { CreationPolicy: { StartFleet: true } },
    'The CreationPolicy member StartFleet is not emulated by Neargate.',
  ],
  [
    { UpdatePolicy: { AutoScalingRollingUpdate: { MaxBatches: 1 } } },
    'The UpdatePolicy member AutoScalingRollingUpdate.MaxBatches is not emulated by Neargate.',
  ],
  [
    {
      UpdatePolicy: {
        'Fn::If': ['C', { Ref: 'AWS::NoValue' }, { AutoScalingRollingUpdate: { MaxBatches: 1 } }],
      },
    },
    'The UpdatePolicy member AutoScalingRollingUpdate.MaxBatches is not emulated by Neargate.',
  ],
  [
    { CreationPolicy: { ResourceSignal: { 'Fn::If': ['C', { Counts: 1 }, { Count: 1 }] } } },
    'The CreationPolicy member ResourceSignal.Counts is not emulated by Neargate.',
  ],
  [
    { UpdatePolicy: { AutoScalingRollingUpdate: { MaxBatchSize: { Ref: 'Nobody' } } } },
    'Unresolved resource dependencies [Nobody]',
  ],
])('a group with %j is refused', async (policies, message) => {
  const region = await createStackRegion()
  await expect(region.create('s', group('t3.small', policies))).rejects.toThrow(message)
})
