import * as cfn from '@aws-sdk/client-cloudformation'
import { DescribeVpcsCommand } from '@aws-sdk/client-ec2'
import { beforeEach, expect, test } from 'vitest'

import { createStackClients, type StackClients } from '../testing/stack-clients.ts'

let clients: StackClients
const put = (Name: string, Value: string, Type = 'String') =>
  clients.region.call('ssm', 'PutParameter', { Name, Value, Type, Overwrite: true })

const template = (type: string, value: unknown, more: object = {}) => ({
  TemplateBody: JSON.stringify({
    Parameters: { P: { Type: type, Default: '/app/days' } },
    Resources: {
      Kept: { Type: 'AWS::SSM::Parameter', Properties: { Name: '/made', Type: 'String', Value: value } },
    },
    ...more,
  }),
})

const made = async (): Promise<string | undefined> => {
  const { Parameter } = await clients.region.call<{ Parameter?: { Value?: string } }>('ssm', 'GetParameter', {
    Name: '/made',
  })
  return Parameter?.Value
}

beforeEach(async () => {
  clients = await createStackClients()
})

test('a parameter of a stored type has the value in Parameter Store, and an update takes a newer one', async () => {
  await put('/app/days', '7')
  const source = template('AWS::SSM::Parameter::Value<String>', { 'Fn::Sub': 'days: ${P}' })
  const stack = await clients.create('stored', {}, source)
  expect(stack).toMatchObject({
    StackStatus: 'CREATE_COMPLETE',
    Parameters: [{ ParameterKey: 'P', ParameterValue: '/app/days', ResolvedValue: '7' }],
  })
  expect(await made()).toBe('days: 7')
  await expect(clients.update('stored', {}, source)).rejects.toThrow('No updates are to be performed.')
  await put('/app/days', '9')
  expect((await clients.update('stored', {}, source)).StackStatus).toBe('UPDATE_COMPLETE')
  expect(await made()).toBe('days: 9')
})

test('a list of a stored type is a list', async () => {
  await put('/app/days', 'a,b', 'StringList')
  const joined = { 'Fn::Join': ['+', { Ref: 'P' }] }
  await clients.create('list', {}, template('AWS::SSM::Parameter::Value<List<String>>', joined))
  expect(await made()).toBe('a+b')
})

test('a name that Parameter Store does not have is refused', async () => {
  await expect(
    clients.create('lacking', {}, template('AWS::SSM::Parameter::Value<String>', { Ref: 'P' })),
  ).rejects.toThrow('Unable to fetch parameters [/app/days] from parameter store for this account.')
})

test('an id that nothing has rolls the stack back before anything is made', async () => {
  const source = template('List<AWS::EC2::VPC::Id>', { Ref: 'AWS::StackName' })
  const { Vpcs } = await clients.ec2.send(new DescribeVpcsCommand({}))
  const known = Vpcs?.[0]?.VpcId ?? ''
  const given = (ParameterValue: string) => ({ Parameters: [{ ParameterKey: 'P', ParameterValue }] })
  const stack = await clients.create('ids', {}, { ...source, ...given(`${known},vpc-0a,vpc-0b`) })
  expect(stack.StackStatus).toBe('ROLLBACK_COMPLETE')
  expect(await clients.events('ids')).toEqual([
    'ids CREATE_IN_PROGRESS User Initiated',
    'ids ROLLBACK_IN_PROGRESS Parameter validation failed: parameter value vpc-0a for parameter name P does not exist, parameter value vpc-0b for parameter name P does not exist. Rollback requested by user.',
    'ids ROLLBACK_COMPLETE',
  ])
  await clients.create('good', {}, { ...source, ...given(known) })
  const bad = await clients.update('good', {}, { ...source, ...given('vpc-0c') })
  expect(bad.StackStatus).toBe('UPDATE_ROLLBACK_COMPLETE')
  // What failed once does not fail again.
  const good = await clients.update(
    'good',
    {},
    { ...source, ...given(known), Tags: [{ Key: 'a', Value: 'b' }] },
  )
  expect(good.StackStatus).toBe('UPDATE_COMPLETE')
})

test('dynamic references are looked up when the resource is made, and compared by their words', async () => {
  await put('/secret/word', 'one')
  const source = template('String', 'say {{resolve:ssm:/secret/word}} and {{resolve:ssm:/secret/word:1}}')
  await clients.create('dynamic', {}, source)
  expect(await made()).toBe('say one and one')
  await put('/secret/word', 'two')
  await clients.cloudformation.send(
    new cfn.CreateChangeSetCommand({ StackName: 'dynamic', ChangeSetName: 'same', ...source }),
  )
  const same = await clients.cloudformation.send(
    new cfn.DescribeChangeSetCommand({ StackName: 'dynamic', ChangeSetName: 'same' }),
  )
  expect(same.Status).toBe('FAILED')
  const lacking = await clients.create('none', {}, template('String', '{{resolve:ssm:/nobody}}'))
  expect(lacking.StackStatus).toBe('ROLLBACK_COMPLETE')
  expect((await clients.events('none')).join('\n')).toContain('Parameters: [ssm:/nobody] cannot be found.')
})

test('rules hold parameters together', async () => {
  const rules = (...versions: string[]) => ({
    Rules: {
      CheckBootstrapVersion: {
        Assertions: [
          {
            Assert: { 'Fn::Not': [{ 'Fn::Contains': [versions, { Ref: 'P' }] }] },
            AssertDescription: "CDK bootstrap stack version 6 required. Please run 'cdk bootstrap'.",
          },
        ],
      },
      Idle: {
        RuleCondition: { 'Fn::Equals': [{ Ref: 'P' }, 'never'] },
        Assertions: [{ Assert: { 'Fn::EachMemberIn': [['a'], ['b']] } }],
      },
    },
  })
  await expect(clients.create('ruled', {}, template('String', 'x', rules('/app/days', '2')))).rejects.toThrow(
    'CDK bootstrap stack version 6 required',
  )
  const stack = await clients.create('ruled', {}, template('String', 'x', rules('1', '2')))
  expect(stack.StackStatus).toBe('CREATE_COMPLETE')
})

test('what takes a transform is refused by its name', async () => {
  await expect(
    clients.create('macro', {}, template('String', 'x', { Transform: 'AWS::Serverless-2016-10-31' })),
  ).rejects.toThrow('The transform AWS::Serverless-2016-10-31 is not emulated by Neargate.')
  await expect(clients.create('length', {}, template('String', { 'Fn::Length': ['a'] }))).rejects.toThrow(
    'Fn::Length takes the transform AWS::LanguageExtensions',
  )
})
