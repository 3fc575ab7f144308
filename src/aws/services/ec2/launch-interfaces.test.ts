import type { DescribeNetworkInterfacesResult, Instance, Reservation } from '@aws-sdk/client-ec2'
import { describe, expect, test } from 'vitest'

import { FakeClock } from '../../../base/testing/fake-clock.ts'
import { AwsError } from '../../../base/errors.ts'
import { createTestRegion } from '../../testing/test-region.ts'

const SubnetId = 'subnet-0private'
const adapters = [0, 1, 2, 3].map((card) => ({
  DeviceIndex: card === 0 ? 0 : 1,
  NetworkCardIndex: card,
  InterfaceType: 'efa',
}))

async function codeOf(promise: Promise<unknown>): Promise<unknown> {
  const error = await promise.catch((cause: unknown) => cause)
  return error instanceof AwsError ? error.code : error
}

async function place() {
  const clock = new FakeClock()
  const region = await createTestRegion({ clock })
  await region.ec2.prepareNetwork({ subnets: [{ id: SubnetId, zone: 'ap-southeast-1a', public: false }] })
  const call = <T>(operation: string, input: object): Promise<T> =>
    region.endpoint.caller.call<T>('ec2', operation, input)
  const launch = async (InstanceType: string, NetworkInterfaces: readonly object[]): Promise<Instance> => {
    const LaunchTemplateData = { ImageId: 'ami-1', InstanceType, NetworkInterfaces }
    await call('CreateLaunchTemplate', { LaunchTemplateName: 'card', LaunchTemplateData })
    const LaunchTemplate = { LaunchTemplateName: 'card' }
    // As Auto Scaling launches: the subnet is the group's.
    const made = await call<Reservation>('RunInstances', {
      MinCount: 1,
      MaxCount: 1,
      SubnetId,
      LaunchTemplate,
    })
    return made.Instances?.[0] ?? {}
  }
  return { ...region, clock, call, launch }
}

test('an instance has an interface on each network card that its template names, gone with it', async () => {
  const at = await place()
  const { InstanceId = '', NetworkInterfaces = [] } = await at.launch('p4d.24xlarge', adapters)
  expect(
    NetworkInterfaces.map(({ InterfaceType, Attachment }) => [
      InterfaceType,
      Attachment?.DeviceIndex,
      Attachment?.NetworkCardIndex,
    ]),
  ).toEqual([
    ['efa', 0, 0],
    ['efa', 1, 1],
    ['efa', 1, 2],
    ['efa', 1, 3],
  ])
  expect(new Set(NetworkInterfaces.map(({ PrivateIpAddress }) => PrivateIpAddress)).size).toBe(4)
  await at.call('TerminateInstances', { InstanceIds: [InstanceId] })
  for (let pass = 0; pass < 5; pass++) {
    for (const controller of at.ec2.controllers) await controller.reconcile(InstanceId)
    await at.clock.advance(600_000)
  }
  // One of a NAT gateway is there besides.
  const Filters = [{ Name: 'interface-type', Values: ['efa'] }]
  const left = await at.call<DescribeNetworkInterfacesResult>('DescribeNetworkInterfaces', { Filters })
  expect(left.NetworkInterfaces).toEqual([])
})

describe('a launch is refused', () => {
  test.each([
    ['with adapters on a type without', 'm5.large', adapters.slice(0, 1), 'InvalidParameterValue'],
    ['on cards that the type does not have', 'c5n.18xlarge', adapters, 'InvalidParameterValue'],
    ['without a primary interface', 'p4d.24xlarge', adapters.slice(1), 'InvalidParameterValue'],
  ])('%s', async (_, type, interfaces, code) => {
    const at = await place()
    expect(await codeOf(at.launch(type, interfaces))).toBe(code)
  })
})

test('a further interface is in the subnet that it names', async () => {
  const at = await place()
  await at.ec2.prepareNetwork({
    subnets: [{ id: 'subnet-0other', zone: 'ap-southeast-1a', public: false }],
  })
  const { Instances: [instance] = [] } = await at.call<Reservation>('RunInstances', {
    MinCount: 1,
    MaxCount: 1,
    ImageId: 'ami-1',
    InstanceType: 'm5.large',
    NetworkInterfaces: [
      { DeviceIndex: 0, SubnetId },
      { DeviceIndex: 1, SubnetId: 'subnet-0other' },
    ],
  })
  expect(instance?.NetworkInterfaces?.map((each) => each.SubnetId)).toEqual([SubnetId, 'subnet-0other'])
})
