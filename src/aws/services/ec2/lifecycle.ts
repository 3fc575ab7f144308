// Owns the slow half of instances: pending to running, shutting-down to terminated to forgotten.
import type { Controller, ReconcileResult, Source } from '../../../reconcile/controller.ts'
import type { Table } from '../../../store/table.ts'
import type { Ec2State, InstanceRecord, InstanceState } from './state.ts'

/** How long AWS takes, in milliseconds; multiplied by the region's pace. */
const BOOT_MS = 15_000
const SHUTDOWN_MS = 30_000
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
    await enter(ec2, record, 'running')
  } else if (record.state === 'shutting-down') {
    const left = waitMs(SHUTDOWN_MS * pace)
    if (left > 0) return { requeueAfterMs: left }
    await release(ec2, record)
    await enter(ec2, record, 'terminated')
  } else if (record.state === 'terminated') {
    const left = waitMs(VISIBLE_MS)
    if (left > 0) return { requeueAfterMs: left }
    await ec2.instances.delete(id)
  }
}

async function enter(ec2: Ec2State, from: InstanceRecord, state: InstanceState): Promise<void> {
  await ec2.instances.update(from.id, (current) =>
    current.state === from.state ? { ...current, state, stateSinceMs: ec2.deps.clock.now() } : undefined,
  )
}

// Interfaces and volumes go with the instance they were launched with.
async function release(ec2: Ec2State, record: InstanceRecord): Promise<void> {
  const attached = ec2.interfaces.list().filter(({ attachment }) => attachment?.instanceId === record.id)
  for (const { id } of attached) await ec2.interfaces.delete(id)
  for (const id of record.volumeIds) await ec2.volumes.delete(id)
}
