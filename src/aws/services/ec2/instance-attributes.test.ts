import type { InstanceAttribute, InstanceAttributeName, Reservation } from '@aws-sdk/client-ec2'
import { Buffer } from 'node:buffer'
import { expect, test } from 'vitest'

import { FakeClock } from '../../../base/testing/fake-clock.ts'
import { createTestRegion } from '../../testing/test-region.ts'

async function place() {
  const region = await createTestRegion({ clock: new FakeClock() })
  await region.ec2.prepareNetwork({ subnets: [{ id: 'subnet-0a', zone: 'ap-southeast-1a', public: false }] })
  const call = <T>(operation: string, input: object, service = 'ec2'): Promise<T> =>
    region.endpoint.caller.call<T>(service, operation, input)
  const made = await call<Reservation>('RunInstances', {
    MinCount: 1,
    MaxCount: 1,
    ImageId: 'ami-1',
    InstanceType: 't3.large',
    SubnetId: 'subnet-0a',
  })
  const InstanceId = made.Instances?.[0]?.InstanceId ?? ''
  const pass = async (): Promise<void> => {
    for (const controller of region.ec2.controllers) await controller.reconcile(InstanceId)
  }
  await pass()
  const modify = (more: object): Promise<void> => call('ModifyInstanceAttribute', { InstanceId, ...more })
  const look = (Attribute: InstanceAttributeName): Promise<InstanceAttribute> =>
    call('DescribeInstanceAttribute', { InstanceId, Attribute })
  return { ...region, call, modify, look, pass, InstanceId }
}

// By a member of its own, and by the attribute's name, as older clients write it.
test.each([
  ['sourceDestCheck', { SourceDestCheck: { Value: false } }, { SourceDestCheck: { Value: false } }],
  [
    'sourceDestCheck',
    { Attribute: 'sourceDestCheck', Value: 'false' },
    { SourceDestCheck: { Value: false } },
  ],
  ['disableApiStop', { DisableApiStop: { Value: true } }, { DisableApiStop: { Value: true } }],
  ['ebsOptimized', { EbsOptimized: { Value: true } }, { EbsOptimized: { Value: true } }],
  [
    'instanceInitiatedShutdownBehavior',
    { InstanceInitiatedShutdownBehavior: { Value: 'terminate' } },
    { InstanceInitiatedShutdownBehavior: { Value: 'terminate' } },
  ],
] as const)('%s is changed by %o', async (name, change, expected) => {
  const at = await place()
  await at.modify(change)
  expect(await at.look(name)).toMatchObject(expected)
})

test('type and user data change while the instance is stopped', async () => {
  const at = await place()
  const type = { InstanceType: { Value: 'm5.large' } }
  await expect(at.modify(type)).rejects.toMatchObject({ code: 'IncorrectInstanceState' })
  await at.call('StopInstances', { InstanceIds: [at.InstanceId] })
  await at.pass()
  await at.modify(type)
  await at.modify({ UserData: { Value: Buffer.from('#!/bin/sh') } })
  expect(await at.look('instanceType')).toMatchObject({ InstanceType: { Value: 'm5.large' } })
  expect(await at.look('userData')).toMatchObject({
    UserData: { Value: Buffer.from('#!/bin/sh').toString('base64') },
  })
  await expect(at.modify({ InstanceType: { Value: 'x9.huge' } })).rejects.toMatchObject({
    code: 'InvalidParameterValue',
  })
})

test('a protected instance is neither stopped nor terminated, until it is not protected', async () => {
  const at = await place()
  const ids = { InstanceIds: [at.InstanceId] }
  await at.modify({ DisableApiTermination: { Value: true } })
  await at.modify({ DisableApiStop: { Value: true } })
  for (const operation of ['StopInstances', 'TerminateInstances']) {
    await expect(at.call(operation, ids), operation).rejects.toMatchObject({ code: 'OperationNotPermitted' })
  }
  await at.modify({ DisableApiTermination: { Value: false } })
  await at.call('TerminateInstances', ids)
  expect(at.ec2.instances.get(at.InstanceId)?.state).toBe('shutting-down')
})

test('groups and devices are changed where they are', async () => {
  const at = await place()
  const { GroupId } = await at.call<{ GroupId: string }>('CreateSecurityGroup', {
    GroupName: 'g',
    Description: 'd',
    VpcId: at.ec2.instances.get(at.InstanceId)?.vpcId,
  })
  await at.modify({ Groups: [GroupId] })
  expect(await at.look('groupSet')).toMatchObject({ Groups: [{ GroupId }] })
  const mapping = { DeviceName: '/dev/xvda', Ebs: { DeleteOnTermination: false } }
  await at.modify({ BlockDeviceMappings: [mapping] })
  expect(await at.look('blockDeviceMapping')).toMatchObject({ BlockDeviceMappings: [mapping] })
  await expect(
    at.modify({ BlockDeviceMappings: [{ ...mapping, DeviceName: '/dev/sdz' }] }),
  ).rejects.toMatchObject({ code: 'InvalidParameterValue' })
})

test('an instance profile is attached, replaced and detached', async () => {
  const at = await place()
  for (const InstanceProfileName of ['one', 'two']) {
    await at.call('CreateInstanceProfile', { InstanceProfileName }, 'iam')
  }
  const { InstanceId } = at
  const wanted = (Name: string) => ({ InstanceId, IamInstanceProfile: { Name } })
  type Answer = { IamInstanceProfileAssociation: { AssociationId: string; State: string } }
  const { IamInstanceProfileAssociation: made } = await at.call<Answer>(
    'AssociateIamInstanceProfile',
    wanted('one'),
  )
  await expect(at.call('AssociateIamInstanceProfile', wanted('two'))).rejects.toMatchObject({
    code: 'IncorrectState',
  })
  await expect(at.call('AssociateIamInstanceProfile', wanted('none'))).rejects.toMatchObject({
    code: 'InvalidParameterValue',
  })
  const { AssociationId } = made
  await at.call('ReplaceIamInstanceProfileAssociation', {
    AssociationId,
    IamInstanceProfile: wanted('two').IamInstanceProfile,
  })
  expect(at.ec2.instances.get(InstanceId)?.profileArn).toMatch(/instance-profile\/two$/)
  expect(await at.call('DescribeIamInstanceProfileAssociations', {})).toMatchObject({
    IamInstanceProfileAssociations: [{ AssociationId, InstanceId, State: 'associated' }],
  })
  await at.call('DisassociateIamInstanceProfile', { AssociationId })
  expect(at.ec2.instances.get(InstanceId)?.profileArn).toBeUndefined()
  await expect(at.call('DisassociateIamInstanceProfile', { AssociationId })).rejects.toMatchObject({
    code: 'NoSuchAssociation',
  })
})
