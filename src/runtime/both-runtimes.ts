// Owns running some pods in an engine and others as stand-ins: each sandbox has one of the two for its whole life.
import {
  RuntimeError,
  type ContainerResources,
  type ContainerSpec,
  type ImagePull,
  type RunningContainer,
  type Runtime,
  type SandboxSpec,
} from './runtime.ts'

export interface BothOptions {
  readonly standin: Runtime
  readonly engine: Runtime
  /** Pods that are built-ins of Neargate: stand-ins do their work. */
  readonly isBuiltin: (sandbox: SandboxSpec) => Promise<boolean>
}

/** A runtime of two. */
export function createBothRuntimes(options: BothOptions): Runtime {
  return new Both(options)
}

class Both implements Runtime {
  readonly #options: BothOptions
  /** By sandbox. */
  readonly #owners = new Map<string, Runtime>()
  /** By container, its sandbox. */
  readonly #sandboxes = new Map<string, string>()

  constructor(options: BothOptions) {
    this.#options = options
  }

  get name(): string {
    return this.#options.engine.name
  }

  get isHealthy(): boolean {
    return this.#options.engine.isHealthy !== false
  }

  async createSandbox(spec: SandboxSpec): Promise<void> {
    const { standin, engine, isBuiltin } = this.#options
    const owner = this.#owners.get(spec.id) ?? ((await isBuiltin(spec)) ? standin : engine)
    this.#owners.set(spec.id, owner)
    await owner.createSandbox(spec)
  }

  async removeSandbox(sandboxId: string): Promise<void> {
    const owner = this.#owners.get(sandboxId)
    // One from before a restart that nobody has asked for since: either may have it.
    const owners = owner ? [owner] : [this.#options.standin, this.#options.engine]
    await Promise.all(owners.map((one) => one.removeSandbox(sandboxId)))
    this.#owners.delete(sandboxId)
    for (const [id, of] of this.#sandboxes) if (of === sandboxId) this.#sandboxes.delete(id)
  }

  async ensureImage(image: string, pull: ImagePull): Promise<string> {
    return await this.#ownerOfSandbox(pull.sandboxId).ensureImage(image, pull)
  }

  async imageUser(image: string, sandboxId: string): Promise<string | undefined> {
    return await this.#ownerOfSandbox(sandboxId).imageUser(image, sandboxId)
  }

  async startContainer(spec: ContainerSpec): Promise<string> {
    const id = await this.#ownerOfSandbox(spec.sandboxId).startContainer(spec)
    this.#sandboxes.set(id, spec.sandboxId)
    return id
  }

  async exposePorts(containerId: string, ports: readonly number[]): Promise<void> {
    await this.#ownerOf(containerId).exposePorts(containerId, ports)
  }

  async stopContainer(containerId: string, graceMs: number): Promise<void> {
    await this.#find(containerId)?.stopContainer(containerId, graceMs)
  }

  async resize(containerId: string, resources: ContainerResources): Promise<void> {
    await this.#ownerOf(containerId).resize(containerId, resources)
  }

  async wait(containerId: string): ReturnType<Runtime['wait']> {
    return await this.#ownerOf(containerId).wait(containerId)
  }

  async *logs(containerId: string, options: Parameters<Runtime['logs']>[1]): ReturnType<Runtime['logs']> {
    yield* this.#ownerOf(containerId).logs(containerId, options)
  }

  async exec(containerId: string, request: Parameters<Runtime['exec']>[1]): Promise<number> {
    return await this.#ownerOf(containerId).exec(containerId, request)
  }

  async attach(containerId: string, request: Parameters<Runtime['attach']>[1]): Promise<void> {
    await this.#ownerOf(containerId).attach(containerId, request)
  }

  async usage(containerId: string): ReturnType<Runtime['usage']> {
    return await this.#ownerOf(containerId).usage(containerId)
  }

  async written(containerId: string): Promise<number> {
    return await this.#ownerOf(containerId).written(containerId)
  }

  addressOf(sandboxId: string, port: number): ReturnType<Runtime['addressOf']> {
    return this.#owners.get(sandboxId)?.addressOf(sandboxId, port)
  }

  datagramsTo(sandboxId: string, port: number): ReturnType<Runtime['datagramsTo']> {
    return this.#owners.get(sandboxId)?.datagramsTo(sandboxId, port)
  }

  /** What either runs, and from now on which of them has what. */
  async list(): Promise<readonly RunningContainer[]> {
    const { standin, engine } = this.#options
    const lists = await Promise.all(
      [standin, engine].map(async (owner) => {
        const running = await owner.list()
        for (const { id, sandboxId } of running) {
          this.#sandboxes.set(id, sandboxId)
          this.#owners.set(sandboxId, owner)
        }
        return running
      }),
    )
    return lists.flat()
  }

  #ownerOfSandbox(sandboxId: string): Runtime {
    const owner = this.#owners.get(sandboxId)
    if (!owner) throw new RuntimeError('NotFound', `sandbox ${sandboxId} not found`)
    return owner
  }

  #ownerOf(containerId: string): Runtime {
    const owner = this.#find(containerId)
    if (!owner) throw new RuntimeError('NotFound', `container ${containerId} not found`)
    return owner
  }

  #find(containerId: string): Runtime | undefined {
    return this.#owners.get(this.#sandboxes.get(containerId) ?? '')
  }
}
