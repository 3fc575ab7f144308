// Owns what every implementation of KubernetesClient must do; run by the tests of each.
import { describe, expect, it } from 'vitest'

import type { Deployment, NamespaceStatus } from '../../../../generated/kubernetes.d.ts'
import { isAlreadyExists, isConflict, isExpired, isNotFound, type StatusError } from '../../../base/errors.ts'
import type { KubernetesClient, KubernetesObject, WatchEvent } from '../client.ts'
import { configMaps, deployments, namespaces, pods, serviceAccounts } from '../resources.ts'

export interface ConformanceTarget {
  /** A client with all rights on a cluster that `reset` has not to empty: tests use names of their own. */
  client(): KubernetesClient
  /** Forgets old revisions, so that watches from them expire. */
  compact(): Promise<void>
}

const namespace = 'default'

/** Registers the suite under `name`. */
export function describeKubernetesClient(name: string, target: ConformanceTarget): void {
  describe(`${name} is a KubernetesClient`, () => {
    describeObjects(target)
    describeSubresources(target)
    describeLists(target)
    describeWatches(target)
    describePatches(target)
  })
}

function describeObjects(target: ConformanceTarget): void {
  it('creates, reads, replaces and deletes', async () => {
    const client = target.client()
    const created = await client.create(configMaps, {
      metadata: { name: 'crud', namespace },
      data: { a: '1' },
    })
    expect(created).toMatchObject({ apiVersion: 'v1', kind: 'ConfigMap', data: { a: '1' } })
    expect(created.metadata.uid).toMatch(/^[0-9a-f-]{36}$/)
    expect(await client.get(configMaps, { namespace, name: 'crud' })).toEqual(created)
    const updated = await client.update(configMaps, { ...created, data: { a: '2' } })
    expect(updated.data).toEqual({ a: '2' })
    expect(updated.metadata.resourceVersion).not.toBe(created.metadata.resourceVersion)
    await client.delete(configMaps, { namespace, name: 'crud' })
    const gone: unknown = await client.get(configMaps, { namespace, name: 'crud' }).catch((e: unknown) => e)
    expect(isNotFound(gone)).toBe(true)
    expect((gone as StatusError).message).toBe('configmaps "crud" not found')
  })

  it('refuses a taken name, an old version and a missing object', async () => {
    const client = target.client()
    const draft = { metadata: { name: 'taken', namespace } }
    const first = await client.create(configMaps, draft)
    const again: unknown = await client.create(configMaps, draft).catch((e: unknown) => e)
    expect(isAlreadyExists(again)).toBe(true)
    expect((again as StatusError).message).toBe('configmaps "taken" already exists')
    await client.update(configMaps, { ...first, data: { a: '1' } })
    const late: unknown = await client
      .update(configMaps, { ...first, data: { a: '2' } })
      .catch((e: unknown) => e)
    expect(isConflict(late)).toBe(true)
    const missing: unknown = await client
      .delete(configMaps, { namespace, name: 'no' })
      .catch((e: unknown) => e)
    expect(isNotFound(missing)).toBe(true)
  })

  it('answers Invalid with causes', async () => {
    const draft = { metadata: { name: 'Bad', namespace } }
    const error: unknown = await target
      .client()
      .create(configMaps, draft)
      .catch((e: unknown) => e)
    expect(error).toMatchObject({ reason: 'Invalid', details: { causes: [{ field: 'metadata.name' }] } })
  })

  it('makes up names, and leaves no trace of a dry run', async () => {
    const client = target.client()
    const named = await client.create(configMaps, { metadata: { generateName: 'made-', namespace } })
    expect(named.metadata.name).toMatch(/^made-[a-z0-9]{5}$/)
    await client.create(configMaps, { metadata: { name: 'dry', namespace } }, { dryRun: true })
    await expect(client.get(configMaps, { namespace, name: 'dry' })).rejects.toThrow('not found')
  })

  it('keeps status and spec apart', async () => {
    const client = target.client()
    const created = await client.create(namespaces, { metadata: { name: 'apart' }, spec: {} })
    expect(created.status).toEqual({ phase: 'Active' })
    const condition = { type: 'Seen', status: 'True', lastTransitionTime: '2026-01-02T03:04:05Z' } as const
    const status: NamespaceStatus = { phase: 'Active', conditions: [condition] }
    const viaObject = await client.update(namespaces, { ...created, status })
    expect(viaObject.status).toEqual({ phase: 'Active' })
    const viaStatus = await client.updateStatus(namespaces, { ...viaObject, status })
    expect(viaStatus.status).toEqual(status)
    expect(viaStatus.spec).toEqual(created.spec)
  })

  it('honours preconditions', async () => {
    const client = target.client()
    const { metadata } = await client.create(configMaps, { metadata: { name: 'guarded', namespace } })
    const key = { namespace, name: 'guarded' }
    const wrong = client.delete(configMaps, key, { preconditions: { uid: 'other' } })
    await expect(wrong).rejects.toMatchObject({ reason: 'Conflict' })
    await client.delete(configMaps, key, { preconditions: { uid: metadata.uid } })
  })
}

function describeSubresources(target: ConformanceTarget): void {
  it('binds pods and issues tokens', async () => {
    const client = target.client()
    await client.create(serviceAccounts, { metadata: { name: 'runner', namespace } })
    const spec = { serviceAccountName: 'runner', containers: [{ name: 'c', image: 'i' }] }
    await client.create(pods, { metadata: { name: 'bound', namespace }, spec })
    const key = { namespace, name: 'bound' }
    const binding = { metadata: { name: 'bound' }, target: { kind: 'Node', name: 'n1' } }
    await client.createSubresource(pods, key, 'binding', binding)
    expect((await client.get(pods, key)).spec.nodeName).toBe('n1')
    const again = client.createSubresource(pods, key, 'binding', binding)
    await expect(again).rejects.toThrow('pod bound is already assigned to node "n1"')
    const token = await client.createSubresource(serviceAccounts, { namespace, name: 'runner' }, 'token', {
      spec: { audiences: ['sts.amazonaws.com'] },
    })
    expect(token).toMatchObject({ kind: 'TokenRequest', spec: { audiences: ['sts.amazonaws.com'] } })
  })

  it('reads and writes scales, by version', async () => {
    const client = target.client()
    const key = { namespace, name: 'scaled' }
    const labels = { app: 'scaled' }
    const template = { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'i' }] } }
    const spec = { replicas: 2, selector: { matchLabels: labels }, template } as unknown as Deployment['spec']
    await client.create(deployments, { metadata: key, spec })
    const before = await client.getScale(deployments, key)
    expect(before).toMatchObject({ kind: 'Scale', spec: { replicas: 2 }, status: { selector: 'app=scaled' } })
    const after = await client.updateScale(deployments, key, { ...before, spec: { replicas: 3 } })
    expect(after.spec.replicas).toBe(3)
    expect((await client.get(deployments, key)).spec.replicas).toBe(3)
    const late: unknown = await client.updateScale(deployments, key, before).catch((e: unknown) => e)
    expect(isConflict(late)).toBe(true)
    const none: unknown = await client.getScale(configMaps, key).catch((e: unknown) => e)
    expect(isNotFound(none)).toBe(true)
  })
}

function describeLists(target: ConformanceTarget): void {
  it('lists by namespace, selector and page', async () => {
    const client = target.client()
    for (const index of [1, 2, 3, 4, 5]) {
      const labels = { suite: 'pages', odd: String(index % 2 === 1) }
      await client.create(configMaps, { metadata: { name: `page-${index}`, namespace, labels } })
    }
    const labelSelector = 'suite=pages'
    const odd = await client.list(configMaps, { namespace, labelSelector: 'suite=pages,odd=true' })
    expect(odd.items.map((item) => item.metadata.name)).toEqual(['page-1', 'page-3', 'page-5'])
    expect(odd.items[0]).toMatchObject({ apiVersion: 'v1', kind: 'ConfigMap' })
    const one = await client.list(configMaps, { fieldSelector: 'metadata.name=page-2' })
    expect(one.items).toHaveLength(1)
    const first = await client.list(configMaps, { namespace, labelSelector, limit: 2 })
    await client.create(configMaps, { metadata: { name: 'page-6', namespace, labels: { suite: 'pages' } } })
    const names = first.items.map((item) => item.metadata.name)
    let next = first.continue
    while (next) {
      const page = await client.list(configMaps, { namespace, labelSelector, limit: 2, continue: next })
      names.push(...page.items.map((item) => item.metadata.name))
      next = page.continue
    }
    // All pages show the moment of the first.
    expect(names).toEqual(['page-1', 'page-2', 'page-3', 'page-4', 'page-5'])
  })

  it('refuses selectors that are none', async () => {
    const client = target.client()
    await expect(client.list(pods, { labelSelector: 'a in b' })).rejects.toMatchObject({
      reason: 'BadRequest',
    })
    await expect(client.list(pods, { fieldSelector: 'spec.colour=red' })).rejects.toThrow(
      'field label not supported: spec.colour',
    )
  })
}

function describeWatches(target: ConformanceTarget): void {
  it('delivers what happens after a list, without gaps', async () => {
    const client = target.client()
    const { resourceVersion } = await client.list(configMaps, { namespace })
    const { events, stop } = collect(client, { labelSelector: 'suite=watch', resourceVersion })
    const draft = { metadata: { name: 'watched', namespace, labels: { suite: 'watch' } } }
    const created = await client.create(configMaps, draft)
    const changed = await client.update(configMaps, { ...created, data: { a: '1' } })
    // Loses the label: for this watch it is gone.
    const { labels: _labels, ...metadata } = changed.metadata
    await client.update(configMaps, { ...changed, metadata })
    await expect.poll(() => events.length).toBe(3)
    await stop()
    expect(events.map(({ type }) => type)).toEqual(['ADDED', 'MODIFIED', 'DELETED'])
    expect(events[0]?.object).toEqual(created)
  })

  it('ends when told, and rejects versions that are gone', async () => {
    const client = target.client()
    const { stop } = collect(client, { resourceVersion: '' })
    await stop()
    await client.create(configMaps, { metadata: { name: 'before-compaction', namespace } })
    await target.compact()
    const { signal } = new AbortController()
    const events = client.watch(configMaps, { resourceVersion: '1', signal })
    const error: unknown = await events[Symbol.asyncIterator]()
      .next()
      .catch((e: unknown) => e)
    expect(isExpired(error)).toBe(true)
  })
}

function collect(
  client: KubernetesClient,
  options: { labelSelector?: string; resourceVersion: string },
): { events: WatchEvent<KubernetesObject>[]; stop: () => Promise<void> } {
  const events: WatchEvent<KubernetesObject>[] = []
  const abort = new AbortController()
  const done = (async () => {
    for await (const event of client.watch(configMaps, { namespace, ...options, signal: abort.signal })) {
      if (event.type !== 'BOOKMARK') events.push(event)
    }
  })()
  return {
    events,
    async stop() {
      abort.abort()
      await done
    },
  }
}

function describePatches(target: ConformanceTarget): void {
  const spec = {
    replicas: 1,
    selector: { matchLabels: { app: 'a' } },
    template: { metadata: { labels: { app: 'a' } }, spec: { containers: [{ name: 'c', image: 'i' }] } },
  }

  it('patches in three ways', async () => {
    const client = target.client()
    await client.create(deployments, { metadata: { name: 'patched', namespace }, spec: spec as never })
    const key = { namespace, name: 'patched' }
    const merged = await client.patch(deployments, key, { spec: { replicas: 2 } }, { type: 'merge' })
    expect(merged.spec.replicas).toBe(2)
    expect(merged.metadata.generation).toBe(2)
    const json = [{ op: 'replace', path: '/spec/replicas', value: 3 }]
    expect((await client.patch(deployments, key, json, { type: 'json' })).spec.replicas).toBe(3)
    const body = { spec: { template: { spec: { containers: [{ name: 'd', image: 'j' }] } } } }
    const strategic = await client.patch(deployments, key, body, { type: 'strategic' })
    expect(strategic.spec.template.spec?.containers.map(({ name }) => name).toSorted()).toEqual(['c', 'd'])
  })

  it('applies, owns, and refuses what others own', async () => {
    const client = target.client()
    const key = { namespace, name: 'applied' }
    const config = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'applied' }, data: { a: '1' } }
    const apply = { type: 'apply', fieldManager: 'one' } as const
    const created = await client.patch(configMaps, key, config, apply)
    expect(created.data).toEqual({ a: '1' })
    const same = await client.patch(configMaps, key, config, apply)
    expect(same.metadata.resourceVersion).toBe(created.metadata.resourceVersion)
    const other = { ...config, data: { a: '2' } }
    const refused = client.patch(configMaps, key, other, { type: 'apply', fieldManager: 'two' })
    await expect(refused).rejects.toThrow('Apply failed with 1 conflict: conflict with "one": .data.a')
    const forced = await client.patch(configMaps, key, other, {
      type: 'apply',
      fieldManager: 'two',
      force: true,
    })
    expect(forced.data).toEqual({ a: '2' })
  })

  it('patches status alone', async () => {
    const client = target.client()
    const key = { namespace, name: 'patched' }
    const patched = await client.patch(
      deployments,
      key,
      { status: { replicas: 4 }, spec: { replicas: 9 } },
      { type: 'merge', subresource: 'status' },
    )
    expect(patched.status?.replicas).toBe(4)
    expect(patched.spec.replicas).toBe(3)
  })
}
