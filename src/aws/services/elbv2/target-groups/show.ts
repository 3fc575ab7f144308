// Owns how a target group looks in a response.
import type { TargetGroup } from '@aws-sdk/client-elastic-load-balancing-v2'

import { usersOf } from '../lookup.ts'
import type { Elb, TargetGroupRecord } from '../state.ts'

export function showTargetGroup(elb: Elb, record: TargetGroupRecord): TargetGroup {
  return { ...record.targetGroup, LoadBalancerArns: usersOf(elb, record.arn) }
}
