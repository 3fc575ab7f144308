import { expect, test } from 'vitest'

import { FakeClock } from '../../../../base/testing/fake-clock.ts'
import { createStackRegion } from '../testing/stack-region.ts'

const template = {
  Parameters: { Days: { Type: 'String', Default: '1' } },
  Resources: { A: { Type: 'AWS::Logs::LogGroup', Properties: { RetentionInDays: { Ref: 'Days' } } } },
}

test.each([
  [
    'a template beside the one before',
    { UsePreviousTemplate: true, TemplateBody: JSON.stringify(template) },
    'You cannot specify both usePreviousTemplate and Template Body/Template URL.',
  ],
  [
    'a value beside the one before',
    {
      UsePreviousTemplate: true,
      Parameters: [{ ParameterKey: 'Days', UsePreviousValue: true, ParameterValue: '3' }],
    },
    'Invalid input for parameter key Days. Cannot specify usePreviousValue as true and non empty value for a parameter',
  ],
])('%s is refused', async (_what, input, message) => {
  const region = await createStackRegion()
  await region.settle(await region.create('s', template))
  const update = region.call('cloudformation', 'UpdateStack', { StackName: 's', ...input })
  await expect(update).rejects.toThrow(message)
})

test('a change set is found by its name beside that of its stack alone', async () => {
  const region = await createStackRegion()
  await expect(region.call('cloudformation', 'DescribeChangeSet', { ChangeSetName: 'next' })).rejects.toThrow(
    'StackName must be specified if ChangeSetName is not specified as an ARN.',
  )
})

test('the name of a change set is free again once it was executed, and not after it failed', async () => {
  const region = await createStackRegion()
  const id = await region.create('s', template)
  await region.settle(id)
  const call = <T>(operation: string, input: object): Promise<T> =>
    region.call<T>('cloudformation', operation, { StackName: 's', ChangeSetName: 'next', ...input })
  const Parameters = [{ ParameterKey: 'Days', ParameterValue: '3', ResolvedValue: 'of an answer' }]
  const make = () => call('CreateChangeSet', { UsePreviousTemplate: true, Parameters })
  await make()
  await call('ExecuteChangeSet', {})
  await region.settle(id)
  await make()
  expect(await call('DescribeChangeSet', {})).toMatchObject({
    Status: 'FAILED',
    StatusReason: expect.stringContaining("didn't contain changes"),
  })
  await expect(make()).rejects.toMatchObject({ code: 'AlreadyExistsException' })
})

test('a stack that takes longer than it may is rolled back', async () => {
  const clock = new FakeClock(1_800_000_000_000)
  const region = await createStackRegion({ clock })
  const waiting = {
    Resources: {
      Wait: {
        Type: 'AWS::CloudFormation::WaitCondition',
        CreationPolicy: { ResourceSignal: { Timeout: 'PT1H' } },
      },
    },
  }
  const id = await region.create('s', waiting, { TimeoutInMinutes: 2 })
  await region.step(id)
  await clock.advance(119_000)
  await region.step(id)
  expect(region.cloudformation.tables.stacks.list()[0]?.status).toBe('CREATE_IN_PROGRESS')
  await clock.advance(1000)
  await region.step(id)
  expect(region.cloudformation.tables.stacks.list()[0]).toMatchObject({
    status: 'ROLLBACK_IN_PROGRESS',
    reason: 'Stack creation time exceeded the specified timeout. Rollback requested by user.',
  })
  expect((await region.settle(id)).status).toBe('ROLLBACK_COMPLETE')
})
