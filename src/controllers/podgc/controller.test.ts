import { describe, expect, test } from 'vitest'

import { nodes, pods } from '../../kubernetes/client/resources.ts'
import { Rehearsal } from '../testing/rehearsal.ts'
import { sampleNode, samplePod } from '../testing/samples.ts'
import { createPodGcController } from './controller.ts'

describe('pod garbage collector', () => {
  test('removes pods of a node that has gone, after a while, and no others', async () => {
    await using rehearsal = new Rehearsal()
    const { client, clock, context } = rehearsal
    client.seed(nodes, sampleNode('a'))
    client.seed(nodes, sampleNode('b'))
    for (const name of ['a', 'b']) client.seed(pods, samplePod(`on-${name}`, { spec: { nodeName: name } }))
    client.seed(pods, samplePod('unbound'))
    rehearsal.start(createPodGcController(context))
    await rehearsal.settle()
    await client.delete(nodes, { name: 'a' })
    await rehearsal.settle()
    await clock.advance(39_000)
    expect((await client.list(pods)).items.length).toBe(3)
    await clock.advance(2_000)
    await rehearsal.until('removed', async () => (await client.list(pods)).items.length === 2)
    expect((await client.list(pods)).items.map(({ metadata }) => metadata.name)).toEqual(['on-b', 'unbound'])
    expect(client.actions.find(({ verb }) => verb === 'updateStatus')?.body).toMatchObject({
      status: {
        phase: 'Failed',
        conditions: [
          { type: 'DisruptionTarget', reason: 'DeletionByPodGC', message: 'PodGC: node no longer exists' },
        ],
      },
    })
  })

  test('removes pods that are going and never had a node', async () => {
    await using rehearsal = new Rehearsal()
    const { client, context } = rehearsal
    const metadata = { deletionTimestamp: '2026-01-01T00:00:00Z', deletionGracePeriodSeconds: 30 }
    client.seed(pods, samplePod('going', { metadata }))
    rehearsal.start(createPodGcController(context))
    await rehearsal.until('removed', async () => (await client.list(pods)).items.length === 0)
  })

  test('removes what is going on a node that is out of service', async () => {
    await using rehearsal = new Rehearsal()
    const { client, context } = rehearsal
    const taints = [{ key: 'node.kubernetes.io/out-of-service', effect: 'NoExecute' as const }]
    const conditions = [{ type: 'Ready', status: 'Unknown' }]
    client.seed(nodes, sampleNode('lost', { spec: { taints }, conditions }))
    const metadata = { deletionTimestamp: '2026-01-01T00:00:00Z', deletionGracePeriodSeconds: 30 }
    client.seed(pods, samplePod('going', { metadata, spec: { nodeName: 'lost' } }))
    client.seed(pods, samplePod('staying', { spec: { nodeName: 'lost' } }))
    rehearsal.start(createPodGcController(context))
    await rehearsal.until('removed', async () => (await client.list(pods)).items.length === 1)
    expect((await client.list(pods)).items[0]?.metadata.name).toBe('staying')
  })
})
