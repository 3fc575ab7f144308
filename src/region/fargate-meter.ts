// Owns how much the pods of a cluster have used of Fargate so far, as AWS bills it: each from the start of its image
// download until its machine ends (AWS Fargate pricing).
import type { Clock } from '../base/clock.ts'
import { DEFAULT_EPHEMERAL_GIB, type FargateSize } from '../rules/fargate/size.ts'
import { billedSeconds } from '../rules/prices/price.ts'
import type { Store } from '../store/store.ts'
import { Table } from '../store/table.ts'

/** A pod that is being billed. */
export interface FargateRun {
  readonly size: FargateSize
  readonly ephemeralGiB: number
  readonly fromMs: number
}

/** What has been used, in units that have prices. */
export interface FargateUse {
  readonly pods: number
  readonly vcpuHours: number
  readonly gbHours: number
  /** Of storage beyond what every pod has. */
  readonly storageGbHours: number
}

/** The tables of a meter: runs by pod UID, and the sum of those that have ended. */
export function meterTables(
  store: Store,
  prefix: string,
): { readonly runs: Table<FargateRun>; readonly ended: Table<FargateUse> } {
  return {
    runs: new Table(store, `${prefix}/fargate-runs`),
    ended: new Table(store, `${prefix}/fargate-use`),
  }
}

export interface FargateMeterOptions extends ReturnType<typeof meterTables> {
  readonly store: Pick<Store, 'transact'>
  readonly clock: Clock
}

const SUM = 'sum'
const NOTHING: FargateUse = { pods: 0, vcpuHours: 0, gbHours: 0, storageGbHours: 0 }

/** The meter of one cluster. */
export class FargateMeter {
  readonly #options: FargateMeterOptions

  constructor(options: FargateMeterOptions) {
    this.#options = options
  }

  /** An image of the pod is asked for; later ones of the same pod change nothing. */
  async begin(podUid: string, machine: Omit<FargateRun, 'fromMs'>): Promise<void> {
    const { runs, clock } = this.#options
    if (runs.get(podUid)) return
    const { size, ephemeralGiB } = machine
    await runs.create(podUid, { size, ephemeralGiB, fromMs: clock.now() })
  }

  /** The machine of the pod ends; nothing when it never came to an image, or has ended before. */
  async end(podUid: string): Promise<void> {
    const { runs, ended, clock, store } = this.#options
    if (!runs.get(podUid)) return
    await store.transact((tx) => {
      const run = runs.get(podUid)
      if (!run) return
      ended.putIn(tx, SUM, sum(ended.get(SUM) ?? NOTHING, useOf(run, clock.now())))
      runs.deleteIn(tx, podUid)
    })
  }

  /** Of all pods so far, those that run up to now. */
  use(): FargateUse {
    const { runs, ended, clock } = this.#options
    const nowMs = clock.now()
    return runs.list().reduce((total, run) => sum(total, useOf(run, nowMs)), ended.get(SUM) ?? NOTHING)
  }
}

function useOf({ size, ephemeralGiB, fromMs }: FargateRun, toMs: number): FargateUse {
  const hours = billedSeconds(fromMs, toMs) / 3600
  return {
    pods: 1,
    vcpuHours: size.vcpu * hours,
    gbHours: size.memoryGB * hours,
    storageGbHours: Math.max(0, ephemeralGiB - DEFAULT_EPHEMERAL_GIB) * hours,
  }
}

function sum(a: FargateUse, b: FargateUse): FargateUse {
  return {
    pods: a.pods + b.pods,
    vcpuHours: a.vcpuHours + b.vcpuHours,
    gbHours: a.gbHours + b.gbHours,
    storageGbHours: a.storageGbHours + b.storageGbHours,
  }
}
