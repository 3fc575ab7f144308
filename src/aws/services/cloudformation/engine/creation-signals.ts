// Owns resources whose creation counts as done only once enough signals have come, as their creation policy says.
import { AwsError } from '../../../../base/errors.ts'
import { PROPERTY_VALIDATION } from '../resources/plan-change.ts'
import type { ResourceRecord } from '../state.ts'
import { awaitedBy, verdictOf } from '../template/signals.ts'
import { recordResourceEvent } from './events.ts'
import { contextOf, typeOf, type Work } from './resource-work.ts'

/**
 * Whether what was made has been told of as its creation policy wants.
 * @throws AwsError when it never will be
 */
export async function awaitSignals(work: Work, record: ResourceRecord): Promise<'ready' | 'pending'> {
  const { creationPolicy, awaitsSinceMs } = record
  if (creationPolicy === undefined || awaitsSinceMs === undefined) return 'ready'
  const awaited = awaitedBy(creationPolicy, { isGroup: typeOf(record).creationPolicy === 'group' })
  const context = contextOf(work, record)
  const signals = context.signalsSince(record.begunAtMs)
  const verdict = verdictOf(awaited, signals, context.nowMs - awaitsSinceMs)
  if (verdict.state !== 'failed') return verdict.state
  if (verdict.missing !== undefined) {
    await recordResourceEvent(work.cloudformation, work.stack, {
      ...record,
      status: 'UPDATE_IN_PROGRESS',
      reason: verdict.missing,
    })
  }
  throw new AwsError(PROPERTY_VALIDATION, verdict.reason)
}
