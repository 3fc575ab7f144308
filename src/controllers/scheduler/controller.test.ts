import { describe, expect, test } from 'vitest'

import { events, nodes, pods } from '../../kubernetes/client/resources.ts'
import { Rehearsal } from '../testing/rehearsal.ts'
import { requesting, sampleNode, samplePod } from '../testing/samples.ts'
import { createSchedulerController } from './controller.ts'

const key = (name: string) => ({ namespace: 'default', name })

describe('default scheduler', () => {
  test('binds and says so', async () => {
    await using rehearsal = new Rehearsal()
    const { client, context } = rehearsal
    client.seed(nodes, sampleNode('a'))
    client.seed(pods, samplePod('p'))
    rehearsal.start(createSchedulerController(context))
    await rehearsal.until('bound', async () => (await client.get(pods, key('p'))).spec.nodeName === 'a')
    await rehearsal.until('told', async () => (await rehearsal.told()).length > 0)
    expect(await rehearsal.told()).toEqual(['Scheduled: Successfully assigned default/p to a'])
  })

  test('leaves alone what is not its own: other schedulers, gated, going and bound pods', async () => {
    await using rehearsal = new Rehearsal()
    const { client, context } = rehearsal
    client.seed(nodes, sampleNode('a'))
    client.seed(pods, samplePod('fargate', { spec: { schedulerName: 'fargate-scheduler' } }))
    client.seed(pods, samplePod('gated', { spec: { schedulingGates: [{ name: 'wait' }] } }))
    client.seed(pods, samplePod('going', { metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } }))
    client.seed(pods, samplePod('preset', { spec: { nodeName: 'nowhere' } }))
    rehearsal.start(createSchedulerController(context))
    await rehearsal.settle()
    expect(client.actions).toEqual([])
  })

  test('says why a pod waits, tries again every five minutes, and binds when a node comes', async () => {
    await using rehearsal = new Rehearsal()
    const { client, context } = rehearsal
    client.seed(pods, samplePod('p'))
    rehearsal.start(createSchedulerController(context))
    const read = async () => (await client.get(pods, key('p'))).status?.conditions?.[0]
    await rehearsal.until('unschedulable', async () => (await read()) !== undefined)
    expect(await read()).toMatchObject({
      type: 'PodScheduled',
      status: 'False',
      reason: 'Unschedulable',
      message: 'no nodes available to schedule pods',
    })
    await rehearsal.settle()
    const writes = client.actions.length
    await rehearsal.clock.advance(290_000)
    expect(client.actions.length).toBe(writes)
    // The first event was about the pod before it had a condition.
    await rehearsal.clock.advance(20_000)
    const counts = async () => (await client.list(events)).items.map(({ count }) => count)
    expect(await counts()).toEqual([1, 1])
    await rehearsal.clock.advance(600_000)
    expect(await counts()).toEqual([1, 2])
    client.seed(nodes, sampleNode('a'))
    await rehearsal.until('bound', async () => (await client.get(pods, key('p'))).spec.nodeName === 'a')
  })

  test('never puts more on a node than it holds, whatever the informer shows', async () => {
    await using rehearsal = new Rehearsal()
    const { client, context } = rehearsal
    client.seed(nodes, sampleNode('a'))
    for (let n = 0; n < 6; n++) client.seed(pods, samplePod(`p${n}`, { spec: requesting({ cpu: '500m' }) }))
    rehearsal.start(createSchedulerController(context))
    await rehearsal.settle()
    const { items } = await client.list(pods)
    expect(items.filter((pod) => pod.spec.nodeName).length).toBe(4)
    await client.delete(pods, key(items.find((pod) => pod.spec.nodeName)?.metadata.name ?? ''), {
      gracePeriodSeconds: 0,
    })
    await rehearsal.until(
      'room used',
      async () => (await client.list(pods)).items.filter((pod) => pod.spec.nodeName).length === 4,
    )
  })

  test('removes a pod of lower priority for one of higher, and binds that in its place', async () => {
    await using rehearsal = new Rehearsal()
    const { client, context } = rehearsal
    client.seed(nodes, sampleNode('a'))
    client.seed(pods, samplePod('low', { spec: { ...requesting({ cpu: '2' }), nodeName: 'a', priority: 0 } }))
    client.seed(pods, samplePod('high', { spec: { ...requesting({ cpu: '2' }), priority: 1000 } }))
    rehearsal.start(createSchedulerController(context))
    await rehearsal.until('victim asked to go', async () => {
      return (await client.get(pods, key('low'))).metadata.deletionTimestamp !== undefined
    })
    expect((await client.get(pods, key('high'))).status?.nominatedNodeName).toBe('a')
    await client.delete(pods, key('low'), { gracePeriodSeconds: 0 })
    await rehearsal.until('bound', async () => (await client.get(pods, key('high'))).spec.nodeName === 'a')
    expect(await rehearsal.told()).toContain('Preempted: Preempted by pod pod-high on node a')
  })

  test('removes a pod whose status has changed since it was placed', async () => {
    await using rehearsal = new Rehearsal()
    const { client, context } = rehearsal
    client.seed(nodes, sampleNode('a'))
    client.seed(pods, samplePod('low', { spec: { ...requesting({ cpu: '2' }), nodeName: 'a', priority: 0 } }))
    client.seed(pods, samplePod('other', { spec: { ...requesting({ cpu: '2' }), priority: 0 } }))
    rehearsal.start(createSchedulerController(context))
    await rehearsal.until('told', async () => (await rehearsal.told()).length > 0)
    const low = await client.get(pods, key('low'))
    await client.updateStatus(pods, { ...low, status: { ...low.status, podIP: '10.0.0.9' } })
    await rehearsal.settle()
    client.seed(pods, samplePod('high', { spec: { ...requesting({ cpu: '2' }), priority: 1000 } }))
    await rehearsal.until('victim asked to go', async () => {
      return (await client.get(pods, key('low'))).metadata.deletionTimestamp !== undefined
    })
    expect((await client.get(pods, key('low'))).status).toMatchObject({ podIP: '10.0.0.9' })
  })
})
