// Owns ExecuteChangeSet.
import type { ExecuteChangeSetInput } from '@aws-sdk/client-cloudformation'

import { AwsError } from '../../../../base/errors.ts'
import { moveStack } from '../engine/events.ts'
import type { CloudFormation } from '../state.ts'
import { findStack } from '../stacks/lookup.ts'
import { beginUpdate, requireUpdatable } from '../stacks/update-stack.ts'
import { findChangeSet } from './find-change-set.ts'

/** @throws AwsError ChangeSetNotFound, InvalidChangeSetStatus, ValidationError */
export async function executeChangeSet(
  input: ExecuteChangeSetInput,
  cloudformation: CloudFormation,
): Promise<object> {
  const { key, record } = findChangeSet(cloudformation, input)
  if (record.executionStatus !== 'AVAILABLE') {
    throw new AwsError(
      'InvalidChangeSetStatus',
      `ChangeSet [${record.id}] cannot be executed in its current status of [${record.status}]`,
    )
  }
  const stack = findStack(cloudformation, record.stackId)
  const { templateBody, parameters, tags, capabilities } = record
  const source = { templateBody, parameters, tags }
  if (record.type === 'CREATE') {
    await moveStack(cloudformation, stack, {
      ...source,
      capabilities,
      status: 'CREATE_IN_PROGRESS',
      reason: 'User Initiated',
      changeSetId: record.id,
    })
  } else {
    requireUpdatable(stack)
    await beginUpdate(cloudformation, stack, { source, capabilities, changeSetId: record.id })
  }
  await cloudformation.tables.changeSets.update(key, (current) => ({
    ...current,
    executionStatus: 'EXECUTE_COMPLETE',
  }))
  return {}
}
