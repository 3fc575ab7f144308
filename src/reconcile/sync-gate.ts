// Owns the waiting of controllers for their informers: none acts on a half-loaded view of the cluster.

/** Open while every informer that was announced has its initial list. */
export class SyncGate {
  #outstanding = 0
  readonly #waiting = new Set<() => void>()

  /** Announces one informer. @returns to be called once, when its initial list is in. */
  expect(): () => void {
    this.#outstanding += 1
    return () => {
      this.#outstanding -= 1
      if (this.#outstanding === 0) this.#release()
    }
  }

  /** Calls back as soon as the gate is open, at once when it is. @returns a function that takes the wish back. */
  whenOpen(action: () => void): () => void {
    if (this.#outstanding === 0) {
      action()
      return () => undefined
    }
    this.#waiting.add(action)
    return () => void this.#waiting.delete(action)
  }

  #release(): void {
    const actions = [...this.#waiting]
    this.#waiting.clear()
    for (const action of actions) action()
  }
}
