import { DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs'
import * as ec2 from '@aws-sdk/client-ec2'
import { describe, expect, test } from 'vitest'

import { createStackClients } from '../testing/stack-clients.ts'

const trust = (service: string) => ({
  Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: service } }],
})

describe('a replacement', () => {
  const vpc = (CidrBlock: string, more: object = {}) => ({
    Vpc: { Type: 'AWS::EC2::VPC', Properties: { CidrBlock } },
    Table: { Type: 'AWS::EC2::RouteTable', Properties: { VpcId: { Ref: 'Vpc' } } },
    ...more,
  })
  const wrong = { Wrong: { Type: 'AWS::Logs::LogGroup', DependsOn: 'Table', Properties: { Foo: 'x' } } }

  test('is foreseen with what depends on it, made before the old one goes', async () => {
    const clients = await createStackClients()
    await clients.create('s', vpc('10.1.0.0/16'))
    const before = await clients.physicalId('s', 'Vpc')
    expect(await clients.changes('s', vpc('10.2.0.0/16'))).toEqual([
      'Vpc Modify True CidrBlock:Always',
      'Table Modify Conditional VpcId:Always',
    ])
    expect((await clients.update('s', vpc('10.2.0.0/16'))).StackStatus).toBe('UPDATE_COMPLETE')
    const after = await clients.physicalId('s', 'Vpc')
    const { Vpcs = [] } = await clients.ec2.send(
      new ec2.DescribeVpcsCommand({
        Filters: [{ Name: 'tag-key', Values: ['aws:cloudformation:stack-id'] }],
      }),
    )
    expect(Vpcs.map(({ VpcId, CidrBlock }) => [VpcId, CidrBlock])).toEqual([[after, '10.2.0.0/16']])
    const told = (await clients.events('s')).filter((line) => line.startsWith('Vpc '))
    expect(told.slice(3)).toEqual([
      'Vpc UPDATE_IN_PROGRESS Requested update requires the creation of a new physical resource; hence creating one.',
      'Vpc UPDATE_IN_PROGRESS Resource creation Initiated',
      'Vpc UPDATE_COMPLETE',
      'Vpc DELETE_COMPLETE',
    ])
    expect(before).not.toBe(after)
  })

  test('that is rolled back leads to the old resource, not to a third', async () => {
    const clients = await createStackClients()
    await clients.create('s', vpc('10.1.0.0/16'))
    const before = await Promise.all(['Vpc', 'Table'].map((id) => clients.physicalId('s', id)))
    expect((await clients.update('s', vpc('10.2.0.0/16', wrong))).StackStatus).toBe(
      'UPDATE_ROLLBACK_COMPLETE',
    )
    expect(await Promise.all(['Vpc', 'Table'].map((id) => clients.physicalId('s', id)))).toEqual(before)
    const { Vpcs = [] } = await clients.ec2.send(
      new ec2.DescribeVpcsCommand({
        Filters: [{ Name: 'tag-key', Values: ['aws:cloudformation:stack-id'] }],
      }),
    )
    expect(Vpcs.map(({ VpcId }) => VpcId)).toEqual([before[0]])
  })

  test('of a resource with a name of its own is refused', async () => {
    const clients = await createStackClients()
    const role = (Path: string) => ({
      Role: {
        Type: 'AWS::IAM::Role',
        Properties: { RoleName: 'r', Path, AssumeRolePolicyDocument: trust('ec2.amazonaws.com') },
      },
    })
    await clients.create('s', role('/a/'))
    expect((await clients.update('s', role('/b/'))).StackStatus).toBe('UPDATE_ROLLBACK_COMPLETE')
    expect(await clients.events('s')).toContain(
      'Role UPDATE_FAILED CloudFormation cannot update a stack when a custom-named resource requires replacing. Rename r and update the stack again.',
    )
  })

  test('keeps the old one when the template says so', async () => {
    const clients = await createStackClients()
    const group = (LogGroupName: string) => ({
      Group: { Type: 'AWS::Logs::LogGroup', UpdateReplacePolicy: 'Retain', Properties: { LogGroupName } },
    })
    await clients.create('s', group('/a'))
    await clients.update('s', group('/b'))
    const { logGroups } = await clients.logs.send(new DescribeLogGroupsCommand({}))
    expect(logGroups?.map(({ logGroupName }) => logGroupName)).toEqual(['/a', '/b'])
    expect(await clients.events('s')).toContain('Group DELETE_SKIPPED')
  })
})

describe('what a template may not say', () => {
  test('fails its resource in CloudFormation’s words, and the stack goes back', async () => {
    const clients = await createStackClients()
    const group = (properties: object) => ({ Group: { Type: 'AWS::Logs::LogGroup', Properties: properties } })
    expect((await clients.create('s', group({ Foo: 'x' }))).StackStatus).toBe('ROLLBACK_COMPLETE')
    expect(await clients.events('s')).toContain(
      'Group CREATE_FAILED Properties validation failed for resource Group with message:\n#: extraneous key [Foo] is not permitted',
    )
    await clients.remove('s')
    await clients.create('s', group({}))
    expect((await clients.update('s', group({ KmsKeyId: 'k' }))).StackStatus).toBe('UPDATE_ROLLBACK_COMPLETE')
    const told = await clients.events('s')
    expect(told.find((line) => line.startsWith('Group UPDATE_FAILED'))).toContain(
      'The property KmsKeyId of AWS::Logs::LogGroup is not emulated by Neargate.',
    )
  })

  test('a property that Neargate cannot change in place is named, and stays', async () => {
    const clients = await createStackClients()
    const rule = (Description: string) => ({
      Group: {
        Type: 'AWS::EC2::SecurityGroup',
        Properties: { GroupDescription: 'x', VpcId: clients.region.vpcId },
      },
      Rule: {
        Type: 'AWS::EC2::SecurityGroupIngress',
        Properties: { GroupId: { Ref: 'Group' }, IpProtocol: '-1', CidrIp: '0.0.0.0/0', Description },
      },
    })
    await clients.create('s', rule('one'))
    expect((await clients.update('s', rule('two'))).StackStatus).toBe('UPDATE_ROLLBACK_COMPLETE')
    const told = await clients.events('s')
    expect(told.find((line) => line.startsWith('Rule UPDATE_FAILED'))).toContain(
      'Changing the property Description of AWS::EC2::SecurityGroupIngress is not emulated by Neargate.',
    )
  })
})

test('CDK’s metadata are accepted and make nothing', async () => {
  const clients = await createStackClients()
  const metadata = (Analytics: string) => ({
    CDKMetadata: { Type: 'AWS::CDK::Metadata', Properties: { Analytics } },
  })
  expect((await clients.create('s', metadata('v2:deflate64:H4sI'))).StackStatus).toBe('CREATE_COMPLETE')
  expect((await clients.update('s', metadata('v2:deflate64:other'))).StackStatus).toBe('UPDATE_COMPLETE')
  expect((await clients.remove('s')).StackStatus).toBe('DELETE_COMPLETE')
})
