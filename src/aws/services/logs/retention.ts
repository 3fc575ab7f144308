// Owns what becomes of old events: those past their group's retention go, and those that no stream has any more.
import type { Controller } from '../../../reconcile/controller.ts'
import { intervalSource } from '../../../reconcile/table-source.ts'
import type { LogGroupRecord, LogsState } from './state.ts'

/** "CloudWatch Logs doesn't immediately delete log events … it typically takes up to 72 hours." Reads hide them at once. */
const SWEEP_INTERVAL_MS = 3_600_000

/** Forgets the events of a group that are past its retention. */
export async function expire(logs: LogsState, group: LogGroupRecord): Promise<void> {
  const expiryMs = logs.expiryOf(group)
  if (expiryMs <= 0) return
  for (const { id } of logs.streamsOf(group.name)) {
    const extent = logs.events.extentOf(id)
    if (extent && extent.firstMs < expiryMs) await logs.events.drop(id, expiryMs)
  }
}

/** Sweeps now and then, and at the start: a kill between removing a stream and its events leaves events behind. */
export function retentionController(logs: LogsState): Controller {
  return {
    name: 'logs-retention',
    sources: [intervalSource(logs.deps.clock, SWEEP_INTERVAL_MS)],
    reconcile: async () => {
      // In this order: a stream is there before its first event.
      const held = logs.events.streams()
      const known = new Set(logs.streams.list().map(({ id }) => id))
      for (const id of held.filter((each) => !known.has(each))) await logs.events.drop(id)
      for (const group of logs.groups.list()) await expire(logs, group)
    },
  }
}
