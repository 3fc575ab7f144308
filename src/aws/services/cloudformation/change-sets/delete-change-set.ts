// Owns DeleteChangeSet.
import type { DeleteChangeSetInput } from '@aws-sdk/client-cloudformation'

import { isAwsCode } from '../../../../base/errors.ts'
import { operation } from '../../../protocol/operation.ts'
import type { CloudFormation } from '../state.ts'
import { findChangeSet } from './find-change-set.ts'

/** Deleting what is not there is no error. @throws AwsError ValidationError when its stack is not there */
export const deleteChangeSet = operation<CloudFormation, DeleteChangeSetInput, object>()({
  honours: ['ChangeSetName', 'StackName'],
  handle: async (input, cloudformation) => {
    try {
      await cloudformation.tables.changeSets.delete(findChangeSet(cloudformation, input).key)
    } catch (error) {
      if (!isAwsCode(error, 'ChangeSetNotFound')) throw error
    }
    return {}
  },
})
