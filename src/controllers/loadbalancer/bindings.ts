// Owns which target groups belong to which Service port: made by the Service's pass, used by the targets' pass.
import type { Source } from '../../reconcile/controller.ts'
import type { TargetGroupModel } from '../../rules/load-balancer/target-group.ts'

/** What a TargetGroupBinding says. */
export interface Binding {
  readonly model: TargetGroupModel
  readonly arn: string
  /** The shared security group that its targets must let in; undefined when their rules are not the controller's. */
  readonly backend: string | undefined
}

/** Bindings by Service key. Kept in memory: the Services' first pass after a start finds them again by tags. */
export class Bindings implements Source {
  readonly #byService = new Map<string, readonly Binding[]>()
  readonly #subscribers = new Set<(key: string) => void>()

  get(serviceKey: string): readonly Binding[] {
    return this.#byService.get(serviceKey) ?? []
  }

  /** Keys of Services whose targets are nodes. */
  instanceKeys(): string[] {
    return [...this.#byService]
      .filter(([, bindings]) => bindings.some(({ model }) => model.targetType === 'instance'))
      .map(([key]) => key)
  }

  /** Keys of Services that have a target group of one of these names. */
  keysOfGroups(names: readonly string[]): string[] {
    if (names.length === 0) return []
    return [...this.#byService]
      .filter(([, bindings]) => bindings.some(({ model }) => names.includes(model.name)))
      .map(([key]) => key)
  }

  /** @returns names of the bindings of before that are no more. */
  set(serviceKey: string, bindings: readonly Binding[]): readonly string[] {
    const gone = this.get(serviceKey)
      .map(({ model }) => model.name)
      .filter((name) => !bindings.some(({ model }) => model.name === name))
    this.#byService.set(serviceKey, bindings)
    this.wake(serviceKey)
    return gone
  }

  delete(serviceKey: string): void {
    this.#byService.delete(serviceKey)
  }

  wake(serviceKey: string): void {
    for (const enqueue of this.#subscribers) enqueue(serviceKey)
  }

  subscribe(enqueue: (key: string) => void): () => void {
    this.#subscribers.add(enqueue)
    for (const key of this.#byService.keys()) enqueue(key)
    return () => void this.#subscribers.delete(enqueue)
  }
}
