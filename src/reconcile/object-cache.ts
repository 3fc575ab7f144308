// Owns the indexed copy of one resource's objects that an informer keeps.
import { InternalError } from '../base/errors.ts'
import type { KubernetesObject } from '../kubernetes/client/client.ts'
import { keyOf } from './controller.ts'

interface Index<T> {
  readonly valuesOf: (object: T) => readonly string[]
  readonly keys: Map<string, Set<string>>
}

const BY_NAMESPACE = 'namespace (built in)'

/** Objects by key and by any number of indexes. */
export class ObjectCache<T extends KubernetesObject> {
  readonly #objects = new Map<string, T>()
  readonly #indexes = new Map<string, Index<T>>()

  constructor() {
    this.addIndex(BY_NAMESPACE, (object) => [object.metadata.namespace ?? ''])
  }

  get(key: string): T | undefined {
    return this.#objects.get(key)
  }

  list(namespace?: string): readonly T[] {
    return namespace === undefined ? [...this.#objects.values()] : this.byIndex(BY_NAMESPACE, namespace)
  }

  keys(): readonly string[] {
    return [...this.#objects.keys()]
  }

  /** @throws InternalError for an index that was never added. */
  byIndex(name: string, value: string): readonly T[] {
    const index = this.#indexes.get(name)
    if (!index) throw new InternalError(`there is no index ${JSON.stringify(name)}`)
    const found: T[] = []
    for (const key of index.keys.get(value) ?? []) {
      const object = this.#objects.get(key)
      if (object) found.push(object)
    }
    return found
  }

  addIndex(name: string, valuesOf: (object: T) => readonly string[]): void {
    if (this.#indexes.has(name)) return
    const index: Index<T> = { valuesOf, keys: new Map() }
    this.#indexes.set(name, index)
    for (const object of this.#objects.values()) insert(index, object)
  }

  /** Adds or replaces an object. @returns the one that was there. */
  put(object: T): T | undefined {
    const key = keyOf(object)
    const before = this.#objects.get(key)
    this.#objects.set(key, object)
    for (const index of this.#indexes.values()) {
      // Most changes move an object in no index.
      if (before && isSameList(index.valuesOf(before), index.valuesOf(object))) continue
      if (before) remove(index, before)
      insert(index, object)
    }
    return before
  }

  /** @returns the object that was there. */
  delete(key: string): T | undefined {
    const before = this.#objects.get(key)
    if (!before) return undefined
    this.#objects.delete(key)
    for (const index of this.#indexes.values()) remove(index, before)
    return before
  }
}

function isSameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((value, index) => value === b[index])
}

function insert<T extends KubernetesObject>(index: Index<T>, object: T): void {
  for (const value of index.valuesOf(object)) {
    const keys = index.keys.get(value)
    if (keys) keys.add(keyOf(object))
    else index.keys.set(value, new Set([keyOf(object)]))
  }
}

function remove<T extends KubernetesObject>(index: Index<T>, object: T): void {
  for (const value of index.valuesOf(object)) {
    const keys = index.keys.get(value)
    keys?.delete(keyOf(object))
    if (keys?.size === 0) index.keys.delete(value)
  }
}
