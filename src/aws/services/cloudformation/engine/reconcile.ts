// Owns moving stacks through their states: each pass looks at the stack and its resources and does what is next.
import { AwsError, messageOf } from '../../../../base/errors.ts'
import type { ReconcileResult } from '../../../../reconcile/controller.ts'
import { type CloudFormation, resourcesOf, type StackRecord } from '../state.ts'
import { advance } from './advance.ts'
import { moveStack } from './events.ts'
import { checkExports } from './exports.ts'
import { outputsOf, planOf } from './plan.ts'
import { remove } from './remove.ts'
import { deleteReplaced } from './resource-removal.ts'

/** How often services are asked how far they are. */
const POLL_MS = 100

/** One pass over the stack of a key: builds, changes or removes it as far as it can be now. */
export async function reconcileStack(
  cloudformation: CloudFormation,
  key: string,
): Promise<ReconcileResult | undefined> {
  const stack = cloudformation.tables.stacks.get(key)
  return stack && (await step(cloudformation, stack))
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
  const { createdAtMs, timeoutMs } = stack
  if (timeoutMs !== undefined && cloudformation.deps.clock.now() - createdAtMs >= timeoutMs) {
    // As the console shows it; in the events of a resource it is a cancellation.
    await moveStack(
      cloudformation,
      stack,
      creationFailed(stack, 'Stack creation time exceeded the specified timeout. '),
    )
    return undefined
  }
  return await bringAll(cloudformation, stack, {
    done: { status: 'CREATE_COMPLETE' },
    lacking: (reason) => creationFailed(stack, reason),
    failed: (reason) => creationFailed(stack, `${reason} `),
  })
}

function creationFailed(stack: StackRecord, reason: string): End {
  if (stack.disableRollback) return { status: 'CREATE_FAILED', reason }
  // By analogy: the words for OnFailure DELETE were not found.
  if (stack.deletesOnFailure)
    return { status: 'DELETE_IN_PROGRESS', reason: `${reason}Delete requested by user.` }
  return { status: 'ROLLBACK_IN_PROGRESS', reason: `${reason}Rollback requested by user.` }
}

type End = Partial<StackRecord> & Pick<StackRecord, 'status'>

/** How a stack ends that is built or changed. */
interface Ends {
  readonly done: End
  /** When resources have failed; with the sentence that names them. */
  readonly lacking: (reason: string) => End
  /** When outputs cannot be told. */
  readonly failed: (reason: string) => End
}

async function bringAll(
  cloudformation: CloudFormation,
  stack: StackRecord,
  ends: Ends,
): Promise<ReconcileResult | undefined> {
  if (stack.fault !== undefined && stack.status !== 'UPDATE_ROLLBACK_IN_PROGRESS') {
    await moveStack(cloudformation, stack, ends.lacking(stack.fault))
    return undefined
  }
  const result = await advance(cloudformation, stack)
  if (result.state === 'pending') return { requeueAfterMs: POLL_MS }
  if (result.state === 'done') return await finish(cloudformation, stack, ends)
  await moveStack(cloudformation, stack, ends.lacking(lackingReason(cloudformation, stack)))
  return undefined
}

// Cancelled ones are named too, and the sentence ends with a blank, as eksctl's users see it (eksctl-io/eksctl#2565).
function lackingReason(cloudformation: CloudFormation, stack: StackRecord): string {
  const records = [...resourcesOf(cloudformation, stack.id).values()]
  return (['create', 'update'] as const)
    .map((verb) => {
      const failed = records.filter(({ status }) => status === `${verb.toUpperCase()}_FAILED`)
      const ids = failed.map(({ logicalId }) => logicalId).join(', ')
      return failed.length > 0 ? `The following resource(s) failed to ${verb}: [${ids}]. ` : ''
    })
    .join('')
}

async function finish(cloudformation: CloudFormation, stack: StackRecord, ends: Ends): Promise<undefined> {
  try {
    const outputs = outputsOf(planOf(cloudformation, stack, stack))
    checkExports(cloudformation, stack, outputs)
    await moveStack(cloudformation, stack, { ...ends.done, outputs })
  } catch (error) {
    if (!(error instanceof AwsError)) throw error
    await moveStack(cloudformation, stack, ends.failed(messageOf(error)))
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
    lacking: failed,
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
    lacking: failed,
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
