import { expect, test } from 'vitest'

import { StatusError } from '../../base/errors.ts'
import { pods } from '../../kubernetes/client/resources.ts'
import { Rehearsal } from '../testing/rehearsal.ts'
import { samplePod, sampleSet } from '../testing/samples.ts'
import { Expectations } from './expectations.ts'
import { createPods, deletePods, type PodControl } from './pod-control.ts'

const owner = sampleSet('web', 3)

function controlOf({ context, clock }: Rehearsal): PodControl {
  return { context, owner, expectations: new Expectations(clock), from: 'tester' }
}

const drafts = Array.from({ length: 7 }, (_, i) => samplePod(`p${i}`))

test('doubles its batches, and ends with the one that was refused', async () => {
  await using rehearsal = new Rehearsal()
  const control = controlOf(rehearsal)
  const refused = new StatusError('Forbidden', 'exceeded quota')
  const first = await createPods(control, drafts.slice(0, 1))
  expect(first.done.map(({ metadata }) => metadata.name)).toEqual(['p0'])
  rehearsal.client.failNext('create', 'pods', refused)
  const { done, error } = await createPods(control, drafts.slice(1))
  expect({ done, error }).toEqual({ done: [], error: refused })
  expect((await rehearsal.client.list(pods)).items).toHaveLength(1)
  // Nothing of what was not made is waited for, only p0, which was not seen yet.
  expect(control.expectations.areMet(owner.metadata.uid)).toBe(false)
  control.expectations.created(owner.metadata.uid)
  expect(control.expectations.areMet(owner.metadata.uid)).toBe(true)
  expect(await rehearsal.told()).toEqual(
    expect.arrayContaining([
      'SuccessfulCreate: Created pod: p0',
      'FailedCreate: Error creating: exceeded quota',
    ]),
  )
})

test('says nothing in a namespace that is going', async () => {
  await using rehearsal = new Rehearsal()
  const going = new StatusError('Forbidden', 'going', {
    causes: [{ reason: 'NamespaceTerminating', message: '' }],
  })
  rehearsal.client.failNext('create', 'pods', going)
  expect(await createPods(controlOf(rehearsal), drafts)).toEqual({ done: [] })
  expect(await rehearsal.told()).toEqual([])
})

test('counts pods that have gone as removed, and tells the others', async () => {
  await using rehearsal = new Rehearsal()
  const control = controlOf(rehearsal)
  const there = rehearsal.client.seed(pods, samplePod('there'))
  const { done, error } = await deletePods(control, [there, samplePod('gone')])
  expect([done.length, error]).toEqual([2, undefined])
  await rehearsal.settle()
  expect(await rehearsal.told()).toEqual(['SuccessfulDelete: Deleted pod: there'])
  const refused = new StatusError('InternalError', 'no')
  const other = rehearsal.client.seed(pods, samplePod('other'))
  rehearsal.client.failNext('delete', 'pods', refused)
  expect(await deletePods(control, [other])).toEqual({ done: [], error: refused })
})
