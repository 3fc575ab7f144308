import type * as sdk from '@aws-sdk/client-elastic-load-balancing-v2'
import { describe, expect, test } from 'vitest'

import { balancer, group, listener, refusal, stage, until } from '../testing/elb-stage.ts'

describe('target groups', () => {
  // The defaults of CreateTargetGroup for TCP target groups, by the protocol of the check.
  test.each([
    ['TCP', { HealthCheckTimeoutSeconds: 10, HealthCheckPath: undefined, Matcher: undefined }],
    ['HTTP', { HealthCheckTimeoutSeconds: 6, HealthCheckPath: '/', Matcher: { HttpCode: '200-399' } }],
    ['HTTPS', { HealthCheckTimeoutSeconds: 10, HealthCheckPath: '/', Matcher: { HttpCode: '200-399' } }],
  ])('with a check by %s have its defaults', async (HealthCheckProtocol, expected) => {
    const region = await stage()
    const arn = await group(region, { HealthCheckProtocol })
    const { TargetGroups } = await region.call<sdk.DescribeTargetGroupsOutput>('DescribeTargetGroups', {
      TargetGroupArns: [arn],
    })
    expect(TargetGroups?.[0]).toMatchObject({
      HealthCheckProtocol,
      HealthCheckPort: 'traffic-port',
      HealthCheckIntervalSeconds: 30,
      HealthyThresholdCount: 5,
      UnhealthyThresholdCount: 2,
    })
    const { HealthCheckTimeoutSeconds, HealthCheckPath, Matcher } = TargetGroups![0]!
    expect({ HealthCheckTimeoutSeconds, HealthCheckPath, Matcher }).toEqual(expected)
  })
})

describe('target groups of the type alb', () => {
  test('take one Application Load Balancer that listens on the port, which cannot go meanwhile', async () => {
    const region = await stage()
    const front = await balancer(region)
    const { LoadBalancerArn: alb = '' } = await balancer(region, { Type: 'application', Name: 'web' })
    const web = await group(region, { Name: 'web', Protocol: 'HTTP', Port: 80 })
    await region.call('CreateListener', {
      LoadBalancerArn: alb,
      Protocol: 'HTTP',
      Port: 80,
      DefaultActions: [{ Type: 'forward', TargetGroupArn: web }],
    })
    const arn = await group(region, { TargetType: 'alb', Port: 80 })
    await listener(region, front.LoadBalancerArn ?? '', arn)
    const { TargetGroups } = await region.call<sdk.DescribeTargetGroupsOutput>('DescribeTargetGroups', {
      TargetGroupArns: [arn],
    })
    expect(TargetGroups?.[0]).toMatchObject({
      TargetType: 'alb',
      Protocol: 'TCP',
      HealthCheckProtocol: 'HTTP',
      HealthCheckPath: '/',
      Matcher: { HttpCode: '200-399' },
    })
    const register = (Id: string, Port?: number) =>
      region.call('RegisterTargets', { TargetGroupArn: arn, Targets: [{ Id, Port }] })
    expect(await refusal(register(alb, 81))).toMatch(/^InvalidTarget/)
    expect(await refusal(register(front.LoadBalancerArn ?? ''))).toMatch(/^InvalidTarget/)
    await register(alb)
    const told = await until(() => region.plane.groups.get(arn)?.targets[0])
    expect(told).toMatchObject({
      ip: alb,
      port: 80,
      zone: 'all',
      host: expect.stringMatching(/^web-/) as string,
    })
    expect(await refusal(region.call('DeleteLoadBalancer', { LoadBalancerArn: alb }))).toBe(
      `ResourceInUse: Load balancer '${alb}' cannot be deleted because it is currently associated with another service`,
    )
    await region.call('DeregisterTargets', { TargetGroupArn: arn, Targets: [{ Id: alb }] })
    await region.call('DeleteLoadBalancer', { LoadBalancerArn: alb })
  })

  test('take one of two that are registered at the same time', async () => {
    const region = await stage()
    const arn = await group(region, { TargetType: 'alb', Port: 80 })
    const balancers: string[] = []
    for (const Name of ['one', 'two']) {
      const web = await group(region, { Name, Protocol: 'HTTP', Port: 80 })
      const { LoadBalancerArn = '' } = await balancer(region, { Type: 'application', Name })
      const DefaultActions = [{ Type: 'forward', TargetGroupArn: web }]
      await region.call('CreateListener', { LoadBalancerArn, Protocol: 'HTTP', Port: 80, DefaultActions })
      balancers.push(LoadBalancerArn)
    }
    const answers = await Promise.allSettled(
      balancers.map((Id) => region.call('RegisterTargets', { TargetGroupArn: arn, Targets: [{ Id }] })),
    )
    expect(answers).toMatchObject([
      { status: 'fulfilled' },
      { status: 'rejected', reason: { code: 'TooManyTargets' } },
    ])
  })

  test.each([
    [{ TargetType: 'alb', Protocol: 'UDP' }, /^ValidationError: .*'TCP'/],
    [{ TargetType: 'alb', HealthCheckProtocol: 'TCP' }, /^ValidationError: Health check protocol 'TCP'/],
    [{ TargetType: 'lambda' }, /not emulated/],
  ])('%o is refused', async (input, words) => {
    expect(await refusal(group(await stage(), input))).toMatch(words)
  })
})
