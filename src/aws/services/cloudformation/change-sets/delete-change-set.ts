// Owns DeleteChangeSet.
import type { DeleteChangeSetInput } from '@aws-sdk/client-cloudformation'

import { isAwsCode } from '../../../../base/errors.ts'
import type { CloudFormation } from '../state.ts'
import { findChangeSet } from './find-change-set.ts'

/** Deleting what is not there is no error. */
export async function deleteChangeSet(
  input: DeleteChangeSetInput,
  cloudformation: CloudFormation,
): Promise<object> {
  try {
    await cloudformation.tables.changeSets.delete(findChangeSet(cloudformation, input).key)
  } catch (error) {
    if (!isAwsCode(error, 'ChangeSetNotFound')) throw error
  }
  return {}
}
