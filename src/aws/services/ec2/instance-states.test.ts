import type {
  DescribeInstancesResult,
  Instance,
  Reservation,
  StartInstancesResult,
  StopInstancesResult,
} from '@aws-sdk/client-ec2'
import { expect, test } from 'vitest'

import { FakeClock } from '../../../base/testing/fake-clock.ts'
import { createTestRegion } from '../../testing/test-region.ts'

async function place(launch: object = {}) {
  const region = await createTestRegion({ clock: new FakeClock() })
  await region.ec2.prepareNetwork({ subnets: [{ id: 'subnet-0a', zone: 'ap-southeast-1a', public: false }] })
  const call = <T>(operation: string, input: object): Promise<T> =>
    region.endpoint.caller.call<T>('ec2', operation, input)
  const { Instances: [made] = [] } = await call<Reservation>('RunInstances', {
    MinCount: 1,
    MaxCount: 1,
    ImageId: 'ami-1',
    InstanceType: 't3.large',
    SubnetId: 'subnet-0a',
    ...launch,
  })
  const id = made?.InstanceId ?? ''
  const ids = { InstanceIds: [id] }
  const look = async (): Promise<Instance | undefined> =>
    (await call<DescribeInstancesResult>('DescribeInstances', ids)).Reservations?.[0]?.Instances?.[0]
  const pass = async (): Promise<void> => {
    for (const controller of region.ec2.controllers) await controller.reconcile(id)
  }
  return { ...region, call, id, ids, look, pass }
}

test('an instance stops, keeps its address and its volume, and starts again', async () => {
  const at = await place()
  await at.pass()
  const before = await at.look()
  const stopping = await at.call<StopInstancesResult>('StopInstances', at.ids)
  expect(stopping.StoppingInstances).toEqual([
    {
      InstanceId: at.id,
      PreviousState: { Code: 16, Name: 'running' },
      CurrentState: { Code: 64, Name: 'stopping' },
    },
  ])
  await expect(at.call('StartInstances', at.ids)).rejects.toMatchObject({ code: 'IncorrectInstanceState' })
  await at.pass()
  expect(await at.look()).toMatchObject({
    State: { Code: 80, Name: 'stopped' },
    PrivateIpAddress: before?.PrivateIpAddress,
    BlockDeviceMappings: before?.BlockDeviceMappings,
    StateTransitionReason: expect.stringMatching(/^User initiated \(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d GMT\)$/),
    StateReason: {
      Code: 'Client.UserInitiatedShutdown',
      Message: 'Client.UserInitiatedShutdown: User initiated shutdown',
    },
  })
  const again = await at.call<StopInstancesResult>('StopInstances', at.ids)
  expect(again.StoppingInstances?.[0]?.CurrentState?.Name).toBe('stopped')

  const starting = await at.call<StartInstancesResult>('StartInstances', at.ids)
  expect(starting.StartingInstances?.[0]).toMatchObject({
    PreviousState: { Name: 'stopped' },
    CurrentState: { Code: 0, Name: 'pending' },
  })
  await at.pass()
  expect(await at.look()).toMatchObject({
    State: { Name: 'running' },
    PrivateIpAddress: before?.PrivateIpAddress,
    StateTransitionReason: '',
  })
})

test('a reboot is counted, and changes no state', async () => {
  const at = await place()
  await at.pass()
  await at.call('RebootInstances', at.ids)
  expect(at.ec2.instances.get(at.id)).toMatchObject({ state: 'running', boots: 1 })
})

test('one that has ended does none of it', async () => {
  const at = await place()
  await at.call('TerminateInstances', at.ids)
  for (const operation of ['StartInstances', 'StopInstances', 'RebootInstances']) {
    await expect(at.call(operation, at.ids), operation).rejects.toMatchObject({
      code: 'IncorrectInstanceState',
    })
  }
})

test('a Spot Instance of a one-time request is not stopped', async () => {
  const at = await place({ InstanceMarketOptions: { MarketType: 'spot' } })
  await expect(at.call('StopInstances', at.ids)).rejects.toMatchObject({ code: 'UnsupportedOperation' })
})

test.each(['StopInstances', 'RebootInstances', 'TerminateInstances'])(
  '%s of no instance is about none',
  async (operation) => {
    const at = await place()
    await at.pass()
    await at.call(operation, { InstanceIds: [] })
    expect((await at.look())?.State?.Name).toBe('running')
  },
)
