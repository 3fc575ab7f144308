import type * as sdk from '@aws-sdk/client-elastic-load-balancing-v2'
import { describe, expect, test } from 'vitest'

import { balancer, group, refusal, stage, until } from '../testing/elb-stage.ts'

async function setUp(groupProtocol: string) {
  const region = await stage()
  const { LoadBalancerArn = '' } = await balancer(region)
  const TargetGroupArn = await group(region, { Protocol: groupProtocol })
  const listen = (Protocol: string, Port = 53): Promise<sdk.CreateListenerOutput> =>
    region.call('CreateListener', {
      LoadBalancerArn,
      Protocol,
      Port,
      DefaultActions: [{ Type: 'forward', TargetGroupArn }],
    })
  return { region, LoadBalancerArn, TargetGroupArn, listen }
}

describe('listeners of datagrams', () => {
  test.each(['UDP', 'TCP_UDP'])('of %s reach the data plane', async (protocol) => {
    const { region, LoadBalancerArn, TargetGroupArn, listen } = await setUp(protocol)
    const [{ ListenerArn } = {}] = (await listen(protocol)).Listeners ?? []
    const plan = await until(() => region.plane.balancers.get(LoadBalancerArn)?.listeners[0])
    expect(plan).toMatchObject({ protocol, port: 53, groups: [{ arn: TargetGroupArn, weight: 1 }] })
    const { Attributes } = await region.call<sdk.DescribeListenerAttributesOutput>(
      'DescribeListenerAttributes',
      { ListenerArn },
    )
    expect(Attributes?.map(({ Key }) => Key)).toEqual(protocol === 'UDP' ? [] : ['tcp.idle_timeout.seconds'])
  })

  test.each([
    ['UDP', 'TCP', false],
    ['UDP', 'UDP', true],
    ['UDP', 'TCP_UDP', true],
    ['TCP', 'TCP_UDP', true],
    ['TCP', 'UDP', false],
    ['TCP_UDP', 'TCP_UDP', true],
    ['TCP_UDP', 'UDP', false],
  ])('%s in front of a group of %s: %s', async (protocol, groupProtocol, isCompatible) => {
    const { listen } = await setUp(groupProtocol)
    const answer = await listen(protocol).then(
      () => 'made',
      (error: unknown) => String(error),
    )
    expect(answer).toContain(isCompatible ? 'made' : 'incompatible protocols')
  })

  test('share no port with listeners of TCP', async () => {
    const { listen } = await setUp('TCP_UDP')
    await listen('TCP')
    expect(await refusal(listen('UDP'))).toContain('DuplicateListener')
  })
})

test('groups of datagrams keep client addresses, end flows after the delay, and are checked by TCP', async () => {
  const { region, TargetGroupArn } = await setUp('UDP')
  const { Attributes = [] } = await region.call<sdk.DescribeTargetGroupAttributesOutput>(
    'DescribeTargetGroupAttributes',
    { TargetGroupArn },
  )
  const values = Object.fromEntries(Attributes.map(({ Key = '', Value }) => [Key, Value]))
  expect(values).toMatchObject({
    'preserve_client_ip.enabled': 'true',
    'deregistration_delay.connection_termination.enabled': 'true',
  })
  expect(values).not.toHaveProperty('target_health_state.unhealthy.connection_termination.enabled')
  const { TargetGroups } = await region.call<sdk.DescribeTargetGroupsOutput>('DescribeTargetGroups', {})
  expect(TargetGroups).toMatchObject([
    { Protocol: 'UDP', HealthCheckProtocol: 'TCP', HealthCheckPort: 'traffic-port' },
  ])
  const change = region.call('ModifyTargetGroupAttributes', {
    TargetGroupArn,
    Attributes: [{ Key: 'preserve_client_ip.enabled', Value: 'false' }],
  })
  expect(await refusal(change)).toContain('cannot be disabled')
})
