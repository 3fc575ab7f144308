// Owns the actions of listeners and rules: what a request may ask for, and how responses show it.
import { ipv6Targets, refuseDatagrams } from '../load-balancers/ip-address-type.ts'
import type {
  Action,
  FixedResponseActionConfig,
  ForwardActionConfig,
  ProtocolEnum,
  RedirectActionConfig,
} from '@aws-sdk/client-elastic-load-balancing-v2'

import { AwsError } from '../../../../base/errors.ts'
import { invalidAction, notEmulated, targetGroupNotFound, validationError } from '../errors.ts'
import { usersOf } from '../lookup.ts'
import { type Elb, type LoadBalancerRecord, type TargetGroupRecord } from '../state.ts'

const MEMBERS = [
  'Type',
  'TargetGroupArn',
  'Order',
  'FixedResponseConfig.MessageBody',
  'FixedResponseConfig.StatusCode',
  'FixedResponseConfig.ContentType',
  'RedirectConfig.Protocol',
  'RedirectConfig.Port',
  'RedirectConfig.Host',
  'RedirectConfig.Path',
  'RedirectConfig.Query',
  'RedirectConfig.StatusCode',
  'ForwardConfig.TargetGroups[].TargetGroupArn',
  'ForwardConfig.TargetGroups[].Weight',
  'ForwardConfig.TargetGroupStickinessConfig.Enabled',
  'ForwardConfig.TargetGroupStickinessConfig.DurationSeconds',
] as const

/** What an operation honours of the default actions of a listener. */
export const DEFAULT_ACTIONS = MEMBERS.map((member) => `DefaultActions[].${member}` as const)
/** What an operation honours of the actions of a rule. */
export const ACTIONS = MEMBERS.map((member) => `Actions[].${member}` as const)

/** An action as a request gives it; what is not declared is refused before. */
export interface ActionInput {
  readonly Type?: Action['Type'] | undefined
  readonly TargetGroupArn?: string | undefined
  readonly Order?: number | undefined
  readonly FixedResponseConfig?: Partial<FixedResponseActionConfig> | undefined
  readonly RedirectConfig?: Partial<RedirectActionConfig> | undefined
  readonly ForwardConfig?: ForwardActionConfig | undefined
}

/** Where actions belong. */
export interface ActionOwner {
  readonly balancer: LoadBalancerRecord
  readonly protocol: ProtocolEnum | undefined
  readonly port: number | undefined
}

/** Target groups of one action (quotas). */
const MOST_GROUPS = 5

/**
 * Actions as responses show them.
 * @throws AwsError TargetGroupNotFound, TargetGroupAssociationLimit, InvalidLoadBalancerAction, IncompatibleProtocols,
 *   ValidationError
 */
export function readActions(
  elb: Elb,
  owner: ActionOwner,
  actions: readonly ActionInput[] | undefined,
): Action[] {
  const isNetwork = owner.balancer.loadBalancer.Type === 'network'
  const [action, ...more] = actions ?? []
  if (!action) throw validationError('An action must be specified')
  const authenticating = actions?.find(({ Type }) => Type?.startsWith('authenticate-'))
  if (authenticating) {
    if (owner.protocol !== 'HTTPS') {
      throw invalidAction(`Actions of type '${authenticating.Type}' are supported only on HTTPS listeners`)
    }
    throw notEmulated(`An action of type ${authenticating.Type}`)
  }
  if (more.length > 0) {
    throw invalidAction(
      'Exactly one of the following action types must be specified: forward, redirect, fixed-response',
    )
  }
  if (isNetwork && action.Type !== 'forward') {
    throw invalidAction(`The action type '${action.Type}' is not valid with network load balancer`)
  }
  switch (action.Type) {
    case 'forward':
      return [forward(elb, owner, action)]
    case 'redirect':
      return [redirect(owner, action)]
    case 'fixed-response':
      return [fixedResponse(action)]
    default:
      throw notEmulated(`An action of type ${action.Type}`)
  }
}

function forward(elb: Elb, owner: ActionOwner, action: ActionInput): Action {
  const given = action.ForwardConfig?.TargetGroups ?? []
  if (given.length === 0 && action.TargetGroupArn === undefined) {
    throw validationError('A target group must be specified')
  }
  const groups = given.length > 0 ? given : [{ TargetGroupArn: action.TargetGroupArn }]
  const isNetwork = owner.balancer.loadBalancer.Type === 'network'
  if (groups.length > MOST_GROUPS) {
    throw new AwsError('TooManyTargetGroups', `You cannot specify more than '${MOST_GROUPS}' target groups`)
  }
  const shown = groups.map(({ TargetGroupArn, Weight }) => {
    const group = elb.tables.targetGroups.get(TargetGroupArn ?? '')
    if (!group) throw targetGroupNotFound(TargetGroupArn)
    checkGroup(elb, owner, group)
    if (
      groups.length > 1 &&
      group.attributes['stickiness.type'] === 'app_cookie' &&
      group.attributes['stickiness.enabled'] === 'true'
    ) {
      throw invalidAction(
        "When configuring a rule with multiple target groups, none of them can have stickiness of type 'app_cookie' enabled",
      )
    }
    return { TargetGroupArn: group.arn, Weight: Weight ?? 1 }
  })
  const [first] = shown
  const sticky = action.ForwardConfig?.TargetGroupStickinessConfig
  if (isNetwork) checkWeighted(elb, owner, { groups: shown, isSticky: sticky?.Enabled ?? false })
  else if (sticky?.Enabled && sticky.DurationSeconds === undefined) {
    throw invalidAction('You must specify a target group stickiness duration in seconds')
  }
  return {
    Type: 'forward',
    ...(shown.length === 1 ? { TargetGroupArn: first?.TargetGroupArn } : {}),
    ...orderOf(action),
    ForwardConfig: {
      TargetGroups: shown,
      TargetGroupStickinessConfig: {
        Enabled: sticky?.Enabled ?? false,
        ...(sticky?.DurationSeconds === undefined ? {} : { DurationSeconds: sticky.DurationSeconds }),
      },
    },
  }
}

// Real answers show an order only where one was given.
function orderOf({ Order }: ActionInput): Pick<Action, 'Order'> {
  return Order === undefined ? {} : { Order }
}

// "TLS listeners: target groups of the same protocol, no stickiness" (NLB user guide, "Weighted target groups").
function checkWeighted(
  elb: Elb,
  { protocol }: ActionOwner,
  {
    groups,
    isSticky,
  }: { readonly groups: readonly { readonly TargetGroupArn: string }[]; readonly isSticky: boolean },
): void {
  if (protocol !== 'TLS' || groups.length < 2) return
  if (isSticky) throw invalidAction('Target group stickiness is not supported for TLS listeners')
  const protocols = groups.map(
    (each) => elb.tables.targetGroups.get(each.TargetGroupArn)?.targetGroup.Protocol,
  )
  if (new Set(protocols).size > 1) {
    throw invalidAction('The target groups of a TLS listener must have the same protocol')
  }
}

/** By the protocol of a listener, those of groups it may forward to (API reference, Listener and TargetGroup). */
const TARGETS_OF: Readonly<Record<string, readonly string[]>> = {
  HTTP: ['HTTP', 'HTTPS'],
  HTTPS: ['HTTP', 'HTTPS'],
  TCP: ['TCP', 'TCP_UDP'],
  TLS: ['TCP', 'TLS'],
  UDP: ['UDP', 'TCP_UDP'],
  TCP_UDP: ['TCP_UDP'],
}

function checkGroup(
  elb: Elb,
  { balancer, protocol }: ActionOwner,
  { arn, targetGroup }: TargetGroupRecord,
): void {
  if (usersOf(elb, arn).some((user) => user !== balancer.arn)) {
    throw new AwsError(
      'TargetGroupAssociationLimit',
      `The following target groups cannot be associated with more than one load balancer: ${arn}`,
    )
  }
  const { IpAddressType } = balancer.loadBalancer
  if (IpAddressType === 'dualstack') refuseDatagrams(protocol)
  if (targetGroup.IpAddressType === 'ipv6' && IpAddressType !== 'dualstack') {
    throw ipv6Targets(arn)
  }
  if (!TARGETS_OF[protocol ?? '']?.includes(targetGroup.Protocol ?? '')) {
    throw new AwsError(
      'IncompatibleProtocols',
      `The listener and the following target groups have incompatible protocols: ${arn}`,
    )
  }
  if (protocol === 'TLS' && targetGroup.TargetType === 'alb') {
    throw invalidAction(
      "Listener protocol 'TLS' is not supported with a target group with the target-type 'ALB'",
    )
  }
  const version = targetGroup.ProtocolVersion ?? 'HTTP1'
  if (protocol === 'HTTP' && version !== 'HTTP1') {
    throw invalidAction(
      `Listener protocol 'HTTP' is not supported with a target group with the protocol-version '${version}'`,
    )
  }
}

function redirect({ protocol, port }: ActionOwner, action: ActionInput): Action {
  const { RedirectConfig: given } = action
  if (!given) throw validationError("A redirect config must be specified for an action of type 'redirect'")
  const config = {
    Protocol: given.Protocol ?? '#{protocol}',
    Port: given.Port ?? '#{port}',
    Host: given.Host ?? '#{host}',
    Path: given.Path ?? '/#{path}',
    Query: given.Query ?? '#{query}',
    StatusCode: given.StatusCode,
  }
  if (!config.Path.startsWith('/')) {
    throw invalidAction(
      "The Path parameter must be a valid path, should start with a '/', and may contain up to one of each of these placeholders: '#{path}', '#{host}', '#{port}'.",
    )
  }
  if (protocol === 'HTTPS' && config.Protocol === 'HTTP')
    throw invalidAction('You cannot redirect HTTPS to HTTP')
  const isSame =
    (config.Protocol === '#{protocol}' || config.Protocol === protocol) &&
    (config.Port === '#{port}' || config.Port === String(port)) &&
    config.Host === '#{host}' &&
    config.Path === '/#{path}'
  if (isSame) throw invalidAction('The redirect configuration is not valid because it creates a loop.')
  return { Type: 'redirect', ...orderOf(action), RedirectConfig: config }
}

const CONTENT_TYPES = ['text/html', 'application/json', 'application/javascript', 'text/css', 'text/plain']

function fixedResponse(action: ActionInput): Action {
  const { FixedResponseConfig: given } = action
  if (!given)
    throw validationError("A fixed response config must be specified for an action of type 'fixed-response'")
  const { ContentType, StatusCode, MessageBody } = given
  if (ContentType !== undefined && !CONTENT_TYPES.includes(ContentType)) {
    throw invalidAction(
      `The ContentType must be one of:${CONTENT_TYPES.map((type) => `'${type}'`).join(', ')}`,
    )
  }
  return {
    Type: 'fixed-response',
    ...orderOf(action),
    FixedResponseConfig: {
      StatusCode,
      ContentType: ContentType ?? 'text/plain',
      ...(MessageBody === undefined ? {} : { MessageBody }),
    },
  }
}
