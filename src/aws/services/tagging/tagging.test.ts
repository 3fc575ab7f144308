import type { GetResourcesOutput } from '@aws-sdk/client-resource-groups-tagging-api'
import { expect, test } from 'vitest'

import { createWholeRegion } from '../../testing/whole-region.ts'
import { sources } from './sources.ts'

async function place() {
  const region = await createWholeRegion()
  const call = <T>(service: string, operation: string, input: object = {}): Promise<T> =>
    region.endpoint.caller.call<T>(service, operation, input)
  const tagging = <T>(operation: string, input: object = {}): Promise<T> =>
    call<T>('resourcegroupstaggingapi', operation, input)
  const Tags = [{ Key: 'team', Value: 'shop' }]
  const made = await call<{ Vpc: { VpcId: string } }>('ec2', 'CreateVpc', {
    CidrBlock: '10.0.0.0/16',
    TagSpecifications: [{ ResourceType: 'vpc', Tags }],
  })
  await call('logs', 'CreateLogGroup', { logGroupName: '/app', tags: { team: 'mail' } })
  await call('ssm', 'PutParameter', { Name: 'plain', Type: 'String', Value: 'v', Tags })
  await call('kms', 'CreateKey', { Tags: [{ TagKey: 'team', TagValue: 'shop' }] })
  await call('ecr', 'CreateRepository', { repositoryName: 'untagged' })
  const arns = async (input: object = {}): Promise<string[]> =>
    ((await tagging<GetResourcesOutput>('GetResources', input)).ResourceTagMappingList ?? []).map(
      ({ ResourceARN = '' }) => ResourceARN,
    )
  const prefix = (service: string): string => `arn:aws:${service}:${region.deps.region}:111122223333`
  const vpc = `${prefix('ec2')}:vpc/${made.Vpc.VpcId}`
  return { ...region, call, tagging, arns, prefix, vpc }
}

test('resources of all services are found by their tags and types', async () => {
  const { arns, prefix, vpc } = await place()
  const shop = [{ Key: 'team', Values: ['shop'] }]
  expect(await arns({ TagFilters: shop })).toEqual([
    vpc,
    expect.stringContaining(`${prefix('kms')}:key/`),
    `${prefix('ssm')}:parameter/plain`,
  ])
  expect(
    await arns({ TagFilters: [{ Key: 'team' }], ResourceTypeFilters: ['logs:log-group', 'ssm'] }),
  ).toEqual([`${prefix('logs')}:log-group:/app`, `${prefix('ssm')}:parameter/plain`])
  expect(await arns({ ResourceTypeFilters: ['ec2:instance', 'eks'] })).toEqual([])
  expect(await arns({ ResourceARNList: [vpc] })).toEqual([vpc])
})

test('a Classic Load Balancer is found by its tags, and gets others', async () => {
  const { call, tagging, arns, prefix, vpc } = await place()
  const { Subnet } = await call<{ Subnet: { SubnetId: string } }>('ec2', 'CreateSubnet', {
    VpcId: vpc.split('/')[1],
    CidrBlock: '10.0.1.0/24',
  })
  await call('elb', 'CreateLoadBalancer', {
    LoadBalancerName: 'classic',
    Scheme: 'internal',
    Subnets: [Subnet.SubnetId],
    Listeners: [{ Protocol: 'TCP', LoadBalancerPort: 80, InstancePort: 80 }],
    Tags: [{ Key: 'team', Value: 'shop' }],
  })
  const arn = `${prefix('elasticloadbalancing')}:loadbalancer/classic`
  const ResourceTypeFilters = ['elasticloadbalancing:loadbalancer']
  expect(await arns({ ResourceTypeFilters })).toEqual([arn])
  await tagging('TagResources', { ResourceARNList: [arn], Tags: { stage: 'test' } })
  await tagging('UntagResources', { ResourceARNList: [arn], TagKeys: ['team'] })
  expect(await arns({ TagFilters: [{ Key: 'team' }], ResourceTypeFilters })).toEqual([])
  expect(await arns({ TagFilters: [{ Key: 'stage', Values: ['test'] }] })).toEqual([arn])
})

test('answers come in pages, the last with an empty token', async () => {
  const { tagging, arns } = await place()
  const TagFilters = [{ Key: 'team' }]
  const all = await arns({ TagFilters })
  const first = await tagging<GetResourcesOutput>('GetResources', {
    TagFilters,
    ResourcesPerPage: 3,
  })
  expect(first.ResourceTagMappingList).toHaveLength(3)
  const second = await tagging<GetResourcesOutput>('GetResources', {
    TagFilters,
    ResourcesPerPage: 3,
    PaginationToken: first.PaginationToken,
  })
  expect(second.PaginationToken).toBe('')
  expect(all).toHaveLength(3 + (second.ResourceTagMappingList?.length ?? 0))
})

test('keys and values are told once each', async () => {
  const { tagging } = await place()
  expect(await tagging('GetTagKeys')).toMatchObject({ TagKeys: expect.arrayContaining(['team']) })
  expect(await tagging('GetTagValues', { Key: 'team' })).toMatchObject({ TagValues: ['mail', 'shop'] })
})

test('tags are changed wherever they are, and what fails is told', async () => {
  const { tagging, arns, prefix, vpc } = await place()
  const ResourceARNList = [
    vpc,
    `${prefix('logs')}:log-group:/app`,
    `${prefix('ssm')}:parameter/plain`,
    `${prefix('ecr')}:repository/untagged`,
    `${prefix('ec2')}:vpc/vpc-0aaaaaaaaaaaaaaaa`,
    `${prefix('sqs')}:queue`,
  ]
  expect(await tagging('TagResources', { ResourceARNList, Tags: { env: 'test' } })).toEqual({
    FailedResourcesMap: {
      [`${prefix('ec2')}:vpc/vpc-0aaaaaaaaaaaaaaaa`]: {
        StatusCode: 400,
        ErrorCode: 'InvalidParameterException',
        ErrorMessage: expect.stringContaining('InvalidVpcID.NotFound'),
      },
      [`${prefix('sqs')}:queue`]: expect.objectContaining({ ErrorCode: 'InvalidParameterException' }),
    },
  })
  const found = { TagFilters: [{ Key: 'env', Values: ['test'] }] }
  expect(new Set(await arns(found))).toEqual(new Set(ResourceARNList.slice(0, 4)))
  await tagging('UntagResources', { ResourceARNList: ResourceARNList.slice(0, 4), TagKeys: ['env'] })
  expect(await arns(found)).toEqual([])
})

test('each service is there once', () => {
  const services = sources().map(({ service }) => service)
  expect(new Set(services).size).toBe(services.length)
})

test('Auto Scaling groups are tagged, and not found', async () => {
  const { call, tagging, arns } = await place()
  const AutoScalingGroupName = 'web'
  await call('ec2', 'CreateLaunchTemplate', {
    LaunchTemplateName: 'web',
    LaunchTemplateData: { ImageId: 'ami-1', InstanceType: 't3.large' },
  })
  const { Subnets } = await call<{ Subnets: { SubnetId: string }[] }>('ec2', 'DescribeSubnets')
  await call('autoscaling', 'CreateAutoScalingGroup', {
    AutoScalingGroupName,
    MinSize: 0,
    MaxSize: 0,
    VPCZoneIdentifier: Subnets[0]?.SubnetId,
    LaunchTemplate: { LaunchTemplateName: 'web' },
    Tags: [{ Key: 'team', Value: 'shop', PropagateAtLaunch: true }],
  })
  type Groups = { AutoScalingGroups: { AutoScalingGroupARN: string; Tags: object[] }[] }
  const group = async () =>
    (await call<Groups>('autoscaling', 'DescribeAutoScalingGroups')).AutoScalingGroups[0]
  const ResourceARNList = [(await group())?.AutoScalingGroupARN]
  const answer = { FailedResourcesMap: {} }
  expect(await tagging('TagResources', { ResourceARNList, Tags: { env: 'test' } })).toMatchObject(answer)
  expect(await tagging('UntagResources', { ResourceARNList, TagKeys: ['team'] })).toMatchObject(answer)
  expect((await group())?.Tags).toMatchObject([{ Key: 'env', Value: 'test' }])
  expect(await arns({ ResourceTypeFilters: ['autoscaling'] })).toEqual([])
})
