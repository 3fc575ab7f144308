// Owns the slow half of instances: pending to running, stopping to stopped, shutting-down to terminated to forgotten.
import type { Controller, ReconcileResult, Source } from '../../../reconcile/controller.ts'
import type { Writer } from '../../../store/store.ts'
import type { Table } from '../../../store/table.ts'
import { withoutAttachment } from './attachments.ts'
import { assignPublicIp, releasePublicIp } from './public-addresses.ts'
import type { Ec2State, InstanceRecord, InstanceState } from './state.ts'

/** How long AWS takes, in milliseconds; multiplied by the region's pace. */
const BOOT_MS = 15_000
const SHUTDOWN_MS = 30_000
const STOP_MS = 30_000
/** "Terminated instances remain visible … for approximately one hour." */
const VISIBLE_MS = 3_600_000

/** A source that wakes a controller by the keys of a table. */
export function tableSource<T>(table: Table<T>): Source {
  return {
    subscribe(enqueue) {
      const stop = table.watch(({ key }) => enqueue(key))
      for (const { key } of table.rows()) enqueue(key)
      return stop
    },
  }
}

/** The controller that moves instances through their states. */
export function instanceController(ec2: Ec2State): Controller {
  return {
    name: 'ec2-instances',
    sources: [tableSource(ec2.instances)],
    reconcile: (key) => reconcile(ec2, key),
  }
}

async function reconcile(ec2: Ec2State, id: string): Promise<ReconcileResult | void> {
  const record = ec2.instances.get(id)
  if (!record) return
  const { clock, pace } = ec2.deps
  const waitMs = (lastsMs: number): number => record.stateSinceMs + lastsMs - clock.now()
  if (record.state === 'pending') {
    const left = waitMs(BOOT_MS * pace)
    if (left > 0) return { requeueAfterMs: left }
    await ec2.deps.store.transact((tx) => {
      assignPublicIp(tx, ec2, record)
      enter(tx, ec2, { from: record, state: 'running' })
    })
  } else if (record.state === 'stopping') {
    const left = waitMs(STOP_MS * pace)
    if (left > 0) return { requeueAfterMs: left }
    await ec2.deps.store.transact((tx) => {
      releasePublicIp(tx, ec2, record)
      enter(tx, ec2, { from: record, state: 'stopped' })
    })
  } else if (record.state === 'shutting-down') {
    const left = waitMs(SHUTDOWN_MS * pace)
    if (left > 0) return { requeueAfterMs: left }
    await ec2.deps.store.transact((tx) => {
      release(tx, ec2, record)
      enter(tx, ec2, { from: record, state: 'terminated' })
    })
  } else if (record.state === 'terminated') {
    const left = waitMs(VISIBLE_MS)
    if (left > 0) return { requeueAfterMs: left }
    await ec2.instances.delete(id)
  }
}

function enter(
  tx: Writer,
  ec2: Ec2State,
  { from, state }: { readonly from: InstanceRecord; readonly state: InstanceState },
): void {
  ec2.instances.updateIn(tx, from.id, (current) =>
    current.state === from.state ? { ...current, state, stateSinceMs: ec2.deps.clock.now() } : undefined,
  )
}

// Volumes and interfaces go with their instance, unless that was declined.
function release(tx: Writer, ec2: Ec2State, record: InstanceRecord): void {
  const attached = ec2.interfaces.list().filter(({ attachment }) => attachment?.instanceId === record.id)
  for (const { attachment, ...left } of attached) {
    if (attachment?.deleteOnTermination === false) ec2.interfaces.putIn(tx, left.id, left)
    else ec2.interfaces.deleteIn(tx, left.id)
  }
  for (const id of record.volumeIds) {
    const volume = ec2.volumes.get(id)
    if (volume?.outlivesInstance) ec2.volumes.putIn(tx, id, withoutAttachment(volume))
    else ec2.volumes.deleteIn(tx, id)
  }
}
