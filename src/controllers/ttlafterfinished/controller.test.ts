import { expect, test } from 'vitest'

import type { Job } from '../../../generated/kubernetes.d.ts'
import { formatTimestamp } from '../../base/clock.ts'
import { jobs } from '../../kubernetes/client/resources.ts'
import { Rehearsal } from '../testing/rehearsal.ts'
import { createTtlAfterFinishedController } from './controller.ts'

const key = { namespace: 'default', name: 'x' }

function seed({ client, clock }: Rehearsal, ttl: number | undefined, ended?: 'Complete' | 'Failed'): Job {
  const now = formatTimestamp(clock.now())
  const conditions = ended ? [{ type: ended, status: 'True', lastTransitionTime: now }] : []
  return client.seed(jobs, {
    metadata: key,
    spec: { template: {}, ...(ttl === undefined ? {} : { ttlSecondsAfterFinished: ttl }) },
    status: { conditions },
  })
}

async function names({ client }: Rehearsal): Promise<string[]> {
  return (await client.list(jobs)).items.map(({ metadata }) => metadata.name)
}

test.each(['Complete', 'Failed'] as const)('a job that is %s goes when its time is up', async (ended) => {
  await using rehearsal = new Rehearsal()
  seed(rehearsal, 60, ended)
  rehearsal.start(createTtlAfterFinishedController(rehearsal.context))
  await rehearsal.clock.advance(58_000)
  expect(await names(rehearsal)).toEqual(['x'])
  await rehearsal.clock.advance(3000)
  await rehearsal.until('gone', async () => (await names(rehearsal)).length === 0)
  expect(rehearsal.client.actions.at(-1)).toMatchObject({
    verb: 'delete',
    body: { propagationPolicy: 'Foreground' },
  })
})

test('a job that runs, or has no time to live, stays', async () => {
  await using rehearsal = new Rehearsal()
  seed(rehearsal, 0)
  rehearsal.start(createTtlAfterFinishedController(rehearsal.context))
  await rehearsal.clock.advance(10_000)
  expect(await names(rehearsal)).toEqual(['x'])
  await rehearsal.client.delete(jobs, key)
  seed(rehearsal, undefined, 'Complete')
  await rehearsal.clock.advance(10_000)
  expect(await names(rehearsal)).toEqual(['x'])
})

test('a time to live that is made longer counts', async () => {
  await using rehearsal = new Rehearsal()
  seed(rehearsal, 60, 'Complete')
  rehearsal.start(createTtlAfterFinishedController(rehearsal.context))
  await rehearsal.settle()
  await rehearsal.client.patch(jobs, key, { spec: { ttlSecondsAfterFinished: 120 } }, { type: 'merge' })
  await rehearsal.clock.advance(100_000)
  expect(await names(rehearsal)).toEqual(['x'])
  await rehearsal.clock.advance(21_000)
  await rehearsal.until('gone', async () => (await names(rehearsal)).length === 0)
})
