import type * as sdk from '@aws-sdk/client-elastic-load-balancing-v2'
import { describe, expect, test } from 'vitest'

import { balancer, group, refusal, stage, type Stage, SUBNETS, until } from '../testing/elb-stage.ts'

const FIXED = [{ Type: 'fixed-response', FixedResponseConfig: { StatusCode: '404', MessageBody: 'none' } }]
const path = (...Values: string[]) => [{ Field: 'path-pattern', PathPatternConfig: { Values } }]

/** An Application Load Balancer with a listener on port 80 that answers 404. */
async function web(region: Stage): Promise<{ balancerArn: string; listenerArn: string }> {
  const { LoadBalancerArn = '' } = await balancer(region, {
    Name: 'web',
    Type: 'application',
    SubnetMappings: undefined,
    Subnets: SUBNETS,
  })
  const { Listeners } = await region.call<sdk.CreateListenerOutput>('CreateListener', {
    LoadBalancerArn,
    Protocol: 'HTTP',
    Port: 80,
    DefaultActions: FIXED,
  })
  return { balancerArn: LoadBalancerArn, listenerArn: Listeners?.[0]?.ListenerArn ?? '' }
}

async function create(region: Stage, ListenerArn: string, input: object = {}): Promise<sdk.Rule> {
  const { Rules } = await region.call<sdk.CreateRuleOutput>('CreateRule', {
    ListenerArn,
    Priority: 10,
    Conditions: path('/a'),
    Actions: FIXED,
    ...input,
  })
  return Rules![0]!
}

async function priorities(region: Stage, ListenerArn: string): Promise<unknown[]> {
  const { Rules } = await region.call<sdk.DescribeRulesOutput>('DescribeRules', { ListenerArn })
  return Rules!.map((rule) => [rule.Priority, rule.Conditions?.[0]?.Values?.[0]])
}

test('rules are shown by priority, with conditions in both forms, the default one last', async () => {
  const region = await stage()
  const { listenerArn } = await web(region)
  await create(region, listenerArn, { Priority: 20, Conditions: path('/b') })
  const rule = await create(region, listenerArn)
  expect(rule).toEqual({
    RuleArn: expect.stringMatching(/:listener-rule\/app\/web(\/[0-9a-f]{16}){3}$/),
    Priority: '10',
    Conditions: [{ Field: 'path-pattern', Values: ['/a'], PathPatternConfig: { Values: ['/a'] } }],
    Actions: [
      {
        Type: 'fixed-response',
        FixedResponseConfig: { StatusCode: '404', ContentType: 'text/plain', MessageBody: 'none' },
      },
    ],
    IsDefault: false,
  })
  expect(await priorities(region, listenerArn)).toEqual([
    ['10', '/a'],
    ['20', '/b'],
    ['default', undefined],
  ])
})

test('priorities can be exchanged, and not be taken from others', async () => {
  const region = await stage()
  const { listenerArn } = await web(region)
  const a = await create(region, listenerArn)
  const b = await create(region, listenerArn, { Priority: 20, Conditions: path('/b') })
  await create(region, listenerArn, { Priority: 30, Conditions: path('/c') })
  const set = (...RulePriorities: object[]) => region.call('SetRulePriorities', { RulePriorities })
  await set({ RuleArn: a.RuleArn, Priority: 20 }, { RuleArn: b.RuleArn, Priority: 10 })
  expect(await priorities(region, listenerArn)).toMatchObject([
    ['10', '/b'],
    ['20', '/a'],
    ['30', '/c'],
    ['default', undefined],
  ])
  expect(await refusal(set({ RuleArn: a.RuleArn, Priority: 30 }))).toBe(
    "PriorityInUse: Priority '30' is currently in use",
  )
  expect(await refusal(create(region, listenerArn, { Priority: 20 }))).toBe(
    "PriorityInUse: Priority '20' is currently in use",
  )
})

describe('a condition is refused', () => {
  test.each<[object[], string]>([
    [
      [{ Field: 'nothing', Values: ['x'] }],
      "Condition field 'nothing' must be one of '[path-pattern,host-header,http-header,http-request-method,query-string,source-ip]'",
    ],
    [[{ Field: 'path-pattern', Values: [] }], 'A condition value must be specified'],
    [
      [{ Field: 'path-pattern', Values: ['x'.repeat(129)] }],
      "The 'path-pattern' value is too long; the limit is '128'",
    ],
    [
      [{ Field: 'host-header', Values: ['a'], HostHeaderConfig: { Values: ['b'] } }],
      "You cannot provide both Values and 'HostHeaderConfig' for a condition of type 'host-header'",
    ],
    [[{ Field: 'query-string' }], "A 'QueryStringConfig' must be specified with 'query-string'"],
    [
      [{ Field: 'source-ip', SourceIpConfig: { Values: ['x'] } }],
      "The 'source-ip' value 'x' must be a valid CIDR block",
    ],
    [path('/1', '/2', '/3', '/4', '/5', '/6'), "A rule can only have '5' condition values"],
  ])('%j', async (Conditions, message) => {
    const region = await stage()
    const { listenerArn } = await web(region)
    expect(await refusal(create(region, listenerArn, { Conditions }))).toBe(`ValidationError: ${message}`)
  })
})

describe('an action is refused', () => {
  test.each<[object, string]>([
    [
      { Type: 'forward', TargetGroupArn: 'arn:nothing' },
      "TargetGroupNotFound: Target group 'arn:nothing' not found",
    ],
    [
      { Type: 'redirect', RedirectConfig: { StatusCode: 'HTTP_301' } },
      'InvalidLoadBalancerAction: The redirect configuration is not valid because it creates a loop.',
    ],
    [
      { Type: 'fixed-response', FixedResponseConfig: { StatusCode: '200', ContentType: 'image/png' } },
      "InvalidLoadBalancerAction: The ContentType must be one of:'text/html', 'application/json', 'application/javascript', 'text/css', 'text/plain'",
    ],
    [
      { Type: 'authenticate-oidc' },
      "InvalidLoadBalancerAction: Actions of type 'authenticate-oidc' are supported only on HTTPS listeners",
    ],
  ])('%j', async (action, message) => {
    const region = await stage()
    const { listenerArn } = await web(region)
    expect(await refusal(create(region, listenerArn, { Actions: [action] }))).toBe(message)
  })

  test('that forwards HTTP to a group of a newer version, or of TCP', async () => {
    const region = await stage()
    const { listenerArn } = await web(region)
    const forward = (TargetGroupArn: string) => [{ Type: 'forward', TargetGroupArn }]
    const grpc = await group(region, { Name: 'grpc', Protocol: 'HTTP', ProtocolVersion: 'GRPC' })
    const tcp = await group(region)
    expect(await refusal(create(region, listenerArn, { Actions: forward(grpc) }))).toBe(
      "InvalidLoadBalancerAction: Listener protocol 'HTTP' is not supported with a target group with the protocol-version 'GRPC'",
    )
    expect(await refusal(create(region, listenerArn, { Actions: forward(tcp) }))).toBe(
      `IncompatibleProtocols: The listener and the following target groups have incompatible protocols: ${tcp}`,
    )
  })
})

test('a group that a rule forwards to is in use, and the plane knows where requests go', async () => {
  const region = await stage()
  const { balancerArn, listenerArn } = await web(region)
  const blue = await group(region, { Name: 'blue', Protocol: 'HTTP' })
  const green = await group(region, { Name: 'green', Protocol: 'HTTP' })
  const groups = [
    { TargetGroupArn: blue, Weight: 3 },
    { TargetGroupArn: green, Weight: 1 },
  ]
  const rule = await create(region, listenerArn, {
    Actions: [
      {
        Type: 'forward',
        ForwardConfig: {
          TargetGroups: groups,
          TargetGroupStickinessConfig: { Enabled: true, DurationSeconds: 60 },
        },
      },
    ],
  })
  expect(await refusal(region.call('DeleteTargetGroup', { TargetGroupArn: green }))).toBe(
    `ResourceInUse: Target group '${green}' is currently in use by a listener or a rule`,
  )
  const rules = await until(() => {
    const listener = region.plane.applications.get(balancerArn)?.listeners[0]
    return listener?.rules.length === 2 && listener.rules
  })
  expect(rules[0]).toEqual({
    conditions: [{ kind: 'path', values: ['/a'] }],
    priority: 10,
    transforms: [],
    action: {
      kind: 'forward',
      groupStickinessSeconds: 60,
      groups: [
        { arn: blue, weight: 3 },
        { arn: green, weight: 1 },
      ],
    },
  })
  await region.call('DeleteRule', { RuleArn: rule.RuleArn })
  await region.call('DeleteTargetGroup', { TargetGroupArn: green })
})

test('the default rule cannot be changed by itself', async () => {
  const region = await stage()
  const { listenerArn } = await web(region)
  const { Rules } = await region.call<sdk.DescribeRulesOutput>('DescribeRules', { ListenerArn: listenerArn })
  const RuleArn = Rules?.[0]?.RuleArn
  expect(await refusal(region.call('DeleteRule', { RuleArn }))).toBe(
    `OperationNotPermitted: Default rule '${RuleArn}' cannot be deleted`,
  )
  expect(await refusal(region.call('DescribeRules', {}))).toBe(
    'ValidationError: You must specify either listener rule ARNs or a listener ARN',
  )
})
