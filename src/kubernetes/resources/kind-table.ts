// Owns the kinds of one API server: those that it starts with, and those that are added while it runs.
import type { Kind } from './kind.ts'

/** A table of kinds by the place of their resource in the API. */
export class KindTable {
  readonly #kinds = new Map<string, Kind>()

  constructor(kinds: readonly Kind[]) {
    for (const kind of kinds) this.#kinds.set(placeOf(kind.resource), kind)
  }

  /** All kinds, in the order in which they came. */
  get all(): readonly Kind[] {
    return [...this.#kinds.values()]
  }

  /** The kind behind a resource of the API; undefined when there is none. */
  find(resource: Place): Kind | undefined {
    return this.#kinds.get(placeOf(resource))
  }

  /**
   * Makes a kind part of the API.
   * @returns a function that takes it out again; its objects stay where they are stored.
   */
  add(kind: Kind): () => void {
    const place = placeOf(kind.resource)
    this.#kinds.set(place, kind)
    return () => {
      if (this.#kinds.get(place) === kind) this.#kinds.delete(place)
    }
  }
}

interface Place {
  readonly group: string
  readonly version: string
  readonly plural: string
}

function placeOf({ group, version, plural }: Place): string {
  return `${group}/${version}/${plural}`
}
