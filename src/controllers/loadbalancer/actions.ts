// Owns the actions of listeners and rules, as ELBv2 takes them and as it shows them.
import { InternalError } from '../../base/errors.ts'
import { deepEqual } from '../../base/json.ts'
import type { ActionModel } from '../../rules/load-balancer/application.ts'

export interface ShownAction {
  readonly Type: string
  readonly Order?: number
  readonly RedirectConfig?: object
  readonly FixedResponseConfig?: object
  readonly ForwardConfig?: object
}

/** ARNs of target groups by their resource id. */
export type GroupArns = ReadonlyMap<string, string>

/** An action as ELBv2 takes it. @throws InternalError for a group that was not made */
export function actionOf({ Type, groups, stickiness, ...config }: ActionModel, arns: GroupArns): ShownAction {
  if (Type !== 'forward') return { Type, Order: 1, ...config }
  const TargetGroups = (groups ?? []).map(({ resourceId, arn, weight }) => {
    const TargetGroupArn = arn ?? arns.get(resourceId ?? '')
    if (TargetGroupArn === undefined) throw new InternalError(`there is no target group for ${resourceId}`)
    return { TargetGroupArn, Weight: weight }
  })
  return {
    Type,
    Order: 1,
    ForwardConfig: { TargetGroups, ...(stickiness ? { TargetGroupStickinessConfig: stickiness } : {}) },
  }
}

const REDIRECT = {
  Protocol: '#{protocol}',
  Port: '#{port}',
  Host: '#{host}',
  Path: '/#{path}',
  Query: '#{query}',
}

/** Whether ELBv2 shows what is wanted; what it adds counts as said. */
export function isSameAction(shown: ShownAction | undefined, wanted: ShownAction | undefined): boolean {
  if (!shown || !wanted || shown.Type !== wanted.Type) return false
  if (wanted.RedirectConfig) return deepEqual(shown.RedirectConfig, { ...REDIRECT, ...wanted.RedirectConfig })
  if (wanted.FixedResponseConfig) {
    return deepEqual(shown.FixedResponseConfig, { ContentType: 'text/plain', ...wanted.FixedResponseConfig })
  }
  const sticky = { TargetGroupStickinessConfig: { Enabled: false } }
  return deepEqual({ ...sticky, ...shown.ForwardConfig }, { ...sticky, ...wanted.ForwardConfig })
}
