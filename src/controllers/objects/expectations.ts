// Owns the memory of writes that the informer has not shown yet, so that no pass acts twice on an old view.
// Source: kubernetes pkg/controller/controller_utils.go (ControllerExpectations).
import type { Clock } from '../../base/clock.ts'
import type { KubernetesObject } from '../../kubernetes/client/client.ts'
import type { Informer, Source } from '../../reconcile/controller.ts'

// A lost watch event must not stop a controller for ever.
const EXPIRY_MS = 5 * 60_000

interface Pending {
  creations: number
  readonly deletions: Set<string>
  readonly sinceMs: number
}

/** Creations and deletions that each owner, by uid, still waits to see. */
export class Expectations {
  readonly #pending = new Map<string, Pending>()
  readonly #clock: Clock

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** To be called before the writes: their events may come before their answers. Adds to what is waited for. */
  expect(
    owner: string,
    writes: { readonly creations?: number; readonly deletions?: readonly string[] },
  ): void {
    const pending = this.#pending.get(owner)
    this.#pending.set(owner, {
      creations: (pending?.creations ?? 0) + (writes.creations ?? 0),
      deletions: new Set([...(pending?.deletions ?? []), ...(writes.deletions ?? [])]),
      sinceMs: this.#clock.now(),
    })
  }

  /** A child was seen for the first time, or a creation failed. */
  created(owner: string): void {
    const pending = this.#pending.get(owner)
    if (pending) pending.creations -= 1
  }

  /** A child went, started to go, or could not be deleted. */
  deleted(owner: string, uid: string): void {
    this.#pending.get(owner)?.deletions.delete(uid)
  }

  /** True when the informer shows everything that was written for the owner. */
  areMet(owner: string): boolean {
    const pending = this.#pending.get(owner)
    if (!pending) return true
    if (pending.creations > 0 || pending.deletions.size > 0) {
      if (this.#clock.now() - pending.sinceMs < EXPIRY_MS) return false
    }
    this.#pending.delete(owner)
    return true
  }

  /** A source that wakes nobody and keeps the count; it stands before the one that wakes the controller. */
  observing<T extends KubernetesObject>(
    children: Informer<T>,
    ownerOf: (child: T) => string | undefined,
  ): Source {
    return {
      subscribe: () =>
        children.onChange(({ before, after }) => {
          const child = after ?? before
          const owner = child && ownerOf(child)
          if (!child || owner === undefined) return
          if (!before) this.created(owner)
          if (!after || after.metadata.deletionTimestamp) this.deleted(owner, child.metadata.uid)
        }),
    }
  }
}
