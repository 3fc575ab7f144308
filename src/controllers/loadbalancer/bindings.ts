// Owns which target groups belong to which Service port: made by the passes of Services and Ingresses, used by that of
// targets.
import type { Source } from '../../reconcile/controller.ts'
import type { NetworkingRule } from '../../rules/load-balancer/target-group-binding.ts'
import type { TargetGroupModel } from '../../rules/load-balancer/target-group.ts'

/** The owner of the bindings of a Service's own load balancer. */
const SERVICE = ''

/** What a TargetGroupBinding says. */
export interface Binding {
  readonly model: TargetGroupModel
  readonly arn: string
  /** Whom its targets must let in; undefined when their rules are not the controller's. */
  readonly networking: readonly NetworkingRule[] | undefined
}

/**
 * Bindings by Service key, and by who made them: the Service itself, or a group of Ingresses. Kept in memory: the first
 * pass after a start finds them again by tags.
 */
export class Bindings implements Source {
  readonly #byService = new Map<string, ReadonlyMap<string, readonly Binding[]>>()
  readonly #subscribers = new Set<(key: string) => void>()
  readonly #settled = new Set<string>()

  /** What an owner has is known from now on, though it may be nothing. */
  settle(owner: string): void {
    this.#settled.add(owner)
  }

  isSettled(owner: string): boolean {
    return this.#settled.has(owner)
  }

  get(serviceKey: string): readonly Binding[] {
    return [...(this.#byService.get(serviceKey)?.values() ?? [])].flat()
  }

  /** Those of the Service's own load balancer. */
  own(serviceKey: string): readonly Binding[] {
    return this.#byService.get(serviceKey)?.get(SERVICE) ?? []
  }

  /** Keys of Services that have any. */
  keys(): string[] {
    return [...this.#byService.keys()]
  }

  /** Keys of Services that have bindings of an owner. */
  keysOfOwner(owner: string): string[] {
    return this.keys().filter((key) => this.#byService.get(key)?.has(owner))
  }

  /** Keys of Services whose targets are nodes. */
  instanceKeys(): string[] {
    return this.keys().filter((key) => this.get(key).some(({ model }) => model.targetType === 'instance'))
  }

  /** Keys of Services that have a target group of one of these names. */
  keysOfGroups(names: readonly string[]): string[] {
    if (names.length === 0) return []
    return this.keys().filter((key) => this.get(key).some(({ model }) => names.includes(model.name)))
  }

  /** @returns names of the owner's bindings of before that are no more. */
  set(serviceKey: string, bindings: readonly Binding[], owner = SERVICE): readonly string[] {
    this.settle(owner)
    const owners = new Map(this.#byService.get(serviceKey))
    const gone = (owners.get(owner) ?? [])
      .map(({ model }) => model.name)
      .filter((name) => !bindings.some(({ model }) => model.name === name))
    if (bindings.length > 0) owners.set(owner, bindings)
    else owners.delete(owner)
    if (owners.size > 0) this.#byService.set(serviceKey, owners)
    else this.#byService.delete(serviceKey)
    this.wake(serviceKey)
    return gone
  }

  delete(serviceKey: string, owner = SERVICE): void {
    this.set(serviceKey, [], owner)
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
