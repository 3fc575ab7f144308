import * as cfn from '@aws-sdk/client-cloudformation'
import { expect, test } from 'vitest'

import { createStackClients } from '../testing/stack-clients.ts'
import { createStackRegion, type StackRegion } from '../testing/stack-region.ts'

const group = (LogGroupName: string, RetentionInDays: number) => ({
  Type: 'AWS::Logs::LogGroup',
  Properties: { LogGroupName, RetentionInDays },
})

function look(region: StackRegion, id: string) {
  return region.cloudformation.tables.stacks.list().find((stack) => stack.id === id)
}

async function retention(region: StackRegion): Promise<(number | undefined)[]> {
  const { logGroups } = await region.call<{ logGroups: { retentionInDays?: number }[] }>(
    'logs',
    'DescribeLogGroups',
    {},
  )
  return logGroups.map(({ retentionInDays }) => retentionInDays)
}

test('an update that is cancelled goes back to what there was', async () => {
  const region = await createStackRegion()
  const id = await region.create('logs', { Resources: { A: group('/a', 7) } })
  await region.settle(id)
  await region.update('logs', { Resources: { A: group('/a', 30), B: group('/b', 30) } })
  await region.call('cloudformation', 'CancelUpdateStack', { StackName: 'logs' })
  expect(look(region, id)).toMatchObject({
    status: 'UPDATE_ROLLBACK_IN_PROGRESS',
    reason: 'Stack update cancelled',
  })
  expect((await region.settle(id)).status).toBe('UPDATE_ROLLBACK_COMPLETE')
  expect(await retention(region)).toEqual([7])
  await expect(region.call('cloudformation', 'CancelUpdateStack', { StackName: 'logs' })).rejects.toThrow(
    'CancelUpdateStack cannot be called from current stack status',
  )
})

test('a rollback that has failed goes on without the resources to skip', async () => {
  const region = await createStackRegion()
  await region.call('logs', 'CreateLogGroup', { logGroupName: '/taken' })
  const id = await region.create('logs', { Resources: { A: group('/a', 7), B: group('/b', 7) } })
  await region.settle(id)
  await region.update('logs', {
    Resources: { A: group('/a', 30), B: group('/b', 30), C: group('/taken', 30) },
  })
  while (look(region, id)?.status !== 'UPDATE_ROLLBACK_IN_PROGRESS') await region.step(id)
  // Somebody takes away what the rollback needs.
  await region.call('logs', 'DeleteLogGroup', { logGroupName: '/a' })
  expect((await region.settle(id)).status).toBe('UPDATE_ROLLBACK_FAILED')

  const proceed = (ResourcesToSkip: string[]) =>
    region.call('cloudformation', 'ContinueUpdateRollback', { StackName: 'logs', ResourcesToSkip })
  await proceed([])
  expect((await region.settle(id)).status).toBe('UPDATE_ROLLBACK_FAILED')
  await expect(proceed(['B'])).rejects.toThrow('[B] are not in UPDATE_FAILED')
  await proceed(['A'])
  expect((await region.settle(id)).status).toBe('UPDATE_ROLLBACK_COMPLETE')
  await expect(proceed([])).rejects.toThrow('is in UPDATE_ROLLBACK_COMPLETE state')
})

test('change sets are listed until they are executed, and a template is summed up', async () => {
  const clients = await createStackClients()
  const { cloudformation } = clients
  await clients.create('logs', { A: group('/a', 7) })
  const StackName = 'logs'
  const TemplateBody = JSON.stringify({ Resources: { A: group('/a', 30) } })
  for (const ChangeSetName of ['one', 'two']) {
    await cloudformation.send(new cfn.CreateChangeSetCommand({ StackName, ChangeSetName, TemplateBody }))
  }
  const list = async () => {
    const { Summaries = [] } = await cloudformation.send(new cfn.ListChangeSetsCommand({ StackName }))
    return Summaries.map(({ ChangeSetName, ExecutionStatus }) => [ChangeSetName, ExecutionStatus])
  }
  expect(await list()).toEqual([
    ['one', 'AVAILABLE'],
    ['two', 'AVAILABLE'],
  ])
  await cloudformation.send(new cfn.ExecuteChangeSetCommand({ StackName, ChangeSetName: 'one' }))
  expect(await list()).toEqual([['two', 'OBSOLETE']])

  const summary = await cloudformation.send(
    new cfn.GetTemplateSummaryCommand({
      TemplateBody: JSON.stringify({
        Description: 'people',
        Parameters: { Name: { Type: 'String', Default: 'ada', AllowedValues: ['ada', 'bob'] } },
        Resources: { User: { Type: 'AWS::IAM::User', Properties: { UserName: { Ref: 'Name' } } } },
      }),
    }),
  )
  expect(summary).toMatchObject({
    Description: 'people',
    Capabilities: ['CAPABILITY_NAMED_IAM'],
    CapabilitiesReason: 'The following resource(s) require capabilities: [AWS::IAM::User]',
    ResourceTypes: ['AWS::IAM::User'],
    Parameters: [
      {
        ParameterKey: 'Name',
        DefaultValue: 'ada',
        ParameterType: 'String',
        ParameterConstraints: { AllowedValues: ['ada', 'bob'] },
      },
    ],
  })
})

test.each([
  ['nobody has', 'nobody'],
  ['CloudFormation may not assume', 'other'],
])('a role that %s is refused with the request', async (_what, name) => {
  const clients = await createStackClients()
  await clients.region.role('other', 'ec2.amazonaws.com')
  const RoleARN = `arn:aws:iam::111122223333:role/${name}`
  await expect(clients.create('logs', { A: group('/a', 7) }, { RoleARN })).rejects.toThrow(
    `Role ${RoleARN} is invalid or cannot be assumed`,
  )
})
