import type {
  CreateFleetResult,
  DeleteFleetsResult,
  DescribeFleetsResult,
  DescribeInstancesResult,
  DescribeVolumesResult,
} from '@aws-sdk/client-ec2'
import { expect, test } from 'vitest'

import { createTestRegion } from '../../testing/test-region.ts'
import { capacityOf, inOrder } from './fleet-plan.ts'

const TEMPLATE = { LaunchTemplateName: 'nodes', Version: '$Latest' }
const [A, B] = ['subnet-0a', 'subnet-0b']

async function place() {
  const region = await createTestRegion()
  await region.ec2.prepareNetwork({
    subnets: [
      { id: A, zone: 'ap-southeast-1a', public: false },
      { id: B, zone: 'ap-southeast-1b', public: false },
    ],
  })
  const call = <T>(operation: string, input: object): Promise<T> =>
    region.endpoint.caller.call<T>('ec2', operation, input)
  await call('CreateLaunchTemplate', {
    LaunchTemplateName: 'nodes',
    LaunchTemplateData: { ImageId: 'ami-1' },
  })
  const fleet = (overrides: readonly object[], more: object = {}): Promise<CreateFleetResult> =>
    call('CreateFleet', {
      Type: 'instant',
      LaunchTemplateConfigs: [{ LaunchTemplateSpecification: TEMPLATE, Overrides: overrides }],
      TargetCapacitySpecification: { TotalTargetCapacity: 1, DefaultTargetCapacityType: 'on-demand' },
      ...more,
    })
  return { ...region, call, fleet }
}

// As a node provisioner asks: several types, one machine, tags.
test('the cheapest pool gets the machine', async () => {
  const at = await place()
  const made = await at.fleet(
    [
      { InstanceType: 'm5.2xlarge', SubnetId: A },
      { InstanceType: 'm5.large', SubnetId: B },
    ],
    { TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'Name', Value: 'n' }] }] },
  )
  expect(made.Errors).toEqual([])
  expect(made.Instances).toMatchObject([
    {
      InstanceType: 'm5.large',
      Lifecycle: 'on-demand',
      LaunchTemplateAndOverrides: {
        LaunchTemplateSpecification: { Version: '1' },
        Overrides: { InstanceType: 'm5.large', SubnetId: B },
      },
    },
  ])
  const InstanceIds = made.Instances?.[0]?.InstanceIds
  const { Reservations } = await at.call<DescribeInstancesResult>('DescribeInstances', { InstanceIds })
  expect(Reservations?.[0]?.Instances?.[0]).toMatchObject({
    SubnetId: B,
    InstanceType: 'm5.large',
    Tags: expect.arrayContaining([
      { Key: 'Name', Value: 'n' },
      { Key: 'aws:ec2:fleet-id', Value: made.FleetId },
    ]),
  })
})

// Karpenter sends the same tags for all three.
test("user data of the fleet takes the place of the template's", async () => {
  const at = await place()
  const UserData = Buffer.from('#!/bin/sh').toString('base64')
  const LaunchTemplateSpecification = { ...TEMPLATE, LaunchTemplateSpecificationUserData: UserData }
  const made = await at.fleet([], {
    LaunchTemplateConfigs: [
      { LaunchTemplateSpecification, Overrides: [{ InstanceType: 'm5.large', SubnetId: A }] },
    ],
  })
  const InstanceId = made.Instances?.[0]?.InstanceIds?.[0]
  expect(await at.call('DescribeInstanceAttribute', { InstanceId, Attribute: 'userData' })).toMatchObject({
    UserData: { Value: UserData },
  })
})

test('tags of the fleet, of its machines and of their volumes go to each', async () => {
  const at = await place()
  const tagged = (ResourceType: string) => ({ ResourceType, Tags: [{ Key: 'of', Value: ResourceType }] })
  const overrides = [{ InstanceType: 'm5.large', SubnetId: A }]
  const { Errors, FleetId } = await at.fleet(overrides, {
    TagSpecifications: [tagged('instance'), tagged('volume'), tagged('fleet')],
  })
  expect(Errors).toEqual([])
  expect(at.ec2.instances.list().map(({ tags }) => tags)).toEqual([
    {
      of: 'instance',
      'aws:ec2launchtemplate:id': expect.anything(),
      'aws:ec2launchtemplate:version': '1',
      'aws:ec2:fleet-id': FleetId,
    },
  ])
  const { Volumes } = await at.call<DescribeVolumesResult>('DescribeVolumes', {})
  expect(Volumes?.map(({ Tags }) => Tags)).toEqual([[{ Key: 'of', Value: 'volume' }]])
  const { Fleets } = await at.call<DescribeFleetsResult>('DescribeFleets', { FleetIds: [FleetId] })
  expect(Fleets?.map(({ Tags }) => Tags)).toEqual([[{ Key: 'of', Value: 'fleet' }]])
  await expect(at.fleet(overrides, { TagSpecifications: [tagged('vpc')] })).rejects.toMatchObject({
    code: 'InvalidParameter',
  })
})

test('spot machines are spot machines, and weights count', async () => {
  const at = await place()
  const made = await at.fleet([{ InstanceType: 'm5.xlarge', SubnetId: A, WeightedCapacity: 4 }], {
    TargetCapacitySpecification: { TotalTargetCapacity: 8, DefaultTargetCapacityType: 'spot' },
  })
  expect(made.Instances?.[0]).toMatchObject({ Lifecycle: 'spot', InstanceIds: { length: 2 } })
  expect(at.ec2.instances.list().every(({ isSpot }) => isSpot)).toBe(true)
  const { Fleets } = await at.call<DescribeFleetsResult>('DescribeFleets', { FleetIds: [made.FleetId] })
  expect(Fleets?.[0]).toMatchObject({ FulfilledCapacity: 8, FulfilledOnDemandCapacity: 0, Type: 'instant' })
})

test('a pool that cannot be launched is reported, and the next one is taken', async () => {
  const at = await place()
  const made = await at.fleet([
    { InstanceType: 'm5.large', SubnetId: 'subnet-0gone' },
    { InstanceType: 'm5.xlarge', SubnetId: A },
  ])
  expect(made.Errors).toMatchObject([
    {
      ErrorCode: 'InvalidSubnetID.NotFound',
      LaunchTemplateAndOverrides: { Overrides: { InstanceType: 'm5.large' } },
    },
  ])
  expect(made.Instances?.[0]?.InstanceType).toBe('m5.xlarge')
})

test('images and profiles are looked up before machines are launched', async () => {
  const at = await place()
  const { caller } = at.endpoint
  await caller.call('ssm', 'PutParameter', { Name: '/image', Value: 'ami-0123', Type: 'String' })
  await caller.call('iam', 'CreateInstanceProfile', { InstanceProfileName: 'one' })
  const templateOf = async (Name: string) => {
    await at.call('CreateLaunchTemplate', {
      LaunchTemplateName: Name,
      LaunchTemplateData: { ImageId: 'resolve:ssm:/image', IamInstanceProfile: { Name } },
    })
    const LaunchTemplateSpecification = { LaunchTemplateName: Name, Version: '1' }
    return { LaunchTemplateSpecification, Overrides: [{ InstanceType: 'm5.large', SubnetId: A }] }
  }
  const made = await at.fleet([], {
    LaunchTemplateConfigs: [await templateOf('none'), await templateOf('one')],
  })
  expect(made.Errors?.map(({ ErrorCode }) => ErrorCode)).toEqual(['InvalidParameterValue'])
  expect(at.ec2.instances.list()).toMatchObject([
    {
      imageId: 'ami-0123',
      profileArn: expect.stringMatching(/:instance-profile\/one$/) as string,
      profileId: expect.stringMatching(/^AIPA/) as string,
    },
  ])
})

test('a fleet goes with its instances, and only with them', async () => {
  const at = await place()
  const { FleetId = '' } = await at.fleet([{ InstanceType: 'm5.large', SubnetId: A }])
  const kept = await at.call<DeleteFleetsResult>('DeleteFleets', {
    FleetIds: [FleetId, 'fleet-none'],
    TerminateInstances: false,
  })
  expect(kept.UnsuccessfulFleetDeletions?.map(({ Error }) => Error?.Code)).toEqual([
    'fleetNotInDeletableState',
    'fleetIdDoesNotExist',
  ])
  const gone = await at.call<DeleteFleetsResult>('DeleteFleets', {
    FleetIds: [FleetId],
    TerminateInstances: true,
  })
  expect(gone.SuccessfulFleetDeletions?.[0]?.CurrentFleetState).toBe('deleted_terminating')
  expect(at.ec2.instances.list().map(({ state }) => state)).toEqual(['shutting-down'])
})

test('the older word for the lowest price is taken as well', async () => {
  const at = await place()
  const made = await at.fleet([{ InstanceType: 'm5.large', SubnetId: A }], {
    TargetCapacitySpecification: { TotalTargetCapacity: 1, DefaultTargetCapacityType: 'spot' },
    SpotOptions: { AllocationStrategy: 'lowestPrice' },
  })
  expect(made.Instances).toMatchObject([{ InstanceType: 'm5.large', Lifecycle: 'spot' }])
})

test('what is not emulated and what does not exist is refused as a whole', async () => {
  const at = await place()
  const overrides = [{ InstanceType: 'm5.large', SubnetId: A }]
  await expect(at.fleet(overrides, { Type: 'maintain' })).rejects.toMatchObject({ code: 'NotImplemented' })
  const LaunchTemplateSpecification = { LaunchTemplateName: 'none', Version: '1' }
  await expect(
    at.fleet(overrides, { LaunchTemplateConfigs: [{ LaunchTemplateSpecification }] }),
  ).rejects.toMatchObject({ code: 'InvalidLaunchTemplateName.NotFoundException' })
  await expect(at.fleet([{ SubnetId: A }])).rejects.toMatchObject({ code: 'MissingParameter' })
})

test('a repeated request answers as the first did', async () => {
  const at = await place()
  const overrides = [{ InstanceType: 'm5.large', SubnetId: A }]
  const first = await at.fleet(overrides, { ClientToken: 't' })
  expect(await at.fleet(overrides, { ClientToken: 't' })).toEqual(first)
  expect(at.ec2.instances.list()).toHaveLength(1)
})

test.each([
  [
    { total: 5, onDemand: 2, spot: undefined, fallback: 'spot' },
    { onDemand: 2, spot: 3 },
  ],
  [
    { total: 5, onDemand: undefined, spot: 1, fallback: 'on-demand' },
    { onDemand: 4, spot: 1 },
  ],
  [
    { total: 5, onDemand: undefined, spot: undefined, fallback: undefined },
    { onDemand: 5, spot: 0 },
  ],
])('capacity of %o', (target, expected) => {
  expect(capacityOf(target)).toEqual(expected)
})

test('pools are ordered by price, or by priority where the strategy says so', () => {
  const pool = (instanceType: string, Priority: number) => ({
    template: { id: 'lt-1', version: '1' },
    override: { InstanceType: instanceType, Priority },
    instanceType,
  })
  const pools = [pool('unknown', 1), pool('dear', 2), pool('cheap', 3)]
  const prices: Readonly<Record<string, number>> = { dear: 2, cheap: 1 }
  const names = (strategy: string | undefined): string[] =>
    inOrder(pools, strategy, (type) => prices[type]).map(({ instanceType }) => instanceType)
  expect(names('lowest-price')).toEqual(['cheap', 'dear', 'unknown'])
  expect(names('prioritized')).toEqual(['unknown', 'dear', 'cheap'])
})
