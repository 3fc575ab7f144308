import { describe, expect, test } from 'vitest'

import type { ObjectMeta, OwnerReference, Pod, ReplicaSet } from '../../../generated/kubernetes.d.ts'
import type { Resource } from '../../kubernetes/client/client.ts'
import { nodes, pods, replicaSets } from '../../kubernetes/client/resources.ts'
import { fixedResources, type ServedResources } from '../../kubernetes/client/served-resources.ts'
import { Rehearsal } from '../testing/rehearsal.ts'
import { samplePod, sampleSet } from '../testing/samples.ts'
import { createGarbageCollector } from './controller.ts'

const going = { deletionTimestamp: '2026-01-01T00:00:00Z', deletionGracePeriodSeconds: 0 }

function ownedBy(set: string, change: Partial<OwnerReference> = {}): OwnerReference {
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    name: set,
    uid: `set-${set}`,
    controller: true,
    ...change,
  }
}

function ownedPod(name: string, ...ownerReferences: OwnerReference[]): Pod {
  return samplePod(name, { metadata: { ownerReferences } })
}

function deletedSet(name: string, metadata: Partial<ObjectMeta>): ReplicaSet {
  const set = sampleSet(name, 1)
  return { ...set, metadata: { ...set.metadata, ...going, ...metadata } }
}

async function collecting(objects: {
  sets: readonly ReplicaSet[]
  pods: readonly Pod[]
}): Promise<Rehearsal> {
  const rehearsal = new Rehearsal()
  for (const set of objects.sets) rehearsal.client.seed(replicaSets, set)
  for (const pod of objects.pods) rehearsal.client.seed(pods, pod)
  rehearsal.start(createGarbageCollector(rehearsal.context, { served: fixedResources([replicaSets, pods]) }))
  await rehearsal.settle()
  return rehearsal
}

class ChangingResources implements ServedResources {
  all: readonly Resource[]
  readonly #listeners = new Set<() => void>()

  constructor(all: readonly Resource[]) {
    this.all = all
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  set(all: readonly Resource[]): void {
    this.all = all
    for (const listener of this.#listeners) listener()
  }
}

async function names(rehearsal: Rehearsal): Promise<string[]> {
  const both = [
    ...(await rehearsal.client.list(replicaSets)).items,
    ...(await rehearsal.client.list(pods)).items,
  ]
  return both.map(({ metadata }) => metadata.name)
}

describe('garbage collector', () => {
  test('keeps what has an owner and what never had one', async () => {
    await using rehearsal = await collecting({
      sets: [sampleSet('web', 1)],
      pods: [ownedPod('owned', ownedBy('web')), samplePod('free')],
    })
    expect(await names(rehearsal)).toEqual(['web', 'owned', 'free'])
    expect(rehearsal.client.actions).toEqual([])
  })

  test('removes what belongs to an owner that is absent, or to another of the same name', async () => {
    const pod = ownedPod('stale', ownedBy('web', { uid: 'an-earlier-one' }))
    await using rehearsal = await collecting({
      sets: [sampleSet('web', 1)],
      pods: [pod, ownedPod('lost', ownedBy('gone'))],
    })
    expect(await names(rehearsal)).toEqual(['web'])
  })

  test('keeps what belongs to a kind that is not known', async () => {
    const pod = ownedPod('custom', { apiVersion: 'example.com/v1', kind: 'Widget', name: 'w', uid: 'w' })
    await using rehearsal = await collecting({ sets: [], pods: [pod] })
    expect(await names(rehearsal)).toEqual(['custom'])
  })

  test('takes in what is served later, whatever version a reference names', async () => {
    const widgets: Resource = {
      group: 'a.b',
      version: 'v1',
      plural: 'widgets',
      kind: 'Widget',
      namespaced: true,
    }
    const served = new ChangingResources([pods])
    await using rehearsal = new Rehearsal()
    const widget = { ...samplePod('w'), apiVersion: 'a.b/v1', kind: 'Widget' }
    rehearsal.client.seed(widgets, widget)
    const owner = { apiVersion: 'a.b/v1alpha1', kind: 'Widget', name: 'w', uid: widget.metadata.uid }
    rehearsal.client.seed(pods, ownedPod('p', owner))
    rehearsal.start(createGarbageCollector(rehearsal.context, { served }))
    await rehearsal.settle()
    served.set([pods, widgets])
    await rehearsal.settle()
    expect(await names(rehearsal)).toEqual(['p'])
    await rehearsal.client.delete(widgets, { namespace: 'default', name: 'w' })
    await rehearsal.until('all gone', async () => (await names(rehearsal)).length === 0)
  })

  test('in the background, dependents follow their owner', async () => {
    await using rehearsal = await collecting({
      sets: [sampleSet('web', 1)],
      pods: [ownedPod('p', ownedBy('web'))],
    })
    await rehearsal.client.delete(replicaSets, { namespace: 'default', name: 'web' })
    await rehearsal.until('all gone', async () => (await names(rehearsal)).length === 0)
  })

  test('in the foreground, the owner waits for those that block it', async () => {
    const set = deletedSet('web', { finalizers: ['foregroundDeletion'] })
    const held = ownedPod('held', ownedBy('web', { blockOwnerDeletion: true }))
    await using rehearsal = await collecting({
      sets: [set],
      pods: [{ ...held, metadata: { ...held.metadata, finalizers: ['example.com/hold'] } }],
    })
    expect(await names(rehearsal)).toEqual(['web', 'held'])
    await rehearsal.client.patch(
      pods,
      { namespace: 'default', name: 'held' },
      { metadata: { finalizers: null } },
      { type: 'merge' },
    )
    await rehearsal.until('all gone', async () => (await names(rehearsal)).length === 0)
  })

  test('orphans lose their reference and stay', async () => {
    await using rehearsal = await collecting({
      sets: [deletedSet('web', { finalizers: ['orphan'] })],
      pods: [ownedPod('p', ownedBy('web'))],
    })
    await rehearsal.until('owner gone', async () => (await names(rehearsal)).length === 1)
    const pod = await rehearsal.client.get(pods, { namespace: 'default', name: 'p' })
    expect(pod.metadata.ownerReferences ?? []).toEqual([])
  })

  test('one owner left is enough; the reference to the other goes', async () => {
    const pod = ownedPod('p', ownedBy('web'), ownedBy('gone', { controller: false }))
    await using rehearsal = await collecting({ sets: [sampleSet('web', 1)], pods: [pod] })
    const kept = await rehearsal.client.get(pods, { namespace: 'default', name: 'p' })
    expect(kept.metadata.ownerReferences?.map((reference) => reference.uid)).toEqual(['set-web'])
  })

  test('a circle of owners in the foreground goes as a whole', async () => {
    const blocked = { blockOwnerDeletion: true }
    const of = (name: string): OwnerReference => ({
      apiVersion: 'v1',
      kind: 'Pod',
      name,
      uid: `pod-${name}`,
      ...blocked,
    })
    const first = ownedPod('a', of('c'))
    const metadata = { ...first.metadata, ...going, finalizers: ['foregroundDeletion'] }
    await using rehearsal = await collecting({
      sets: [],
      pods: [{ ...first, metadata }, ownedPod('b', of('a')), ownedPod('c', of('b'))],
    })
    await rehearsal.until('all gone', async () => (await names(rehearsal)).length === 0)
  })

  test('tells of an owner in a namespace that something without one cannot have', async () => {
    await using rehearsal = new Rehearsal()
    const owner = ownedBy('web', { apiVersion: 'v1', kind: 'Pod', name: 'p', uid: 'u' })
    rehearsal.client.seed(nodes, { metadata: { name: 'n', ownerReferences: [owner] }, spec: {} })
    rehearsal.start(createGarbageCollector(rehearsal.context, { served: fixedResources([nodes, pods]) }))
    await rehearsal.settle()
    expect((await rehearsal.client.list(nodes)).items).toHaveLength(1)
    expect(await rehearsal.told()).toEqual([
      'OwnerRefInvalidNamespace: ownerRef [v1/Pod, namespace: , name: p, uid: u] does not exist in namespace ""',
    ])
  })
})
