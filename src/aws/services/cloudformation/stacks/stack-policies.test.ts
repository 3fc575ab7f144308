import { expect, test } from 'vitest'

import { createStackRegion } from '../testing/stack-region.ts'

const group = (LogGroupName: string, RetentionInDays: number) => ({
  Type: 'AWS::Logs::LogGroup',
  Properties: { LogGroupName, RetentionInDays },
})
const statement = (Effect: string, Action: string, Resource = '*') => ({
  Effect,
  Principal: '*',
  Action,
  Resource,
})
const policy = (...Statement: object[]): string => JSON.stringify({ Statement })
const allowAll = statement('Allow', 'Update:*')

async function guarded() {
  const region = await createStackRegion()
  const id = await region.create('logs', { Resources: { A: group('/a', 7), B: group('/b', 7) } })
  await region.settle(id)
  const StackPolicyBody = policy(allowAll, statement('Deny', 'Update:*', 'LogicalResourceId/A'))
  await region.call('cloudformation', 'SetStackPolicy', { StackName: 'logs', StackPolicyBody })
  const names = async () => {
    const { logGroups } = await region.call<{
      logGroups: { logGroupName: string; retentionInDays?: number }[]
    }>('logs', 'DescribeLogGroups', {})
    return logGroups.map(({ logGroupName, retentionInDays }) => `${logGroupName} ${retentionInDays}`)
  }
  const reasons = async () => {
    const { StackEvents } = await region.call<{
      StackEvents: { LogicalResourceId: string; ResourceStatus: string; ResourceStatusReason?: string }[]
    }>('cloudformation', 'DescribeStackEvents', { StackName: 'logs' })
    return StackEvents.filter(({ ResourceStatus }) => ResourceStatus === 'UPDATE_FAILED').map(
      ({ LogicalResourceId, ResourceStatusReason = '' }) => `${LogicalResourceId}: ${ResourceStatusReason}`,
    )
  }
  return { ...region, id, names, reasons }
}

test('an update of what the policy protects is rolled back, and the next one goes on', async () => {
  const at = await guarded()
  await at.update('logs', { Resources: { A: group('/a', 30), B: group('/b', 30) } })
  expect((await at.settle(at.id)).status).toBe('UPDATE_ROLLBACK_COMPLETE')
  expect((await at.reasons())[0]).toBe(
    'A: Action denied by stack policy: Statement [#2] does not allow [Update:Modify] for resource [LogicalResourceId/A];',
  )
  expect(await at.names()).toEqual(['/a 7', '/b 7'])

  await at.update('logs', { Resources: { A: group('/a', 7), B: group('/b', 30) } })
  expect((await at.settle(at.id)).status).toBe('UPDATE_COMPLETE')
  expect(await at.names()).toEqual(['/a 7', '/b 30'])
})

test.each([
  ['replaced', { A: group('/c', 7), B: group('/b', 7) }, 'Update:Replace'],
  ['removed', { B: group('/b', 7) }, 'Update:Delete'],
])('what it protects is not %s', async (_, Resources, action) => {
  const at = await guarded()
  await at.update('logs', { Resources })
  expect((await at.settle(at.id)).status).toBe('UPDATE_ROLLBACK_COMPLETE')
  expect((await at.reasons())[0]).toContain(`does not allow [${action}] for resource [LogicalResourceId/A]`)
  expect(await at.names()).toEqual(['/a 7', '/b 7'])
})

test('a policy for one update holds for that one', async () => {
  const at = await guarded()
  const update = (days: number, more: object = {}) =>
    at.call('cloudformation', 'UpdateStack', {
      StackName: 'logs',
      TemplateBody: JSON.stringify({ Resources: { A: group('/a', days), B: group('/b', 7) } }),
      ...more,
    })
  await update(30, { StackPolicyDuringUpdateBody: policy(allowAll) })
  expect((await at.settle(at.id)).status).toBe('UPDATE_COMPLETE')
  await update(60)
  expect((await at.settle(at.id)).status).toBe('UPDATE_ROLLBACK_COMPLETE')
  expect(await at.names()).toEqual(['/a 30', '/b 7'])
})

test('a policy is shown as it was set, and can come with the stack', async () => {
  const at = await guarded()
  const StackPolicyBody = policy(allowAll)
  await at.call('cloudformation', 'CreateStack', {
    StackName: 'other',
    TemplateBody: JSON.stringify({ Resources: { A: group('/o', 7) } }),
    StackPolicyBody,
  })
  expect(await at.call('cloudformation', 'GetStackPolicy', { StackName: 'other' })).toEqual({
    StackPolicyBody,
  })
  await expect(
    at.call('cloudformation', 'SetStackPolicy', { StackName: 'other', StackPolicyBody: '{}' }),
  ).rejects.toThrow('Error validating stack policy: Invalid stack policy')
})

test('a policy may stand in S3, and not beside one that is given', async () => {
  const region = await createStackRegion()
  await region.settle(await region.create('logs', { Resources: { A: group('/a', 7) } }))
  const Body = policy(allowAll)
  await region.call('s3', 'CreateBucket', {
    Bucket: 'policies',
    CreateBucketConfiguration: { LocationConstraint: region.deps.region },
  })
  await region.call('s3', 'PutObject', { Bucket: 'policies', Key: 'p.json', Body: Buffer.from(Body) })
  const set = (input: object) =>
    region.call('cloudformation', 'SetStackPolicy', { StackName: 'logs', ...input })
  const StackPolicyURL = 'https://policies.s3.amazonaws.com/p.json'
  await set({ StackPolicyURL })
  expect(await region.call('cloudformation', 'GetStackPolicy', { StackName: 'logs' })).toEqual({
    StackPolicyBody: Body,
  })
  await expect(set({ StackPolicyURL, StackPolicyBody: Body })).rejects.toThrow(
    'You cannot specify both StackPolicyURL and StackPolicyBody',
  )
  await expect(set({ StackPolicyURL: 'hello' })).rejects.toThrow('StackPolicyURL must be a supported URL.')
})
