// What may change about a pod that runs: containers for debugging come, others get more of the machine.
import { describe, expect, it } from 'vitest'

import type { Pod } from '../../generated/kubernetes.d.ts'
import { pods } from '../kubernetes/client/resources.ts'
import { RuntimeError } from '../runtime/runtime.ts'
import { NodeScene } from './testing/node-scene.ts'

async function change(scene: NodeScene, spec: (pod: Pod) => Partial<Pod['spec']>): Promise<void> {
  const pod = await scene.pod('web')
  await scene.client.update(pods, { ...pod, spec: { ...pod.spec, ...spec(pod) } })
  await scene.settle()
}

async function debug(scene: NodeScene): Promise<void> {
  await change(scene, () => ({ ephemeralContainers: [{ name: 'debugger', image: 'busybox' }] }))
}

describe('an ephemeral container', () => {
  it('is started beside the others, once, and the pod does not depend on it', async () => {
    await using scene = await NodeScene.create()
    await scene.createPod('web')
    await debug(scene)
    expect(scene.runtime.started.map(({ name, isExpectedToEnd }) => [name, isExpectedToEnd])).toEqual([
      ['web', undefined],
      ['debugger', true],
    ])
    scene.runtime.end(3)
    await scene.settle()
    await scene.advance(60_000)
    const { status } = await scene.pod('web')
    expect(scene.runtime.started).toHaveLength(2)
    expect(status?.phase).toBe('Running')
    expect(status?.ephemeralContainerStatuses).toMatchObject([
      { name: 'debugger', ready: false, restartCount: 0, state: { terminated: { exitCode: 3 } } },
    ])
    expect(status?.containerStatuses).toMatchObject([{ name: 'web', ready: true }])
  })

  it('has a log, and ends with its pod', async () => {
    await using scene = await NodeScene.create()
    const { metadata } = await scene.createPod('web')
    await debug(scene)
    const query = { follow: false, previous: false, timestamps: true, signal: AbortSignal.timeout(1000) }
    const reference = { namespace: 'shop', name: 'web', uid: metadata.uid, container: 'debugger' }
    const lines: string[] = []
    for await (const line of scene.agents.kubelet.logs(reference, query)) lines.push(String(line))
    expect(lines.join('')).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z debugger 0\n$/)
    await scene.client.delete(pods, { namespace: 'shop', name: 'web' })
    await scene.settle()
    expect(await scene.runtime.list()).toEqual([])
  })

  it('can be attached to', async () => {
    await using scene = await NodeScene.create()
    const { metadata } = await scene.createPod('web')
    await debug(scene)
    const said: string[] = []
    const gone = new AbortController()
    const attached = scene.agents.kubelet.attach(
      { namespace: 'shop', name: 'web', uid: metadata.uid, container: 'debugger' },
      {
        tty: false,
        stdin: undefined,
        signal: gone.signal,
        onOutput: (_stream, chunk) => said.push(String(chunk)),
      },
    )
    await scene.settle()
    gone.abort()
    await attached
    expect(said).toEqual(['attached to debugger\n'])
  })
})

describe('a resize', () => {
  const resize = (scene: NodeScene, cpu: string): Promise<void> =>
    change(scene, ({ spec }) => ({
      containers: spec.containers.map((one) => ({ ...one, resources: { requests: { cpu } } })),
    }))

  it('is carried out without a restart', async () => {
    await using scene = await NodeScene.create()
    await scene.createPod('web')
    await resize(scene, '500m')
    const { status } = await scene.pod('web')
    expect(status?.containerStatuses).toMatchObject([
      { allocatedResources: { cpu: '500m' }, resources: { requests: { cpu: '500m' } }, restartCount: 0 },
    ])
    expect(scene.runtime.started).toHaveLength(1)
  })

  it('is told of as the kubelet does, and shown while it is carried out', async () => {
    await using scene = await NodeScene.create()
    await scene.createPod('web')
    scene.runtime.resizeError = new RuntimeError('StartFailed', 'the kernel refused its limits: EBUSY')
    await resize(scene, '500m')
    const condition = async (): Promise<object | undefined> =>
      (await scene.pod('web')).status?.conditions?.find(({ type }) => type === 'PodResizeInProgress')
    const { status } = await scene.pod('web')
    expect(status?.containerStatuses).toMatchObject([
      { allocatedResources: { cpu: '500m' }, resources: {}, restartCount: 0 },
    ])
    expect(await condition()).toMatchObject({
      status: 'True',
      reason: 'Error',
      message: 'the kernel refused its limits: EBUSY',
    })
    scene.runtime.resizeError = undefined
    await scene.advance(1000)
    expect(await condition()).toBeUndefined()
    expect(scene.runtime.resized).toEqual([{ name: 'web', limits: {}, requests: { cpuMilli: 500 } }])
    const containers = '"containers":[{"name":"web","resources":{"requests":{"cpu":"500m"}}}],"generation":2'
    expect(scene.events.filter((text) => text.startsWith('Resize'))).toEqual([
      `ResizeStarted: Pod resize started: {${containers}}`,
      `ResizeError: Pod resize error: {${containers},"error":"the kernel refused its limits: EBUSY"}`,
      `ResizeCompleted: Pod resize completed: {${containers}}`,
    ])
  })

  it('starts a container anew whose policy says so', async () => {
    await using scene = await NodeScene.create()
    const resizePolicy = [{ resourceName: 'cpu', restartPolicy: 'RestartContainer' }]
    await scene.createPod('web', { containers: [{ name: 'web', image: 'nginx', resizePolicy }] })
    await resize(scene, '500m')
    await scene.settle()
    expect(scene.events).toContain('Killing: Container web resize requires restart')
    expect(scene.runtime.resized).toEqual([])
    expect(scene.runtime.started.map(({ attempt }) => attempt)).toEqual([0, 1])
    expect((await scene.pod('web')).status?.containerStatuses).toMatchObject([
      { restartCount: 1, resources: { requests: { cpu: '500m' } }, state: { running: {} } },
    ])
  })

  it('waits when the machine could never give it', async () => {
    await using scene = await NodeScene.create({ allocatable: { cpu: '2', memory: '4Gi', pods: '10' } })
    await scene.createPod('web')
    await resize(scene, '3')
    const pending = async (): Promise<object | undefined> =>
      (await scene.pod('web')).status?.conditions?.find(({ type }) => type === 'PodResizePending')
    expect(await pending()).toMatchObject({
      status: 'True',
      reason: 'Infeasible',
      message: "Node didn't have enough capacity: cpu, requested: 3000, capacity: 2000",
    })
    expect((await scene.pod('web')).status?.containerStatuses?.[0]?.resources).toEqual({})
    await resize(scene, '1')
    expect(await pending()).toBeUndefined()
  })
})
