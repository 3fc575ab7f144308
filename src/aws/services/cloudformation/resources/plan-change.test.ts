import { describe, expect, test } from 'vitest'

import type { TemplateObject } from '../template/template.ts'
import { findResourceType } from './index.ts'
import { planChange, readProperties } from './plan-change.ts'

function typeOf(name: string) {
  const type = findResourceType(name)
  if (!type) throw new Error(`no type ${name}`)
  return type
}

function read(name: string, given: TemplateObject, stackTags: { Key: string; Value: string }[] = []) {
  return readProperties(typeOf(name), 'It', { given, stackTags })
}

const cluster = { RoleArn: 'r', ResourcesVpcConfig: { SubnetIds: ['a', 'b'] } }

describe('properties', () => {
  test('that a type does not have are refused in CloudFormation’s words', () => {
    expect(() => read('AWS::Logs::LogGroup', { Foo: 'x' })).toThrow(
      'Properties validation failed for resource It with message:\n#: extraneous key [Foo] is not permitted',
    )
  })

  test.each<[string, TemplateObject, string]>([
    ['AWS::EC2::VPC', { CidrBlock: '10.0.0.0/16', InstanceTenancy: 'dedicated' }, 'InstanceTenancy'],
    ['AWS::EKS::Cluster', { ...cluster, Force: true }, 'Force'],
    ['AWS::Logs::LogGroup', { KmsKeyId: 'arn' }, 'KmsKeyId'],
  ])('of %s that are not emulated are refused by name', (type, given, name) => {
    expect(() => read(type, given)).toThrow(`The property ${name} of ${type} is not emulated by Neargate.`)
  })

  test('that are not emulated may say what is so anyway', () => {
    expect(read('AWS::EC2::VPC', { CidrBlock: '10.0.0.0/16', InstanceTenancy: 'default' })).toEqual({
      CidrBlock: '10.0.0.0/16',
    })
    expect(read('AWS::EKS::Cluster', { ...cluster, Force: 'false' })).toEqual(cluster)
  })

  test('have the stack’s tags beside their own, which win', () => {
    const stackTags = [
      { Key: 'team', Value: 'stack' },
      { Key: 'env', Value: 'test' },
    ]
    const own = [{ Key: 'team', Value: 'own' }]
    expect(read('AWS::Logs::LogGroup', { Tags: own }, stackTags)).toEqual({
      Tags: [{ Key: 'env', Value: 'test' }, ...own],
    })
    const nodegroup = { ClusterName: 'c', NodeRole: 'r', Subnets: ['s'] }
    expect(read('AWS::EKS::Nodegroup', { ...nodegroup, Tags: { team: 'own' } }, stackTags)).toMatchObject({
      Tags: { team: 'own', env: 'test' },
    })
    const group = { MinSize: '0', MaxSize: 1 }
    expect(read('AWS::AutoScaling::AutoScalingGroup', group, stackTags.slice(1))).toMatchObject({
      Tags: [{ Key: 'env', Value: 'test', PropagateAtLaunch: true }],
    })
    expect(read('AWS::IAM::InstanceProfile', { Roles: ['r'] }, stackTags)).toEqual({ Roles: ['r'] })
  })
})

describe('a change', () => {
  test.each<[string, TemplateObject, TemplateObject, string[]]>([
    ['AWS::EC2::VPC', { CidrBlock: 'a' }, { CidrBlock: 'b' }, ['replaces CidrBlock']],
    [
      'AWS::EC2::VPC',
      { CidrBlock: 'a', EnableDnsHostnames: true, Tags: [] },
      { CidrBlock: 'a', Tags: [{ Key: 'a', Value: 'b' }] },
      ['ec2:ModifyVpcAttribute', 'ec2:CreateTags'],
    ],
    [
      'AWS::EC2::SecurityGroup',
      { GroupDescription: 'x', SecurityGroupIngress: [] },
      { GroupDescription: 'x', SecurityGroupIngress: [{ IpProtocol: '-1' }] },
      ['ec2:AuthorizeSecurityGroupIngress'],
    ],
    [
      'AWS::EKS::Nodegroup',
      { Version: '1.33', LaunchTemplate: { Id: 'lt', Version: '1' }, Labels: { a: '1' } },
      { Version: '1.34', LaunchTemplate: { Id: 'lt', Version: '2' } },
      ['eks:UpdateNodegroupConfig', 'eks:UpdateNodegroupVersion'],
    ],
    ['AWS::EKS::Nodegroup', { AmiType: 'a' }, { AmiType: 'b' }, ['replaces AmiType']],
    [
      'AWS::EKS::FargateProfile',
      { Selectors: [] },
      { Selectors: [{ Namespace: 'a' }] },
      ['replaces Selectors'],
    ],
    [
      'AWS::EKS::Cluster',
      { ...cluster, AccessConfig: { BootstrapClusterCreatorAdminPermissions: true } },
      { ...cluster, AccessConfig: { BootstrapClusterCreatorAdminPermissions: false } },
      ['replaces AccessConfig.BootstrapClusterCreatorAdminPermissions'],
    ],
    [
      'AWS::IAM::ManagedPolicy',
      { PolicyDocument: 'a' },
      { PolicyDocument: 'b' },
      ['iam:CreatePolicyVersion'],
    ],
    ['AWS::IAM::Policy', { PolicyName: 'a' }, { PolicyName: 'b' }, ['iam:PutRolePolicy']],
    ['AWS::EC2::Route', { GatewayId: 'igw' }, { NatGatewayId: 'nat' }, ['ec2:ReplaceRoute']],
  ])('of %s is what AWS publishes: %j to %j', (name, before, after, expected) => {
    const plan = planChange(typeOf(name), before, after)
    const told = [
      ...plan.replacing.map((path) => `replaces ${path}`),
      ...plan.steps.map((step) => step.operations[0]),
      ...plan.stuck,
    ]
    expect(told).toEqual(expected)
  })

  test('that is not emulated is named', () => {
    const name = 'AWS::EC2::SecurityGroupIngress'
    const plan = planChange(typeOf(name), { Description: 'a' }, { Description: 'b' })
    expect(plan).toEqual({ replacing: [], steps: [], stuck: ['Description'] })
  })
})
