// Owns which of several replicas of a built-in works: the one that started first, and the next when it stops.
import type { Builtin } from '../runtime/standin/builtins.ts'
import type { Replica } from './pod-session.ts'

/** Starts the work for one replica. @returns a function that ends it. */
export type Lead = (replica: Replica) => () => Promise<void>

/** An election among replicas that come and go. */
export class Leader {
  readonly #lead: Lead
  readonly #replicas: Replica[] = []
  #leading: { readonly replica: Replica; readonly stop: () => Promise<void> } | undefined

  constructor(lead: Lead) {
    this.#lead = lead
  }

  /** Takes part until the built-in that it answers is stopped. */
  async join(replica: Replica): Promise<Builtin> {
    this.#replicas.push(replica)
    await this.#elect()
    return {
      stop: async () => {
        this.#replicas.splice(this.#replicas.indexOf(replica), 1)
        await this.#elect()
      },
    }
  }

  async #elect(): Promise<void> {
    const [first] = this.#replicas
    if (this.#leading?.replica === first) return
    const former = this.#leading
    this.#leading = first && { replica: first, stop: this.#lead(first) }
    await former?.stop()
  }
}
