// Owns DeregisterTargets; the data plane lets open connections run out.
import type {
  DeregisterTargetsInput,
  DeregisterTargetsOutput,
} from '@aws-sdk/client-elastic-load-balancing-v2'

import { findTargetGroup } from '../lookup.ts'
import type { Elb } from '../state.ts'

/** Without a port every port of the target goes. @throws AwsError TargetGroupNotFound */
export async function deregisterTargets(
  input: DeregisterTargetsInput,
  elb: Elb,
): Promise<DeregisterTargetsOutput> {
  const { arn } = findTargetGroup(elb, input.TargetGroupArn)
  const doomed = input.Targets ?? []
  await elb.tables.targetGroups.update(arn, (current) => ({
    ...current,
    targets: current.targets.filter(
      (target) =>
        !doomed.some(({ Id, Port }) => Id === target.id && (Port === undefined || Port === target.port)),
    ),
  }))
  return {}
}
