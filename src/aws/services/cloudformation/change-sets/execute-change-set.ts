// Owns ExecuteChangeSet.
import type { ExecuteChangeSetInput } from '@aws-sdk/client-cloudformation'

import { AwsError } from '../../../../base/errors.ts'
import { operation } from '../../../protocol/operation.ts'
import { putStackIn } from '../engine/events.ts'
import { type CloudFormation, keyOfStack } from '../state.ts'
import { findStack } from '../stacks/lookup.ts'
import { beginUpdateIn, requireUpdatable } from '../stacks/update-stack.ts'
import { findChangeSet } from './find-change-set.ts'

/** @throws AwsError ChangeSetNotFound, InvalidChangeSetStatus, ValidationError */
export const executeChangeSet = operation<CloudFormation, ExecuteChangeSetInput, object>()({
  honours: ['ChangeSetName', 'StackName', 'ClientRequestToken'],
  handle: async (input, cloudformation) =>
    await cloudformation.deps.store.transact((tx) => {
      const { key, record } = findChangeSet(cloudformation, input)
      const stack = findStack(cloudformation, record.stackId)
      const token = input.ClientRequestToken
      if (token !== undefined && stack.changeSetId === record.id && stack.requestToken === token) return {}
      if (record.executionStatus !== 'AVAILABLE') {
        throw new AwsError(
          'InvalidChangeSetStatus',
          `ChangeSet [${record.id}] cannot be executed in its current status of [${record.status}]`,
        )
      }
      const { templateBody, parameters, tags, capabilities, fault } = record
      const source = { templateBody, parameters, tags, ...(fault === undefined ? {} : { fault }) }
      const more = {
        capabilities,
        changeSetId: record.id,
        ...(token === undefined ? {} : { requestToken: token }),
      }
      if (record.type === 'UPDATE') {
        requireUpdatable(stack)
        beginUpdateIn(tx, cloudformation, { stack, source, more })
      } else {
        const begun = { status: 'CREATE_IN_PROGRESS', reason: 'User Initiated' } as const
        putStackIn(tx, cloudformation, { ...stack, ...source, ...more, ...begun })
      }
      cloudformation.tables.changeSets.putIn(tx, key, { ...record, executionStatus: 'EXECUTE_COMPLETE' })
      // Whatever else was planned for the stack was planned for another one.
      for (const other of cloudformation.tables.changeSets.rows(`${keyOfStack(stack.id)}/`)) {
        if (other.key === key || other.value.executionStatus !== 'AVAILABLE') continue
        cloudformation.tables.changeSets.putIn(tx, other.key, { ...other.value, executionStatus: 'OBSOLETE' })
      }
      return {}
    }),
})
