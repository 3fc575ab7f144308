import type * as sdk from '@aws-sdk/client-elastic-load-balancing-v2'
import { describe, expect, test } from 'vitest'

import { balancer, group, health, listener, refusal, stage, SUBNETS, until } from './testing/elb-stage.ts'

describe('load balancers', () => {
  test('go from provisioning to active and show what the controller compares', async () => {
    const region = await stage()
    const made = await balancer(region)
    expect(made.State?.Code).toBe('provisioning')
    expect(made.DNSName).toMatch(/^k8s-web-[0-9a-f]{16}\.elb\.[a-z0-9-]+\.localhost$/)
    const found = await until(async () => {
      const { LoadBalancers } = await region.call<sdk.DescribeLoadBalancersOutput>(
        'DescribeLoadBalancers',
        {},
      )
      return LoadBalancers?.[0]?.State?.Code === 'active' && LoadBalancers[0]
    })
    expect(found).toMatchObject({
      LoadBalancerArn: made.LoadBalancerArn,
      Type: 'network',
      Scheme: 'internet-facing',
      VpcId: region.vpcId,
      IpAddressType: 'ipv4',
      EnablePrefixForIpv6SourceNat: 'off',
      AvailabilityZones: SUBNETS.map((SubnetId) => ({ SubnetId })),
    })
    const path = made.LoadBalancerArn!.split(':loadbalancer/')[1]
    const descriptions = region.ec2.interfaces.list().map((item) => item.description)
    expect(descriptions.filter((text) => text === `ELB ${path}`)).toHaveLength(2)
  })

  test('are the same when asked for the same again, and refused otherwise', async () => {
    const region = await stage()
    const made = await balancer(region)
    expect((await balancer(region)).LoadBalancerArn).toBe(made.LoadBalancerArn)
    expect(await refusal(balancer(region, { Scheme: 'internal' }))).toBe(
      "DuplicateLoadBalancerName: A load balancer with the same name 'k8s-web' exists, but with different settings",
    )
  })

  test.each([
    [{ Type: 'gateway' }, 'ValidationError: A load balancer of type gateway is not emulated by Neargate'],
    [
      { Name: 'x'.repeat(33) },
      `ValidationError: The load balancer name '${'x'.repeat(33)}' cannot be longer than '32' characters`,
    ],
    [{ Name: '-x' }, "ValidationError: The load balancer name '-x' cannot begin or end with a hyphen('-')"],
  ])('refuse %j', async (input, expected) => {
    expect(await refusal(balancer(await stage(), input))).toBe(expected)
  })

  test('take security groups of their own VPC only', async () => {
    const region = await stage()
    const groupOf = async (VpcId: string): Promise<string> => {
      const input = { GroupName: 'lb', Description: 'x', VpcId }
      return (await region.deps.caller.call<{ GroupId: string }>('ec2', 'CreateSecurityGroup', input)).GroupId
    }
    const { Vpc } = await region.deps.caller.call<{ Vpc: { VpcId: string } }>('ec2', 'CreateVpc', {
      CidrBlock: '10.8.0.0/16',
    })
    const [own, foreign] = [await groupOf(region.vpcId), await groupOf(Vpc.VpcId)]
    const missing = "InvalidSecurityGroup: The security group 'sg-0' does not exist"
    const invalid = 'InvalidConfigurationRequest: One or more security groups are invalid'
    expect(await refusal(balancer(region, { SecurityGroups: [own, 'sg-0'] }))).toBe(missing)
    expect(await refusal(balancer(region, { SecurityGroups: [foreign] }))).toBe(invalid)
    expect(await region.call('DescribeLoadBalancers', {})).toMatchObject({ LoadBalancers: [] })
    const { LoadBalancerArn } = await balancer(region, { SecurityGroups: [own] })
    const set = (SecurityGroups: string[]) =>
      region.call('SetSecurityGroups', { LoadBalancerArn, SecurityGroups })
    expect(await refusal(set(['sg-0']))).toBe(missing)
    expect(await refusal(set([foreign]))).toBe(invalid)
    expect(await set([own])).toEqual({ SecurityGroupIds: [own] })
  })

  test('move to other subnets of their VPC', async () => {
    const region = await stage()
    const { LoadBalancerArn } = await balancer(region)
    const zones = async () => {
      const { LoadBalancers } = await region.call<sdk.DescribeLoadBalancersOutput>(
        'DescribeLoadBalancers',
        {},
      )
      return LoadBalancers?.[0]?.AvailabilityZones?.map(({ SubnetId }) => SubnetId)
    }
    expect(await region.call('SetSubnets', { LoadBalancerArn, Subnets: [SUBNETS[1]] })).toMatchObject({
      AvailabilityZones: [{ SubnetId: SUBNETS[1] }],
    })
    expect(await zones()).toEqual([SUBNETS[1]])
    const refused = region.call('SetSubnets', { LoadBalancerArn, Subnets: ['subnet-0'] })
    expect(await refusal(refused)).toContain('SubnetNotFound')
    expect(await region.call('SetIpAddressType', { LoadBalancerArn, IpAddressType: 'ipv4' })).toEqual({
      IpAddressType: 'ipv4',
    })
    expect(
      await refusal(region.call('SetIpAddressType', { LoadBalancerArn, IpAddressType: 'dualstack' })),
    ).toBe('ValidationError: You must specify subnets with an associated IPv6 CIDR block.')
  })

  test('do not go while protected; then nothing of them is left', async () => {
    const region = await stage()
    const { LoadBalancerArn = '' } = await balancer(region)
    await listener(region, LoadBalancerArn, await group(region))
    const protect = (Value: string) =>
      region.call('ModifyLoadBalancerAttributes', {
        LoadBalancerArn,
        Attributes: [{ Key: 'deletion_protection.enabled', Value }],
      })
    await protect('true')
    expect(await refusal(region.call('DeleteLoadBalancer', { LoadBalancerArn }))).toBe(
      `OperationNotPermitted: Load balancer '${LoadBalancerArn}' cannot be deleted because deletion protection is enabled`,
    )
    await protect('false')
    await until(() => region.plane.balancers.size === 1)
    await region.call('DeleteLoadBalancer', { LoadBalancerArn })
    expect(await region.call('DescribeLoadBalancers', {})).toMatchObject({ LoadBalancers: [] })
    expect(await refusal(region.call('DescribeLoadBalancers', { Names: ['k8s-web'] }))).toContain(
      'LoadBalancerNotFound',
    )
    await until(() => region.plane.balancers.size === 0)
    await until(() => !region.ec2.interfaces.list().some((item) => item.description.startsWith('ELB ')))
  })

  test('refuse attributes that there are not', async () => {
    const region = await stage()
    const { LoadBalancerArn } = await balancer(region)
    const answer = region.call('ModifyLoadBalancerAttributes', {
      LoadBalancerArn,
      Attributes: [{ Key: 'nothing', Value: '1' }],
    })
    expect(await refusal(answer)).toBe(
      "ValidationError: Load balancer attribute key 'nothing' is not recognized",
    )
  })

  test.each([['target_health_state.unhealthy.draining_interval_seconds', '10', '0']])(
    'refuse %s=%s, which would have no effect, and take its default',
    async (Key, Value, usual) => {
      const region = await stage()
      const TargetGroupArn = await group(region)
      const modify = (value: string) =>
        region.call('ModifyTargetGroupAttributes', { TargetGroupArn, Attributes: [{ Key, Value: value }] })
      expect(await refusal(modify(Value))).toBe(
        `ValidationError: ${Key}=${Value} is not emulated by Neargate`,
      )
      expect(await modify(usual)).toMatchObject({
        Attributes: expect.arrayContaining([{ Key, Value: usual }]) as unknown,
      })
    },
  )
})

// API_CreateTargetGroup, the defaults for target groups of protocol TCP.
test.each<[object, object]>([
  [
    {},
    {
      HealthCheckProtocol: 'TCP',
      HealthCheckPort: 'traffic-port',
      HealthCheckIntervalSeconds: 30,
      HealthCheckTimeoutSeconds: 10,
      HealthyThresholdCount: 5,
      UnhealthyThresholdCount: 2,
    },
  ],
  [
    { HealthCheckProtocol: 'HTTP' },
    { HealthCheckTimeoutSeconds: 6, HealthCheckPath: '/', Matcher: { HttpCode: '200-399' } },
  ],
  [{ HealthCheckProtocol: 'HTTPS' }, { HealthCheckTimeoutSeconds: 10, HealthCheckPath: '/' }],
  [
    { UnhealthyThresholdCount: 4, HealthyThresholdCount: 3 },
    { UnhealthyThresholdCount: 4, HealthyThresholdCount: 3 },
  ],
])('a target group of %j checks its targets with %j', async (input, expected) => {
  const region = await stage()
  const TargetGroupArn = await group(region, input)
  expect(await region.call('DescribeTargetGroups', { TargetGroupArns: [TargetGroupArn] })).toMatchObject({
    TargetGroups: [expected],
  })
})

// Accepted and forgotten before operations declared their members.
test.each<[string, object, string]>([
  ['CreateLoadBalancer', { IpAddressType: 'dualstack-without-public-ipv4' }, 'IpAddressType'],
  [
    'CreateLoadBalancer',
    { SubnetMappings: [{ SubnetId: SUBNETS[0], IPv6Address: '2001:db8::1' }] },
    'SubnetMappings[].IPv6Address',
  ],
])('%s %j is refused by the name of the member', async (operation, input, member) => {
  const region = await stage()
  const base: Record<string, object> = {
    CreateListener: { LoadBalancerArn: 'x', Port: 80, DefaultActions: [] },
    CreateTargetGroup: { Name: 'x', Protocol: 'TCP', Port: 80, VpcId: region.vpcId },
    CreateLoadBalancer: { Name: 'x', Type: 'network' },
  }
  const answer = await refusal(region.call(operation, { ...base[operation], ...input }))
  expect(answer).toContain('not emulated by Neargate')
  expect(answer).toContain(member)
})

describe('listeners', () => {
  test('have one port each, a default rule, and hold on to their group', async () => {
    const region = await stage()
    const { LoadBalancerArn = '' } = await balancer(region)
    const TargetGroupArn = await group(region)
    const ListenerArn = await listener(region, LoadBalancerArn, TargetGroupArn)
    expect(await listener(region, LoadBalancerArn, TargetGroupArn)).toBe(ListenerArn)
    const other = await group(region, { Name: 'other' })
    expect(await refusal(listener(region, LoadBalancerArn, other))).toBe(
      `DuplicateListener: A listener already exists on this port for this load balancer '${LoadBalancerArn}'`,
    )
    const { Rules } = await region.call<sdk.DescribeRulesOutput>('DescribeRules', { ListenerArn })
    expect(Rules).toMatchObject([{ IsDefault: true, Priority: 'default', Actions: [{ TargetGroupArn }] }])
    expect(await refusal(region.call('DeleteTargetGroup', { TargetGroupArn }))).toBe(
      `ResourceInUse: Target group '${TargetGroupArn}' is currently in use by a listener or a rule`,
    )
    await region.call('ModifyListener', { ListenerArn, Port: 81 })
    await until(() => [...region.plane.balancers.values()][0]?.listeners[0]?.port === 81)
    await region.call('DeleteListener', { ListenerArn })
    await region.call('DeleteTargetGroup', { TargetGroupArn })
    expect(await refusal(region.call('DescribeTargetGroups', { TargetGroupArns: [TargetGroupArn] }))).toBe(
      'TargetGroupNotFound: One or more target groups not found',
    )
  })

  test('of protocols that are not carried are refused by name', async () => {
    const region = await stage()
    const { LoadBalancerArn } = await balancer(region)
    const answer = region.call('CreateListener', {
      LoadBalancerArn,
      Protocol: 'QUIC',
      Port: 53,
      DefaultActions: [],
    })
    expect(await refusal(answer)).toBe(
      'ValidationError: A listener of protocol QUIC is not emulated by Neargate',
    )
  })
})

describe('targets', () => {
  test('reach the plane with address and zone; their health is what it measures', async () => {
    const region = await stage()
    const { LoadBalancerArn = '' } = await balancer(region)
    const arn = await group(region)
    await region.call('RegisterTargets', { TargetGroupArn: arn, Targets: [{ Id: region.ip, Port: 8080 }] })
    expect(await health(region, arn)).toMatchObject([
      { TargetHealth: { State: 'unused', Reason: 'Target.NotInUse' } },
    ])
    await listener(region, LoadBalancerArn, arn)
    expect(await health(region, arn)).toMatchObject([{ TargetHealth: { State: 'initial' } }])
    await until(() => region.plane.groups.get(arn)?.targets.length === 1)
    expect(region.plane.groups.get(arn)?.targets).toEqual([
      { ip: region.ip, port: 8080, zone: `${region.deps.region}a` },
    ])
    region.plane.health.set(arn, [
      { ip: region.ip, port: 8080, state: 'healthy' },
      { ip: '10.0.0.99', port: 8080, state: 'draining', reason: 'Target.DeregistrationInProgress' },
    ])
    expect(await health(region, arn)).toMatchObject([
      { Target: { Id: region.ip, Port: 8080 }, HealthCheckPort: '8080', TargetHealth: { State: 'healthy' } },
      { Target: { Id: '10.0.0.99' }, TargetHealth: { State: 'draining' } },
    ])
    expect(await health(region, arn, [{ Id: '10.9.9.9', Port: 1 }])).toMatchObject([
      { TargetHealth: { State: 'unused', Reason: 'Target.NotRegistered' } },
    ])
    await region.call('DeregisterTargets', { TargetGroupArn: arn, Targets: [{ Id: region.ip }] })
    await until(() => region.plane.groups.get(arn)?.targets.length === 0)
  })

  test('outside the VPC need a zone', async () => {
    const region = await stage()
    const TargetGroupArn = await group(region)
    const outside = { Id: '172.31.0.9', Port: 80 }
    expect(await refusal(region.call('RegisterTargets', { TargetGroupArn, Targets: [outside] }))).toMatch(
      /^ValidationError: .*you must specify an Availability Zone$/,
    )
    await region.call('RegisterTargets', {
      TargetGroupArn,
      Targets: [{ ...outside, AvailabilityZone: 'all' }],
    })
    expect(await health(region, TargetGroupArn)).toMatchObject([{ Target: { AvailabilityZone: 'all' } }])
  })

  test('of type instance have to be instances', async () => {
    const region = await stage()
    const TargetGroupArn = await group(region, { TargetType: 'instance' })
    const answer = region.call('RegisterTargets', {
      TargetGroupArn,
      Targets: [{ Id: 'i-0123456789abcdef0' }],
    })
    expect(await refusal(answer)).toMatch(/^InvalidTarget: /)
  })
})

test('after a restart the plane gets every plan again', async () => {
  const region = await stage()
  const { LoadBalancerArn = '', DNSName } = await balancer(region)
  const arn = await group(region)
  const listenerArn = await listener(region, LoadBalancerArn, arn)
  await region.call('RegisterTargets', { TargetGroupArn: arn, Targets: [{ Id: region.ip }] })
  const plane = region.restart()
  await until(() => plane.balancers.size === 1 && plane.groups.size === 1)
  expect(plane.balancers.get(LoadBalancerArn)).toMatchObject({
    dnsName: DNSName,
    listeners: [{ arn: listenerArn, port: 80, protocol: 'TCP', groups: [{ arn: arn, weight: 1 }] }],
  })
  expect(plane.groups.get(arn)).toMatchObject({
    targets: [{ ip: region.ip, port: 8080 }],
    deregistrationDelaySeconds: 300,
  })
})

test('tags are kept on balancers, groups, listeners and rules', async () => {
  const region = await stage()
  const { LoadBalancerArn = '' } = await balancer(region, {
    Tags: [{ Key: 'elbv2.k8s.aws/cluster', Value: 'demo' }],
  })
  const targetGroupArn = await group(region)
  const listenerArn = await listener(region, LoadBalancerArn, targetGroupArn)
  const { Rules } = await region.call<sdk.DescribeRulesOutput>('DescribeRules', { ListenerArn: listenerArn })
  const ResourceArns = [LoadBalancerArn, targetGroupArn, listenerArn, Rules![0]!.RuleArn!]
  await region.call('AddTags', { ResourceArns, Tags: [{ Key: 'a', Value: '1' }] })
  await region.call('RemoveTags', { ResourceArns: [LoadBalancerArn], TagKeys: ['elbv2.k8s.aws/cluster'] })
  const { TagDescriptions } = await region.call<sdk.DescribeTagsOutput>('DescribeTags', { ResourceArns })
  expect(TagDescriptions).toEqual(
    ResourceArns.map((ResourceArn) => ({ ResourceArn, Tags: [{ Key: 'a', Value: '1' }] })),
  )
})
