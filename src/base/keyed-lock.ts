// Owns doing things of one kind one after the other within the process.

/** Runs actions with the same key in the order they came, each after the one before has ended. */
export class KeyedLock {
  readonly #last = new Map<string, Promise<unknown>>()

  /** Resolves or rejects as `action` does, once it has had its turn. */
  async run<T>(key: string, action: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key) ?? Promise.resolve()
    // Whether the one before failed is its own caller's business.
    const turn = before.then(action, action)
    this.#last.set(key, turn)
    try {
      return await turn
    } finally {
      if (this.#last.get(key) === turn) this.#last.delete(key)
    }
  }
}
