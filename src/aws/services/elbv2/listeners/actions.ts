// Owns the default action of a listener: forwarding to one target group.
import type { Action } from '@aws-sdk/client-elastic-load-balancing-v2'

import { AwsError } from '../../../../base/errors.ts'
import { notEmulated, validationError } from '../errors.ts'
import { findTargetGroup, usersOf } from '../lookup.ts'
import type { Elb } from '../state.ts'

/**
 * The action as responses show it, and the group it forwards to.
 * @throws AwsError TargetGroupNotFound, TargetGroupAssociationLimit, ValidationError
 */
export function readActions(
  elb: Elb,
  loadBalancerArn: string,
  actions: readonly Action[] | undefined,
): { actions: Action[]; targetGroupArn: string } {
  const [action, ...more] = actions ?? []
  if (!action || more.length > 0) throw validationError('A listener must have exactly one default action')
  if (action.Type !== 'forward') throw notEmulated(`An action of type ${action.Type}`)
  const groups = action.ForwardConfig?.TargetGroups ?? [{ TargetGroupArn: action.TargetGroupArn }]
  if (groups.length !== 1) throw notEmulated('Forwarding to several target groups')
  const { arn } = findTargetGroup(elb, groups[0]?.TargetGroupArn)
  if (usersOf(elb, arn).some((user) => user !== loadBalancerArn)) {
    throw new AwsError(
      'TargetGroupAssociationLimit',
      `The following target groups cannot be associated with more than one load balancer: ${arn}`,
    )
  }
  const forwarded = { TargetGroupArn: arn, Weight: groups[0]?.Weight ?? 1 }
  return {
    targetGroupArn: arn,
    actions: [
      { Type: 'forward', TargetGroupArn: arn, Order: 1, ForwardConfig: { TargetGroups: [forwarded] } },
    ],
  }
}
