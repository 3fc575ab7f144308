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

test('lets all watches rest twice as long as it took to write to them', async () => {
  const frames = new WatchFrames(clock)
  const rest = frames.rest()
  // What the writes of this turn take; the clock moves at once.
  const turn = clock.advance(7)
  expect(frames.rest()).toBe(rest)
  let isOver = false
  void rest.then(() => (isOver = true))
  await turn
  await clock.advance(13)
  expect(isOver).toBe(false)
  await clock.advance(1)
  expect(isOver).toBe(true)
  expect(frames.rest()).not.toBe(rest)
})

test('ends a round that took no time with the turn', async () => {
  const frames = new WatchFrames(clock)
  const rest = frames.rest()
  await rest
  expect(frames.rest()).not.toBe(rest)
})

test('rests for 100 ms at most', async () => {
  const frames = new WatchFrames(clock)
  const rest = frames.rest()
  await clock.advance(5_000)
  let isOver = false
  void rest.then(() => (isOver = true))
  await clock.advance(99)
  expect(isOver).toBe(false)
  await clock.advance(1)
  expect(isOver).toBe(true)
})

test('joins the same frames once', () => {
  const frames = new WatchFrames(clock)
  const [one, two, three] = ['1', '2', '3'].map((text) => Buffer.from(text)) as [Buffer, Buffer, Buffer]
  expect(frames.joined([one])).toBe(one)
  const both = frames.joined([one, two])
  expect(Buffer.from(both).toString()).toBe('12')
  expect(frames.joined([one, two])).toBe(both)
  expect(Buffer.from(frames.joined([one, three])).toString()).toBe('13')
  expect(Buffer.from(frames.joined([one, three, two])).toString()).toBe('132')
})
