import { beforeEach, describe, expect, it } from 'vitest'

import type { Pod } from '../../../../generated/kubernetes.d.ts'
import { FakeClock } from '../../../base/testing/fake-clock.ts'
import type { WatchEvent } from '../client.ts'
import { deployments, nodes, pods } from '../resources.ts'
import { FakeClient } from './fake-client.ts'

let client: FakeClient

beforeEach(() => {
  client = new FakeClient({ clock: new FakeClock() })
})

const key = { namespace: 'ns', name: 'a' }

function create(name = 'a', labels: Record<string, string> = {}): Promise<Pod> {
  return client.create(pods, { metadata: { namespace: 'ns', name, labels }, spec: { containers: [] } })
}

async function reason(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => 'resolved',
    (error: { reason?: unknown }) => error.reason,
  )
}

describe('create', () => {
  it('fills in the metadata and makes names', async () => {
    expect(await create()).toMatchObject({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'a', uid: expect.any(String), resourceVersion: '1', generation: 1 },
      status: { phase: 'Pending' },
    })
    const made = await client.create(deployments, {
      metadata: { namespace: 'ns', generateName: 'web-' },
      spec: { selector: {}, template: {} },
    })
    expect(made.metadata.name).toMatch(/^web-\w{5}$/)
    expect(made.apiVersion).toBe('apps/v1')
  })

  it('refuses a name that is taken', async () => {
    await create()
    expect(await reason(create())).toBe('AlreadyExists')
  })

  it('takes a status from nodes only', async () => {
    const status = { capacity: { cpu: '2' } }
    expect(await client.create(nodes, { metadata: { name: 'n' }, spec: {}, status })).toMatchObject({
      status,
    })
  })
})

describe('update', () => {
  it('needs the newest version', async () => {
    const pod = await create()
    await client.update(pods, { ...pod, metadata: { ...pod.metadata, labels: { a: '1' } } })
    expect(await reason(client.update(pods, { ...pod, spec: { ...pod.spec, nodeName: 'x' } }))).toBe(
      'Conflict',
    )
  })

  it('keeps status and spec apart, and counts generations by spec', async () => {
    const pod = await create()
    const running = { ...pod, status: { phase: 'Running' as const }, spec: { ...pod.spec, nodeName: 'n' } }
    const updated = await client.update(pods, running)
    expect([updated.status?.phase, updated.spec.nodeName, updated.metadata.generation]).toEqual([
      'Pending',
      'n',
      2,
    ])
    const reported = await client.updateStatus(pods, {
      ...updated,
      status: { phase: 'Running' },
      spec: pod.spec,
    })
    expect([reported.status?.phase, reported.spec.nodeName, reported.metadata.generation]).toEqual([
      'Running',
      'n',
      2,
    ])
  })

  it('makes no version when nothing changes', async () => {
    const pod = await create()
    expect((await client.update(pods, pod)).metadata.resourceVersion).toBe(pod.metadata.resourceVersion)
  })
})

it('patches by merge and by JSON patch', async () => {
  await create('a', { x: '1', y: '2' })
  await client.patch(pods, key, { metadata: { labels: { x: null, z: '3' } } }, { type: 'merge' })
  const body = [{ op: 'replace', path: '/metadata/labels/y', value: '4' }]
  const pod = await client.patch(pods, key, body, { type: 'json' })
  expect(pod.metadata.labels).toEqual({ y: '4', z: '3' })
  expect(await reason(client.patch(pods, key, {}, { type: 'apply' }))).toBe('UnsupportedMediaType')
})

it('lists by namespace, labels and fields', async () => {
  await create('a', { app: 'x' })
  await create('b', { app: 'y' })
  const found = async (options: object) =>
    (await client.list(pods, options)).items.map((pod) => pod.metadata.name)
  expect(await found({ namespace: 'other' })).toEqual([])
  expect(await found({ labelSelector: 'app in (x)' })).toEqual(['a'])
  expect(await found({ fieldSelector: 'metadata.name!=a,spec.nodeName=' })).toEqual(['b'])
})

describe('delete', () => {
  it('removes what no node runs at once, and waits for the node otherwise', async () => {
    await create('a')
    await client.delete(pods, key)
    expect(await reason(client.get(pods, key))).toBe('NotFound')
    await create('a')
    await client.createSubresource(pods, key, 'binding', { target: { name: 'n' } })
    await client.delete(pods, key)
    expect((await client.get(pods, key)).metadata).toMatchObject({
      deletionTimestamp: expect.any(String),
      deletionGracePeriodSeconds: 30,
    })
    await client.delete(pods, key, { gracePeriodSeconds: 0 })
    expect(await reason(client.get(pods, key))).toBe('NotFound')
  })

  it('waits for finalizers', async () => {
    const node = { metadata: { name: 'n', finalizers: ['x/y'] }, spec: {} }
    await client.create(nodes, node)
    await client.delete(nodes, { name: 'n' })
    const going = await client.get(nodes, { name: 'n' })
    expect(going.metadata.deletionTimestamp).toBeDefined()
    await client.update(nodes, { ...going, metadata: { ...going.metadata, finalizers: [] } })
    expect(await reason(client.get(nodes, { name: 'n' }))).toBe('NotFound')
  })

  it('checks the uid', async () => {
    await create()
    expect(await reason(client.delete(pods, key, { preconditions: { uid: 'other' } }))).toBe('Conflict')
  })
})

it('binds a pod once, and only the one that is meant', async () => {
  await create()
  const other = { target: { name: 'n' }, metadata: { uid: 'other' } }
  expect(await reason(client.createSubresource(pods, key, 'binding', other))).toBe('Conflict')
  await client.createSubresource(pods, key, 'binding', { target: { name: 'n' } })
  expect(await client.get(pods, key)).toMatchObject({
    spec: { nodeName: 'n' },
    status: { conditions: [{ type: 'PodScheduled', status: 'True' }] },
  })
  expect(await reason(client.createSubresource(pods, key, 'binding', { target: { name: 'm' } }))).toBe(
    'Conflict',
  )
})

it('watches from a version on, and says when that is too old', async () => {
  const stop = new AbortController()
  const { resourceVersion } = (await create('a')).metadata
  await create('b')
  const seen: string[] = []
  const follow = async (options: { labelSelector?: string }): Promise<void> => {
    for await (const event of client.watch(pods, { ...options, resourceVersion, signal: stop.signal }))
      seen.push(describeEvent(event))
  }
  const following = follow({})
  await client.delete(pods, key)
  await expect.poll(() => seen).toEqual(['ADDED b', 'DELETED a'])
  stop.abort()
  await following
  client.expireWatches()
  const late = client.watch(pods, { resourceVersion: '1', signal: new AbortController().signal })
  expect(await reason(late[Symbol.asyncIterator]().next())).toBe('Expired')
})

function describeEvent(event: WatchEvent<Pod>): string {
  return `${event.type} ${event.object.metadata.name}`
}

it('hands out what must not be changed', async () => {
  const pod = await create()
  expect(() => Object.assign(pod.metadata, { labels: {} })).toThrow(TypeError)
})

it('fails when told to, once, and remembers what was asked of it', async () => {
  client.failNext('create', 'pods', new Error('no'))
  await expect(create()).rejects.toThrow('no')
  await create()
  expect(client.actions.map(({ verb, plural, key: path }) => `${verb} ${plural} ${path}`)).toEqual([
    'create pods ns/a',
    'create pods ns/a',
  ])
})
