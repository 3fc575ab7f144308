import { describe, expect, it } from 'vitest'

import { leases, nodes } from '../kubernetes/client/resources.ts'
import { Heartbeat } from './heartbeat.ts'
import { NodeScene } from './testing/node-scene.ts'

/** Writes to the node's status that the agent made, without those to its lease. */
function statusWrites(scene: NodeScene): number {
  return scene.client.actions.filter(({ verb, plural }) => verb === 'updateStatus' && plural === 'nodes')
    .length
}

describe('a node', () => {
  it('says its status with its creation, and not a second time', async () => {
    await using scene = await NodeScene.create()
    expect(statusWrites(scene)).toBe(0)
    expect((await scene.node()).status?.conditions).toHaveLength(4)
  })

  it('tells resources as the API stores them, whatever their spelling', async () => {
    const memory = { capacity: { memory: '4194304Ki' }, allocatable: { memory: '4091904Ki' } }
    await using scene = await NodeScene.create(memory)
    const { capacity, allocatable } = (await scene.node()).status ?? {}
    expect([capacity, allocatable]).toEqual([{ memory: '4Gi' }, { memory: '3996Mi' }])
  })

  it('beats with a few of the others, so that thousands do not write at once', async () => {
    await using scene = await NodeScene.create()
    const names = Array.from({ length: 39 }, (_, index) => `node-${index}`)
    for (const [index, nodeName] of names.entries()) {
      await scene.agents.add({ ...scene.machine, nodeName, ip: `10.0.1.${index}` })
    }
    const renewals = (): number =>
      scene.client.actions.filter(({ verb, plural }) => verb === 'update' && plural === 'leases').length
    const before = renewals()
    const perTurn: number[] = []
    for (let turn = 0; turn < 20; turn++) {
      const soFar = renewals()
      await scene.advance(500)
      perTurn.push(renewals() - soFar)
    }
    expect(perTurn).toEqual(Array.from({ length: 20 }, () => 2))
    expect(renewals() - before).toBe(40)
  })

  it('that beats while it is registered makes one lease', async () => {
    await using scene = await NodeScene.create()
    const heartbeat = new Heartbeat(scene.cluster, { ...scene.machine, nodeName: 'late' })
    const registering = heartbeat.register()
    const beats: Promise<void>[] = []
    for (let turn = 0; turn < 50; turn++) {
      beats.push(heartbeat.beat())
      await Promise.resolve()
    }
    await Promise.all([registering, ...beats])
    const { items } = await scene.client.list(leases)
    expect(items.map(({ metadata }) => metadata.name)).toContain('late')
  })

  it('renews its lease every ten seconds and posts its status every five minutes', async () => {
    await using scene = await NodeScene.create()
    const renewals: (string | undefined)[] = []
    const first = statusWrites(scene)
    for (let beat = 0; beat < 3; beat++) {
      await scene.advance(10_000)
      const { items } = await scene.client.list(leases)
      renewals.push(items[0]?.spec?.renewTime)
    }
    expect(new Set(renewals).size).toBe(3)
    expect(statusWrites(scene)).toBe(first)
    await scene.advance(300_000)
    expect(statusWrites(scene)).toBe(first + 1)
  })

  it('is not ready while what runs its containers does not answer', async () => {
    await using scene = await NodeScene.create()
    const ready = async (): Promise<unknown> => {
      await scene.advance(10_000)
      return (await scene.node()).status?.conditions?.find(({ type }) => type === 'Ready')
    }
    scene.runtime.isHealthy = false
    const message = 'container runtime is down'
    expect(await ready()).toMatchObject({ status: 'False', reason: 'KubeletNotReady', message })
    scene.runtime.isHealthy = true
    expect(await ready()).toMatchObject({ status: 'True', reason: 'KubeletReady' })
  })

  it('offers to pods what somebody advertises as its capacity, and takes it back', async () => {
    await using scene = await NodeScene.create()
    const node = await scene.node()
    const capacity = { ...node.status?.capacity, 'example.com/dongle': '4', cpu: '1' }
    await scene.client.updateStatus(nodes, { ...node, status: { ...node.status, capacity } })
    await scene.settle()
    await scene.advance(10_000)
    const offered = (await scene.node()).status
    expect(offered?.allocatable).toEqual({
      cpu: '96',
      memory: '384Gi',
      pods: '1k',
      'example.com/dongle': '4',
    })
    expect(offered?.capacity).toEqual(offered?.allocatable)
    const current = await scene.node()
    const { 'example.com/dongle': _, ...without } = current.status?.capacity ?? {}
    await scene.client.updateStatus(nodes, { ...current, status: { ...current.status, capacity: without } })
    await scene.settle()
    await scene.advance(10_000)
    expect((await scene.node()).status?.allocatable).not.toHaveProperty('example.com/dongle')
  })

  it('counts what was advertised when it admits pods', async () => {
    await using scene = await NodeScene.create()
    const node = await scene.node()
    const capacity = { ...node.status?.capacity, 'example.com/dongle': '1' }
    await scene.client.updateStatus(nodes, { ...node, status: { ...node.status, capacity } })
    await scene.settle()
    const container = { name: 'web', image: 'nginx', resources: { requests: { 'example.com/dongle': '1' } } }
    await scene.createPod('first', { containers: [container] })
    await scene.createPod('second', { containers: [container] })
    expect((await scene.pod('first')).status?.phase).toBe('Running')
    expect((await scene.pod('second')).status).toMatchObject({
      phase: 'Failed',
      reason: 'OutOfexample.com/dongle',
    })
  })
})
