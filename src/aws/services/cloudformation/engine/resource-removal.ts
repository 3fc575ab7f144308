// Owns removing one resource, and what replacements of it have left.
import { isRefusal, messageOf } from '../../../../base/errors.ts'
import type { ReplacedResource, ResourceRecord } from '../state.ts'
import { putResource, recordResourceEvent } from './events.ts'
import { findUnrecorded, lastKnown } from './resource-change.ts'
import { contextOf, isPassing, type Progress, reasonOf, typeOf, type Work } from './resource-work.ts'

/**
 * How long something that still holds on to a resource is waited for. AWS's handlers wait up to half an hour; near,
 * what goes is gone within seconds.
 */
const IN_USE_MS = 60_000

/** Removes a resource. A service that still needs it is asked again later, for a while. */
export async function deleteResource(work: Work, record: ResourceRecord): Promise<Progress> {
  if (record.status === 'DELETE_COMPLETE') return 'done'
  const physicalId = record.physicalId ?? (await findUnrecorded(work, record))
  if (physicalId === undefined) {
    await put(work, { ...withoutReason(record), status: 'DELETE_COMPLETE' })
    return 'done'
  }
  const current =
    record.status === 'DELETE_IN_PROGRESS'
      ? record
      : await put(work, { ...withoutReason(record), physicalId, status: 'DELETE_IN_PROGRESS' })
  try {
    const isCopied = await keepCopy(work, current, { physicalId, policy: record.deletionPolicy })
    if (!isCopied || !(await remove(work, current, { ...current, physicalId }))) return 'pending'
    await put(work, { ...current, status: 'DELETE_COMPLETE' })
    return 'done'
  } catch (error) {
    if (!isRefusal(error)) throw error
    const isLate = work.cloudformation.deps.clock.now() - current.updatedAtMs > IN_USE_MS
    if (isPassing(error) && !isLate) return 'pending'
    await put(work, {
      ...current,
      status: 'DELETE_FAILED',
      reason: reasonOf(error, record),
      ...(work.stack.turn === undefined ? {} : { failedInTurn: work.stack.turn }),
    })
    return 'failed'
  }
}

/** @returns true once there is a copy, where the policy wants one */
async function keepCopy(
  work: Work,
  record: ResourceRecord,
  doomed: { readonly physicalId: string; readonly policy: string | undefined },
): Promise<boolean> {
  const type = typeOf(record)
  if (doomed.policy !== 'Snapshot' || !type.snapshot) return true
  return await type.snapshot(doomed.physicalId, contextOf(work, record))
}

async function remove(
  work: Work,
  record: ResourceRecord,
  doomed: Pick<ReplacedResource, 'physicalId' | 'properties'>,
): Promise<boolean> {
  const properties = lastKnown({ ...record, properties: doomed.properties })
  return await typeOf(record).remove(doomed.physicalId, contextOf(work, record), properties)
}

/** Removes what replacements have left behind, unless the template says to keep it. */
export async function deleteReplaced(work: Work, record: ResourceRecord): Promise<'done' | 'pending'> {
  const { replaced = [], ...rest } = record
  const [next, ...others] = replaced
  if (!next) return 'done'
  const end = await endOf(work, record, next)
  if (end === 'pending') return 'pending'
  const { cloudformation, stack } = work
  const left = await putResource(cloudformation, stack, record.logicalId, () => ({
    ...rest,
    ...(others.length > 0 ? { replaced: others } : {}),
  }))
  await recordResourceEvent(cloudformation, stack, { ...record, physicalId: next.physicalId, ...end })
  return await deleteReplaced(work, left)
}

type End = Pick<ResourceRecord, 'status' | 'reason'>

async function endOf(work: Work, record: ResourceRecord, doomed: ReplacedResource): Promise<End | 'pending'> {
  if (record.updateReplacePolicy === 'Retain') return { status: 'DELETE_SKIPPED' }
  try {
    const { physicalId } = doomed
    const isCopied = await keepCopy(work, record, { physicalId, policy: record.updateReplacePolicy })
    const isGone = isCopied && (await remove(work, { ...withoutChange(record), ...doomed }, doomed))
    return isGone ? { status: 'DELETE_COMPLETE' } : 'pending'
  } catch (error) {
    if (!isRefusal(error)) throw error
    const isLate = work.cloudformation.deps.clock.now() - record.updatedAtMs > IN_USE_MS
    if (isPassing(error) && !isLate) return 'pending'
    work.cloudformation.deps.log.warn('a replaced resource stays behind', {
      physicalId: doomed.physicalId,
      error: messageOf(error),
    })
    return { status: 'DELETE_FAILED', reason: reasonOf(error, doomed) }
  }
}

function withoutChange({ target: _target, attempt: _attempt, ...record }: ResourceRecord): ResourceRecord {
  return record
}

async function put({ cloudformation, stack }: Work, record: ResourceRecord): Promise<ResourceRecord> {
  return await putResource(cloudformation, stack, record.logicalId, () => record)
}

function withoutReason({ reason: _reason, ...record }: ResourceRecord): ResourceRecord {
  return record
}
