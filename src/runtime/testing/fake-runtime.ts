// Owns a runtime for tests: containers end when the test says so, and starting them takes time on the clock.
import { aborted } from '../../base/abort.ts'
import type { Clock } from '../../base/clock.ts'
import {
  RuntimeError,
  type AttachRequest,
  type ContainerExit,
  type ContainerResources,
  type ContainerSpec,
  type ContainerUsage,
  type ExecRequest,
  type ImagePull,
  type LogLine,
  type RunningContainer,
  type Runtime,
  type SandboxSpec,
} from '../runtime.ts'

interface FakeContainer {
  readonly id: string
  readonly spec: ContainerSpec
  readonly startedAtMs: number
  readonly exit: Promise<ContainerExit>
  readonly end: (exit: ContainerExit) => void
  readonly fail: (error: RuntimeError) => void
  isRunning: boolean
}

/** Keeps what it was asked to do; nothing listens on any port. */
export class FakeRuntime implements Runtime {
  readonly name = 'fake'
  isHealthy = true
  /** Every container that was started, in order. */
  readonly started: ContainerSpec[] = []
  readonly sandboxes = new Map<string, SandboxSpec>()
  /** `container:port` of every port that was exposed later. */
  readonly exposed: string[] = []
  /** How long a start takes. */
  startMs: (spec: ContainerSpec) => number = () => 0
  /** Rejects the next pulls. */
  imageError: RuntimeError | undefined
  /** What a container of a name has written. */
  writtenBytes: (name: string) => number = () => 0
  /** What containers were given while they ran. */
  readonly resized: ({ readonly name: string } & ContainerResources)[] = []
  /** Rejects the next starts. */
  startError: RuntimeError | undefined
  /** Rejects the next resizes. */
  resizeError: RuntimeError | undefined
  /** Rejects the next stops. */
  stopError: RuntimeError | undefined
  /** Rejects the next removals. */
  removeError: RuntimeError | undefined
  readonly #clock: Clock
  readonly #containers = new Map<string, FakeContainer>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  async createSandbox(spec: SandboxSpec): Promise<void> {
    this.sandboxes.set(spec.id, spec)
  }

  async removeSandbox(sandboxId: string): Promise<void> {
    if (this.removeError) throw this.removeError
    this.sandboxes.delete(sandboxId)
    for (const { id, spec } of this.#containers.values()) {
      if (spec.sandboxId !== sandboxId) continue
      this.#finish(id, 137)
      this.#containers.delete(id)
    }
  }

  async imageUser(): Promise<string | undefined> {
    return undefined
  }

  async ensureImage(image: string, { onPull }: ImagePull): Promise<string> {
    onPull?.()
    if (this.imageError) throw this.imageError
    return `sha256:${image}`
  }

  async startContainer(spec: ContainerSpec): Promise<string> {
    const delayMs = this.startMs(spec)
    if (delayMs > 0) await this.#clock.sleep(delayMs)
    if (!this.sandboxes.has(spec.sandboxId))
      throw new RuntimeError('NotFound', `no sandbox ${spec.sandboxId}`)
    if (this.startError) throw this.startError
    this.started.push(spec)
    const id = `container-${this.started.length}`
    const { promise: exit, resolve: end, reject: fail } = Promise.withResolvers<ContainerExit>()
    const startedAtMs = this.#clock.now()
    this.#containers.set(id, { id, spec, startedAtMs, exit, end, fail, isRunning: true })
    return id
  }

  async exposePorts(containerId: string, ports: readonly number[]): Promise<void> {
    this.exposed.push(...ports.map((port) => `${this.#find(containerId).spec.name}:${port}`))
  }

  async stopContainer(containerId: string): Promise<void> {
    if (this.stopError) throw this.stopError
    this.#finish(containerId, 143)
  }

  async resize(containerId: string, resources: ContainerResources): Promise<void> {
    if (this.resizeError) throw this.resizeError
    this.resized.push({ name: this.#find(containerId).spec.name, ...resources })
  }

  /** Ends a container as if its process had ended by itself; the newest one when none is named. */
  end(exitCode: number, containerId = `container-${this.started.length}`): void {
    this.#finish(containerId, exitCode)
  }

  /** Forgets a container as a runtime does that was wiped: those who wait for it are told. */
  lose(containerId: string): void {
    const { fail } = this.#find(containerId)
    this.#containers.delete(containerId)
    fail(new RuntimeError('NotFound', `container ${containerId} not found`))
  }

  async wait(containerId: string): Promise<ContainerExit> {
    return await this.#find(containerId).exit
  }

  async *logs(containerId: string): AsyncGenerator<LogLine> {
    const { spec, startedAtMs } = this.#find(containerId)
    yield { timeMs: startedAtMs, stream: 'stdout', text: `${spec.name} ${spec.attempt}` }
  }

  async exec(_containerId: string, _request: ExecRequest): Promise<number> {
    throw new RuntimeError('NotSupported', 'a fake runs no commands')
  }

  /** Says what is attached to, then waits for its end. */
  async attach(containerId: string, { onOutput, signal }: AttachRequest): Promise<void> {
    const { exit, spec } = this.#find(containerId)
    onOutput('stdout', Buffer.from(`attached to ${spec.name}\n`))
    await Promise.race([exit, aborted(signal)])
  }

  async usage(): Promise<ContainerUsage> {
    return { cpuNanos: 0, memoryBytes: 0 }
  }

  async written(containerId: string): Promise<number> {
    return this.writtenBytes(this.#find(containerId).spec.name)
  }

  addressOf(): undefined {
    return undefined
  }

  datagramsTo(): undefined {
    return undefined
  }

  async list(): Promise<readonly RunningContainer[]> {
    return [...this.#containers.values()]
      .filter(({ isRunning }) => isRunning)
      .map(({ id, spec, startedAtMs }) => ({
        id,
        sandboxId: spec.sandboxId,
        name: spec.name,
        image: spec.image,
        startedAtMs,
      }))
  }

  #find(containerId: string): FakeContainer {
    const found = this.#containers.get(containerId)
    if (!found) throw new RuntimeError('NotFound', `container ${containerId} not found`)
    return found
  }

  #finish(containerId: string, exitCode: number): void {
    const container = this.#containers.get(containerId)
    if (!container?.isRunning) return
    container.isRunning = false
    const reason = exitCode === 0 ? 'Completed' : 'Error'
    container.end({ exitCode, reason, finishedAtMs: this.#clock.now() })
  }
}
