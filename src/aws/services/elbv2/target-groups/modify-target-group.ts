// Owns ModifyTargetGroup: the health check of a group.
import type {
  ModifyTargetGroupInput,
  ModifyTargetGroupOutput,
} from '@aws-sdk/client-elastic-load-balancing-v2'

import { findTargetGroup } from '../lookup.ts'
import type { Elb } from '../state.ts'
import { healthCheckOf } from './create-target-group.ts'
import { showTargetGroup } from './show.ts'

/** @throws AwsError TargetGroupNotFound, ValidationError */
export async function modifyTargetGroup(
  input: ModifyTargetGroupInput,
  elb: Elb,
): Promise<ModifyTargetGroupOutput> {
  const record = findTargetGroup(elb, input.TargetGroupArn)
  const given = Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined))
  const updated = await elb.tables.targetGroups.update(record.arn, (current) => {
    const { HealthCheckPath: _path, Matcher: _matcher, ...rest } = current.targetGroup
    return { ...current, targetGroup: { ...rest, ...healthCheckOf({ ...current.targetGroup, ...given }) } }
  })
  return { TargetGroups: [showTargetGroup(elb, updated ?? record)] }
}
