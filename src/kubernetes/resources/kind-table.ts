// Owns the kinds of one API server: those that it starts with, and those that come and go while it runs.
import { compareVersions } from '../../rules/kubernetes/version-order.ts'
import type { Resource } from '../client/client.ts'
import type { ServedResources } from '../client/served-resources.ts'
import type { Kind } from './kind.ts'

const CHANGEABLE = ['list', 'watch', 'delete']

/** A table of kinds by the place of their resource in the API. */
export class KindTable {
  /** A resource for each kind of object that is stored, at the version that clients prefer. */
  readonly resources: ServedResources
  readonly #kinds = new Map<string, Kind>()
  readonly #listeners = new Set<() => void>()
  readonly #equivalents = new Map<Kind, readonly Kind[]>()
  #all: readonly Kind[] | undefined
  #changeable: readonly Resource[] | undefined

  constructor(kinds: readonly Kind[]) {
    for (const kind of kinds) this.#kinds.set(placeOf(kind.resource), kind)
    const current = (): readonly Resource[] => (this.#changeable ??= changeableResources(this.all))
    this.resources = {
      get all() {
        return current()
      },
      onChange: (listener) => this.onChange(listener),
    }
  }

  /** All kinds, in the order in which they came. */
  get all(): readonly Kind[] {
    return (this.#all ??= [...this.#kinds.values()])
  }

  /** The kind behind a resource of the API; undefined when there is none. */
  find(resource: Place): Kind | undefined {
    return this.#kinds.get(placeOf(resource))
  }

  /** The other kinds under which the objects of a kind are served: its versions, or views of it in other groups. */
  equivalentsOf(kind: Kind): readonly Kind[] {
    const known = this.#equivalents.get(kind)
    if (known) return known
    const home = homeOf(kind)
    const found = this.all.filter((other) => other !== kind && homeOf(other) === home)
    this.#equivalents.set(kind, found)
    return found
  }

  /**
   * Makes kinds part of the API, in place of others at their place.
   * @returns a function that takes them out again; their objects stay where they are stored.
   */
  add(...kinds: readonly Kind[]): () => void {
    for (const kind of kinds) this.#kinds.set(placeOf(kind.resource), kind)
    this.#changed()
    return () => {
      for (const kind of kinds) {
        const place = placeOf(kind.resource)
        if (this.#kinds.get(place) === kind) this.#kinds.delete(place)
      }
      this.#changed()
    }
  }

  /** Calls back after each change. @returns a function that ends it. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  #changed(): void {
    this.#all = undefined
    this.#equivalents.clear()
    this.#changeable = undefined
    for (const listener of this.#listeners) listener()
  }
}

function changeableResources(kinds: readonly Kind[]): Resource[] {
  const preferred = new Map<string, Resource>()
  for (const { resource, verbs, storedAs } of kinds) {
    // Views of other kinds' objects would count those twice.
    if (storedAs && groupResourceOf(storedAs.resource) !== groupResourceOf(resource)) continue
    if (!CHANGEABLE.every((verb) => verbs.includes(verb))) continue
    const name = groupResourceOf(resource)
    const other = preferred.get(name)
    if (!other || compareVersions(resource.version, other.version) < 0) preferred.set(name, resource)
  }
  return [...preferred.values()]
}

interface Place {
  readonly group: string
  readonly version: string
  readonly plural: string
}

function placeOf({ group, version, plural }: Place): string {
  return `${group}/${version}/${plural}`
}

function homeOf({ resource, storedAs }: Kind): string {
  return groupResourceOf(storedAs?.resource ?? resource)
}

function groupResourceOf({ group, plural }: Pick<Place, 'group' | 'plural'>): string {
  return `${group}/${plural}`
}
