import { describe, expect, test } from 'vitest'

import type { Taint, Toleration } from '../../../generated/kubernetes.d.ts'
import { microTimestamp } from '../../base/clock.ts'
import { leases, nodes, pods } from '../../kubernetes/client/resources.ts'
import { Rehearsal } from '../testing/rehearsal.ts'
import { readyStatus, sampleNode, samplePod } from '../testing/samples.ts'
import { createNodeLifecycleController } from './controller.ts'
import { createTaintEvictionController, evictionTimeMs } from './eviction.ts'

describe('time of eviction', () => {
  const taint: Taint = { key: 'k', effect: 'NoExecute', timeAdded: '2026-01-01T00:00:00Z' }
  const addedMs = Date.parse(taint.timeAdded ?? '')

  // kubernetes pkg/controller/tainteviction: TestGetMinTolerationTime and processPodOnNode.
  test.each([
    ['at once without a toleration', [], addedMs + 7],
    ['never with one that has no end', [{ operator: 'Exists' }], undefined],
    ['after its seconds', [{ operator: 'Exists', tolerationSeconds: 60 }], addedMs + 60_000],
    [
      'after the shorter of two',
      [
        { operator: 'Exists', tolerationSeconds: 60 },
        { key: 'k', operator: 'Exists', tolerationSeconds: 5 },
      ],
      addedMs + 5_000,
    ],
  ] as const)('%s', (_name, tolerations, expected) => {
    const pod = samplePod('p', { spec: { tolerations: [...tolerations] as Toleration[] } })
    expect(evictionTimeMs(pod, [taint], addedMs + 7)).toBe(expected)
  })
})

describe('node lifecycle', () => {
  test('a silent node becomes Unknown after 40 s, is tainted, and loses its pods after 300 s', async () => {
    await using rehearsal = new Rehearsal()
    const { client, clock, context } = rehearsal
    client.seed(nodes, sampleNode('a'))
    const tolerations: Toleration[] = [
      {
        key: 'node.kubernetes.io/unreachable',
        operator: 'Exists',
        effect: 'NoExecute',
        tolerationSeconds: 300,
      },
    ]
    client.seed(pods, samplePod('p', { spec: { nodeName: 'a', tolerations }, status: readyStatus() }))
    rehearsal.start(createNodeLifecycleController(context), createTaintEvictionController(context))
    await rehearsal.settle()
    await clock.advance(39_000)
    expect(client.actions.filter(({ plural }) => plural !== 'events')).toEqual([])
    await clock.advance(2_000)
    await rehearsal.until(
      'tainted',
      async () => ((await client.get(nodes, { name: 'a' })).spec.taints ?? []).length > 0,
    )
    const node = await client.get(nodes, { name: 'a' })
    expect(node.status?.conditions?.find((c) => c.type === 'Ready')).toMatchObject({
      status: 'Unknown',
      reason: 'NodeStatusUnknown',
      message: 'Kubelet stopped posting node status.',
    })
    expect(node.spec.taints?.map(({ key, effect }) => `${key}:${effect}`)).toEqual([
      'node.kubernetes.io/unreachable:NoSchedule',
      'node.kubernetes.io/unreachable:NoExecute',
    ])
    const readPod = () => client.get(pods, { namespace: 'default', name: 'p' })
    await rehearsal.until(
      'pod not ready',
      async () => (await readPod()).status?.conditions?.[0]?.status === 'False',
    )
    await clock.advance(297_000)
    expect((await readPod()).metadata.deletionTimestamp).toBeUndefined()
    await clock.advance(4_000)
    await rehearsal.until('evicted', async () => (await readPod()).metadata.deletionTimestamp !== undefined)
    expect(await rehearsal.told()).toEqual(
      expect.arrayContaining([
        'RegisteredNode: Node a event: Registered Node a in Controller',
        'NodeNotReady: Node a status is now: NodeNotReady',
        'NodeNotReady: Node is not ready',
        'TaintManagerEviction: Marking for deletion Pod default/p',
      ]),
    )
  })

  test('a renewed lease keeps a node alive, and a cordon is a taint while it lasts', async () => {
    await using rehearsal = new Rehearsal()
    const { client, clock, context } = rehearsal
    client.seed(nodes, sampleNode('a'))
    const lease = { namespace: 'kube-node-lease', name: 'a' }
    client.seed(leases, { metadata: lease, spec: { renewTime: microTimestamp(clock) } })
    rehearsal.start(createNodeLifecycleController(context))
    await rehearsal.settle()
    for (let renewals = 0; renewals < 12; renewals++) {
      await clock.advance(10_000)
      await client.patch(leases, lease, { spec: { renewTime: microTimestamp(clock) } }, { type: 'merge' })
    }
    expect(client.actions.filter(({ plural }) => plural === 'nodes')).toEqual([])
    const taints = async () =>
      ((await client.get(nodes, { name: 'a' })).spec.taints ?? []).map(({ key }) => key)
    await client.patch(nodes, { name: 'a' }, { spec: { unschedulable: true } }, { type: 'merge' })
    await rehearsal.until('tainted', async () =>
      (await taints()).includes('node.kubernetes.io/unschedulable'),
    )
    await client.patch(nodes, { name: 'a' }, { spec: { unschedulable: null } }, { type: 'merge' })
    await rehearsal.until('free again', async () => (await taints()).length === 0)
  })

  test('a taint that goes in time lets its pods stay, and says so', async () => {
    await using rehearsal = new Rehearsal()
    const { client, context } = rehearsal
    const taints: Taint[] = [{ key: 'k', effect: 'NoExecute' }]
    client.seed(nodes, sampleNode('a', { spec: { taints } }))
    const tolerations: Toleration[] = [{ operator: 'Exists', tolerationSeconds: 60 }]
    client.seed(pods, samplePod('p', { spec: { nodeName: 'a', tolerations } }))
    rehearsal.start(createTaintEvictionController(context))
    await rehearsal.settle()
    await client.patch(nodes, { name: 'a' }, { spec: { taints: null } }, { type: 'merge' })
    await rehearsal.settle()
    expect(await rehearsal.told()).toEqual(['TaintManagerEviction: Cancelling deletion of Pod default/p'])
    await rehearsal.clock.advance(61_000)
    expect((await client.list(pods)).items).toHaveLength(1)
  })
})
