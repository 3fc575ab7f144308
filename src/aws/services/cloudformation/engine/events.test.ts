import type { StackStatus } from '@aws-sdk/client-cloudformation'
import { expect, test } from 'vitest'

import { FakeClock } from '../../../../base/testing/fake-clock.ts'
import { createTestRegion } from '../../../testing/test-region.ts'
import { type CloudFormation, createTables, type StackRecord } from '../state.ts'
import { eventClock, putStackIn } from './events.ts'

const stack = { id: 'arn:aws:cloudformation:ap-southeast-1:111122223333:stack/demo/1', name: 'demo' }

async function record(cloudformation: CloudFormation, status: StackStatus): Promise<void> {
  await cloudformation.deps.store.transact((tx) =>
    putStackIn(tx, cloudformation, { ...stack, status } as StackRecord),
  )
}

test('events keep their order over a restart and a clock that is set back', async () => {
  const { deps } = await createTestRegion()
  const tables = createTables(deps.store)
  const startedAt = (nowMs: number): CloudFormation => {
    const clock = new FakeClock(nowMs)
    return { deps: { ...deps, clock }, tables, nextEvent: eventClock(clock, tables), endpoint: '' }
  }
  const first = startedAt(1_800_000_000_000)
  await record(first, 'CREATE_IN_PROGRESS')
  await record(first, 'CREATE_COMPLETE')
  await record(startedAt(1_800_000_000_000), 'UPDATE_IN_PROGRESS')
  await record(startedAt(1_700_000_000_000), 'UPDATE_COMPLETE')
  await record(startedAt(1_900_000_000_000), 'DELETE_IN_PROGRESS')
  const events = tables.events.list('demo/1/')
  expect(events.map((event) => event.ResourceStatus)).toEqual([
    'CREATE_IN_PROGRESS',
    'CREATE_COMPLETE',
    'UPDATE_IN_PROGRESS',
    'UPDATE_COMPLETE',
    'DELETE_IN_PROGRESS',
  ])
  expect(new Set(events.map((event) => event.EventId)).size).toBe(5)
})
