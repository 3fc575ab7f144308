// Owns ModifyTargetGroup: the health check of a group.
import type {
  ModifyTargetGroupInput,
  ModifyTargetGroupOutput,
  TargetGroup,
} from '@aws-sdk/client-elastic-load-balancing-v2'

import { operation } from '../../../protocol/operation.ts'
import { findTargetGroup } from '../lookup.ts'
import type { Elb } from '../state.ts'
import { HEALTH_CHECK, healthCheckOf } from './health-checks.ts'
import { showTargetGroup } from './show.ts'

/** @throws AwsError TargetGroupNotFound, ValidationError */
export const modifyTargetGroup = operation<Elb, ModifyTargetGroupInput, ModifyTargetGroupOutput>()({
  honours: ['TargetGroupArn', ...HEALTH_CHECK],
  handle: async (input, elb) => {
    const given = Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined))
    return await elb.deps.store.transact((tx) => {
      const record = findTargetGroup(elb, input.TargetGroupArn)
      const { HealthCheckPath: _path, Matcher: _matcher, ...rest } = record.targetGroup
      const targetGroup = {
        ...rest,
        ...healthCheckOf(record.targetGroup, { ...defaults(record.targetGroup, input), ...given }),
      }
      const next = { ...record, targetGroup }
      elb.tables.targetGroups.putIn(tx, record.arn, next)
      return { TargetGroups: [showTargetGroup(elb, next)] }
    })
  },
})

// Another protocol has other defaults: what was of the old one does not carry over.
function defaults(
  { Matcher, ...group }: TargetGroup,
  { HealthCheckProtocol }: Pick<ModifyTargetGroupInput, 'HealthCheckProtocol'>,
): TargetGroup {
  const isKept = HealthCheckProtocol === undefined || HealthCheckProtocol !== 'TCP'
  return isKept && Matcher ? { ...group, Matcher } : group
}
