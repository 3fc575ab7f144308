import { beforeEach, describe, expect, it } from 'vitest'

import type { Container, Pod } from '../../generated/kubernetes.d.ts'
import { FakeClock } from '../base/testing/fake-clock.ts'
import { RuntimeError, type ContainerExit, type ContainerSpec, type Runtime } from '../runtime/runtime.ts'
import { runContainer, type ContainerHost } from './container-loop.ts'
import type { ProbeOutcome } from './probe.ts'
import { TrackedContainer } from './tracked-container.ts'

let clock: FakeClock
let runtime: ScriptedRuntime
let events: string[]
let abort: AbortController
let outcome: ProbeOutcome

/** Runs containers that end when the test says so. */
class ScriptedRuntime {
  readonly started: ContainerSpec[] = []
  readonly exits = new Map<string, (exit: ContainerExit) => void>()
  imageError: RuntimeError | undefined
  readonly #waits = new Map<string, Promise<ContainerExit>>()

  async ensureImage(image: string): Promise<string> {
    if (this.imageError) throw this.imageError
    return `sha256:${image}`
  }

  async startContainer(spec: ContainerSpec): Promise<string> {
    this.started.push(spec)
    const id = `container-${this.started.length}`
    const { promise, resolve } = Promise.withResolvers<ContainerExit>()
    this.#waits.set(id, promise)
    this.exits.set(id, resolve)
    return id
  }

  async wait(id: string): Promise<ContainerExit> {
    return await (this.#waits.get(id) ?? Promise.reject(new RuntimeError('NotFound', id)))
  }

  async stopContainer(id: string): Promise<void> {
    this.end(143, id)
  }

  end(exitCode: number, id = `container-${this.started.length}`): void {
    const reason = exitCode === 0 ? 'Completed' : 'Error'
    this.exits.get(id)?.({ exitCode, reason, finishedAtMs: clock.now() })
  }
}

beforeEach(() => {
  clock = new FakeClock()
  runtime = new ScriptedRuntime()
  events = []
  abort = new AbortController()
  outcome = { result: 'success', message: '' }
})

function run(
  container: Partial<Container> = {},
  restartPolicy: 'Always' | 'Never' | 'OnFailure' = 'Always',
): { tracked: TrackedContainer; done: Promise<void> } {
  const spec: Container = { name: 'web', image: 'nginx', ...container }
  const pod: Pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web-1', namespace: 'shop', uid: 'u1', resourceVersion: '1', creationTimestamp: '' },
    spec: { containers: [spec], restartPolicy },
  }
  const host: ContainerHost = {
    pod,
    clock,
    // The loop uses only these methods of a runtime.
    runtime: runtime as unknown as Runtime,
    environment: async () => ({ NAME: 'world' }),
    probe: async () => outcome,
    changed: () => undefined,
    event: (_type, reason, message) => void events.push(`${reason}: ${message}`),
  }
  const tracked = new TrackedContainer(spec, false)
  return { tracked, done: runContainer(tracked, host, abort.signal) }
}

const settle = (): Promise<void> => clock.advance(0)

async function crash(afterMs = 1000): Promise<void> {
  await settle()
  await clock.advance(afterMs)
  runtime.end(1)
  await settle()
}

describe('a container', () => {
  it('gets its command with the variables of its environment', async () => {
    run({ command: ['echo'], args: ['hello $(NAME)', '$$(NAME)'] })
    await settle()
    expect(runtime.started[0]).toMatchObject({
      command: ['echo'],
      args: ['hello world', '$(NAME)'],
      attempt: 0,
    })
    abort.abort()
  })

  it('has its declared ports open, and those that its probes name', async () => {
    const ports = [{ name: 'http', containerPort: 80 }]
    run({
      ports,
      readinessProbe: { httpGet: { port: 'http' } },
      livenessProbe: { tcpSocket: { port: 8181 } },
    })
    await settle()
    expect(runtime.started[0]?.ports.map(({ port }) => port)).toEqual([80, 8181])
    abort.abort()
  })

  it('that ends is started again at once, then after 10 s, then after 20 s', async () => {
    const { tracked } = run()
    await crash()
    expect(runtime.started).toHaveLength(2)
    expect(tracked.toStatus()).toMatchObject({ restartCount: 1, lastState: { terminated: { exitCode: 1 } } })
    await crash()
    expect(tracked.toStatus().state).toEqual({
      waiting: {
        reason: 'CrashLoopBackOff',
        message: 'back-off 10s restarting failed container=web pod=web-1_shop(u1)',
      },
    })
    expect(events).toContain('BackOff: Back-off restarting failed container web in pod web-1_shop(u1)')
    await clock.advance(9_999)
    expect(runtime.started).toHaveLength(2)
    await clock.advance(1)
    expect(runtime.started).toHaveLength(3)
    await crash()
    await clock.advance(20_000)
    expect(runtime.started).toHaveLength(4)
    expect(tracked.restarts).toBe(3)
    abort.abort()
  })

  it.each([
    ['Never', 1, 1],
    ['Never', 0, 1],
    ['OnFailure', 0, 1],
    ['OnFailure', 1, 2],
    ['Always', 0, 2],
  ] as const)('with policy %s that ends with %d is started %d times', async (policy, exitCode, starts) => {
    const { tracked } = run({}, policy)
    await settle()
    runtime.end(exitCode)
    await settle()
    expect(runtime.started).toHaveLength(starts)
    if (starts === 1)
      expect(tracked.toStatus()).toMatchObject({ state: { terminated: { exitCode } }, lastState: {} })
    abort.abort()
  })

  it('whose liveness fails is stopped and started again', async () => {
    const { tracked } = run({
      livenessProbe: { tcpSocket: { port: 80 }, periodSeconds: 5, failureThreshold: 2 },
    })
    await settle()
    outcome = { result: 'failure', message: 'dial tcp 10.0.0.1:80: connect: connection refused' }
    await clock.advance(10_000)
    expect(events).toContain(
      'Unhealthy: Liveness probe failed: dial tcp 10.0.0.1:80: connect: connection refused',
    )
    expect(events).toContain('Killing: Container web failed liveness probe, will be restarted')
    await settle()
    expect(tracked.toStatus()).toMatchObject({
      restartCount: 1,
      lastState: { terminated: { exitCode: 143 } },
    })
    abort.abort()
  })

  it('is not probed for readiness before its startup probe has succeeded', async () => {
    outcome = { result: 'failure', message: 'not yet' }
    const probe = { tcpSocket: { port: 80 }, periodSeconds: 1, failureThreshold: 30 }
    const { tracked } = run({ startupProbe: probe, readinessProbe: probe })
    await settle()
    await clock.advance(3000)
    expect(tracked.isStarted).toBe(false)
    expect(events.some((text) => text.includes('Readiness'))).toBe(false)
    outcome = { result: 'success', message: '' }
    await clock.advance(1000)
    expect(tracked.isStarted).toBe(true)
    expect(tracked.isReady).toBe(true)
    abort.abort()
  })

  it('waits for an image that is not there, and says so once', async () => {
    runtime.imageError = new RuntimeError('ImageNotFound', 'no such image')
    const { tracked } = run()
    await settle()
    await clock.advance(10_000)
    expect(tracked.toStatus().state?.waiting).toEqual({
      reason: 'ErrImagePull',
      message: 'Failed to pull image "nginx": no such image',
    })
    expect(events.filter((text) => text.startsWith('Failed'))).toHaveLength(1)
    runtime.imageError = undefined
    await clock.advance(10_000)
    expect(runtime.started).toHaveLength(1)
    abort.abort()
  })

  it('is let go when the agent stops', async () => {
    const { done } = run()
    await settle()
    abort.abort()
    await done
    expect(runtime.exits.size).toBe(1)
  })
})
