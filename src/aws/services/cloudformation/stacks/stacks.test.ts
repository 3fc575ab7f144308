import * as cfn from '@aws-sdk/client-cloudformation'
import { CreateLogGroupCommand, DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs'
import { DeleteFargateProfileCommand, DescribeFargateProfileCommand } from '@aws-sdk/client-eks'
import { describe, expect, test } from 'vitest'

import { FakeClock } from '../../../../base/testing/fake-clock.ts'
import { createStackClients, type StackClients } from '../testing/stack-clients.ts'
import { createStackRegion } from '../testing/stack-region.ts'

const group = (LogGroupName?: string, more: object = {}) => ({
  Type: 'AWS::Logs::LogGroup',
  ...(LogGroupName === undefined ? {} : { Properties: { LogGroupName } }),
  ...more,
})
const bodyOf = (template: object) => JSON.stringify(template)

/** `Code: message` of a refusal; `none` when there is none. */
async function refusal(promise: Promise<unknown>): Promise<string> {
  try {
    await promise
    return 'none'
  } catch (error) {
    const { name, message } = error as Error
    return `${name}: ${message}`
  }
}

function create(clients: StackClients, StackName: string, template: object, input = {}) {
  const TemplateBody = bodyOf(template)
  return clients.cloudformation.send(new cfn.CreateStackCommand({ StackName, TemplateBody, ...input }))
}

describe('at once', () => {
  test('one of eight stacks of a name is made', async () => {
    const clients = await createStackClients()
    const told = await Promise.all(
      Array.from({ length: 8 }, () => refusal(create(clients, 'one', { Resources: { A: group() } }))),
    )
    expect(told.toSorted((a, b) => (a < b ? -1 : 1))).toEqual([
      ...Array.from({ length: 7 }, () => 'AlreadyExistsException: Stack [one] already exists'),
      'none',
    ])
    const { Stacks } = await clients.cloudformation.send(new cfn.DescribeStacksCommand({}))
    expect(Stacks).toHaveLength(1)
  })

  test('one of four updates is begun, and one of four executions', async () => {
    const clients = await createStackClients()
    await clients.create('s', { A: group('/a') })
    const update = (name: string) =>
      clients.cloudformation.send(
        new cfn.UpdateStackCommand({
          StackName: 's',
          TemplateBody: bodyOf({ Resources: { A: group('/a'), B: group(name) } }),
        }),
      )
    const told = await Promise.all(['/b', '/c', '/d', '/e'].map((name) => refusal(update(name))))
    const refused = told.filter((line) => line !== 'none')
    expect(refused).toHaveLength(3)
    for (const line of refused) {
      expect(line).toMatch(
        /^ValidationError: Stack:arn:\S+ is in UPDATE\w*_IN_PROGRESS state and can not be updated\.$/,
      )
    }
    await clients.region.until(async () => (await clients.events('s')).includes('s UPDATE_COMPLETE'))
    const ChangeSetName = 'again'
    await clients.cloudformation.send(
      new cfn.CreateChangeSetCommand({
        StackName: 's',
        ChangeSetName,
        TemplateBody: bodyOf({ Resources: { A: group('/a') } }),
      }),
    )
    const execute = () =>
      clients.cloudformation.send(new cfn.ExecuteChangeSetCommand({ StackName: 's', ChangeSetName }))
    const executed = await Promise.all(Array.from({ length: 4 }, () => refusal(execute())))
    expect(executed.filter((line) => line === 'none')).toHaveLength(1)
  })

  test('a deletion that meets the work of a creation takes all that it makes', async () => {
    const region = await createStackRegion()
    const trust = {
      Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'ec2.amazonaws.com' } }],
    }
    const Resources = Object.fromEntries(
      Array.from({ length: 6 }, (_, index) => [
        `R${index}`,
        {
          Type: 'AWS::IAM::Role',
          ...(index > 0 ? { DependsOn: `R${index - 1}` } : {}),
          Properties: { AssumeRolePolicyDocument: trust },
        },
      ]),
    )
    const id = await region.create('s', { Resources })
    const [controller] = region.cloudformation.controllers
    const key = id.slice(id.indexOf(':stack/') + ':stack/'.length)
    const working = controller?.reconcile(key)
    await region.call('cloudformation', 'DeleteStack', { StackName: 's' })
    await working
    expect((await region.settle(id)).status).toBe('DELETE_COMPLETE')
    expect(await region.call('iam', 'ListRoles', {})).toMatchObject({ Roles: [] })
    const made = region.cloudformation.tables.resources.list().filter(({ physicalId }) => physicalId)
    expect(made.length).toBeLessThan(6)
  })
})

describe('client request tokens', () => {
  test('make a repeated request the same one', async () => {
    const clients = await createStackClients()
    const template = { Resources: { A: group('/a') } }
    const ClientRequestToken = 'token-1'
    const first = await create(clients, 's', template, { ClientRequestToken })
    const again = await create(clients, 's', template, { ClientRequestToken })
    expect(again.StackId).toBe(first.StackId)
    expect(
      await refusal(create(clients, 's', { Resources: { B: group('/b') } }, { ClientRequestToken })),
    ).toContain('TokenAlreadyExistsException')
    await clients.region.until(async () => (await clients.events('s')).includes('s CREATE_COMPLETE'))
    const { StackEvents } = await clients.cloudformation.send(
      new cfn.DescribeStackEventsCommand({ StackName: 's' }),
    )
    expect(new Set(StackEvents?.map((event) => event.ClientRequestToken))).toEqual(new Set(['token-1']))
    const update = () =>
      clients.cloudformation.send(
        new cfn.UpdateStackCommand({
          StackName: 's',
          TemplateBody: bodyOf({ Resources: { A: group('/a'), B: group('/b') } }),
          ClientRequestToken: 'token-2',
        }),
      )
    await update()
    await update()
    await clients.region.until(async () => (await clients.events('s')).includes('s UPDATE_COMPLETE'))
    expect((await update()).StackId).toBe(first.StackId)
    expect(
      (await clients.events('s')).filter((line) => line.startsWith('s UPDATE_IN_PROGRESS')),
    ).toHaveLength(1)
  })
})

describe('a deletion that its service refuses', () => {
  test('of a cluster with Fargate profiles fails, says why, and can be repeated', async () => {
    const clients = await createStackClients()
    const { region } = clients
    const stack = await clients.create('s', {
      Cluster: {
        Type: 'AWS::EKS::Cluster',
        Properties: {
          Name: 'demo',
          RoleArn: await region.role('control', 'eks.amazonaws.com'),
          ResourcesVpcConfig: { SubnetIds: region.subnetIds },
        },
      },
      Other: group('/other'),
    })
    const profile = { clusterName: 'demo', fargateProfileName: 'web' }
    await region.call('eks', 'CreateFargateProfile', {
      ...profile,
      podExecutionRoleArn: await region.role('pods', 'eks-fargate-pods.amazonaws.com'),
      subnets: region.subnetIds,
      selectors: [{ namespace: 'web' }],
    })
    const failed = await clients.remove('s')
    expect([failed.StackStatus, failed.StackStatusReason]).toEqual([
      'DELETE_FAILED',
      'The following resource(s) failed to delete: [Cluster]. ',
    ])
    const told = await clients.events(stack.StackId ?? '')
    expect(told.filter((line) => line.startsWith('Cluster DELETE_FAILED'))).toEqual([
      expect.stringMatching(
        /Resource handler returned message: "Cluster has Fargate Profiles .*\(Service: Eks, Status Code: 409, Request ID: .*HandlerErrorCode: ResourceConflict\)/,
      ),
    ])
    expect(told).toContain('Other DELETE_COMPLETE')
    const isActive = async () =>
      (await clients.eks.send(new DescribeFargateProfileCommand(profile))).fargateProfile?.status === 'ACTIVE'
    await region.until(isActive)
    await clients.eks.send(new DeleteFargateProfileCommand(profile))
    await region.until(async () =>
      (await refusal(clients.eks.send(new DescribeFargateProfileCommand(profile)))).startsWith(
        'ResourceNotFound',
      ),
    )
    expect((await clients.remove('s')).StackStatus).toBe('DELETE_COMPLETE')
  })

  test('because something still holds on to it is tried for a minute', async () => {
    const clock = new FakeClock(1_800_000_000_000)
    const region = await createStackRegion({ clock })
    const id = await region.create('s', {
      Resources: {
        Vpc: { Type: 'AWS::EC2::VPC', Properties: { CidrBlock: '10.1.0.0/16' } },
        Subnet: { Type: 'AWS::EC2::Subnet', Properties: { VpcId: { Ref: 'Vpc' }, CidrBlock: '10.1.1.0/24' } },
      },
    })
    await region.settle(id)
    const { Subnets } = await region.call<{ Subnets: { SubnetId: string }[] }>('ec2', 'DescribeSubnets', {})
    const { NetworkInterface } = await region.call<{ NetworkInterface: { NetworkInterfaceId: string } }>(
      'ec2',
      'CreateNetworkInterface',
      { SubnetId: Subnets[0]?.SubnetId },
    )
    await region.call('cloudformation', 'DeleteStack', { StackName: 's' })
    await region.step(id)
    expect(region.cloudformation.tables.stacks.list()[0]?.status).toBe('DELETE_IN_PROGRESS')
    await clock.advance(59_000)
    await region.step(id)
    expect(region.cloudformation.tables.stacks.list()[0]?.status).toBe('DELETE_IN_PROGRESS')
    await clock.advance(2000)
    const failed = await region.settle(id)
    expect([failed.status, failed.reason]).toEqual([
      'DELETE_FAILED',
      'The following resource(s) failed to delete: [Subnet]. ',
    ])
    const { NetworkInterfaceId } = NetworkInterface
    await region.call('ec2', 'DeleteNetworkInterface', { NetworkInterfaceId })
    await region.call('cloudformation', 'DeleteStack', { StackName: 's' })
    expect((await region.settle(id)).status).toBe('DELETE_COMPLETE')
  })
})

describe('what is kept', () => {
  test.each([
    ['Retain', 'a deletion', false, ['/a']],
    ['Retain', 'the rollback of its creation', true, ['/a']],
    ['RetainExceptOnCreate', 'a deletion', false, ['/a']],
    ['RetainExceptOnCreate', 'the rollback of its creation', true, []],
    ['Delete', 'a deletion', false, []],
  ])('with DeletionPolicy %s at %s', async (DeletionPolicy, _what, isFailing, left) => {
    const clients = await createStackClients()
    const wrong = isFailing ? { Wrong: group(undefined, { DependsOn: 'A', Properties: { Foo: 'x' } }) } : {}
    await clients.create('s', { A: group('/a', { DeletionPolicy }), ...wrong })
    await clients.remove('s')
    const { logGroups } = await clients.logs.send(new DescribeLogGroupsCommand({}))
    expect(logGroups?.map(({ logGroupName }) => logGroupName)).toEqual(left)
  })

  test('a resource that leaves the template goes, unless it was to be kept', async () => {
    const clients = await createStackClients()
    await clients.create('s', {
      A: group('/a'),
      B: group('/b', { DeletionPolicy: 'Retain' }),
      C: group('/c'),
    })
    await clients.update('s', { A: group('/a') })
    const { logGroups } = await clients.logs.send(new DescribeLogGroupsCommand({}))
    expect(logGroups?.map(({ logGroupName }) => logGroupName)).toEqual(['/a', '/b'])
    expect(await clients.events('s')).toEqual(
      expect.arrayContaining(['B DELETE_SKIPPED', 'C DELETE_COMPLETE']),
    )
  })

  test('what somebody else made is neither taken for a resource nor removed', async () => {
    const clients = await createStackClients()
    await clients.logs.send(new CreateLogGroupCommand({ logGroupName: '/theirs' }))
    expect((await clients.create('s', { A: group('/theirs') })).StackStatus).toBe('ROLLBACK_COMPLETE')
    expect((await clients.events('s')).find((line) => line.startsWith('A CREATE_FAILED'))).toContain(
      'AlreadyExists)',
    )
    await clients.remove('s')
    const { logGroups } = await clients.logs.send(new DescribeLogGroupsCommand({}))
    expect(logGroups?.map(({ logGroupName }) => logGroupName)).toEqual(['/theirs'])
  })
})

describe('outputs', () => {
  test('are absent when there are none', async () => {
    const clients = await createStackClients()
    expect(await clients.create('s', { A: group() })).not.toHaveProperty('Outputs')
  })

  const conditional = (resources: object, outputs: object = {}) => ({
    Conditions: { Never: { 'Fn::Equals': ['a', 'b'] } },
    Resources: { Off: group('/off', { Condition: 'Never' }), On: group('/on'), ...resources },
    Outputs: outputs,
  })
  test.each([
    [
      'an output',
      conditional({}, { O: { Value: { Ref: 'Off' } } }),
      'ValidationError: Unresolved resource dependencies [Off] in the Outputs block of the template',
    ],
    [
      'a resource',
      conditional({ B: group(undefined, { Properties: { LogGroupName: { 'Fn::Sub': '/x${Off.Arn}' } } }) }),
      'ValidationError: Template format error: Unresolved resource dependencies [Off] in the Resources block of the template',
    ],
    [
      'an output that is switched off too',
      conditional({}, { O: { Condition: 'Never', Value: { Ref: 'Off' } } }),
      'none',
    ],
    [
      'the branch that is not taken',
      conditional({}, { O: { Value: { 'Fn::If': ['Never', { Ref: 'Off' }, { Ref: 'On' }] } } }),
      'none',
    ],
  ])('a resource that a condition switches off, referred to by %s', async (_what, template, expected) => {
    const clients = await createStackClients()
    expect(await refusal(create(clients, 's', template))).toBe(expected)
  })

  test.each([
    [
      'Nonsense',
      'ValidationError: Template error: resource A does not support attribute type Nonsense in Fn::GetAtt',
    ],
    [
      'NetworkAclAssociationId',
      'ValidationError: The attribute NetworkAclAssociationId of AWS::EC2::Subnet is not emulated by Neargate.',
    ],
  ])('of the attribute %s are refused', async (attribute, expected) => {
    const clients = await createStackClients()
    const template = {
      Resources: { A: { Type: 'AWS::EC2::Subnet', Properties: {} } },
      Outputs: { O: { Value: { 'Fn::GetAtt': ['A', attribute] } } },
    }
    expect(await refusal(create(clients, 's', template))).toBe(expected)
  })

  test('that others import keep their stack as it is', async () => {
    const clients = await createStackClients()
    const exporting = (value: string) => ({
      Resources: { A: group() },
      Outputs: { O: { Value: value, Export: { Name: 'shared' } } },
    })
    const settledAt = async (name: string, line: string) =>
      await clients.region.until(async () => (await clients.events(name)).includes(line))
    await create(clients, 'giver', exporting('/one'))
    await settledAt('giver', 'giver CREATE_COMPLETE')
    await create(clients, 'taker', {
      Resources: { B: group(undefined, { Properties: { LogGroupName: { 'Fn::ImportValue': 'shared' } } }) },
    })
    await settledAt('taker', 'taker CREATE_COMPLETE')

    await create(clients, 'rival', exporting('/two'))
    await settledAt('rival', 'rival ROLLBACK_COMPLETE')
    expect(await clients.events('rival')).toContain(
      'rival ROLLBACK_IN_PROGRESS Export with name shared is already exported by stack giver Rollback requested by user.',
    )
    await clients.cloudformation.send(
      new cfn.UpdateStackCommand({ StackName: 'giver', TemplateBody: bodyOf(exporting('/two')) }),
    )
    await settledAt('giver', 'giver UPDATE_ROLLBACK_COMPLETE')
    expect(await clients.events('giver')).toContain(
      'giver UPDATE_ROLLBACK_IN_PROGRESS Export shared cannot be updated as it is in use by taker',
    )
  })
})

describe('requests', () => {
  test.each([
    ['StackPolicyURL', { StackPolicyURL: 'https://example.com/policy' }],
    ['NotificationARNs', { NotificationARNs: ['arn:aws:sns:us-east-1:111122223333:topic'] }],
    ['RollbackConfiguration', { RollbackConfiguration: { MonitoringTimeInMinutes: 5 } }],
    ['ResourceTypes', { ResourceTypes: ['AWS::EC2::*'] }],
  ])('that ask for %s are refused by its name', async (name, input) => {
    const clients = await createStackClients()
    const told = await refusal(create(clients, 's', { Resources: { A: group() } }, input))
    expect(told).toContain(name)
    expect(told).toContain('not emulated by Neargate')
  })

  test('that ask for what is so anyway are taken', async () => {
    const clients = await createStackClients()
    const input = {
      NotificationARNs: [],
      RollbackConfiguration: {},
      DisableRollback: false,
      DeploymentConfig: { Mode: 'STANDARD' },
    }
    expect(await refusal(create(clients, 's', { Resources: { A: group() } }, input))).toBe('none')
  })

  test.each([
    [{ Type: 'Number' }, 'seven', "ValidationError: Parameter 'P' must be a number."],
    [{ Type: 'Number' }, '7', 'none'],
    [
      { Type: 'String', AllowedPattern: '[' },
      'x',
      'ValidationError: Template format error: AllowedPattern [ is not a regular expression.',
    ],
    [
      { Type: 'String', AllowedPattern: '[a-z]+' },
      'X',
      "ValidationError: Parameter 'P' must match pattern [a-z]+",
    ],
  ])('with a parameter %j that is %s answer %s', async (declared, ParameterValue, expected) => {
    const clients = await createStackClients()
    const input = { Parameters: [{ ParameterKey: 'P', ParameterValue }] }
    expect(
      await refusal(create(clients, 's', { Parameters: { P: declared }, Resources: { A: group() } }, input)),
    ).toBe(expected)
  })

  test('to change the type of a resource are refused', async () => {
    const clients = await createStackClients()
    await clients.create('s', { A: group() })
    expect(await refusal(clients.update('s', { A: { Type: 'AWS::EC2::InternetGateway' } }))).toBe(
      'ValidationError: Update of resource type is not permitted. The new template modifies resource type of the following resources: [A]',
    )
  })

  test('to remove what could not be made leave nothing', async () => {
    const clients = await createStackClients()
    const Wrong = group(undefined, { DependsOn: 'A', Properties: { Foo: 'x' } })
    const { StackId = '' } = await create(
      clients,
      's',
      { Resources: { A: group('/a'), Wrong } },
      { OnFailure: 'DELETE' },
    )
    await clients.region.until(async () => (await clients.events(StackId)).includes('s DELETE_COMPLETE'))
    expect((await clients.logs.send(new DescribeLogGroupsCommand({}))).logGroups).toEqual([])
  })
})

describe('a change set', () => {
  const set = { StackName: 's', ChangeSetName: 'c' }

  test('that is refused leaves no stack behind', async () => {
    const clients = await createStackClients()
    const refused = clients.cloudformation.send(
      new cfn.CreateChangeSetCommand({ ...set, ChangeSetType: 'CREATE', TemplateBody: '{}' }),
    )
    expect(await refusal(refused)).toContain('ValidationError')
    const { Stacks } = await clients.cloudformation.send(new cfn.DescribeStacksCommand({}))
    expect(Stacks).toEqual([])
  })

  test('shows values when it is asked to, and makes the others obsolete when it is executed', async () => {
    const clients = await createStackClients()
    await clients.create('s', { A: group('/a') })
    const change = (ChangeSetName: string, days: number) =>
      clients.cloudformation.send(
        new cfn.CreateChangeSetCommand({
          StackName: 's',
          ChangeSetName,
          TemplateBody: bodyOf({
            Resources: { A: group('/a', { Properties: { LogGroupName: '/a', RetentionInDays: days } }) },
          }),
        }),
      )
    await change('c', 7)
    await change('other', 30)
    const look = (ChangeSetName: string) =>
      clients.cloudformation.send(
        new cfn.DescribeChangeSetCommand({ StackName: 's', ChangeSetName, IncludePropertyValues: true }),
      )
    const { Changes } = await look('c')
    expect(
      Changes?.map(({ ResourceChange }) => [ResourceChange?.BeforeContext, ResourceChange?.AfterContext]),
    ).toEqual([
      [
        bodyOf({ Properties: { LogGroupName: '/a' } }),
        bodyOf({ Properties: { LogGroupName: '/a', RetentionInDays: 7 } }),
      ],
    ])
    await clients.cloudformation.send(new cfn.ExecuteChangeSetCommand(set))
    expect([(await look('c')).ExecutionStatus, (await look('other')).ExecutionStatus]).toEqual([
      'EXECUTE_COMPLETE',
      'OBSOLETE',
    ])
    const { TemplateBody } = await clients.cloudformation.send(
      new cfn.GetTemplateCommand({ StackName: 's', ChangeSetName: 'other' }),
    )
    expect(TemplateBody).toContain('30')
  })
})

test('a tag that is given twice counts once, as eksctl sends those of a cluster with those of a node group', async () => {
  const region = await createStackRegion()
  const Tags = [
    { Key: 'team', Value: 'web' },
    { Key: 'team', Value: 'ops' },
  ]
  const trust = {
    Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'ec2.amazonaws.com' } }],
  }
  const role = { Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: trust } }
  const id = await region.create('s', { Resources: { Role: role } }, { Tags })
  expect(await region.settle(id)).toMatchObject({
    status: 'CREATE_COMPLETE',
    tags: [{ Key: 'team', Value: 'ops' }],
  })
})
