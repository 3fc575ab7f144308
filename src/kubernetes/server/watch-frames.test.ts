import { expect, test } from 'vitest'

import { FakeClock } from '../../base/testing/fake-clock.ts'
import type { KubernetesObject, WatchEvent } from '../client/client.ts'
import { WatchFrames } from './watch-frames.ts'

const clock = new FakeClock()

type Event = WatchEvent<KubernetesObject>

const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'ü' } } as KubernetesObject

function counting(): { encode: (event: Event) => string; calls: () => number } {
  let calls = 0
  return { encode: ({ type }) => `${type} ${object.metadata.name} ${++calls}`, calls: () => calls }
}

test('encodes an event once for each form, as UTF-8', () => {
  const frames = new WatchFrames(clock)
  const { encode, calls } = counting()
  const added: Event = { type: 'ADDED', object }
  const first = frames.frame(added, 'json', encode)
  expect(Buffer.from(first).toString()).toBe('ADDED ü 1')
  // Another event of the same object, as every watch makes its own.
  expect(frames.frame({ type: 'ADDED', object }, 'json', encode)).toBe(first)
  frames.frame(added, 'protobuf', encode)
  frames.frame({ type: 'DELETED', object }, 'json', encode)
  expect(calls()).toBe(3)
})

test('keeps nothing beyond the turn', async () => {
  const frames = new WatchFrames(clock)
  const { encode, calls } = counting()
  frames.frame({ type: 'ADDED', object }, 'json', encode)
  await new Promise((resolve) => setImmediate(resolve))
  frames.frame({ type: 'ADDED', object }, 'json', encode)
  expect(calls()).toBe(2)
})

test('lets watches rest together once there are many', async () => {
  const frames = new WatchFrames(clock)
  const leave = Array.from({ length: 49 }, () => frames.enter())
  expect(frames.rest()).toBeUndefined()
  leave.push(...Array.from({ length: 951 }, () => frames.enter()))
  const rest = frames.rest()
  expect(frames.rest()).toBe(rest)
  let isOver = false
  void rest?.then(() => (isOver = true))
  await clock.advance(19)
  expect(isOver).toBe(false)
  await clock.advance(1)
  expect(isOver).toBe(true)
  for (const one of leave) one()
  expect(frames.rest()).toBeUndefined()
})
