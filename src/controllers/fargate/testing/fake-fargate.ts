// Owns the profiles and the capacity that tests of Fargate controllers set by hand.
import type { AwsError } from '../../../base/errors.ts'
import type { ActiveFargateProfile, FargateCapacity, FargateMachine, FargateProfiles } from '../ports.ts'

type Request = Parameters<FargateCapacity['provision']>[0]

/** Profiles as they are set. */
export class FakeProfiles implements FargateProfiles {
  readonly #handlers = new Set<() => void>()
  #profiles: readonly ActiveFargateProfile[] = []

  set(...profiles: ActiveFargateProfile[]): void {
    this.#profiles = profiles
    for (const handler of this.#handlers) handler()
  }

  active(): readonly ActiveFargateProfile[] {
    return this.#profiles
  }

  onChange(handler: () => void): () => void {
    this.#handlers.add(handler)
    return () => void this.#handlers.delete(handler)
  }
}

/** Machines without anything behind them: `fargate-ip-10-0-0-1…`, `-2…` and so on, one for each pod UID. */
export class FakeCapacity implements FargateCapacity {
  readonly requests: Request[] = []
  /** Rejections of the next calls of `provision`. */
  readonly failures: AwsError[] = []
  /** Awaited before a machine is handed out. */
  beforeProvisioned: () => Promise<void> = async () => undefined
  readonly #machines = new Map<string, FargateMachine>()
  #made = 0

  async provision(request: Request): Promise<FargateMachine> {
    this.requests.push(request)
    const failure = this.failures.shift()
    if (failure) throw failure
    const { uid } = request.pod.metadata
    const known = this.#machines.get(uid)
    if (known) return known
    const machine = this.#make()
    await this.beforeProvisioned()
    this.#machines.set(uid, machine)
    return machine
  }

  #make(): FargateMachine {
    this.#made += 1
    const nodeName = `fargate-ip-10-0-0-${this.#made}.eu-west-1.compute.internal`
    return { nodeName, ip: `10.0.0.${this.#made}` }
  }

  async release(nodeName: string): Promise<void> {
    for (const [uid, machine] of this.#machines) if (machine.nodeName === nodeName) this.#machines.delete(uid)
  }

  list(): { nodeName: string; podUid: string }[] {
    return [...this.#machines].map(([podUid, { nodeName }]) => ({ nodeName, podUid }))
  }
}
