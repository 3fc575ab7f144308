// Owns the behaviour that every runtime must show; each implementation runs this suite in its own test.
import type { Duplex } from 'node:stream'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import type { PodWay } from '../../network/dialer.ts'
import { httpGet } from '../../network/http-get.ts'
import { connectTo, until } from '../../network/testing/test-target.ts'
import {
  RuntimeError,
  type ContainerSpec,
  type ImagePull,
  type Runtime,
  type SandboxSpec,
} from '../runtime.ts'

export interface RuntimeUnderTest {
  readonly runtime: Runtime
  /** An image that serves HTTP on port 80. */
  readonly webImage: string
  close(): Promise<void>
}

const SANDBOX: SandboxSpec = {
  id: 'sandbox-1',
  namespace: 'shop',
  name: 'web-1',
  ip: '10.0.0.20',
  node: 'node-1',
  labels: {},
}

const PULL: ImagePull = { sandboxId: SANDBOX.id, policy: 'IfNotPresent', credentials: [] }

/** What the cases see: the runtime of the moment, with a sandbox in it. */
interface Subject {
  readonly runtime: Runtime
  readonly webImage: string
  spec(change?: Partial<ContainerSpec>): ContainerSpec
}

/** Declares the suite for one implementation. */
export function describeRuntime(name: string, create: () => Promise<RuntimeUnderTest>): void {
  describe(`${name} as a runtime`, () => {
    let under: RuntimeUnderTest
    beforeEach(async () => {
      under = await create()
      await under.runtime.createSandbox(SANDBOX)
    })
    afterEach(() => under.close())
    const subject: Subject = {
      get runtime() {
        return under.runtime
      },
      get webImage() {
        return under.webImage
      },
      spec: (change = {}) => ({
        sandboxId: SANDBOX.id,
        name: 'web',
        image: under.webImage,
        command: [],
        args: [],
        env: {},
        ports: [{ port: 80, protocol: 'TCP' }],
        limits: {},
        attempt: 0,
        ...change,
      }),
    }
    imagesAndPorts(subject)
    endings(subject)
    observations(subject)
  })
}

async function reach(way: PodWay | undefined): Promise<Duplex> {
  return way && 'open' in way
    ? await way.open({ name: 'the container', timeoutMs: 5000, from: 'vpc' })
    : await connectTo(way)
}

function imagesAndPorts(subject: Subject): void {
  it('gives an image the same id every time, and different images different ones', async () => {
    const id = await subject.runtime.ensureImage(subject.webImage, PULL)
    expect(await subject.runtime.ensureImage(subject.webImage, PULL)).toBe(id)
    expect(id).toMatch(/sha256:[0-9a-f]{64}$/)
  })

  it('serves the declared port where addressOf says', async () => {
    await subject.runtime.startContainer(subject.spec())
    await until('it listens', () => subject.runtime.addressOf(SANDBOX.id, 80) !== undefined)
    const stream = await reach(subject.runtime.addressOf(SANDBOX.id, 80))
    const signal = AbortSignal.timeout(5000)
    const { status } = await httpGet(stream, { isTls: false, host: 'web', path: '/', headers: {}, signal })
    expect(status).toBe(200)
  })

  it('has no address for a port that nothing listens on', async () => {
    await subject.runtime.startContainer(subject.spec())
    expect(subject.runtime.addressOf(SANDBOX.id, 81)).toBeUndefined()
    expect(subject.runtime.addressOf('nobody', 80)).toBeUndefined()
  })

  it('takes ports that only its clients name, twice if need be', async () => {
    const id = await subject.runtime.startContainer(subject.spec())
    await subject.runtime.exposePorts(id, [80])
    await subject.runtime.exposePorts(id, [80])
    await until('it listens', () => subject.runtime.addressOf(SANDBOX.id, 80) !== undefined)
    await expect(subject.runtime.exposePorts('nobody', [80])).rejects.toMatchObject({ code: 'NotFound' })
  })

  it('lists what runs', async () => {
    const id = await subject.runtime.startContainer(subject.spec())
    const [running, ...others] = await subject.runtime.list()
    expect(running).toMatchObject({ id, sandboxId: SANDBOX.id, name: 'web', image: subject.webImage })
    expect(others).toEqual([])
  })
}

function endings(subject: Subject): void {
  it('stops a container: wait resolves, the port closes, the list is empty', async () => {
    const id = await subject.runtime.startContainer(subject.spec())
    const exit = subject.runtime.wait(id)
    await subject.runtime.stopContainer(id, 1000)
    expect((await exit).finishedAtMs).toBeGreaterThan(0)
    expect(subject.runtime.addressOf(SANDBOX.id, 80)).toBeUndefined()
    expect(await subject.runtime.list()).toEqual([])
  })

  it('may be told twice to stop a container and to remove a sandbox', async () => {
    const id = await subject.runtime.startContainer(subject.spec())
    await subject.runtime.stopContainer(id, 1000)
    await subject.runtime.stopContainer(id, 1000)
    await subject.runtime.removeSandbox(SANDBOX.id)
    await subject.runtime.removeSandbox(SANDBOX.id)
    expect(await subject.runtime.list()).toEqual([])
  })

  it('stops what still runs in a sandbox that is removed', async () => {
    const id = await subject.runtime.startContainer(subject.spec())
    const exit = subject.runtime.wait(id)
    await subject.runtime.removeSandbox(SANDBOX.id)
    await exit
    expect(subject.runtime.addressOf(SANDBOX.id, 80)).toBeUndefined()
  })

  it('leaves nothing of a container whose sandbox is removed while it starts', async () => {
    const starting = subject.runtime.startContainer(subject.spec())
    const removed = subject.runtime.removeSandbox(SANDBOX.id)
    await Promise.allSettled([starting, removed])
    // A start that won the race was stopped with its sandbox; one that lost it has failed.
    expect(await subject.runtime.list()).toEqual([])
    expect(subject.runtime.addressOf(SANDBOX.id, 80)).toBeUndefined()
  })

  it('gives every start an id of its own', async () => {
    const first = await subject.runtime.startContainer(subject.spec())
    await subject.runtime.stopContainer(first, 0)
    const second = await subject.runtime.startContainer(subject.spec({ attempt: 1 }))
    expect(second).not.toBe(first)
    expect((await subject.runtime.list()).map(({ id }) => id)).toEqual([second])
  })
}

function observations(subject: Subject): void {
  it('keeps log lines and follows them until the container ends', async () => {
    const id = await subject.runtime.startContainer(subject.spec())
    const lines: string[] = []
    const reading = (async () => {
      for await (const { text } of subject.runtime.logs(id, { follow: true })) lines.push(text)
    })()
    await subject.runtime.stopContainer(id, 1000)
    await reading
    expect(lines.length).toBeGreaterThan(0)
  })

  it('refuses containers without a sandbox, and ids that it does not know', async () => {
    await expect(
      subject.runtime.startContainer(subject.spec({ sandboxId: 'nobody' })),
    ).rejects.toBeInstanceOf(RuntimeError)
    await expect(subject.runtime.wait('nobody')).rejects.toMatchObject({ code: 'NotFound' })
  })

  it('measures what a container uses', async () => {
    const id = await subject.runtime.startContainer(subject.spec())
    const usage = await subject.runtime.usage(id)
    expect(usage.cpuNanos).toBeGreaterThanOrEqual(0)
    expect(usage.memoryBytes).toBeGreaterThanOrEqual(0)
    expect(await subject.runtime.written(id)).toBeGreaterThanOrEqual(0)
    await subject.runtime.resize(id, { limits: { cpuMilli: 500 }, requests: { cpuMilli: 100 } })
    await expect(subject.runtime.written('nobody')).rejects.toMatchObject({ code: 'NotFound' })
    await expect(subject.runtime.resize('nobody', { limits: {}, requests: {} })).rejects.toMatchObject({
      code: 'NotFound',
    })
  })
}
