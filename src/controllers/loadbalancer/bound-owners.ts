// Owns what groups of Ingresses and Gateways have bound: their TargetGroupBindings, and what the targets let in.
import { splitKey, type ControllerContext } from '../../reconcile/controller.ts'
import type { Binding, Bindings } from './bindings.ts'
import type { EndpointGroups } from './endpoint-groups.ts'
import { openGates } from './gates.ts'
import type { BindingObjects, BindingMetadata } from './target-group-bindings.ts'

export interface BoundOwnersOptions {
  readonly context: ControllerContext
  readonly bindings: Bindings
  readonly endpointGroups: EndpointGroups
  readonly objects: BindingObjects
}

/** The bindings of owners that have target groups of several Services. */
export class BoundOwners {
  readonly #options: BoundOwnersOptions

  constructor(options: BoundOwnersOptions) {
    this.#options = options
  }

  /** What the owner has bound from now on, by key of the Service; all else of it goes. */
  async bind(
    owner: string,
    bound: ReadonlyMap<string, readonly Binding[]>,
    metadata: BindingMetadata,
  ): Promise<void> {
    await this.#options.objects.sync(metadata.labels, [...bound.values()].flat(), metadata.extra)
    await this.#set(owner, bound)
  }

  /** The owner has nothing any more, once `remove` has removed it from AWS. */
  async unbind(owner: string, labels: BindingMetadata['labels'], remove: () => Promise<void>): Promise<void> {
    const { bindings, endpointGroups, objects } = this.#options
    await objects.sync(labels, [])
    await remove()
    bindings.settle(owner)
    await this.#set(owner, new Map())
    // Rules that name the shared group keep it from being deleted; after a start nobody knows whose they were.
    await endpointGroups.delete(owner)
  }

  async #set(owner: string, bound: ReadonlyMap<string, readonly Binding[]>): Promise<void> {
    const { context, bindings, endpointGroups } = this.#options
    for (const key of new Set([...bound.keys(), ...bindings.keysOfOwner(owner)])) {
      const gone = bindings.set(key, bound.get(key) ?? [], owner)
      await openGates(context, splitKey(key).namespace ?? '', gone)
      if (bindings.get(key).length === 0) await endpointGroups.delete(key)
    }
  }
}
