// Owns comparing resources of stacks with what their services have.
import { isRefusal } from '../../../../base/errors.ts'
import { contextOf, typeOf } from '../engine/resource-work.ts'
import { validationError } from '../errors.ts'
import {
  type CloudFormation,
  type DriftRecord,
  keyOfStack,
  type ResourceRecord,
  type StackRecord,
} from '../state.ts'
import { differencesOf } from './differences.ts'

/** The states in which a stack's drift can be detected: API_DetectStackDrift names the same for the console. */
const CHECKABLE = [
  'CREATE_COMPLETE',
  'UPDATE_COMPLETE',
  'UPDATE_ROLLBACK_COMPLETE',
  'UPDATE_ROLLBACK_FAILED',
  'IMPORT_COMPLETE',
]

/** @throws AwsError ValidationError; the words are Neargate's, AWS's were not found */
export function requireCheckable(stack: StackRecord): void {
  if (CHECKABLE.includes(stack.status)) return
  throw validationError(
    `Drift detection cannot be performed on stack [${stack.id}] in ${stack.status} state.`,
  )
}

/** True for a resource whose type says what its service has. */
export function isCheckable(record: ResourceRecord): boolean {
  return record.physicalId !== undefined && typeOf(record).actual !== undefined && !isGone(record)
}

function isGone({ status }: ResourceRecord): boolean {
  return status === 'DELETE_COMPLETE' || status === 'DELETE_SKIPPED'
}

/** What one resource has against what it should have; kept as the last that is known of its drift. */
export async function inspect(
  cloudformation: CloudFormation,
  stack: StackRecord,
  record: ResourceRecord,
): Promise<DriftRecord> {
  const { logicalId, type, physicalId = '', properties: expected } = record
  const actual = await typeOf(record).actual?.(
    physicalId,
    contextOf({ cloudformation, stack }, record),
    expected,
  )
  const differences = actual === undefined ? [] : differencesOf(expected, actual)
  const drift: DriftRecord = {
    logicalId,
    type,
    physicalId,
    status: actual === undefined ? 'DELETED' : differences.length > 0 ? 'MODIFIED' : 'IN_SYNC',
    expected,
    ...(actual === undefined ? {} : { actual }),
    differences,
    atMs: cloudformation.deps.clock.now(),
  }
  await cloudformation.tables.drifts.put(`${keyOfStack(stack.id)}/${logicalId}`, drift)
  return drift
}

/** Inspects all that can be. @returns what was found, and the logical ids of those whose service refused to tell */
export async function inspectAll(
  cloudformation: CloudFormation,
  stack: StackRecord,
  records: readonly ResourceRecord[],
): Promise<{ drifts: readonly DriftRecord[]; refused: readonly string[] }> {
  const drifts: DriftRecord[] = []
  const refused: string[] = []
  for (const record of records.filter(isCheckable)) {
    try {
      drifts.push(await inspect(cloudformation, stack, record))
    } catch (error) {
      if (!isRefusal(error)) throw error
      refused.push(record.logicalId)
    }
  }
  return { drifts, refused }
}
