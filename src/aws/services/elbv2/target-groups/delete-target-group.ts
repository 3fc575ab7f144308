// Owns DeleteTargetGroup.
import type {
  DeleteTargetGroupInput,
  DeleteTargetGroupOutput,
} from '@aws-sdk/client-elastic-load-balancing-v2'

import { operation } from '../../../protocol/operation.ts'
import { inUse } from '../errors.ts'
import { usersOf } from '../lookup.ts'
import type { Elb } from '../state.ts'

/** Deleting what is not there succeeds. @throws AwsError ResourceInUse */
export const deleteTargetGroup = operation<Elb, DeleteTargetGroupInput, DeleteTargetGroupOutput>()({
  honours: ['TargetGroupArn'],
  handle: async (input, elb) => {
    const { TargetGroupArn: arn = '' } = input
    await elb.deps.store.transact((tx) => {
      if (usersOf(elb, arn).length > 0) throw inUse(arn)
      elb.tables.targetGroups.deleteIn(tx, arn)
    })
    return {}
  },
})
