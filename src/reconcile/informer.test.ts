import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import type { Pod } from '../../generated/kubernetes.d.ts'
import { InternalError, StatusError } from '../base/errors.ts'
import { FakeClock } from '../base/testing/fake-clock.ts'
import { createLog, silentLog } from '../base/log.ts'
import { Supervisor } from '../base/supervisor.ts'
import type { Resource } from '../kubernetes/client/client.ts'
import { nodes, pods } from '../kubernetes/client/resources.ts'
import { createControllerContext } from './context.ts'
import { keyOf, type ControllerContext, type Informer } from './controller.ts'
import { FakeClient } from '../kubernetes/client/testing/fake-client.ts'

let clock: FakeClock
let client: FakeClient
let supervisor: Supervisor
let context: ControllerContext

beforeEach(() => {
  clock = new FakeClock()
  client = new FakeClient({ clock })
  supervisor = new Supervisor(silentLog)
  context = createControllerContext({ client, clock, log: silentLog, supervisor })
})

afterEach(async () => {
  await supervisor.stop()
})

function createPod(
  name: string,
  more: { namespace?: string; labels?: Record<string, string> } = {},
): Promise<Pod> {
  return client.create(pods, { metadata: { namespace: 'default', name, ...more }, spec: { containers: [] } })
}

async function synced(informer: Informer<Pod>): Promise<Informer<Pod>> {
  await expect.poll(() => informer.synced).toBe(true)
  return informer
}

function names(objects: readonly Pod[]): string[] {
  return objects.map((pod) => pod.metadata.name).toSorted()
}

it('starts with what is there and follows every change', async () => {
  await createPod('a')
  const informer = await synced(context.informer(pods))
  expect(names(informer.list())).toEqual(['a'])
  const b = await createPod('b', { labels: { v: '1' } })
  await client.update(pods, { ...b, metadata: { ...b.metadata, labels: { v: '2' } } })
  await client.delete(pods, { namespace: 'default', name: 'a' })
  await expect.poll(() => names(informer.list())).toEqual(['b'])
  expect(informer.get('default/b')?.metadata.labels).toEqual({ v: '2' })
})

it('is shared by all who ask for the resource', () => {
  expect(context.informer(pods)).toBe(context.informer(pods))
})

it('ends when its resource is no longer served, and begins anew when it is again', async () => {
  let change = (): void => undefined
  const served = {
    all: [pods, nodes] as readonly Resource[],
    onChange: (listener: () => void) => {
      change = listener
      return () => undefined
    },
  }
  const changing = createControllerContext({ client, clock, log: silentLog, supervisor, served })
  const [ofPods, ofNodes] = [changing.informer(pods), changing.informer(nodes)]
  await synced(ofPods)
  served.all = [nodes]
  change()
  expect(changing.informer(nodes)).toBe(ofNodes)
  served.all = [pods, nodes]
  change()
  const again = await synced(changing.informer(pods))
  expect(again).not.toBe(ofPods)
  await createPod('late')
  await expect.poll(() => names(again.list())).toEqual(['late'])
  expect(names(ofPods.list())).toEqual([])
})

describe('indexes', () => {
  it('find objects by namespace and by any function, also when added late', async () => {
    await createPod('a', { labels: { app: 'x' } })
    await createPod('b', { namespace: 'other', labels: { app: 'x' } })
    const informer = await synced(context.informer(pods))
    expect(names(informer.list('other'))).toEqual(['b'])
    informer.addIndex('app', (pod) => [pod.metadata.labels?.['app'] ?? ''])
    informer.addIndex('app', () => [])
    const c = await createPod('c', { labels: { app: 'y' } })
    await expect.poll(() => names(informer.byIndex('app', 'y'))).toEqual(['c'])
    await client.update(pods, { ...c, metadata: { ...c.metadata, labels: { app: 'x' } } })
    await expect.poll(() => names(informer.byIndex('app', 'x'))).toEqual(['a', 'b', 'c'])
    expect(informer.byIndex('app', 'y')).toEqual([])
  })

  it('have to be there', () => {
    expect(() => context.informer(pods).byIndex('none', '')).toThrow(InternalError)
  })
})

describe('sources', () => {
  it('wake by every object there is, and by both versions of a change', async () => {
    await createPod('a', { labels: { owner: 'one' } })
    const informer = context.informer(pods)
    const keys: string[] = []
    informer.source((pod) => [pod.metadata.labels?.['owner'] ?? '']).subscribe((key) => keys.push(key))
    await synced(informer)
    expect(keys).toEqual(['one'])
    const a = await client.get(pods, { namespace: 'default', name: 'a' })
    await client.update(pods, { ...a, metadata: { ...a.metadata, labels: { owner: 'two' } } })
    await expect.poll(() => keys).toEqual(['one', 'one', 'two'])
    await client.delete(pods, { namespace: 'default', name: 'a' })
    await expect.poll(() => keys).toEqual(['one', 'one', 'two', 'two'])
  })

  it('wait until all informers know their objects', async () => {
    await createPod('a')
    client.failNext('list', 'nodes', new StatusError('ServiceUnavailable', 'not yet'))
    context.informer(nodes)
    const informer = context.informer(pods)
    const keys: string[] = []
    informer.source().subscribe((key) => keys.push(key))
    await synced(informer)
    expect(keys).toEqual([])
    await clock.advance(50)
    await expect.poll(() => keys).toEqual(['default/a'])
  })

  it('say nothing once ended, even before they began', async () => {
    const informer = context.informer(pods)
    const keys: string[] = []
    informer.source().subscribe((key) => keys.push(key))()
    await synced(informer)
    const end = informer.source().subscribe((key) => keys.push(key))
    end()
    await createPod('a')
    await expect.poll(() => informer.list().length).toBe(1)
    expect(keys).toEqual([])
  })
})

describe('handlers', () => {
  it('see a change once it is visible', async () => {
    const informer = await synced(context.informer(pods))
    const seen: (boolean | undefined)[] = []
    informer.onChange(({ after }) => seen.push(after && informer.get(keyOf(after)) === after))
    await createPod('a')
    await expect.poll(() => seen).toEqual([true])
  })

  it('do not harm each other', async () => {
    const lines: string[] = []
    const log = createLog({ write: (line) => lines.push(line), clock })
    context = createControllerContext({ client, clock, log, supervisor })
    const informer = await synced(context.informer(pods))
    informer.onChange(() => {
      throw new Error('broken handler')
    })
    await createPod('a')
    await createPod('b')
    await expect.poll(() => names(informer.list())).toEqual(['a', 'b'])
    expect(lines.join('')).toContain('broken handler')
  })
})

describe('when the watch breaks', () => {
  it('goes on from where it was', async () => {
    const informer = await synced(context.informer(pods))
    const changes: unknown[] = []
    informer.onChange((change) => changes.push(change))
    client.failNext('watch', 'pods', new StatusError('InternalError', 'gone'))
    await createPod('a')
    await expect.poll(() => changes.length).toBe(1)
    client.failNext('list', 'pods', new StatusError('InternalError', 'must not list'))
    await createPod('b')
    await clock.advance(60_000)
    await expect.poll(() => names(informer.list())).toEqual(['a', 'b'])
    expect(changes).toHaveLength(2)
  })

  it('lists again when it is too far behind, and tells what it missed', async () => {
    const a = await createPod('a')
    await createPod('b')
    await createPod('c')
    const informer = await synced(context.informer(pods))
    const changes: string[] = []
    informer.onChange(({ before, after }) =>
      changes.push(`${before?.metadata.uid.slice(-2) ?? ''}>${after?.metadata.uid.slice(-2) ?? ''}`),
    )
    client.failNext('watch', 'pods', new StatusError('InternalError', 'gone'))
    client.expireWatches()
    await client.delete(pods, { namespace: 'default', name: 'b' })
    await client.delete(pods, { namespace: 'default', name: 'c' })
    await createPod('c')
    await client.update(pods, { ...a, metadata: { ...a.metadata, labels: { v: '2' } } })
    await createPod('d')
    client.expireWatches()
    // Its watch ends, a new one fails, the next one is told Expired.
    for (let round = 0; round < 5; round += 1) await clock.advance(1000)
    await expect.poll(() => names(informer.list())).toEqual(['a', 'c', 'd'])
    expect(changes.toSorted()).toEqual(['01>01', '02>', '03>', '>04', '>05'])
  })

  it('asks less and less often while the server is away', async () => {
    const away = new StatusError('ServiceUnavailable', 'starting')
    for (let count = 0; count < 5; count += 1) client.failNext('list', 'pods', away)
    const informer = context.informer(pods)
    await clock.advance(0)
    await clock.advance(50 + 100 + 200 + 400 + 799)
    expect(informer.synced).toBe(false)
    await clock.advance(1)
    await expect.poll(() => informer.synced).toBe(true)
  })
})
