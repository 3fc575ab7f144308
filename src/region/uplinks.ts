// Owns the ways out of the VPCs of real pods: which addresses go out follows the region's route tables and gateways.
import { existsSync } from 'node:fs'

import type { Clock, Timer } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import { RuleTable } from '../network/vpc/rule-table.ts'
import {
  connectUplink,
  disconnectUplink,
  isConnected,
  UPLINK_TABLE,
  uplinkRules,
} from '../network/vpc/uplink.ts'
import type { VpcNetwork } from '../network/vpc/vpc-networks.ts'
import { keepInStep, type InStep } from '../reconcile/keep-in-step.ts'

/** What leads out: a process in a network namespace that has a way to other networks. */
export interface Upstreams {
  ensure(vpcId: string): Promise<number>
  remove(vpcId: string): Promise<void>
}

export interface UplinksOptions {
  readonly upstreams: Upstreams
  readonly waysOut: {
    blocks(vpcId: string): readonly string[]
    onChange(listener: () => void): () => void
  }
  /** Whether the end of the region leaves pods running, and their way out with them. */
  readonly keeps: () => boolean
  readonly clock: Clock
  readonly log: Log
}

/** Ways out, one a VPC however many clusters are in it. */
export interface Uplinks {
  /** @returns what ends this use */
  serve(network: Pick<VpcNetwork, 'namespace'>, vpc: Vpc): () => Promise<void>
}

interface Vpc {
  readonly id: string
  readonly cidr: string
}

/** The ways out of a region's VPCs. */
export function createUplinks(options: UplinksOptions): Uplinks {
  const served = new Map<string, { readonly uplink: Uplink; users: number }>()
  return {
    serve(network, vpc) {
      const known = served.get(vpc.id) ?? { uplink: new Uplink(network, vpc, options), users: 0 }
      known.users++
      served.set(vpc.id, known)
      return async () => {
        if (--known.users > 0) return
        served.delete(vpc.id)
        await known.uplink.close()
      }
    },
  }
}

// An engine that was restarted may have lost the container.
const LOOK_MS = 10_000

class Uplink {
  readonly #network: Pick<VpcNetwork, 'namespace'>
  readonly #vpc: Vpc
  readonly #options: UplinksOptions
  readonly #rules: RuleTable
  readonly #inStep: InStep
  readonly #unsubscribe: () => void
  #look: Timer | undefined
  /** Undefined: not connected. */
  #pid: number | undefined

  constructor(network: Pick<VpcNetwork, 'namespace'>, vpc: Vpc, options: UplinksOptions) {
    this.#network = network
    this.#vpc = vpc
    this.#options = options
    this.#rules = new RuleTable(network.namespace, UPLINK_TABLE)
    const what = 'the ways out of a VPC'
    this.#inStep = keepInStep({ ...options, what, sync: () => this.#sync() })
    this.#unsubscribe = options.waysOut.onChange(() => this.#inStep.wake())
  }

  async close(): Promise<void> {
    this.#unsubscribe()
    this.#look?.cancel()
    await this.#inStep.stop()
    const { keeps, upstreams, log } = this.#options
    if (keeps()) return
    await disconnectUplink(this.#network.namespace)
    await upstreams.remove(this.#vpc.id).catch((error: unknown) => {
      log.warn('what led out of a VPC was not removed', { error })
    })
  }

  async #sync(): Promise<void> {
    const { waysOut, upstreams, log } = this.#options
    const { id, cidr } = this.#vpc
    // Before there is a way, so that nothing goes out that may not.
    await this.#rules.apply(uplinkRules(cidr, waysOut.blocks(id)))
    if (this.#pid !== undefined && isThere(this.#pid)) return
    try {
      const pid = await upstreams.ensure(id)
      if (this.#pid !== pid || !(await isConnected(this.#network.namespace))) {
        await connectUplink(this.#network.namespace, pid)
      }
      this.#pid = pid
      this.#watch()
    } catch (error) {
      // Pods do without, as containers of this engine do.
      this.#pid = undefined
      log.warn('pods have no way out of their VPC', { vpc: id, error })
    }
  }

  #watch(): void {
    this.#look?.cancel()
    this.#look = this.#options.clock.after(LOOK_MS, () => {
      if (this.#pid !== undefined && isThere(this.#pid)) this.#watch()
      else this.#inStep.wake()
    })
  }
}

function isThere(pid: number): boolean {
  return existsSync(`/proc/${pid}/ns/net`)
}
