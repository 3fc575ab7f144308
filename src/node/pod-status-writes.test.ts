import { describe, expect, it } from 'vitest'

import type { PodStatus } from '../../generated/kubernetes.d.ts'
import { pods } from '../kubernetes/client/resources.ts'
import { NodeScene } from './testing/node-scene.ts'

/** Phases and readiness that the agent has written of a pod, in order. */
async function written(scene: NodeScene, name: string): Promise<string[]> {
  const controller = new AbortController()
  const seen: string[] = []
  const watching = (async () => {
    const from = { resourceVersion: '0', signal: controller.signal }
    for await (const { object } of scene.client.watch(pods, from)) {
      if (object.metadata.name === name && object.status?.startTime) seen.push(textOf(object.status))
    }
  })()
  await scene.settle()
  controller.abort()
  await watching
  return seen
}

function textOf({ phase, conditions }: PodStatus): string {
  return `${phase} ${conditions?.find(({ type }) => type === 'Ready')?.status}`
}

const readinessProbe = { tcpSocket: { port: 80 } }
const container = { name: 'web', image: 'nginx', readinessProbe }

describe('the status of a pod', () => {
  it('is written once when it starts and is ready at once', async () => {
    await using scene = await NodeScene.create()
    await scene.createPod('web', { containers: [container] })
    expect(await written(scene, 'web')).toEqual(['Running True'])
  })

  it('is written before that when it takes longer', async () => {
    await using scene = await NodeScene.create()
    scene.dialer.answers = false
    await scene.createPod('web', { containers: [container] })
    expect(await written(scene, 'web')).toEqual([])
    await scene.advance(200)
    expect(await written(scene, 'web')).toEqual(['Running False'])
    scene.dialer.answers = true
    await scene.advance(10_000)
    expect(await written(scene, 'web')).toEqual(['Running False', 'Running True'])
  })

  it('is written at once when a pod that was ready is not any more', async () => {
    await using scene = await NodeScene.create()
    await scene.createPod('web', { containers: [container] })
    scene.dialer.answers = false
    await scene.advance(30_000)
    expect(await written(scene, 'web')).toEqual(['Running True', 'Running False'])
  })
})
