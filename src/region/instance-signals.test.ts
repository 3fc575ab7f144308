import { Buffer } from 'node:buffer'

import { expect, test } from 'vitest'

import type { InstanceRecord } from '../aws/services/ec2/index.ts'
import { AwsError } from '../base/errors.ts'
import { instanceSignalsController } from './instance-signals.ts'

const HANDLE = 'http://127.0.0.1:4566/cloudformation-waitcondition-x/a?Signature=b'

/** One instance with that user data, and what it has told. */
function stage(script: string, { refused = false } = {}) {
  const told: unknown[] = []
  let instance = {
    id: 'i-1',
    state: 'pending',
    userData: Buffer.from(script).toString('base64'),
  } as InstanceRecord
  const controller = instanceSignalsController({
    ec2: { instances: { get: () => instance } } as never,
    caller: {
      call: async (_service, operation, input) => {
        told.push({ operation, ...input })
        if (refused) throw new AwsError('ValidationError', 'it cannot be signaled')
        return {} as never
      },
    },
    handles: {
      signal: async (url, signal) => {
        told.push({ url, ...signal })
        return true
      },
    },
  })
  const become = async (state: InstanceRecord['state']): Promise<void> => {
    instance = { ...instance, state }
    await controller.reconcile('i-1')
  }
  return { told, become }
}

test('an instance tells its stack once, when it runs for the first time', async () => {
  const { told, become } = stage('cfn-signal -e $? --stack s --resource Group\n')
  await become('pending')
  expect(told).toEqual([])
  await become('running')
  await become('stopped')
  await become('running')
  expect(told).toEqual([
    {
      operation: 'SignalResource',
      StackName: 's',
      LogicalResourceId: 'Group',
      UniqueId: 'i-1',
      Status: 'SUCCESS',
    },
  ])
})

test('it tells the handle of a wait condition, and goes on where nobody waits', async () => {
  const script = `cfn-signal --stack s --resource Group\ncfn-signal -s false -r broken '${HANDLE}'\n`
  const { told, become } = stage(script, { refused: true })
  await become('running')
  expect(told[1]).toEqual(
    expect.objectContaining({ url: HANDLE, uniqueId: 'i-1', isSuccess: false, reason: 'broken' }),
  )
})
