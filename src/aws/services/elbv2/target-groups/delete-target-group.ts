// Owns DeleteTargetGroup.
import type {
  DeleteTargetGroupInput,
  DeleteTargetGroupOutput,
} from '@aws-sdk/client-elastic-load-balancing-v2'

import { inUse } from '../errors.ts'
import { usersOf } from '../lookup.ts'
import type { Elb } from '../state.ts'

/** Deleting what is not there succeeds. @throws AwsError ResourceInUse */
export async function deleteTargetGroup(
  input: DeleteTargetGroupInput,
  elb: Elb,
): Promise<DeleteTargetGroupOutput> {
  const arn = input.TargetGroupArn ?? ''
  if (usersOf(elb, arn).length > 0) throw inUse(arn)
  await elb.tables.targetGroups.delete(arn)
  return {}
}
