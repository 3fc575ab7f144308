// Owns moving stacks through their states: each pass looks at the stack and its resources and does what is next.
import { AwsError, messageOf } from '../../../../base/errors.ts'
import type { Controller, ReconcileResult } from '../../../../reconcile/controller.ts'
import { tableSource } from '../../../../reconcile/table-source.ts'
import {
  type CloudFormation,
  keyOfStack,
  type ResourceRecord,
  resourcesOf,
  type StackRecord,
} from '../state.ts'
import { moveStack, putResource } from './events.ts'
import { outputsOf, type Plan, planOf, propertiesOf } from './plan.ts'
import {
  beginResource,
  createResource,
  deleteReplaced,
  deleteResource,
  type Progress,
  updateResource,
} from './work.ts'

/** How often services are asked how far they are. */
const POLL_MS = 100

/** Builds, changes and removes stacks. */
export function stackController(cloudformation: CloudFormation): Controller {
  return {
    name: 'cloudformation-stack',
    sources: [tableSource(cloudformation.tables.stacks)],
    concurrency: 8,
    reconcile: async (key) => {
      const stack = cloudformation.tables.stacks.get(key)
      return stack && (await step(cloudformation, stack))
    },
  }
}

async function step(
  cloudformation: CloudFormation,
  stack: StackRecord,
): Promise<ReconcileResult | undefined> {
  switch (stack.status) {
    case 'CREATE_IN_PROGRESS':
      return await create(cloudformation, stack)
    case 'ROLLBACK_IN_PROGRESS':
      return await removeAll(cloudformation, stack, { done: 'ROLLBACK_COMPLETE', failed: 'ROLLBACK_FAILED' })
    case 'DELETE_IN_PROGRESS':
      return await removeAll(cloudformation, stack, { done: 'DELETE_COMPLETE', failed: 'DELETE_FAILED' })
    case 'UPDATE_IN_PROGRESS':
      return await update(cloudformation, stack)
    case 'UPDATE_ROLLBACK_IN_PROGRESS':
      return await rollBackUpdate(cloudformation, stack)
    case 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS':
      return await cleanUp(cloudformation, stack, 'UPDATE_COMPLETE')
    case 'UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS':
      return await cleanUp(cloudformation, stack, 'UPDATE_ROLLBACK_COMPLETE')
    default:
      return undefined
  }
}

async function create(
  cloudformation: CloudFormation,
  stack: StackRecord,
): Promise<ReconcileResult | undefined> {
  return await bringAll(cloudformation, stack, {
    done: { status: 'CREATE_COMPLETE' },
    lacking: (failed) => {
      const reason = `The following resource(s) failed to create: [${failed}]. `
      return stack.disableRollback
        ? { status: 'CREATE_FAILED', reason: reason.trim() }
        : { status: 'ROLLBACK_IN_PROGRESS', reason: `${reason}Rollback requested by user.` }
    },
    failed: (reason) => ({ status: 'ROLLBACK_IN_PROGRESS', reason }),
  })
}

type End = Partial<StackRecord> & Pick<StackRecord, 'status'>

/** How a stack ends that is built or changed. */
interface Ends {
  readonly done: End
  /** When resources have failed; their logical ids, joined. */
  readonly lacking: (failed: string) => End
  /** When outputs cannot be told. */
  readonly failed: (reason: string) => End
}

async function bringAll(
  cloudformation: CloudFormation,
  stack: StackRecord,
  ends: Ends,
): Promise<ReconcileResult | undefined> {
  const result = await advance(cloudformation, stack)
  if (result.state === 'pending') return { requeueAfterMs: POLL_MS }
  if (result.state === 'done') return await finish(cloudformation, stack, ends)
  await moveStack(cloudformation, stack, ends.lacking(result.failed.join(', ')))
  return undefined
}

async function finish(cloudformation: CloudFormation, stack: StackRecord, ends: Ends): Promise<undefined> {
  try {
    const outputs = outputsOf(planOf(cloudformation, stack, stack))
    await moveStack(cloudformation, stack, { ...ends.done, outputs })
  } catch (error) {
    if (!(error instanceof AwsError)) throw error
    await moveStack(cloudformation, stack, ends.failed(messageOf(error)))
  }
}

interface Advance {
  readonly state: 'done' | 'pending' | 'failed'
  readonly failed: readonly string[]
}

/** Creates and changes whatever can be now, side by side, until nothing more can. */
async function advance(cloudformation: CloudFormation, stack: StackRecord): Promise<Advance> {
  const settled = new Set<string>()
  const failed = new Set<string>()
  for (;;) {
    const plan = planOf(cloudformation, stack, stack)
    const ready = [...plan.needs].filter(
      ([logicalId, needs]) => !settled.has(logicalId) && [...needs].every((need) => settled.has(need)),
    )
    const results = await Promise.all(
      ready.map(async ([logicalId]) => ({
        logicalId,
        progress: await bring(cloudformation, { stack, plan, logicalId }),
      })),
    )
    for (const { logicalId, progress } of results) {
      if (progress === 'done') settled.add(logicalId)
      if (progress === 'failed') failed.add(logicalId)
    }
    if (failed.size > 0) {
      await cancel(
        cloudformation,
        stack,
        results.filter(({ progress }) => progress === 'pending').map((item) => item.logicalId),
      )
      return { state: 'failed', failed: [...failed] }
    }
    if (settled.size === plan.needs.size) return { state: 'done', failed: [] }
    if (!results.some(({ progress }) => progress === 'done')) return { state: 'pending', failed: [] }
  }
}

async function bring(
  cloudformation: CloudFormation,
  from: { stack: StackRecord; plan: Plan; logicalId: string },
): Promise<Progress> {
  const { stack, plan, logicalId } = from
  const existing = cloudformation.tables.resources.get(`${keyOfStack(stack.id)}/${logicalId}`)
  if (existing?.status === 'CREATE_FAILED') {
    if (stack.status === 'CREATE_IN_PROGRESS') return 'failed'
  } else if (existing?.status === 'CREATE_IN_PROGRESS') {
    return await createResource({ cloudformation, stack }, existing, { isRepeat: true })
  } else if (existing?.status === 'UPDATE_FAILED' && stack.status === 'UPDATE_IN_PROGRESS') {
    return 'failed'
  } else if (existing && existing.status !== 'DELETE_COMPLETE') {
    // During creation what is complete stays as it is; an update compares.
    if (stack.status === 'CREATE_IN_PROGRESS') return 'done'
  }
  const draft = draftOf(cloudformation, from)
  try {
    const properties = propertiesOf(plan, logicalId)
    if (
      existing &&
      existing.status !== 'DELETE_COMPLETE' &&
      existing.physicalId !== undefined &&
      existing.type === draft.type
    ) {
      return await updateResource({ cloudformation, stack }, existing, properties)
    }
    const begun = await beginResource({ cloudformation, stack }, { ...draft, properties })
    return await createResource({ cloudformation, stack }, begun, { isRepeat: false })
  } catch (error) {
    // A property that cannot be resolved fails its resource.
    if (!(error instanceof AwsError) || error.status >= 500) throw error
    await putResource(cloudformation, stack, { ...draft, status: 'CREATE_FAILED', reason: messageOf(error) })
    return 'failed'
  }
}

function draftOf(
  cloudformation: CloudFormation,
  { plan, logicalId }: { plan: Plan; logicalId: string },
): ResourceRecord {
  return {
    logicalId,
    type: plan.template.resources[logicalId]?.type ?? '',
    status: 'CREATE_IN_PROGRESS',
    attributes: {},
    properties: {},
    token: cloudformation.deps.ids.uuid(),
    updatedAtMs: 0,
  }
}

async function cancel(
  cloudformation: CloudFormation,
  stack: StackRecord,
  logicalIds: readonly string[],
): Promise<void> {
  const resources = resourcesOf(cloudformation, stack.id)
  for (const record of logicalIds.map((logicalId) => resources.get(logicalId))) {
    if (!record) continue
    const isNew = record.status === 'CREATE_IN_PROGRESS'
    await putResource(cloudformation, stack, {
      ...record,
      status: isNew ? 'CREATE_FAILED' : 'UPDATE_FAILED',
      reason: isNew ? 'Resource creation cancelled' : 'Resource update cancelled',
    })
  }
}

async function removeAll(
  cloudformation: CloudFormation,
  stack: StackRecord,
  ends: { done: 'ROLLBACK_COMPLETE' | 'DELETE_COMPLETE'; failed: 'ROLLBACK_FAILED' | 'DELETE_FAILED' },
): Promise<ReconcileResult | undefined> {
  const { state, failed } = await remove(cloudformation, stack, () => true)
  if (state === 'pending') return { requeueAfterMs: POLL_MS }
  if (state === 'failed') {
    await moveStack(cloudformation, stack, {
      status: ends.failed,
      reason: `The following resource(s) failed to delete: [${failed.join(', ')}]. `,
    })
    return undefined
  }
  const deletedAtMs = cloudformation.deps.clock.now()
  await moveStack(cloudformation, stack, {
    status: ends.done,
    outputs: [],
    ...(ends.done === 'DELETE_COMPLETE' ? { deletedAtMs } : {}),
  })
  return undefined
}

/** Removes the resources that `isDoomed` names, those that others need last. */
async function remove(
  cloudformation: CloudFormation,
  stack: StackRecord,
  isDoomed: (logicalId: string) => boolean,
): Promise<Advance> {
  const retained = new Set(stack.retainResources)
  const needs = needsOf(cloudformation, stack)
  const asked = new Set<string>()
  for (;;) {
    const doomed = [...resourcesOf(cloudformation, stack.id).values()].filter(
      (record) =>
        record.status !== 'DELETE_COMPLETE' &&
        record.status !== 'DELETE_SKIPPED' &&
        isDoomed(record.logicalId),
    )
    if (doomed.length === 0) return { state: 'done', failed: [] }
    const needed = new Set(doomed.flatMap((record) => [...(needs.get(record.logicalId) ?? [])]))
    const free = doomed.filter((record) => !needed.has(record.logicalId))
    const results = await Promise.all(
      (free.length > 0 ? free : doomed).map(async (record) => ({
        logicalId: record.logicalId,
        progress: await deleteOne(cloudformation, stack, {
          record,
          isRetained: isKept(cloudformation, { stack, record, retained }),
        }),
      })),
    )
    const failed = results.filter(({ progress }) => progress === 'failed').map((item) => item.logicalId)
    if (failed.length > 0) return { state: 'failed', failed }
    if (!results.some(({ progress, logicalId }) => progress === 'done' && !asked.has(logicalId))) {
      return { state: 'pending', failed: [] }
    }
    for (const { logicalId, progress } of results) if (progress === 'done') asked.add(logicalId)
  }
}

async function deleteOne(
  cloudformation: CloudFormation,
  stack: StackRecord,
  { record, isRetained }: { record: ResourceRecord; isRetained: boolean },
): Promise<Progress> {
  if (isRetained) {
    await putResource(cloudformation, stack, { ...record, status: 'DELETE_SKIPPED' })
    return 'done'
  }
  const left = await deleteReplaced({ cloudformation, stack }, record)
  return left === 'done' ? await deleteResource({ cloudformation, stack }, record) : left
}

function isKept(
  cloudformation: CloudFormation,
  from: { stack: StackRecord; record: ResourceRecord; retained: ReadonlySet<string> },
): boolean {
  const { stack, record, retained } = from
  if (retained.has(record.logicalId)) return true
  if (stack.status !== 'DELETE_IN_PROGRESS') return false
  const policy = planOf(cloudformation, stack, stack).template.resources[record.logicalId]?.deletionPolicy
  return policy === 'Retain'
}

// During an update the old version knows how what it had hangs together, the new one the rest.
function needsOf(cloudformation: CloudFormation, stack: StackRecord): Map<string, Set<string>> {
  const all = new Map<string, Set<string>>()
  for (const source of [stack, stack.previous]) {
    if (!source) continue
    for (const [logicalId, needs] of planOf(cloudformation, stack, source).needs) {
      all.set(logicalId, new Set([...(all.get(logicalId) ?? []), ...needs]))
    }
  }
  return all
}

async function update(
  cloudformation: CloudFormation,
  stack: StackRecord,
): Promise<ReconcileResult | undefined> {
  const failed = (reason: string): End => ({
    status: 'UPDATE_ROLLBACK_IN_PROGRESS',
    reason,
    ...stack.previous,
  })
  return await bringAll(cloudformation, stack, {
    done: { status: 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS' },
    lacking: (ids) => failed(`The following resource(s) failed to create or update: [${ids}]. `),
    failed,
  })
}

async function rollBackUpdate(
  cloudformation: CloudFormation,
  stack: StackRecord,
): Promise<ReconcileResult | undefined> {
  const failed = (reason: string): End => ({ status: 'UPDATE_ROLLBACK_FAILED', reason })
  return await bringAll(cloudformation, stack, {
    done: { status: 'UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS' },
    lacking: (ids) => failed(`The following resource(s) failed to update: [${ids}]. `),
    failed,
  })
}

/** Removes what the new version has no place for, and what replacements have left. */
async function cleanUp(
  cloudformation: CloudFormation,
  stack: StackRecord,
  status: 'UPDATE_COMPLETE' | 'UPDATE_ROLLBACK_COMPLETE',
): Promise<ReconcileResult | undefined> {
  const { needs } = planOf(cloudformation, stack, stack)
  for (const record of resourcesOf(cloudformation, stack.id).values()) {
    if (!needs.has(record.logicalId) || !record.replaced) continue
    if ((await deleteReplaced({ cloudformation, stack }, record)) === 'pending')
      return { requeueAfterMs: POLL_MS }
  }
  const { state } = await remove(cloudformation, stack, (logicalId) => !needs.has(logicalId))
  if (state === 'pending') return { requeueAfterMs: POLL_MS }
  // What cannot be removed stays behind; the update has succeeded all the same.
  await moveStack(cloudformation, stack, { status })
  return undefined
}
