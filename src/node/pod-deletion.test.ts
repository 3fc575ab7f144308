import { expect, it } from 'vitest'

import { pods } from '../kubernetes/client/resources.ts'
import { RuntimeError } from '../runtime/runtime.ts'
import { NodeScene } from './testing/node-scene.ts'

it('takes 200 pods away that are deleted while they start, and leaves nothing of them', async () => {
  await using scene = await NodeScene.create()
  const { client, clock, runtime, addresses, dialer } = scene
  // Starts take 0 to 60 ms, pods live 0 to 120 ms: every order of the two happens.
  runtime.startMs = ({ sandboxId }) => (Number(sandboxId.replaceAll(/\D/g, '').slice(-6)) * 7) % 61
  const lifetimes = new Map<string, number>()
  for (let index = 0; index < 200; index++) {
    const name = `web-${index}`
    await scene.createPod(name)
    lifetimes.set(name, (index * 13) % 121)
  }
  for (let ms = 0; ms <= 120; ms++) {
    for (const [name, lifetime] of lifetimes) {
      if (lifetime === ms) await client.delete(pods, { namespace: 'shop', name })
    }
    await clock.advance(1)
  }
  await scene.advance(30_000)
  expect((await client.list(pods)).items.map(({ metadata }) => metadata.name)).toEqual([])
  expect(await runtime.list()).toEqual([])
  // What stays is the route to the node.
  expect([runtime.sandboxes.size, addresses.given.size, dialer.routes.size]).toEqual([0, 0, 1])
})

it('does not wait for a start that never ends longer than the grace period', async () => {
  await using scene = await NodeScene.create()
  scene.runtime.startMs = () => 10_000_000
  await scene.createPod('web')
  await scene.client.delete(pods, { namespace: 'shop', name: 'web' }, { gracePeriodSeconds: 10 })
  await scene.advance(8000)
  expect(await scene.pod('web')).toBeDefined()
  await scene.advance(3000)
  await expect(scene.pod('web')).rejects.toMatchObject({ reason: 'NotFound' })
  expect(scene.runtime.sandboxes.size).toBe(0)
})

it('takes a pod that is gone from the API away although its container is starting', async () => {
  await using scene = await NodeScene.create()
  scene.runtime.startMs = () => 50
  await scene.createPod('web')
  await scene.client.delete(pods, { namespace: 'shop', name: 'web' }, { gracePeriodSeconds: 0 })
  await scene.advance(100)
  expect(await scene.runtime.list()).toEqual([])
  expect([scene.runtime.sandboxes.size, scene.addresses.given.size]).toEqual([0, 0])
})

it('ends although the runtime does not take a pod away', async () => {
  await using scene = await NodeScene.create()
  await scene.createPod('web')
  scene.runtime.removeError = new RuntimeError('Unavailable', 'the engine does not answer')
  await scene.client.delete(pods, { namespace: 'shop', name: 'web' }, { gracePeriodSeconds: 0 })
  await scene.advance(5000)
  let hasStopped = false
  const stopped = scene.agents.stop().then(() => (hasStopped = true))
  await scene.advance(0)
  expect(hasStopped).toBe(true)
  await stopped
})

it('ends when it is told to while containers start', async () => {
  await using scene = await NodeScene.create()
  scene.runtime.startMs = () => 50
  for (let index = 0; index < 20; index++) await scene.createPod(`web-${index}`)
  let hasStopped = false
  const stopped = scene.agents.stop().then(() => (hasStopped = true))
  await scene.advance(60)
  expect(hasStopped).toBe(true)
  await stopped
  expect((await scene.client.list(pods)).items).toHaveLength(20)
})

it('ends within seconds although a container never starts', async () => {
  await using scene = await NodeScene.create()
  scene.runtime.startMs = () => 10_000_000
  await scene.createPod('web')
  let hasStopped = false
  const stopped = scene.agents.stop().then(() => (hasStopped = true))
  await scene.advance(1000)
  expect(hasStopped).toBe(false)
  await scene.advance(1000)
  expect(hasStopped).toBe(true)
  await stopped
})

it('waits as long as a preStop hook sleeps, in stand-ins too', async () => {
  await using scene = await NodeScene.create()
  const lifecycle = { preStop: { sleep: { seconds: 5 } } }
  await scene.createPod('web', { containers: [{ name: 'web', image: 'nginx', lifecycle }] })
  await scene.advance(1000)
  await scene.client.delete(pods, { namespace: 'shop', name: 'web' })
  await scene.advance(4000)
  expect(await scene.pod('web')).toBeDefined()
  for (let second = 0; second < 30; second++) await scene.advance(1000)
  await expect(scene.pod('web')).rejects.toMatchObject({ reason: 'NotFound' })
})
