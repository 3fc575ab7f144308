import type * as ec2 from '@aws-sdk/client-ec2'
import { describe, expect, test } from 'vitest'

import { createMemoryStore } from '../../../../store/memory-store.ts'
import type { Store } from '../../../../store/store.ts'
import { isStoreError } from '../../../../store/store.ts'
import { createStackRegion, type StackRegion } from '../testing/stack-region.ts'
import { stoppingStore } from '../../../../store/testing/stopping-store.ts'

const trust = {
  Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'ec2.amazonaws.com' } }],
}

const policy = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 's3:GetObject', Resource: '*' }],
}

// One of each way to find again what an earlier attempt has made: by a name of one's own, by a generated one, by tags.
const template = {
  Resources: {
    Named: { Type: 'AWS::Logs::LogGroup', Properties: { LogGroupName: '/named', RetentionInDays: 7 } },
    Unnamed: { Type: 'AWS::Logs::LogGroup' },
    NamedRole: {
      Type: 'AWS::IAM::Role',
      Properties: {
        RoleName: 'stack-role',
        AssumeRolePolicyDocument: trust,
        Policies: [{ PolicyName: 'inline', PolicyDocument: policy }],
      },
    },
    Role: { Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: trust } },
    Policy: {
      Type: 'AWS::IAM::ManagedPolicy',
      Properties: { ManagedPolicyName: 'p', PolicyDocument: policy, Roles: [{ Ref: 'Role' }] },
    },
    Profile: { Type: 'AWS::IAM::InstanceProfile', Properties: { Roles: [{ Ref: 'Role' }] } },
    Vpc: { Type: 'AWS::EC2::VPC', Properties: { CidrBlock: '10.7.0.0/16', EnableDnsHostnames: true } },
    Subnet: {
      Type: 'AWS::EC2::Subnet',
      Properties: { VpcId: { Ref: 'Vpc' }, CidrBlock: '10.7.1.0/24', MapPublicIpOnLaunch: true },
    },
    Group: {
      Type: 'AWS::EC2::SecurityGroup',
      Properties: {
        VpcId: { Ref: 'Vpc' },
        GroupDescription: 'x',
        SecurityGroupIngress: [{ IpProtocol: 'tcp', FromPort: 80, ToPort: 80, CidrIp: '0.0.0.0/0' }],
      },
    },
    Address: { Type: 'AWS::EC2::EIP', Properties: { Domain: 'vpc' } },
    Template: {
      Type: 'AWS::EC2::LaunchTemplate',
      Properties: { LaunchTemplateData: { InstanceType: 't3.small' } },
    },
  },
}

/** How many there are of everything that stacks may make here. */
async function inventory(region: StackRegion): Promise<Record<string, number>> {
  const count = async (service: string, operation: string, list: string, input = {}) => {
    const answer = await region.call<Record<string, unknown[]>>(service, operation, input)
    return (answer[list] ?? []).length
  }
  return {
    logGroups: await count('logs', 'DescribeLogGroups', 'logGroups'),
    roles: await count('iam', 'ListRoles', 'Roles'),
    policies: await count('iam', 'ListPolicies', 'Policies', { Scope: 'Local' }),
    profiles: await count('iam', 'ListInstanceProfiles', 'InstanceProfiles'),
    vpcs: await count('ec2', 'DescribeVpcs', 'Vpcs'),
    subnets: await count('ec2', 'DescribeSubnets', 'Subnets'),
    groups: await count('ec2', 'DescribeSecurityGroups', 'SecurityGroups'),
    tables: await count('ec2', 'DescribeRouteTables', 'RouteTables'),
    addresses: await count('ec2', 'DescribeAddresses', 'Addresses'),
    templates: await count('ec2', 'DescribeLaunchTemplates', 'LaunchTemplates'),
  }
}

/** Begins something with a stack. @returns the stack's id */
type Begin = (region: StackRegion) => Promise<string>

/** Runs what `begin` begins until the store stops at `commits`. @returns whether it came to its end before */
async function runUntil(store: Store, begin: { id: string; commits: number }): Promise<boolean> {
  const stopping = stoppingStore(store)
  const region = await createStackRegion({ store: stopping })
  stopping.stopAfter(begin.commits)
  try {
    await region.settle(begin.id)
    return true
  } catch (error) {
    if (!isStoreError(error, 'Closed')) throw error
    return false
  }
}

/** Another store with all that `store` holds. */
async function copyOf(store: Store): Promise<Store> {
  const copy = createMemoryStore()
  const { entries } = store.range({ prefix: '/' })
  await copy.commit({ operations: entries.map(({ key, value }) => ({ type: 'put', key, value })) })
  return copy
}

/**
 * Kills the region at every commit that follows `begin`, each time with the same beginning, starts it again and lets
 * it end what it was at.
 */
async function atEveryKill(
  begin: Begin,
  look: (region: StackRegion, end: { id: string; commits: number }) => Promise<void>,
): Promise<number> {
  const beginning = createMemoryStore()
  const id = await begin(await createStackRegion({ store: beginning }))
  for (let commits = 0; ; commits++) {
    const store = await copyOf(beginning)
    const isDone = await runUntil(store, { id, commits })
    await look(await createStackRegion({ store }), { id, commits })
    if (isDone) return commits
  }
}

async function settled(region: StackRegion, id: string) {
  const { status, reason } = await region.settle(id)
  return [status, reason]
}

const once = {
  logGroups: 2,
  roles: 2,
  policies: 1,
  profiles: 1,
  vpcs: 1,
  subnets: 1,
  groups: 2,
  tables: 1,
  addresses: 1,
  templates: 1,
}
const nothing = Object.fromEntries(Object.keys(once).map((name) => [name, 0]))

// What each way of changing a resource leaves: rules, lists, versions, tags, another resource.
const states = {
  one: { ports: [80], policies: ['a', 'b'], tags: ['one'], cidrs: ['10.1.0.0/16'], instanceType: 't3.small' },
  two: {
    ports: [443],
    policies: ['b', 'c'],
    tags: ['two'],
    cidrs: ['10.2.0.0/16'],
    instanceType: 't3.large',
  },
}

function changing(name: keyof typeof states) {
  const { ports, policies, tags, cidrs, instanceType } = states[name]
  const [port, cidr = ''] = [ports[0], cidrs[0]]
  const Tags = tags.map((Key) => ({ Key, Value: 'x' }))
  return {
    Resources: {
      Role: {
        Type: 'AWS::IAM::Role',
        Properties: {
          RoleName: 'r',
          AssumeRolePolicyDocument: trust,
          Policies: policies.map((PolicyName) => ({ PolicyName, PolicyDocument: policy })),
          Tags,
        },
      },
      Template: {
        Type: 'AWS::EC2::LaunchTemplate',
        Properties: { LaunchTemplateName: 'machine', LaunchTemplateData: { InstanceType: instanceType } },
      },
      Fixed: { Type: 'AWS::EC2::VPC', Properties: { CidrBlock: '10.9.0.0/16' } },
      Group: {
        Type: 'AWS::EC2::SecurityGroup',
        Properties: {
          GroupDescription: 'x',
          GroupName: 'g',
          VpcId: { Ref: 'Fixed' },
          SecurityGroupIngress: [{ IpProtocol: 'tcp', FromPort: port, ToPort: port, CidrIp: '0.0.0.0/0' }],
        },
      },
      Vpc: { Type: 'AWS::EC2::VPC', Properties: { CidrBlock: cidr } },
      Subnet: {
        Type: 'AWS::EC2::Subnet',
        Properties: { VpcId: { Ref: 'Vpc' }, CidrBlock: cidr.replace('/16', '/24') },
      },
    },
  }
}

/** What there is of it, and how many versions the launch template has. */
async function stateOf(region: StackRegion) {
  const Filters = [{ Name: 'group-name', Values: ['g'] }]
  const { SecurityGroups } = await region.call<ec2.DescribeSecurityGroupsResult>(
    'ec2',
    'DescribeSecurityGroups',
    { Filters },
  )
  const { Vpcs } = await region.call<ec2.DescribeVpcsResult>('ec2', 'DescribeVpcs', {})
  const { LaunchTemplateVersions: versions = [] } =
    await region.call<ec2.DescribeLaunchTemplateVersionsResult>('ec2', 'DescribeLaunchTemplateVersions', {
      LaunchTemplateName: 'machine',
    })
  const { PolicyNames } = await region.call<{ PolicyNames: string[] }>('iam', 'ListRolePolicies', {
    RoleName: 'r',
  })
  const { Tags } = await region.call<{ Tags: { Key: string }[] }>('iam', 'ListRoleTags', { RoleName: 'r' })
  return {
    ports: SecurityGroups?.[0]?.IpPermissions?.map(({ FromPort }) => FromPort),
    policies: PolicyNames.toSorted(),
    tags: Tags.map(({ Key }) => Key).filter((key) => !key.startsWith('aws:')),
    cidrs: Vpcs?.map(({ CidrBlock }) => CidrBlock).filter((cidr) => cidr !== '10.9.0.0/16'),
    instanceType: versions[0]?.LaunchTemplateData?.InstanceType,
    versions: versions.length,
  }
}

describe('a region that is killed between any two commits and started again', () => {
  test('makes each resource of a new stack once', { timeout: 120_000 }, async () => {
    const kills = await atEveryKill(
      (region) => region.create('s', template),
      async (region, { id, commits }) => {
        expect(await settled(region, id), `killed after ${commits} commits`).toEqual([
          'CREATE_COMPLETE',
          undefined,
        ])
        expect(await inventory(region), `killed after ${commits} commits`).toEqual(once)
        await region.call('cloudformation', 'DeleteStack', { StackName: 's' })
        expect(await settled(region, id), `killed after ${commits} commits`).toEqual([
          'DELETE_COMPLETE',
          undefined,
        ])
        expect(await inventory(region), `killed after ${commits} commits`).toEqual(nothing)
      },
    )
    expect(kills).toBeGreaterThan(50)
  })

  test('and is told to delete the stack leaves nothing of what it was at', { timeout: 120_000 }, async () => {
    const kills = await atEveryKill(
      (region) => region.create('s', template),
      async (region, { id, commits }) => {
        await region.call('cloudformation', 'DeleteStack', { StackName: 's' })
        expect(await settled(region, id), `killed after ${commits} commits`).toEqual([
          'DELETE_COMPLETE',
          undefined,
        ])
        expect(await inventory(region), `killed after ${commits} commits`).toEqual(nothing)
      },
    )
    expect(kills).toBeGreaterThan(50)
  })

  test('leaves nothing of a stack that is deleted', { timeout: 120_000 }, async () => {
    const kills = await atEveryKill(
      async (region) => {
        const id = await region.create('s', template)
        await region.settle(id)
        await region.call('cloudformation', 'DeleteStack', { StackName: 's' })
        return id
      },
      async (region, { id, commits }) => {
        expect(await settled(region, id), `killed after ${commits} commits`).toEqual([
          'DELETE_COMPLETE',
          undefined,
        ])
        expect(await inventory(region), `killed after ${commits} commits`).toEqual(nothing)
      },
    )
    expect(kills).toBeGreaterThan(30)
  })

  test('changes each resource once, in place or by another', { timeout: 120_000 }, async () => {
    const kills = await atEveryKill(
      async (region) => {
        const id = await region.create('s', changing('one'))
        await region.settle(id)
        await region.update('s', changing('two'))
        return id
      },
      async (region, { id, commits }) => {
        const at = `killed after ${commits} commits`
        expect(await settled(region, id), at).toEqual(['UPDATE_COMPLETE', undefined])
        expect(await stateOf(region), at).toEqual({ ...states.two, versions: 2 })
      },
    )
    expect(kills).toBeGreaterThan(30)
  })

  test('takes a failed update back', { timeout: 120_000 }, async () => {
    const kills = await atEveryKill(
      async (region) => {
        const id = await region.create('s', changing('one'))
        await region.settle(id)
        const Wrong = { Type: 'AWS::Logs::LogGroup', DependsOn: 'Subnet', Properties: { Foo: 'x' } }
        const { Resources } = changing('two')
        await region.update('s', { Resources: { ...Resources, Wrong } })
        return id
      },
      async (region, { id, commits }) => {
        const at = `killed after ${commits} commits`
        expect((await settled(region, id))[0], at).toBe('UPDATE_ROLLBACK_COMPLETE')
        const { versions, ...state } = await stateOf(region)
        expect(state, at).toEqual(states.one)
        // Taking a version back is a version more, unless it was never made.
        expect([1, 3], at).toContain(versions)
      },
    )
    expect(kills).toBeGreaterThan(50)
  })
})
