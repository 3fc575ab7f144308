// Owns the slow half of instances: pending to running, stopping to stopped, shutting-down to terminated to forgotten.
import type { Controller, ReconcileResult } from '../../../reconcile/controller.ts'
import { tableSource } from '../../../reconcile/table-source.ts'
import type { Writer } from '../../../store/store.ts'
import { withoutAttachment } from './attachments.ts'
import { assignPublicIp, releasePublicIp } from './public-addresses.ts'
import type { Ec2State, InstanceRecord, InstanceState } from './state.ts'

/** How long AWS takes, in milliseconds; multiplied by the region's pace. */
const BOOT_MS = 15_000
const SHUTDOWN_MS = 30_000
const STOP_MS = 30_000
/** "Terminated instances remain visible … for approximately one hour." */
const VISIBLE_MS = 3_600_000

/** A state that lasts for a while, and what comes after it. */
interface Passage {
  readonly lastsMs: number
  readonly next: InstanceState
  /** What changes with it, in the same commit. */
  readonly also: (tx: Writer, ec2: Ec2State, record: InstanceRecord) => void
}

const PASSAGES: Partial<Record<InstanceState, Passage>> = {
  pending: { lastsMs: BOOT_MS, next: 'running', also: assignPublicIp },
  stopping: { lastsMs: STOP_MS, next: 'stopped', also: releasePublicIp },
  'shutting-down': { lastsMs: SHUTDOWN_MS, next: 'terminated', also: release },
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
  const passage = PASSAGES[record.state]
  if (!passage && record.state !== 'terminated') return
  const lastsMs = passage ? passage.lastsMs * pace : VISIBLE_MS
  const left = record.stateSinceMs + lastsMs - clock.now()
  if (left > 0) return { requeueAfterMs: left }
  if (!passage) {
    await ec2.instances.delete(id)
    return
  }
  await ec2.deps.store.transact((tx) => {
    passage.also(tx, ec2, record)
    enter(tx, ec2, { from: record, state: passage.next })
  })
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
  for (const { attachment, ...left } of ec2.interfaces.list()) {
    const isAttached = attachment?.instanceId === record.id
    // Whoever associated branches with its trunk removes them; nobody is left to.
    const isBranch = left.branch?.instanceId === record.id
    const isKept = isAttached && !isBranch && attachment.deleteOnTermination === false
    if (isKept) ec2.interfaces.putIn(tx, left.id, left)
    else if (isAttached || isBranch) ec2.interfaces.deleteIn(tx, left.id)
  }
  for (const id of record.volumeIds) {
    const volume = ec2.volumes.get(id)
    if (volume?.outlivesInstance) ec2.volumes.putIn(tx, id, withoutAttachment(volume))
    else ec2.volumes.deleteIn(tx, id)
  }
}
