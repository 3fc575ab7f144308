// Every request that makes or removes something, eight at once: one of them does it, or all are given the same answer.
// Besides, each is one commit, so that a kill leaves all of it or nothing.
import { describe, expect, test } from 'vitest'

import { createMemoryStore } from '../store/memory-store.ts'
import type { Store } from '../store/store.ts'
import { Table } from '../store/table.ts'
import { createEks } from './services/eks/index.ts'
import { createElbv2 } from './services/elbv2/index.ts'
import { atOnce } from './testing/at-once.ts'
import { createTestRegion } from './testing/test-region.ts'

const SUBNETS = ['a', 'b'].map((letter) => ({
  id: `subnet-0000000000000000${letter}`,
  zone: `ap-southeast-1${letter}`,
  public: false,
}))
const [SUBNET = '', OTHER_SUBNET = ''] = SUBNETS.map(({ id }) => id)
const POLICY = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 's3:GetObject', Resource: '*' }],
})

type Answer = Record<string, Record<string, string>> & Record<string, string>
type Call = <T = Answer>(service: string, operation: string, input?: object) => Promise<T>

interface World {
  readonly call: Call
  readonly vpcId: string
  /** Commits that were taken since the last time it was asked. */
  readonly commits: () => number
  /** Makes a cluster as the reconciler would: it runs. */
  readonly cluster: (name: string) => Promise<void>
  readonly role: (name: string, service: string) => Promise<string>
  readonly targetGroup: () => Promise<string>
  readonly loadBalancer: () => Promise<string>
}

/** Counts what is accepted; a transaction that writes nothing is none. */
function counting(store: Store): { store: Store; commits: () => number } {
  let last = store.revision
  return {
    store,
    commits: () => {
      const count = store.revision - last
      last = store.revision
      return count
    },
  }
}

/** All services over one store, and no control loop: nothing happens but what is asked for. */
async function world(): Promise<World> {
  const { store, commits } = counting(createMemoryStore())
  const region = await createTestRegion({ store })
  const unused: never = new Proxy({}, { get: () => () => undefined }) as never
  const versions = [{ version: '1.35', isDefault: true, platformVersion: 'eks.1' }] as never
  region.services.push(
    createEks(region.deps, { host: unused, versions, credentials: region.iam, issuers: '' }).service,
    createElbv2(region.deps, { plane: unused, ingress: unused }).service,
  )
  const { vpcId } = await region.ec2.prepareNetwork({ subnets: SUBNETS })
  const call: Call = (service, operation, input = {}) => region.deps.caller.call(service, operation, input)
  const role: World['role'] = async (RoleName, Service) => {
    const Statement = [{ Effect: 'Allow', Principal: { Service }, Action: 'sts:AssumeRole' }]
    const document = JSON.stringify({ Version: '2012-10-17', Statement })
    const { Role } = await call('iam', 'CreateRole', { RoleName, AssumeRolePolicyDocument: document })
    return Role?.['Arn'] ?? ''
  }
  return {
    call,
    vpcId,
    commits,
    role,
    cluster: async (name) => {
      const roleArn = await role(`${name}-role`, 'eks.amazonaws.com')
      const resourcesVpcConfig = { subnetIds: [SUBNET, OTHER_SUBNET] }
      await call('eks', 'CreateCluster', { name, roleArn, resourcesVpcConfig })
      type Record = { cluster: object }
      const table = new Table<Record>(store, 'aws/eks/clusters')
      await table.update(name, (record) => ({ ...record, cluster: { ...record.cluster, status: 'ACTIVE' } }))
    },
    targetGroup: async () => {
      const input = { Name: 'tg', Protocol: 'TCP', Port: 80, TargetType: 'ip', VpcId: vpcId }
      const answer = await call<{ TargetGroups: Answer[] }>('elbv2', 'CreateTargetGroup', input)
      return String(answer.TargetGroups[0]?.['TargetGroupArn'])
    },
    loadBalancer: async () => {
      const input = { Name: 'lb', Type: 'network', Subnets: [SUBNET] }
      const answer = await call<{ LoadBalancers: Answer[] }>('elbv2', 'CreateLoadBalancer', input)
      return String(answer.LoadBalancers[0]?.['LoadBalancerArn'])
    },
  }
}

interface Race {
  readonly operation: string
  /** Makes what the calls need. @returns what each of them sends */
  readonly prepare: (world: World) => Promise<(index: number) => object> | ((index: number) => object)
  /** What the others are told; none when all are given the same answer. */
  readonly refused?: string
}

const always =
  (input: object): Race['prepare'] =>
  () =>
  () =>
    input

const id = (answer: Answer, kind: string, member: string): string => answer[kind]?.[member] ?? ''

const RACES: Readonly<Record<string, readonly Race[]>> = {
  ec2: [
    {
      operation: 'CreateSecurityGroup',
      prepare:
        ({ vpcId }) =>
        (index) => ({ GroupName: 'web', Description: `${index}`, VpcId: vpcId }),
      refused: 'InvalidGroup.Duplicate',
    },
    {
      operation: 'DeleteSecurityGroup',
      prepare: async ({ call, vpcId }) => {
        const made = await call('ec2', 'CreateSecurityGroup', {
          GroupName: 'web',
          Description: 'x',
          VpcId: vpcId,
        })
        return () => ({ GroupId: made['GroupId'] })
      },
      refused: 'InvalidGroup.NotFound',
    },
    {
      operation: 'CreateSubnet',
      prepare:
        ({ vpcId }) =>
        () => ({ VpcId: vpcId, CidrBlock: '10.0.240.0/24' }),
      refused: 'InvalidSubnet.Conflict',
    },
    {
      operation: 'DeleteSubnet',
      prepare: async ({ call, vpcId }) => {
        const made = await call('ec2', 'CreateSubnet', { VpcId: vpcId, CidrBlock: '10.0.240.0/24' })
        return () => ({ SubnetId: id(made, 'Subnet', 'SubnetId') })
      },
      refused: 'InvalidSubnetID.NotFound',
    },
    {
      operation: 'DeleteVpc',
      prepare: async ({ call }) => {
        const made = await call('ec2', 'CreateVpc', { CidrBlock: '10.9.0.0/16' })
        return () => ({ VpcId: id(made, 'Vpc', 'VpcId') })
      },
      refused: 'InvalidVpcID.NotFound',
    },
    {
      operation: 'CreateLaunchTemplate',
      prepare: () => (index) => ({
        LaunchTemplateName: 'web',
        LaunchTemplateData: { ImageId: 'ami-1', KeyName: `k${index}` },
      }),
      refused: 'InvalidLaunchTemplateName.AlreadyExistsException',
    },
    {
      operation: 'DeleteLaunchTemplate',
      prepare: async ({ call }) => {
        await call('ec2', 'CreateLaunchTemplate', { LaunchTemplateName: 'web', LaunchTemplateData: {} })
        return () => ({ LaunchTemplateName: 'web' })
      },
      refused: 'InvalidLaunchTemplateName.NotFoundException',
    },
    {
      operation: 'RunInstances',
      prepare: always({
        ImageId: 'ami-1',
        InstanceType: 't3.micro',
        MinCount: 2,
        MaxCount: 2,
        SubnetId: SUBNET,
        ClientToken: 'one',
      }),
    },
    {
      operation: 'CreateNatGateway',
      prepare: async ({ call }) => {
        const { AllocationId } = await call('ec2', 'AllocateAddress')
        return () => ({ SubnetId: SUBNET, AllocationId })
      },
      refused: 'Resource.AlreadyAssociated',
    },
    {
      operation: 'AttachInternetGateway',
      prepare: async ({ call }) => {
        const { Vpc } = await call('ec2', 'CreateVpc', { CidrBlock: '10.9.0.0/16' })
        // As many gateways as requests; five are all that an account begins with.
        const quota = { ServiceCode: 'vpc', QuotaCode: 'L-A4707A72', DesiredValue: 20 }
        await call('service-quotas', 'RequestServiceQuotaIncrease', quota)
        const made = await atOnce(() => call('ec2', 'CreateInternetGateway'))
        const ids = made.answers.map((answer) => id(answer, 'InternetGateway', 'InternetGatewayId'))
        return (index) => ({ VpcId: Vpc?.['VpcId'], InternetGatewayId: ids[index] })
      },
      refused: 'InvalidParameterValue',
    },
    {
      operation: 'ReleaseAddress',
      prepare: async ({ call }) => {
        const { AllocationId } = await call('ec2', 'AllocateAddress')
        return () => ({ AllocationId })
      },
      refused: 'InvalidAllocationID.NotFound',
    },
    {
      operation: 'CreateNetworkInterface',
      prepare: always({ SubnetId: SUBNET, PrivateIpAddress: '10.0.0.77' }),
      refused: 'InvalidIPAddress.InUse',
    },
  ],
  iam: [
    {
      operation: 'CreatePolicy',
      prepare: always({ PolicyName: 'p', PolicyDocument: POLICY }),
      refused: 'EntityAlreadyExists',
    },
    {
      operation: 'CreateInstanceProfile',
      prepare: always({ InstanceProfileName: 'p' }),
      refused: 'EntityAlreadyExists',
    },
    {
      operation: 'DeleteRole',
      prepare: async ({ role }) => {
        await role('r', 'ec2.amazonaws.com')
        return () => ({ RoleName: 'r' })
      },
      refused: 'NoSuchEntity',
    },
    {
      operation: 'CreateOpenIDConnectProvider',
      prepare: always({ Url: 'https://oidc.example/id/A' }),
      refused: 'EntityAlreadyExists',
    },
    {
      operation: 'CreateServiceLinkedRole',
      prepare: always({ AWSServiceName: 'eks.amazonaws.com' }),
      refused: 'InvalidInput',
    },
  ],
  logs: [
    {
      operation: 'CreateLogGroup',
      prepare: always({ logGroupName: 'g' }),
      refused: 'ResourceAlreadyExistsException',
    },
    {
      operation: 'CreateLogStream',
      prepare: async ({ call }) => {
        await call('logs', 'CreateLogGroup', { logGroupName: 'g' })
        return () => ({ logGroupName: 'g', logStreamName: 's' })
      },
      refused: 'ResourceAlreadyExistsException',
    },
    {
      operation: 'DeleteLogGroup',
      prepare: async ({ call }) => {
        await call('logs', 'CreateLogGroup', { logGroupName: 'g' })
        await atOnce((index) =>
          call('logs', 'CreateLogStream', { logGroupName: 'g', logStreamName: `${index}` }),
        )
        return () => ({ logGroupName: 'g' })
      },
      refused: 'ResourceNotFoundException',
    },
  ],
  elbv2: [
    {
      operation: 'CreateLoadBalancer',
      prepare: () => (index) => ({
        Name: 'lb',
        Type: 'network',
        Subnets: [SUBNET],
        Scheme: index === 0 ? 'internal' : 'internet-facing',
      }),
      refused: 'DuplicateLoadBalancerName',
    },
    {
      operation: 'CreateTargetGroup',
      prepare:
        ({ vpcId }) =>
        (index) => ({ Name: 'tg', Protocol: 'TCP', Port: 80 + index, VpcId: vpcId }),
      refused: 'DuplicateTargetGroupName',
    },
    {
      operation: 'CreateListener',
      prepare: async (made) => {
        const [LoadBalancerArn, TargetGroupArn] = [await made.loadBalancer(), await made.targetGroup()]
        const DefaultActions = [{ Type: 'forward', TargetGroupArn }]
        // It is idempotent: the same listener for all.
        return () => ({ LoadBalancerArn, Protocol: 'TCP', Port: 80, DefaultActions })
      },
    },
    {
      operation: 'DeleteLoadBalancer',
      prepare: async (made) => {
        const [LoadBalancerArn, TargetGroupArn] = [await made.loadBalancer(), await made.targetGroup()]
        const DefaultActions = [{ Type: 'forward', TargetGroupArn }]
        for (const Port of [80, 81]) {
          const listener = { LoadBalancerArn, Protocol: 'TCP', Port, DefaultActions }
          await made.call('elbv2', 'CreateListener', listener)
        }
        return () => ({ LoadBalancerArn })
      },
    },
  ],
  eks: [
    {
      operation: 'CreateCluster',
      prepare: async ({ role }) => {
        const roleArn = await role('c', 'eks.amazonaws.com')
        const resourcesVpcConfig = { subnetIds: [SUBNET, OTHER_SUBNET] }
        return (index) => ({ name: 'c', roleArn, resourcesVpcConfig, tags: { index: `${index}` } })
      },
      refused: 'ResourceInUseException',
    },
    {
      operation: 'CreateNodegroup',
      prepare: async ({ cluster, role }) => {
        await cluster('c')
        const nodeRole = await role('n', 'ec2.amazonaws.com')
        return (index) => ({
          clusterName: 'c',
          nodegroupName: 'ng',
          nodeRole,
          subnets: [SUBNET],
          labels: { index: `${index}` },
          clientRequestToken: 'same',
        })
      },
      refused: 'ResourceInUseException',
    },
    {
      operation: 'CreateFargateProfile',
      prepare: async ({ cluster, role, call }) => {
        await cluster('c')
        await call('iam', 'CreateServiceLinkedRole', { AWSServiceName: 'eks-fargate.amazonaws.com' })
        const podExecutionRoleArn = await role('pods', 'eks-fargate-pods.amazonaws.com')
        return (index) => ({
          clusterName: 'c',
          fargateProfileName: `p${index}`,
          podExecutionRoleArn,
          subnets: [SUBNET],
          selectors: [{ namespace: 'default' }],
        })
      },
      refused: 'ResourceInUseException',
    },
    {
      operation: 'DeleteCluster',
      prepare: async ({ cluster }) => {
        await cluster('c')
        return () => ({ name: 'c' })
      },
    },
  ],
}

const rows = Object.entries(RACES).flatMap(([service, races]) =>
  races.map((race) => [service, race.operation, race] as const),
)

describe('eight at once', () => {
  test.each(rows)('%s %s', async (service, operation, { prepare, refused }) => {
    const made = await world()
    const input = await prepare(made)
    made.commits()
    const { answers, codes } = await atOnce((index) => made.call(service, operation, input(index)))
    expect(new Set(codes)).toEqual(new Set(refused === undefined ? [] : [refused]))
    expect(answers).toHaveLength(refused === undefined ? 8 : 1)
    expect(made.commits(), 'commits').toBe(1)
  })
})

test('one token for another request is refused', async () => {
  const { call } = await world()
  const launch = (InstanceType: string) =>
    call('ec2', 'RunInstances', {
      ImageId: 'ami-1',
      InstanceType,
      MinCount: 1,
      MaxCount: 1,
      SubnetId: SUBNET,
      ClientToken: 'one',
    })
  await launch('t3.micro')
  await expect(launch('t3.small')).rejects.toMatchObject({ code: 'IdempotentParameterMismatch' })
})

/** Two requests of which one makes the other impossible: never do both succeed. */
type Pair = readonly [service: string, operation: string, input: object]
const PAIRS: readonly (readonly [string, (world: World) => Promise<readonly [Pair, Pair]>])[] = [
  [
    'a security group and an interface in it',
    async ({ call, vpcId }) => {
      const group = { GroupName: 'web', Description: 'x', VpcId: vpcId }
      const { GroupId } = await call('ec2', 'CreateSecurityGroup', group)
      return [
        ['ec2', 'DeleteSecurityGroup', { GroupId }],
        ['ec2', 'CreateNetworkInterface', { SubnetId: SUBNET, Groups: [GroupId] }],
      ]
    },
  ],
  [
    'a VPC and a subnet in it',
    async ({ call }) => {
      const { Vpc } = await call('ec2', 'CreateVpc', { CidrBlock: '10.9.0.0/16' })
      const VpcId = Vpc?.['VpcId']
      return [
        ['ec2', 'DeleteVpc', { VpcId }],
        ['ec2', 'CreateSubnet', { VpcId, CidrBlock: '10.9.0.0/24' }],
      ]
    },
  ],
  [
    'a policy and a role that gets it',
    async ({ call, role }) => {
      await role('r', 'ec2.amazonaws.com')
      const { Policy } = await call('iam', 'CreatePolicy', { PolicyName: 'p', PolicyDocument: POLICY })
      const PolicyArn = Policy?.['Arn']
      return [
        ['iam', 'DeletePolicy', { PolicyArn }],
        ['iam', 'AttachRolePolicy', { RoleName: 'r', PolicyArn }],
      ]
    },
  ],
  [
    'a target group and a listener that forwards to it',
    async (made) => {
      const [LoadBalancerArn, TargetGroupArn] = [await made.loadBalancer(), await made.targetGroup()]
      const DefaultActions = [{ Type: 'forward', TargetGroupArn }]
      return [
        ['elbv2', 'DeleteTargetGroup', { TargetGroupArn }],
        ['elbv2', 'CreateListener', { LoadBalancerArn, Protocol: 'TCP', Port: 80, DefaultActions }],
      ]
    },
  ],
  [
    'a cluster and a node group of it',
    async ({ cluster, role }) => {
      await cluster('c')
      const nodeRole = await role('n', 'ec2.amazonaws.com')
      const group = { clusterName: 'c', nodegroupName: 'ng', nodeRole, subnets: [SUBNET] }
      return [
        ['eks', 'DeleteCluster', { name: 'c' }],
        ['eks', 'CreateNodegroup', group],
      ]
    },
  ],
]

test.each(PAIRS)('either %s, in whatever order', async (_, prepare) => {
  for (const isReversed of [false, true]) {
    const made = await world()
    const pair = await prepare(made)
    const calls = isReversed ? pair.toReversed() : pair
    const { answers } = await atOnce((index) => made.call(...(calls[index] ?? pair[0])), 2)
    expect(answers).toHaveLength(1)
  }
})
