// Owns the chain of admission: built-in steps first, then those that were added, in order.
import type { KubernetesObject } from '../../client/client.ts'
import type { AdmissionPlugin, AdmissionRequest } from '../ports.ts'

/** An ordered set of plugins. */
export class AdmissionChain {
  readonly #plugins: AdmissionPlugin[]

  constructor(plugins: readonly AdmissionPlugin[]) {
    this.#plugins = [...plugins]
  }

  /** Adds a step at the end. @returns a function that takes it out. */
  add(plugin: AdmissionPlugin): () => void {
    this.#plugins.push(plugin)
    return () => {
      const index = this.#plugins.indexOf(plugin)
      if (index >= 0) this.#plugins.splice(index, 1)
    }
  }

  /** Runs every step on what the one before left. @throws StatusError of the first that refuses. */
  async admit(request: AdmissionRequest): Promise<KubernetesObject | null> {
    let { object } = request
    for (const plugin of this.#plugins) {
      object = (await plugin.admit({ ...request, object })) ?? object
    }
    return object
  }
}
