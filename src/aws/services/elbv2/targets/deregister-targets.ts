// Owns DeregisterTargets; the data plane lets open connections run out.
import type {
  DeregisterTargetsInput,
  DeregisterTargetsOutput,
} from '@aws-sdk/client-elastic-load-balancing-v2'

import { operation } from '../../../protocol/operation.ts'
import { findTargetGroup } from '../lookup.ts'
import type { Elb } from '../state.ts'

/** Without a port every port of the target goes. @throws AwsError TargetGroupNotFound */
export const deregisterTargets = operation<Elb, DeregisterTargetsInput, DeregisterTargetsOutput>()({
  honours: ['TargetGroupArn', 'Targets[].Id', 'Targets[].Port'],
  // A target is its id and its port: the zone may be repeated.
  keeps: ['Targets[].AvailabilityZone'],
  handle: async (input, elb) => {
    const doomed = input.Targets ?? []
    await elb.deps.store.transact((tx) => {
      const record = findTargetGroup(elb, input.TargetGroupArn)
      const targets = record.targets.filter(
        (target) =>
          !doomed.some(({ Id, Port }) => Id === target.id && (Port === undefined || Port === target.port)),
      )
      elb.tables.targetGroups.putIn(tx, record.arn, { ...record, targets })
    })
    return {}
  },
})
