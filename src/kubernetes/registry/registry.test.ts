import { beforeEach, describe, expect, it } from 'vitest'

import { FakeClock } from '../../base/testing/fake-clock.ts'
import { sequentialIds } from '../../base/ids.ts'
import { silentLog } from '../../base/log.ts'
import { createMemoryStore } from '../../store/memory-store.ts'
import type { Store } from '../../store/store.ts'
import type { DeleteOptions, KubernetesObject, WatchEvent } from '../client/client.ts'
import { configMapKind } from '../resources/config-map.ts'
import { deploymentKind } from '../resources/deployment.ts'
import { eventKind } from '../resources/event.ts'
import { eventViewKind } from '../resources/event-view.ts'
import type { Kind } from '../resources/kind.ts'
import { namespaceKind } from '../resources/namespace.ts'
import { podKind } from '../resources/pod.ts'
import type { WriteContext } from './parts.ts'
import { Registry } from './registry.ts'
import { ServiceAddresses } from './service-addresses.ts'
import { Storage } from './storage.ts'
import type { WatchRequest } from './watch.ts'

const context: WriteContext = { user: { username: 'u', groups: [] }, fieldManager: 'm', dryRun: false }
const namespace = 'default'

let clock: FakeClock
let store: Store
let registry: Registry

beforeEach(() => {
  clock = new FakeClock()
  store = createMemoryStore()
  const ids = sequentialIds()
  const storage = new Storage(store, '/c/')
  registry = new Registry({
    storage,
    clock,
    log: silentLog,
    ids,
    addresses: new ServiceAddresses(storage, ids, '10.100.0.0/24'),
    admission: { admit: async ({ object }) => object, validate: async () => undefined },
  })
})

function create(kind: Kind, name: string, over: object = {}): Promise<KubernetesObject> {
  const { metadata, ...rest } = over as { metadata?: object }
  const object = { ...rest, metadata: { name, ...metadata } } as unknown as KubernetesObject
  return registry.create(kind, object, { ...context, namespace })
}

const podSpec = { spec: { containers: [{ name: 'c', image: 'i' }] } }

function remove(kind: Kind, name: string, options: DeleteOptions = {}): ReturnType<Registry['delete']> {
  return registry.delete(kind, { namespace, name }, { ...context, options })
}

function change(
  kind: Kind,
  name: string,
  next: (o: KubernetesObject) => object,
  subresource = '',
): Promise<KubernetesObject> {
  return registry.update(
    kind,
    { namespace, name },
    {
      ...context,
      subresource,
      change: (current) => next(current) as KubernetesObject,
    },
  )
}

describe('writes', () => {
  it('counts changes of the spec only', async () => {
    const labels = { app: 'a' }
    const template = { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'i' }] } }
    const made = await create(deploymentKind, 'd', { spec: { selector: { matchLabels: labels }, template } })
    expect(made.metadata.generation).toBe(1)
    const labelled = await change(deploymentKind, 'd', (o) => ({ ...o, metadata: { ...o.metadata, labels } }))
    expect(labelled.metadata.generation).toBe(1)
    const scaled = await change(deploymentKind, 'd', (o) => ({
      ...o,
      spec: { ...(o as { spec?: object }).spec, replicas: 3 },
    }))
    expect(scaled.metadata.generation).toBe(2)
    const reported = await change(deploymentKind, 'd', (o) => ({ ...o, status: { replicas: 3 } }), 'status')
    expect(reported.metadata.generation).toBe(2)
  })

  it('makes no version out of no change', async () => {
    const made = await create(configMapKind, 'a', { data: { x: '1' } })
    await clock.advance(60_000)
    const same = await change(configMapKind, 'a', (o) => ({ ...o, data: { x: '1' } }))
    expect(same).toBe(registry.get(configMapKind, { namespace, name: 'a' }))
    expect(same.metadata.resourceVersion).toBe(made.metadata.resourceVersion)
  })

  it('retries changes that lost a race, so that none is lost', async () => {
    await create(configMapKind, 'counter', { data: { n: '0' } })
    const add = (): Promise<KubernetesObject> =>
      change(configMapKind, 'counter', (o) => {
        const { n = '0' } = (o as { data?: Record<string, string> }).data ?? {}
        const { resourceVersion: _r, ...metadata } = o.metadata
        return { ...o, metadata, data: { n: String(Number(n) + 1) } }
      })
    await Promise.all(Array.from({ length: 20 }, add))
    expect(registry.get(configMapKind, { namespace, name: 'counter' })).toMatchObject({
      data: { n: '20' },
    })
  })

  it('records managers with the server’s time', async () => {
    const made = await create(configMapKind, 'a', { data: { x: '1' } })
    expect(made.metadata.managedFields).toEqual([
      {
        manager: 'm',
        operation: 'Update',
        apiVersion: 'v1',
        time: '2026-01-01T00:00:00Z',
        fieldsType: 'FieldsV1',
        fieldsV1: { 'f:data': { '.': {}, 'f:x': {} } },
      },
    ])
  })
})

describe('deletion', () => {
  it('removes pods that no node has at once', async () => {
    await create(podKind, 'p', podSpec)
    expect((await remove(podKind, 'p')).removed).toBe(true)
    expect(registry.find(podKind, { namespace, name: 'p' })).toBeUndefined()
  })

  it('gives pods on nodes time, shortens it when asked, and removes them at zero', async () => {
    await create(podKind, 'p', { spec: { ...podSpec.spec, nodeName: 'n' } })
    const first = await remove(podKind, 'p')
    expect(first).toMatchObject({
      removed: false,
      object: { metadata: { deletionTimestamp: '2026-01-01T00:00:30Z', deletionGracePeriodSeconds: 30 } },
    })
    const longer = await remove(podKind, 'p', { gracePeriodSeconds: 60 })
    expect(longer.object.metadata.deletionGracePeriodSeconds).toBe(30)
    const shorter = await remove(podKind, 'p', { gracePeriodSeconds: 5 })
    expect(shorter.object.metadata).toMatchObject({
      deletionTimestamp: '2026-01-01T00:00:05Z',
      deletionGracePeriodSeconds: 5,
    })
    expect((await remove(podKind, 'p', { gracePeriodSeconds: 0 })).removed).toBe(true)
  })

  it('waits for finalizers, and the write that clears the last one removes', async () => {
    await create(configMapKind, 'held', { metadata: { finalizers: ['example.com/a'] } })
    expect((await remove(configMapKind, 'held')).removed).toBe(false)
    const again = await remove(configMapKind, 'held')
    expect(again.removed).toBe(false)
    const add = change(configMapKind, 'held', (o) => ({
      ...o,
      metadata: { ...o.metadata, finalizers: ['example.com/a', 'example.com/b'] },
    }))
    await expect(add).rejects.toThrow('no new finalizers can be added if the object is being deleted')
    await change(configMapKind, 'held', (o) => ({ ...o, metadata: { ...o.metadata, finalizers: [] } }))
    expect(registry.find(configMapKind, { namespace, name: 'held' })).toBeUndefined()
  })

  it.each([
    ['Orphan', ['orphan']],
    ['Foreground', ['foregroundDeletion']],
  ] as const)('%s leaves a finalizer for the garbage collector', async (propagationPolicy, finalizers) => {
    await create(configMapKind, 'owner')
    const { object, removed } = await remove(configMapKind, 'owner', { propagationPolicy })
    expect(removed).toBe(false)
    expect(object.metadata.finalizers).toEqual(finalizers)
  })

  it.each([
    ['nothing', {}, ['orphan']],
    ['Background', { propagationPolicy: 'Background' }, undefined],
  ] as const)('of an old kind with %s asked for dependents', async (_case, options, finalizers) => {
    await create({ ...configMapKind, orphansDependents: true }, 'owner')
    const { object, removed } = await remove({ ...configMapKind, orphansDependents: true }, 'owner', options)
    expect(removed).toBe(finalizers === undefined)
    expect(object.metadata.finalizers).toEqual(finalizers)
  })

  it('holds namespaces until they are finalized', async () => {
    await create(namespaceKind, 'n')
    const { object } = await registry.delete(namespaceKind, { name: 'n' }, { ...context, options: {} })
    expect(object).toMatchObject({ status: { phase: 'Terminating' }, spec: { finalizers: ['kubernetes'] } })
    await registry.update(
      namespaceKind,
      { name: 'n' },
      {
        ...context,
        subresource: 'finalize',
        change: (o) => ({ ...o, spec: {} }) as KubernetesObject,
      },
    )
    expect(registry.find(namespaceKind, { name: 'n' })).toBeUndefined()
  })

  it('deletes collections by selector', async () => {
    for (const name of ['a', 'b', 'c'])
      await create(configMapKind, name, { metadata: { labels: { keep: String(name === 'b') } } })
    const deleted = await registry.deleteCollection(
      configMapKind,
      { namespace, labelSelector: 'keep=false' },
      { ...context, options: {} },
    )
    expect(deleted.map((o) => o.metadata.name)).toEqual(['a', 'c'])
    expect(registry.list(configMapKind).items.map((o) => o.metadata.name)).toEqual(['b'])
  })
})

describe('views', () => {
  it('shows core events in the words of events.k8s.io, and the other way round', async () => {
    const about = { kind: 'Pod', name: 'p', namespace }
    await create(eventKind, 'core', {
      involvedObject: about,
      message: 'hello',
      reason: 'R',
      source: { component: 'c' },
    })
    const view = {
      regarding: about,
      note: 'world',
      reason: 'R',
      type: 'Normal',
      action: 'A',
      reportingController: 'x/y',
      reportingInstance: 'i',
    }
    await create(eventViewKind, 'view', { ...view, eventTime: '2026-01-01T00:00:00.000000Z' })
    const seen = registry.get(eventViewKind, { namespace, name: 'core' })
    expect(seen).toMatchObject({
      apiVersion: 'events.k8s.io/v1',
      regarding: about,
      note: 'hello',
      deprecatedSource: { component: 'c' },
    })
    expect(seen).not.toHaveProperty('message')
    const core = registry.list(eventKind, { fieldSelector: 'involvedObject.name=p' }).items
    expect(core.map((event) => (event as { message?: string }).message)).toEqual(['hello', 'world'])
    const mine = registry.list(eventViewKind, { fieldSelector: 'regarding.name=p,reason=R' })
    expect(mine.items.map((event) => event.apiVersion)).toEqual(['events.k8s.io/v1', 'events.k8s.io/v1'])
    await expect(create(eventViewKind, 'bad', { regarding: about })).rejects.toThrow(
      'eventTime: Required value',
    )
  })
})

describe('preconditions of a delete', () => {
  it('hold for the uid and the version, and nothing is deleted when they do not', async () => {
    const { metadata } = await create(configMapKind, 'm1')
    const uid = '00000000-0000-0000-0000-000000000000'
    const text = 'Operation cannot be fulfilled on ConfigMap "m1": the '
    await expect(remove(configMapKind, 'm1', { preconditions: { uid } })).rejects.toThrow(
      `${text}UID in the precondition (${uid}) does not match the UID in record (${metadata.uid}). The object might have been deleted and then recreated`,
    )
    await expect(remove(configMapKind, 'm1', { preconditions: { resourceVersion: '0' } })).rejects.toThrow(
      `${text}ResourceVersion in the precondition (0) does not match the ResourceVersion in record (${metadata.resourceVersion}). The object might have been modified`,
    )
    expect(registry.get(configMapKind, { namespace, name: 'm1' }).metadata.uid).toBe(metadata.uid)
    const { uid: right, resourceVersion } = metadata
    const { removed } = await remove(configMapKind, 'm1', { preconditions: { uid: right, resourceVersion } })
    expect(removed).toBe(true)
  })
})

describe('lists', () => {
  it('shows an exact version, and refuses the future and the forgotten', async () => {
    const first = await create(configMapKind, 'a')
    await create(configMapKind, 'b')
    const { resourceVersion } = first.metadata
    const exact = registry.list(configMapKind, { resourceVersion, resourceVersionMatch: 'Exact' })
    expect(exact.items).toHaveLength(1)
    expect(registry.list(configMapKind, { resourceVersion }).items).toHaveLength(2)
    expect(() => registry.list(configMapKind, { resourceVersion: '999' })).toThrow(
      'Too large resource version',
    )
    const page = registry.list(configMapKind, { limit: 1 })
    expect(page.remainingItemCount).toBe(1)
    await create(configMapKind, 'c')
    await store.compact(store.revision)
    expect(() => registry.list(configMapKind, { limit: 1, continue: page.continue ?? '' })).toThrow(
      'The provided continue parameter is too old',
    )
    expect(() => registry.list(configMapKind, { continue: 'nonsense' })).toThrow('continue key is not valid')
  })

  it('shares decoded objects', async () => {
    await create(configMapKind, 'a')
    const [listed] = registry.list(configMapKind).items
    expect(registry.get(configMapKind, { namespace, name: 'a' })).toBe(listed)
  })
})

describe('watches', () => {
  function collect(request: Partial<WatchRequest> = {}): {
    events: WatchEvent<KubernetesObject>[]
    abort: AbortController
  } {
    const abort = new AbortController()
    const events: WatchEvent<KubernetesObject>[] = []
    const stream = registry.watch(configMapKind, { signal: abort.signal, ...request })
    void (async () => {
      for await (const event of stream) events.push(event)
    })()
    return { events, abort }
  }
  const summary = (events: WatchEvent<KubernetesObject>[]): string[] =>
    events.map(({ type, object }) => `${type} ${object.metadata.name ?? ''}`.trim())

  it('begins with what is there when no version is given', async () => {
    await create(configMapKind, 'a')
    const { events } = collect()
    await expect.poll(() => summary(events)).toEqual(['ADDED a'])
    await create(configMapKind, 'b')
    await remove(configMapKind, 'a')
    await expect.poll(() => summary(events)).toEqual(['ADDED a', 'ADDED b', 'DELETED a'])
    expect(Number(events[2]?.object.metadata.resourceVersion)).toBe(store.revision)
  })

  it('marks the end of the initial events of a streaming list', async () => {
    await create(configMapKind, 'a')
    const { events } = collect({ sendInitialEvents: true, allowBookmarks: true })
    await expect.poll(() => summary(events)).toEqual(['ADDED a', 'BOOKMARK'])
    expect(events[1]?.object).toEqual({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: {
        resourceVersion: String(store.revision),
        annotations: { 'k8s.io/initial-events-end': 'true' },
      },
    })
  })

  it('follows objects in and out of a selector', async () => {
    const labels = { in: 'yes' }
    await create(configMapKind, 'a')
    const { events } = collect({ labelSelector: 'in=yes', resourceVersion: registry.resourceVersion })
    await change(configMapKind, 'a', (o) => ({ ...o, metadata: { ...o.metadata, labels } }))
    await change(configMapKind, 'a', (o) => ({ ...o, data: { x: '1' } }))
    await change(configMapKind, 'a', (o) => ({ ...o, metadata: { ...o.metadata, labels: {} } }))
    await remove(configMapKind, 'a')
    await expect.poll(() => summary(events)).toEqual(['ADDED a', 'MODIFIED a', 'DELETED a'])
    expect(events[2]?.object.metadata.labels).toEqual(labels)
  })

  it('says how far it is when nothing happens', async () => {
    await create(configMapKind, 'a')
    const { events } = collect({ allowBookmarks: true, resourceVersion: registry.resourceVersion })
    await create(podKind, 'p', podSpec)
    await clock.advance(61_000)
    await expect.poll(() => summary(events)).toEqual(['BOOKMARK'])
    expect(events[0]?.object.metadata.resourceVersion).toBe(registry.resourceVersion)
  })

  it('ends a watch whose reader does not read', async () => {
    const abort = new AbortController()
    const stream = registry.watch(configMapKind, { signal: abort.signal, resourceVersion: '0' })
    for (let n = 0; n < 10_001; n += 100) {
      await Promise.all(Array.from({ length: 100 }, (_, i) => create(configMapKind, `m-${n + i}`)))
    }
    let seen = 0
    for await (const _event of stream) seen += 1
    expect(seen).toBeGreaterThan(10_000)
  })
})
