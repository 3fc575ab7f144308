// Owns showing what is known of the drift of a stack and of its resources.
import type { StackDriftInformation, StackResourceDriftInformation } from '@aws-sdk/client-cloudformation'

import { type CloudFormation, keyOfStack, type ResourceRecord, type StackRecord } from '../state.ts'

/** `NOT_CHECKED` until a detection has ended. */
export function showDrift({ drift }: StackRecord): StackDriftInformation {
  if (!drift) return { StackDriftStatus: 'NOT_CHECKED' }
  return { StackDriftStatus: drift.status, LastCheckTimestamp: new Date(drift.atMs) }
}

/** `NOT_CHECKED` for a resource that was not looked at, or whose replacement was not. */
export function showResourceDrift(
  cloudformation: CloudFormation,
  stack: StackRecord,
  { logicalId, physicalId }: ResourceRecord,
): StackResourceDriftInformation {
  const drift = cloudformation.tables.drifts.get(`${keyOfStack(stack.id)}/${logicalId}`)
  if (!drift || drift.physicalId !== physicalId) return { StackResourceDriftStatus: 'NOT_CHECKED' }
  return { StackResourceDriftStatus: drift.status, LastCheckTimestamp: new Date(drift.atMs) }
}
