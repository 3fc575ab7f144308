import { afterEach, beforeEach, expect, it } from 'vitest'

import type { Event, Pod } from '../../generated/kubernetes.d.ts'
import { StatusError } from '../base/errors.ts'
import { FakeClock } from '../base/testing/fake-clock.ts'
import { createLog, silentLog } from '../base/log.ts'
import { Supervisor } from '../base/supervisor.ts'
import { events, nodes, pods } from '../kubernetes/client/resources.ts'
import { EventRecorder } from './event-recorder.ts'
import { FakeClient } from '../kubernetes/client/testing/fake-client.ts'

let clock: FakeClock
let client: FakeClient
let supervisor: Supervisor
let recorder: EventRecorder
let pod: Pod
const lines: string[] = []

beforeEach(() => {
  clock = new FakeClock(Date.UTC(2026, 4, 1))
  client = new FakeClient({ clock })
  supervisor = new Supervisor(silentLog)
  lines.length = 0
  const log = createLog({ write: (line) => lines.push(line), clock })
  recorder = new EventRecorder({ client, clock, log, supervisor })
  pod = client.seed(pods, { metadata: { namespace: 'ns', name: 'web' }, spec: { containers: [] } })
})

afterEach(async () => {
  await supervisor.stop()
})

const pulled = { type: 'Normal', reason: 'Pulled', message: 'there', from: 'kubelet' } as const

async function recorded(): Promise<readonly Event[]> {
  return (await client.list(events)).items
}

it('writes an event as client-go does', async () => {
  recorder.record(pod, pulled)
  await expect.poll(recorded).toHaveLength(1)
  const [event] = await recorded()
  expect(event).toMatchObject({
    metadata: { namespace: 'ns', name: expect.stringMatching(/^web\.[0-9a-f]{16}$/) },
    involvedObject: { apiVersion: 'v1', kind: 'Pod', namespace: 'ns', name: 'web', uid: pod.metadata.uid },
    type: 'Normal',
    reason: 'Pulled',
    message: 'there',
    source: { component: 'kubelet' },
    reportingComponent: 'kubelet',
    count: 1,
    firstTimestamp: '2026-05-01T00:00:00Z',
    lastTimestamp: '2026-05-01T00:00:00Z',
  })
})

it('counts equal events up and keeps different ones apart', async () => {
  recorder.record(pod, pulled)
  await expect.poll(recorded).toHaveLength(1)
  await clock.advance(5000)
  recorder.record(pod, pulled)
  recorder.record(pod, { ...pulled, message: 'again' })
  await expect.poll(recorded).toHaveLength(2)
  const [first, second] = await recorded()
  expect(first).toMatchObject({
    count: 2,
    firstTimestamp: '2026-05-01T00:00:00Z',
    lastTimestamp: '2026-05-01T00:00:05Z',
  })
  expect(second).toMatchObject({ count: 1, message: 'again' })
  expect(second?.metadata.name).not.toBe(first?.metadata.name)
})

it('keeps the order in which events were recorded', async () => {
  for (const reason of ['Scheduled', 'Pulled', 'Created', 'Started'])
    recorder.record(pod, { ...pulled, reason })
  await expect.poll(recorded).toHaveLength(4)
  expect((await recorded()).map((event) => event.reason)).toEqual([
    'Scheduled',
    'Pulled',
    'Created',
    'Started',
  ])
})

it('puts events about cluster-scoped objects into the namespace default', async () => {
  recorder.record(client.seed(nodes, { metadata: { name: 'n' }, spec: {} }), pulled)
  await expect.poll(recorded).toHaveLength(1)
  const [event] = await recorded()
  expect(event?.metadata.namespace).toBe('default')
  expect(event?.involvedObject).not.toHaveProperty('namespace')
})

it('writes an event anew when the one to count up has gone', async () => {
  recorder.record(pod, pulled)
  await expect.poll(recorded).toHaveLength(1)
  const [event] = await recorded()
  await client.delete(events, { namespace: 'ns', name: event?.metadata.name ?? '' })
  recorder.record(pod, pulled)
  await expect.poll(recorded).toHaveLength(1)
  expect((await recorded())[0]).toMatchObject({ count: 2 })
})

it('logs what it cannot write and goes on', async () => {
  client.failNext('create', 'events', new StatusError('Forbidden', 'namespace is being terminated'))
  recorder.record(pod, pulled)
  recorder.record(pod, { ...pulled, reason: 'Created' })
  await expect.poll(recorded).toHaveLength(1)
  expect(lines.join('')).toContain('namespace is being terminated')
})

it('cuts a flood about one object off after 25, and lets one more through in five minutes', async () => {
  for (let index = 0; index < 40; index += 1) recorder.record(pod, { ...pulled, reason: `R${index}` })
  await expect.poll(recorded).toHaveLength(25)
  await clock.advance(300_000)
  recorder.record(pod, { ...pulled, reason: 'Later' })
  recorder.record(pod, { ...pulled, reason: 'TooMany' })
  await expect.poll(recorded).toHaveLength(26)
  expect((await recorded()).at(-1)?.reason).toBe('Later')
})

const failed = { type: 'Warning', reason: 'FailedCreate', from: 'replicaset-controller' } as const

it('combines similar events from the tenth on, and tells the latest', async () => {
  for (let index = 1; index <= 15; index += 1) {
    recorder.record(pod, { ...failed, message: `Error creating: ${index}` })
  }
  await expect.poll(recorded).toHaveLength(10)
  await expect.poll(async () => (await recorded()).at(-1)?.count).toBe(6)
  const all = await recorded()
  expect(all.slice(0, 9).map(({ count }) => count)).toEqual(Array.from({ length: 9 }, () => 1))
  expect(all.at(-1)?.message).toBe('(combined from similar events): Error creating: 15')
})

it('tells them one by one again after ten minutes of rest', async () => {
  for (let index = 1; index <= 10; index += 1) recorder.record(pod, { ...failed, message: String(index) })
  await expect.poll(recorded).toHaveLength(10)
  await clock.advance(601_000)
  recorder.record(pod, { ...failed, message: 'anew' })
  await expect.poll(recorded).toHaveLength(11)
  expect((await recorded()).at(-1)?.message).toBe('anew')
})

it('tells series for the scheduler: of one version of an object, at the second event and when it is over', async () => {
  const say = (message: string, about = pod): void =>
    recorder.record(about, { ...failed, from: 'default-scheduler', message })
  const counts = async (): Promise<unknown[]> => (await recorded()).map((one) => [one.message, one.count])
  say('first')
  await expect.poll(counts).toEqual([['first', 1]])
  say('second')
  await expect.poll(counts).toEqual([['first', 2]])
  for (let index = 0; index < 5; index += 1) say('again')
  say('changed', { ...pod, metadata: { ...pod.metadata, resourceVersion: '99' } })
  const both = [
    ['first', 2],
    ['changed', 1],
  ]
  await expect.poll(counts).toEqual(both)
  // Those that rest are over: what the first came to is told, and what is said later is another one.
  await clock.advance(6 * 60_000)
  say('later')
  await expect.poll(counts).toEqual([['first', 7], both[1], ['later', 1]])
})

it('tells a series that goes on every half hour', async () => {
  const counts = async (): Promise<unknown[]> => (await recorded()).map(({ count }) => count)
  const say = (): void => recorder.record(pod, { ...failed, from: 'default-scheduler', message: 'no room' })
  for (let minutes = 0; minutes <= 30; minutes += 5) {
    say()
    await clock.advance(5 * 60_000)
  }
  await expect.poll(counts).toEqual([2])
  say()
  await expect.poll(counts).toEqual([8])
})
