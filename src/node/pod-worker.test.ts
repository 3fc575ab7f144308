import { describe, expect, it } from 'vitest'

import type { ContainerStatus } from '../../generated/kubernetes.d.ts'
import { configMaps, pods, services } from '../kubernetes/client/resources.ts'
import { RuntimeError } from '../runtime/runtime.ts'
import { NodeScene } from './testing/node-scene.ts'

async function web(scene: NodeScene): Promise<ContainerStatus | undefined> {
  return (await scene.pod('web')).status?.containerStatuses?.[0]
}

async function isReady(scene: NodeScene): Promise<boolean> {
  const { status } = await scene.pod('web')
  return status?.conditions?.find(({ type }) => type === 'Ready')?.status === 'True'
}

async function crash(scene: NodeScene, afterMs = 1000): Promise<void> {
  await scene.advance(afterMs)
  scene.runtime.end(1)
  await scene.settle()
}

describe('a container whose process cannot be started', () => {
  const text = 'exec: "nope": executable file not found in $PATH'
  const missing = new RuntimeError('ProcessFailed', text, { containerId: 'c9' })

  it('has ended with StartError, and its pod with it where nothing is started again', async () => {
    await using scene = await NodeScene.create()
    scene.runtime.startError = missing
    await scene.createPod('web', { restartPolicy: 'Never' })
    expect((await scene.pod('web')).status?.phase).toBe('Failed')
    expect(await web(scene)).toMatchObject({
      containerID: 'containerd://c9',
      state: { terminated: { reason: 'StartError', exitCode: 128, message: text } },
    })
    expect(scene.events).toContain(`Failed: Error: ${text}`)
  })

  it('is tried again as one that crashes', async () => {
    await using scene = await NodeScene.create()
    scene.runtime.startError = missing
    await scene.createPod('web')
    expect(await web(scene)).toMatchObject({
      restartCount: 1,
      state: { waiting: { reason: 'CrashLoopBackOff' } },
      lastState: { terminated: { reason: 'StartError' } },
    })
    scene.runtime.startError = undefined
    await scene.advance(10_000)
    expect(await web(scene)).toMatchObject({ restartCount: 2, state: { running: {} } })
  })
})

describe('a container', () => {
  it('gets its command with the variables of its environment', async () => {
    await using scene = await NodeScene.create()
    const env = [{ name: 'NAME', value: 'world' }]
    const command = { command: ['echo'], args: ['hello $(NAME)', '$$(NAME)'] }
    await scene.createPod('web', { containers: [{ name: 'web', image: 'nginx', env, ...command }] })
    expect(scene.runtime.started[0]).toMatchObject({
      command: ['echo'],
      args: ['hello world', '$(NAME)'],
      attempt: 0,
    })
  })

  it('has its declared ports open, and those that its probes and Services name', async () => {
    await using scene = await NodeScene.create()
    const select = { selector: { app: 'web' } }
    scene.client.seed(services, {
      metadata: { namespace: 'shop', name: 'web' },
      spec: { ...select, ports: [{ port: 80, targetPort: 9000 }] },
    })
    await scene.settle()
    const container = {
      name: 'web',
      image: 'nginx',
      ports: [{ name: 'http', containerPort: 80 }],
      readinessProbe: { httpGet: { port: 'http' } },
      livenessProbe: { tcpSocket: { port: 8181 } },
    }
    await scene.createPod(
      'web',
      { containers: [container, { name: 'side', image: 'envoy' }] },
      { app: 'web' },
    )
    expect(scene.runtime.started.map(({ ports }) => ports.map(({ port }) => port))).toEqual([
      [80, 8181, 9000],
      [],
    ])
    scene.client.seed(services, {
      metadata: { namespace: 'shop', name: 'late' },
      spec: { ...select, ports: [{ port: 7000 }] },
    })
    await scene.settle()
    expect(scene.runtime.exposed).toEqual(['web:7000'])
  })

  it('that ends is started again at once, then after 10 s, then after 20 s', async () => {
    await using scene = await NodeScene.create()
    const { metadata } = await scene.createPod('web')
    await crash(scene)
    expect(scene.runtime.started).toHaveLength(2)
    expect(await web(scene)).toMatchObject({ restartCount: 1, lastState: { terminated: { exitCode: 1 } } })
    await crash(scene)
    const id = `web_shop(${metadata.uid})`
    expect((await web(scene))?.state).toEqual({
      waiting: {
        reason: 'CrashLoopBackOff',
        message: `back-off 10s restarting failed container=web pod=${id}`,
      },
    })
    expect(scene.events).toContain(`BackOff: Back-off restarting failed container web in pod ${id}`)
    await scene.advance(9_999)
    expect(scene.runtime.started).toHaveLength(2)
    await scene.advance(1)
    expect(scene.runtime.started).toHaveLength(3)
    await crash(scene)
    await scene.advance(20_000)
    expect(scene.runtime.started.map(({ attempt }) => attempt)).toEqual([0, 1, 2, 3])
    expect(scene.events.filter((text) => text.startsWith('BackOff'))).toHaveLength(2)
  })

  it('whose liveness fails is stopped and started again', async () => {
    await using scene = await NodeScene.create()
    const livenessProbe = { tcpSocket: { port: 80 }, periodSeconds: 5, failureThreshold: 2 }
    await scene.createPod('web', { containers: [{ name: 'web', image: 'nginx', livenessProbe }] })
    scene.dialer.answers = false
    await scene.advance(10_000)
    const text = 'Liveness probe failed: dial tcp 10.0.0.20:80: connect: connection refused'
    expect(scene.events).toContain(`Unhealthy: ${text}`)
    expect(scene.events).toContain('Killing: Container web failed liveness probe, will be restarted')
    expect(await web(scene)).toMatchObject({ restartCount: 1, lastState: { terminated: { exitCode: 143 } } })
  })

  it('is not probed for readiness before its startup probe has succeeded', async () => {
    await using scene = await NodeScene.create()
    scene.dialer.answers = false
    const probe = { tcpSocket: { port: 80 }, periodSeconds: 1, failureThreshold: 30 }
    const container = { name: 'web', image: 'nginx', startupProbe: probe, readinessProbe: probe }
    await scene.createPod('web', { containers: [container] })
    await scene.advance(3000)
    expect(await web(scene)).toMatchObject({ started: false, ready: false })
    expect(scene.events.some((text) => text.includes('Readiness'))).toBe(false)
    scene.dialer.answers = true
    await scene.advance(1000)
    expect(await web(scene)).toMatchObject({ started: true, ready: true })
    scene.dialer.answers = false
    await scene.advance(30_000)
    expect([await isReady(scene), (await web(scene))?.restartCount]).toEqual([false, 0])
  })

  it('waits for an image that is not there, longer each time', async () => {
    await using scene = await NodeScene.create()
    scene.runtime.imageError = new RuntimeError('ImageNotFound', 'no such image')
    await scene.createPod('web')
    const waiting = async (): Promise<unknown> => (await web(scene))?.state?.waiting
    const pulls = (): number => scene.events.filter((text) => text.startsWith('Pulling')).length
    expect(await waiting()).toEqual({ reason: 'ErrImagePull', message: 'no such image' })
    expect(scene.events.slice(-2)).toEqual([
      'Failed: Failed to pull image "nginx": no such image',
      'Failed: Error: ErrImagePull',
    ])
    await scene.advance(2000)
    expect(scene.events.slice(-2)).toEqual([
      'BackOff: Back-off pulling image "nginx"',
      'Failed: Error: ImagePullBackOff',
    ])
    const backoff = {
      reason: 'ImagePullBackOff',
      message: 'Back-off pulling image "nginx": ErrImagePull: no such image',
    }
    expect([await waiting(), pulls()]).toEqual([backoff, 1])
    await scene.advance(9000)
    expect([await waiting(), pulls()]).toEqual([{ reason: 'ErrImagePull', message: 'no such image' }, 2])
    await scene.advance(18_000)
    expect([await waiting(), pulls()]).toEqual([backoff, 2])
    scene.runtime.imageError = undefined
    await scene.advance(5000)
    expect(scene.runtime.started).toHaveLength(1)
  })

  it('that the runtime has lost counts as ended', async () => {
    await using scene = await NodeScene.create()
    await scene.createPod('web')
    scene.runtime.lose('container-1')
    await scene.settle()
    expect(await web(scene)).toMatchObject({
      restartCount: 1,
      lastState: { terminated: { exitCode: 137, reason: 'ContainerStatusUnknown' } },
    })
  })

  it('whose stop does not work is told to stop again', async () => {
    await using scene = await NodeScene.create()
    await scene.createPod('web')
    scene.runtime.stopError = new RuntimeError('Unavailable', 'the engine does not answer')
    await scene.client.delete(pods, { namespace: 'shop', name: 'web' })
    await scene.settle()
    expect(scene.events).toContain('FailedKillContainer: the engine does not answer')
    scene.runtime.stopError = undefined
    await scene.advance(1000)
    await expect(scene.pod('web')).rejects.toMatchObject({ reason: 'NotFound' })
  })
})

it.each([
  ['v1.34.2-eks-1', 'Created: Created container: web', 'Started: Started container web'],
  ['v1.35.0-eks-1', 'Created: Container created', 'Started: Container started'],
])('the kubelet %s tells of a start in its own words', async (kubeletVersion, created, started) => {
  await using scene = await NodeScene.create({ kubeletVersion })
  await scene.createPod('web')
  expect(scene.events.slice(-2)).toEqual([created, started])
})

describe('sidecars', () => {
  const initContainers = [{ name: 'proxy', image: 'envoy', restartPolicy: 'Always' }]

  it('are started again when they end, and the pod stays Running meanwhile', async () => {
    await using scene = await NodeScene.create()
    await scene.createPod('web', { initContainers })
    scene.runtime.end(1, 'container-1')
    await scene.settle()
    scene.runtime.end(1, 'container-3')
    await scene.settle()
    const { status } = await scene.pod('web')
    expect(status?.phase).toBe('Running')
    expect(status?.initContainerStatuses?.[0]?.state?.waiting?.reason).toBe('CrashLoopBackOff')
    expect(status?.conditions?.find(({ type }) => type === 'Initialized')?.status).toBe('True')
    await scene.advance(10_000)
    expect(scene.runtime.started.map(({ name }) => name)).toEqual(['proxy', 'web', 'proxy', 'proxy'])
  })

  it('end after the last of the others, and only then is the pod over', async () => {
    await using scene = await NodeScene.create()
    await scene.createPod('web', { initContainers, restartPolicy: 'Never' })
    scene.runtime.stopError = new RuntimeError('Unavailable', 'the engine does not answer')
    scene.runtime.end(0, 'container-2')
    await scene.settle()
    expect((await scene.pod('web')).status?.phase).toBe('Running')
    scene.runtime.stopError = undefined
    await scene.advance(1000)
    expect(scene.events).toContain('Killing: Stopping container proxy')
    const { status } = await scene.pod('web')
    expect(status?.phase).toBe('Succeeded')
    expect(status?.initContainerStatuses?.[0]?.state?.terminated?.exitCode).toBe(143)
    expect(scene.runtime.started).toHaveLength(2)
  })
})

describe('a pod that is over', () => {
  it('keeps its sandbox until it is deleted, and not its address', async () => {
    await using scene = await NodeScene.create()
    const { metadata } = await scene.createPod('web', { restartPolicy: 'Never' })
    scene.runtime.end(0)
    await scene.settle()
    expect((await scene.pod('web')).status).toMatchObject({ phase: 'Succeeded', podIP: '10.0.0.20' })
    expect([scene.runtime.sandboxes.size, scene.addresses.given.size]).toEqual([1, 0])
    const reference = { namespace: 'shop', name: 'web', uid: metadata.uid, container: 'web' }
    const query = { follow: false, previous: false, timestamps: false, signal: AbortSignal.timeout(1000) }
    const chunks: Uint8Array[] = []
    for await (const chunk of scene.agents.kubelet.logs(reference, query)) chunks.push(chunk)
    expect(Buffer.concat(chunks).toString()).toBe('web 0\n')
    await scene.client.delete(pods, { namespace: 'shop', name: 'web' })
    await scene.settle()
    expect(scene.runtime.sandboxes.size).toBe(0)
  })
})

it('a pod that is active for too long fails, with the last word of its containers', async () => {
  await using scene = await NodeScene.create()
  await scene.createPod('web', { activeDeadlineSeconds: 60 })
  await scene.advance(60_000)
  expect(scene.events.slice(-2)).toEqual([
    'DeadlineExceeded: Pod was active on the node longer than the specified deadline',
    'Killing: Stopping container web',
  ])
  const { status } = await scene.pod('web')
  expect(status).toMatchObject({
    phase: 'Failed',
    reason: 'DeadlineExceeded',
    message: 'Pod was active on the node longer than the specified deadline',
  })
  expect(status?.containerStatuses?.[0]).toMatchObject({
    restartCount: 0,
    state: { terminated: { exitCode: 143 } },
  })
  expect(await scene.runtime.list()).toEqual([])
})

it('a pod that is given up before anything of it has run has containers that nobody has located', async () => {
  await using scene = await NodeScene.create()
  scene.runtime.imageError = new RuntimeError('ImageNotFound', 'no such image')
  await scene.createPod('web', { activeDeadlineSeconds: 60 })
  await scene.advance(60_000)
  const { status } = await scene.pod('web')
  expect(status).toMatchObject({ phase: 'Failed', reason: 'DeadlineExceeded' })
  expect(status?.containerStatuses?.[0]?.state?.terminated).toMatchObject({
    exitCode: 137,
    reason: 'ContainerStatusUnknown',
    message: 'The container could not be located when the pod was terminated',
  })
})

it('a container is started again by rules of its own, and its pod goes on for as long', async () => {
  await using scene = await NodeScene.create()
  const restartPolicyRules = [{ action: 'Restart', exitCodes: { operator: 'In', values: [42] } }]
  const web = { name: 'web', image: 'acme/web', restartPolicy: 'Never', restartPolicyRules }
  await scene.createPod('web', { restartPolicy: 'OnFailure', containers: [web] })
  scene.runtime.end(42)
  await scene.settle()
  const again = (await scene.pod('web')).status
  expect([again?.phase, again?.containerStatuses?.[0]?.restartCount]).toEqual(['Running', 1])
  scene.runtime.end(1)
  await scene.settle()
  expect((await scene.pod('web')).status?.phase).toBe('Failed')
})

describe('volumes', () => {
  const spec = {
    volumes: [{ name: 'cfg', configMap: { name: 'settings' } }],
    containers: [{ name: 'web', image: 'nginx', volumeMounts: [{ name: 'cfg', mountPath: '/cfg' }] }],
  }

  it('that are not there keep the pod in ContainerCreating, without an address, until they are', async () => {
    await using scene = await NodeScene.create()
    await scene.createPod('web', spec)
    // Tried at once and after 0.5, 1.5, 3.5 and 7.5 seconds.
    await scene.advance(8000)
    const failures = scene.events.filter((text) => text.startsWith('FailedMount'))
    expect(failures).toHaveLength(5)
    expect(new Set(failures)).toEqual(
      new Set(['FailedMount: MountVolume.SetUp failed for volume "cfg" : configmap "settings" not found']),
    )
    const { status } = await scene.pod('web')
    expect(status).toMatchObject({ phase: 'Pending', hostIP: '10.0.0.5' })
    expect(status?.podIP).toBeUndefined()
    expect((await web(scene))?.state).toEqual({ waiting: { reason: 'ContainerCreating' } })
    expect([scene.addresses.given.size, scene.runtime.sandboxes.size]).toEqual([0, 0])
    scene.client.seed(configMaps, { metadata: { namespace: 'shop', name: 'settings' } })
    await scene.advance(8000)
    expect(await isReady(scene)).toBe(true)
  })

  it('do not keep a pod that is deleted', async () => {
    await using scene = await NodeScene.create()
    await scene.createPod('web', spec)
    await scene.client.delete(pods, { namespace: 'shop', name: 'web' })
    await scene.settle()
    await expect(scene.pod('web')).rejects.toMatchObject({ reason: 'NotFound' })
  })
})
