// Owns what this process knows of the containers that an engine runs for it, and who waits for their ends.
import { RuntimeError, type ContainerExit, type RunningContainer } from '../runtime.ts'
import type { UsageReader } from './cgroup-usage.ts'
import type { Identity } from './labels.ts'

/** One container of a pod. */
export interface KnownContainer {
  readonly id: string
  readonly identity: Pick<Identity, 'sandboxId' | 'name' | 'image'>
  readonly startedAtMs: number
  readonly isTerminal: boolean
  /** Where its last word would be, on this machine. */
  readonly messageFile: string | undefined
  readonly exit: Promise<ContainerExit>
  readonly end: (exit: ContainerExit) => void
  readonly lose: (error: RuntimeError) => void
  isRunning: boolean
  /** Somebody has asked how it ended, or will not. */
  isSeen: boolean
  /** Reads what it uses, once that was asked; null where the kernel does not tell. */
  usage?: UsageReader | null
}

/** The containers of an owner. */
export class ContainerTable {
  readonly #containers = new Map<string, KnownContainer>()

  add(
    container: Pick<KnownContainer, 'id' | 'identity' | 'startedAtMs' | 'isTerminal' | 'messageFile'>,
  ): void {
    const { promise: exit, resolve: end, reject: lose } = Promise.withResolvers<ContainerExit>()
    // Nobody may be waiting for it.
    exit.catch(() => undefined)
    this.#containers.set(container.id, { ...container, exit, end, lose, isRunning: true, isSeen: false })
  }

  has(id: string): boolean {
    return this.#containers.has(id)
  }

  /** @throws RuntimeError NotFound */
  find(id: string): KnownContainer {
    const container = this.#containers.get(id)
    if (!container) throw new RuntimeError('NotFound', `container ${id} not found`)
    return container
  }

  running(): readonly KnownContainer[] {
    return [...this.#containers.values()].filter(({ isRunning }) => isRunning)
  }

  of(sandboxId: string): readonly KnownContainer[] {
    return [...this.#containers.values()].filter(({ identity }) => identity.sandboxId === sandboxId)
  }

  end(id: string, exit: ContainerExit): void {
    const container = this.#containers.get(id)
    if (!container) return
    container.isRunning = false
    container.end(exit)
  }

  /** It is not in the engine any more. */
  drop(id: string): void {
    const container = this.#containers.get(id)
    if (!container) return
    container.isRunning = false
    container.lose(new RuntimeError('NotFound', `container ${id} not found`))
    this.#containers.delete(id)
  }

  list(): readonly RunningContainer[] {
    return [...this.#containers.values()]
      .filter(({ isRunning, isSeen }) => isRunning || !isSeen)
      .map(({ id, identity, startedAtMs }) => ({
        id,
        sandboxId: identity.sandboxId,
        name: identity.name,
        image: identity.image,
        startedAtMs,
      }))
  }
}
