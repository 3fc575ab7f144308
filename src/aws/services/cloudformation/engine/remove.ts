// Owns removing resources of a stack: those that others need last.
import { type CloudFormation, type ResourceRecord, resourcesOf, type StackRecord } from '../state.ts'
import type { Advance } from './advance.ts'
import { putResource } from './events.ts'
import { planOf } from './plan.ts'
import { deleteReplaced, deleteResource } from './resource-removal.ts'
import type { Progress } from './resource-work.ts'

/** Removes the resources that `isDoomed` names, and what replacements of them have left. */
export async function remove(
  cloudformation: CloudFormation,
  stack: StackRecord,
  isDoomed: (logicalId: string) => boolean,
): Promise<Advance> {
  const needs = needsOf(cloudformation, stack)
  for (;;) {
    const doomed = [...resourcesOf(cloudformation, stack.id).values()].filter(
      (record) => !isGone(record) && isDoomed(record.logicalId),
    )
    const failed = doomed.filter((record) => hasFailed(stack, record))
    const open = doomed.filter((record) => !failed.includes(record))
    const end: Advance = {
      state: failed.length > 0 ? 'failed' : 'done',
      failed: failed.map((record) => record.logicalId),
    }
    if (open.length === 0) return end
    // What could not be removed still needs what it needs.
    const needed = new Set(doomed.flatMap((record) => [...(needs.get(record.logicalId) ?? [])]))
    const free = open.filter((record) => !needed.has(record.logicalId))
    if (free.length === 0 && failed.length > 0) return end
    // Two versions of a template may need each other in a circle.
    const next = free.length > 0 ? free : open
    const results = await Promise.all(next.map((record) => deleteOne(cloudformation, stack, record)))
    if (results.every((progress) => progress === 'pending')) return { state: 'pending', failed: [] }
  }
}

/** True for what has failed since the stack is at this; what failed before is tried again. */
function hasFailed(stack: StackRecord, { status, failedInTurn }: ResourceRecord): boolean {
  return status === 'DELETE_FAILED' && failedInTurn === stack.turn
}

function isGone({ status }: ResourceRecord): boolean {
  return status === 'DELETE_COMPLETE' || status === 'DELETE_SKIPPED'
}

async function deleteOne(
  cloudformation: CloudFormation,
  stack: StackRecord,
  record: ResourceRecord,
): Promise<Progress> {
  if (isKept(stack, record)) {
    await putResource(cloudformation, stack, record.logicalId, () => ({
      ...record,
      status: 'DELETE_SKIPPED',
    }))
    return 'done'
  }
  const work = { cloudformation, stack }
  const left = await deleteReplaced(work, record)
  return left === 'done' ? await deleteResource(work, record) : left
}

/**
 * DeletionPolicy `Retain` keeps a resource whenever it would be removed; `RetainExceptOnCreate` does but for the
 * rollback of the operation that made it (template reference, DeletionPolicy).
 */
function isKept(stack: StackRecord, record: ResourceRecord): boolean {
  if (stack.retainResources?.includes(record.logicalId)) return true
  // Nothing was made that could be kept.
  if (record.physicalId === undefined) return false
  if (record.deletionPolicy === 'Retain') return true
  return record.deletionPolicy === 'RetainExceptOnCreate' && !stack.status.includes('ROLLBACK')
}

// During an update the old version knows how what it had hangs together, the new one the rest.
function needsOf(cloudformation: CloudFormation, stack: StackRecord): Map<string, Set<string>> {
  const all = new Map<string, Set<string>>()
  for (const source of [stack, stack.previous]) {
    if (!source || source.templateBody === '') continue
    for (const [logicalId, needs] of planOf(cloudformation, stack, source).needs) {
      all.set(logicalId, new Set([...(all.get(logicalId) ?? []), ...needs]))
    }
  }
  return all
}
