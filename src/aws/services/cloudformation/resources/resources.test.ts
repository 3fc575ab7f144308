import { expect, test } from 'vitest'

import { createEksTestRegion, type EksTestRegion } from '../../eks/testing.ts'
import type { TemplateObject } from '../template/template.ts'
import { findProvider } from './index.ts'
import { generatedName, type ProviderContext } from './provider.ts'

const trust = {
  Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'eks.amazonaws.com' } }],
}

function contextOf(region: EksTestRegion, logicalId: string): ProviderContext {
  const stackId = 'arn:aws:cloudformation:x:1:stack/s/1'
  return {
    stackId,
    stackName: 's',
    logicalId,
    region: region.deps.region,
    accountId: region.deps.accountId,
    token: '11111111-2222-3333-4444-555555555555',
    tags: [
      { Key: 'aws:cloudformation:stack-id', Value: stackId },
      { Key: 'aws:cloudformation:logical-id', Value: logicalId },
    ],
    call: region.call,
  }
}

// A kill between making a resource and writing its id down is followed by making it again: nothing may be doubled.
test.each<[string, (region: EksTestRegion) => Promise<TemplateObject> | TemplateObject]>([
  ['AWS::IAM::Role', () => ({ AssumeRolePolicyDocument: trust })],
  ['AWS::IAM::ManagedPolicy', () => ({ PolicyDocument: { Statement: [] } })],
  ['AWS::IAM::InstanceProfile', () => ({ Roles: [] })],
  ['AWS::EC2::VPC', () => ({ CidrBlock: '10.9.0.0/16' })],
  ['AWS::EC2::Subnet', ({ vpcId }) => ({ VpcId: vpcId, CidrBlock: '10.0.250.0/24' })],
  ['AWS::EC2::SecurityGroup', ({ vpcId }) => ({ VpcId: vpcId, GroupDescription: 'x' })],
  ['AWS::EC2::InternetGateway', () => ({})],
  ['AWS::EC2::RouteTable', ({ vpcId }) => ({ VpcId: vpcId })],
  ['AWS::EC2::EIP', () => ({ Domain: 'vpc' })],
  ['AWS::EC2::LaunchTemplate', () => ({ LaunchTemplateData: { InstanceType: 't3.small' } })],
  ['AWS::Logs::LogGroup', () => ({ RetentionInDays: 30 })],
  [
    'AWS::EKS::Cluster',
    async (region) => ({
      Name: 'twice',
      RoleArn: await region.role('r', 'eks.amazonaws.com'),
      ResourcesVpcConfig: { SubnetIds: [...region.subnetIds] },
    }),
  ],
])('%s is made once however often it is asked for, and goes', async (type, propertiesOf) => {
  const region = await createEksTestRegion()
  const provider = findProvider(type)!
  const context = contextOf(region, 'It')
  const properties = await propertiesOf(region)
  const first = await provider.create(properties, context)
  expect(await provider.create(properties, context)).toBe(first)
  await region.until(async () => (await provider.read(first, context, properties)).state === 'ready')
  await region.until(async () => await provider.delete(first, context, properties))
  expect(await provider.delete(first, context, properties)).toBe(true)
})

test('names that CloudFormation makes up fit the service and keep their random end', () => {
  const context = {
    stackName: 'a'.repeat(100),
    logicalId: 'Role',
    token: '0123456789abcdef',
  } as ProviderContext
  const name = generatedName(context, 64)
  expect(name).toHaveLength(64)
  expect(name.endsWith('-0123456789ab')).toBe(true)
})
