import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import type { Pod } from '../../../generated/kubernetes.d.ts'
import { namespaces, nodes, pods } from '../../kubernetes/client/resources.ts'
import { RequestCache } from '../../rules/scheduling/requests.ts'
import { takeSnapshot } from '../../rules/scheduling/snapshot.ts'
import { Rehearsal } from '../testing/rehearsal.ts'
import { sampleNode, samplePod } from '../testing/samples.ts'
import { ClusterView } from './cluster-view.ts'

let rehearsal: Rehearsal
let view: ClusterView
let unfollow: () => void
const requests = new RequestCache()

beforeEach(() => {
  rehearsal = new Rehearsal()
  const { context } = rehearsal
  view = new ClusterView({
    pods: context.informer(pods),
    nodes: context.informer(nodes),
    namespaces: context.informer(namespaces),
    requests,
  })
  unfollow = view.follow()
})

afterEach(async () => {
  unfollow()
  await rehearsal[Symbol.asyncDispose]()
})

function podOn(name: string, nodeName: string, cpu = '100m'): Pod {
  const containers = [{ name: 'main', image: 'nginx', resources: { requests: { cpu } } }]
  return samplePod(name, { spec: { containers, nodeName } })
}

/** Pods by node, as a pod of this priority sees them. */
function seen(priority = 0): Record<string, string[]> {
  const { nodes: infos } = view.snapshotFor(samplePod('observer', { spec: { containers: [], priority } }))
  return Object.fromEntries(
    infos.map((info) => [info.node.metadata.name, info.pods.map((pod) => pod.metadata.name).toSorted()]),
  )
}

async function untilSeen(expected: Record<string, string[]>): Promise<void> {
  await rehearsal.until('the view', async () => JSON.stringify(seen()) === JSON.stringify(expected))
}

describe('the view of a cluster', () => {
  test('follows pods and nodes, and is what a snapshot taken anew would be', async () => {
    const { client } = rehearsal
    // A pod may be known before its node.
    client.seed(pods, podOn('early', 'b'))
    client.seed(nodes, sampleNode('a'))
    client.seed(nodes, sampleNode('b'))
    client.seed(pods, podOn('one', 'a'))
    client.seed(pods, podOn('two', 'a', '300m'))
    await untilSeen({ a: ['one', 'two'], b: ['early'] })
    await client.delete(pods, { namespace: 'default', name: 'one' }, { gracePeriodSeconds: 0 })
    await untilSeen({ a: ['two'], b: ['early'] })
    const anew = takeSnapshot(
      {
        nodes: (await client.list(nodes)).items,
        pods: (await client.list(pods)).items,
        namespaces: [],
        placed: new Map(),
      },
      requests,
    )
    const kept = view.snapshotFor(samplePod('observer'))
    expect(kept.nodes.map(({ requested, weight }) => ({ requested, weight }))).toEqual(
      anew.nodes.map(({ requested, weight }) => ({ requested, weight })),
    )
  })

  test('keeps what it knows of a node on which nothing has changed', async () => {
    const { client } = rehearsal
    client.seed(nodes, sampleNode('a'))
    client.seed(nodes, sampleNode('b'))
    client.seed(pods, podOn('one', 'a'))
    await untilSeen({ a: ['one'], b: [] })
    const before = view.snapshotFor(samplePod('observer')).nodes
    client.seed(pods, podOn('two', 'b'))
    await untilSeen({ a: ['one'], b: ['two'] })
    const after = view.snapshotFor(samplePod('observer')).nodes
    expect([after[0] === before[0], after[1] === before[1]]).toEqual([true, false])
  })

  test('counts an assumed pod until its binding fails, and does not count it twice when it is shown', async () => {
    const { client } = rehearsal
    client.seed(nodes, sampleNode('a'))
    await untilSeen({ a: [] })
    const pod = samplePod('new')
    view.assume(pod, 'a')
    expect([seen(), view.isAssumed(pod.metadata.uid)]).toEqual([{ a: ['new'] }, true])
    view.forget(pod.metadata.uid)
    expect([seen(), view.isAssumed(pod.metadata.uid)]).toEqual([{ a: [] }, false])
    view.assume(pod, 'a')
    client.seed(pods, samplePod('new', { spec: { nodeName: 'a' } }))
    await rehearsal.until('shown', async () => !view.isAssumed(pod.metadata.uid))
    expect(seen()).toEqual({ a: ['new'] })
    // Too late to be taken back.
    view.forget(pod.metadata.uid)
    expect(seen()).toEqual({ a: ['new'] })
  })

  test('shows room that is made for a pod as taken, to pods of the same and lower priorities', async () => {
    rehearsal.client.seed(nodes, sampleNode('a'))
    await untilSeen({ a: [] })
    const important = samplePod('important', { spec: { containers: [], priority: 10 } })
    view.nominate(important, 'a')
    expect([seen(0), seen(10), seen(11)]).toEqual([{ a: ['important'] }, { a: ['important'] }, { a: [] }])
    expect(view.snapshotFor(important).nodes[0]?.pods).toEqual([])
  })
})
