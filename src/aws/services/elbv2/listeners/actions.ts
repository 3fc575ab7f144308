// Owns the default action of a listener: forwarding to one target group.
import type { Action, CreateListenerInput } from '@aws-sdk/client-elastic-load-balancing-v2'

import { AwsError } from '../../../../base/errors.ts'
import type { Declared } from '../../../protocol/operation.ts'
import { notEmulated, validationError } from '../errors.ts'
import { findTargetGroup, usersOf } from '../lookup.ts'
import type { Elb } from '../state.ts'

/** What an operation that takes actions honours of them. */
export const ACTIONS = [
  'DefaultActions[].Type',
  'DefaultActions[].TargetGroupArn',
  'DefaultActions[].ForwardConfig.TargetGroups[].TargetGroupArn',
] as const

/** With one action and one target group, order and weight change nothing; they are shown. */
export const KEPT_OF_ACTIONS = [
  'DefaultActions[].Order',
  'DefaultActions[].ForwardConfig.TargetGroups[].Weight',
] as const

type Actions = Declared<
  CreateListenerInput,
  (typeof ACTIONS)[number] | (typeof KEPT_OF_ACTIONS)[number]
>['DefaultActions']

/**
 * The action as responses show it, and the group it forwards to.
 * @throws AwsError TargetGroupNotFound, TargetGroupAssociationLimit, ValidationError
 */
export function readActions(
  elb: Elb,
  loadBalancerArn: string,
  actions: Actions | undefined,
): { actions: Action[]; targetGroupArn: string } {
  const [action, ...more] = actions ?? []
  if (!action || more.length > 0) throw validationError('A listener must have exactly one default action')
  if (action.Type !== 'forward') throw notEmulated(`An action of type ${action.Type}`)
  const groups = action.ForwardConfig?.TargetGroups ?? [{ TargetGroupArn: action.TargetGroupArn, Weight: 1 }]
  const [group] = groups
  if (!group || groups.length > 1) throw notEmulated('Forwarding to several target groups')
  const { arn } = findTargetGroup(elb, group.TargetGroupArn)
  if (usersOf(elb, arn).some((user) => user !== loadBalancerArn)) {
    throw new AwsError(
      'TargetGroupAssociationLimit',
      `The following target groups cannot be associated with more than one load balancer: ${arn}`,
    )
  }
  const ForwardConfig = { TargetGroups: [{ TargetGroupArn: arn, Weight: group.Weight ?? 1 }] }
  return {
    targetGroupArn: arn,
    actions: [{ Type: 'forward', TargetGroupArn: arn, Order: action.Order ?? 1, ForwardConfig }],
  }
}
