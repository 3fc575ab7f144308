// Owns the chain of admission: built-in steps, then those that were added, then what has to see the result of them all.
// Source of the order: pkg/kubeapiserver/options/plugins.go.
import type { KubernetesObject } from '../../client/client.ts'
import type { Admission, AdmissionRequest, Reinvocation } from '../../registry/admission.ts'
import type { AdmissionPlugin, MutatingPlugin, ValidatingPlugin } from '../ports.ts'

export interface ChainParts {
  readonly first: readonly AdmissionPlugin[]
  /** Steps that run after added ones: webhooks and policies, and quota at the very end. */
  readonly last?: readonly AdmissionPlugin[]
}

/** An ordered set of plugins, run once before and once after validation. */
export class AdmissionChain implements Admission {
  readonly #first: AdmissionPlugin[]
  readonly #last: readonly AdmissionPlugin[]
  /** Those of each phase, in order: a write asks every one of them, and most have a say in one phase only. */
  #mutating: readonly MutatingPlugin[] = []
  #validating: readonly ValidatingPlugin[] = []

  constructor({ first, last = [] }: ChainParts) {
    this.#first = [...first]
    this.#last = last
    this.#sort()
  }

  #sort(): void {
    const all = [...this.#first, ...this.#last]
    this.#mutating = all.filter((plugin) => 'admit' in plugin)
    this.#validating = all.filter((plugin) => 'validate' in plugin)
  }

  /** Adds a step behind those that are there, before the last ones. @returns a function that takes it out. */
  add(plugin: AdmissionPlugin): () => void {
    this.#first.push(plugin)
    this.#sort()
    return () => {
      const index = this.#first.indexOf(plugin)
      if (index >= 0) this.#first.splice(index, 1)
      this.#sort()
    }
  }

  /**
   * Runs every mutating step on what the one before left, and all of them once more when one asks for that.
   * @throws StatusError of the first that refuses.
   */
  async admit(request: AdmissionRequest): Promise<KubernetesObject | null> {
    let isWanted = false
    const first = { isSecond: false, request: () => void (isWanted = true), kept: new Map<string, unknown>() }
    const object = await this.#run({ ...request, reinvocation: first })
    if (!isWanted) return object
    const second: Reinvocation = { ...first, isSecond: true }
    return await this.#run({ ...request, object, reinvocation: second })
  }

  async #run(request: AdmissionRequest): Promise<KubernetesObject | null> {
    let current = request
    for (const plugin of this.#mutating) {
      const step = plugin.admit(current)
      // Nearly all answer at once, and every wait is a turn for nothing.
      const object = step instanceof Promise ? await step : step
      // Most steps leave most objects as they are.
      if (object && object !== current.object) current = { ...current, object }
    }
    return current.object
  }

  /** Runs every validating step on the object to be stored. @throws StatusError of the first that refuses. */
  async validate(request: AdmissionRequest): Promise<void> {
    for (const plugin of this.#validating) {
      const step = plugin.validate(request)
      if (step instanceof Promise) await step
    }
  }
}
