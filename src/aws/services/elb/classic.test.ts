import type * as sdk from '@aws-sdk/client-elastic-load-balancing'
import { describe, expect, test } from 'vitest'

import { refusal, until } from '../elbv2/testing/elb-stage.ts'
import { HTTP, NAME, stage, SUBNETS, TCP } from './testing/classic-stage.ts'

describe('a Classic Load Balancer', () => {
  test('is shown with the defaults of the service', async () => {
    const region = await stage()
    const shown = await region.create({ Listeners: [HTTP] })
    expect(shown).toMatchObject({
      LoadBalancerName: 'web',
      Scheme: 'internet-facing',
      VPCId: region.vpcId,
      Subnets: SUBNETS,
      Instances: [],
      HealthCheck: {
        Target: 'TCP:31080',
        Interval: 30,
        Timeout: 5,
        UnhealthyThreshold: 2,
        HealthyThreshold: 10,
      },
      ListenerDescriptions: [
        {
          Listener: {
            Protocol: 'HTTP',
            LoadBalancerPort: 80,
            InstanceProtocol: 'HTTP',
            InstancePort: 31_080,
          },
          PolicyNames: [],
        },
      ],
    })
    expect(shown.DNSName).toMatch(/^web-\d+\.ap-southeast-1\.elb\.localhost$/)
    expect(shown.SecurityGroups).toHaveLength(1)
  })

  test('sends connections to its instances, and to none that fails its checks', async () => {
    const region = await stage()
    const id = await region.launch()
    await region.create({ Listeners: [TCP] })
    await region.elb('RegisterInstancesWithLoadBalancer', { ...NAME, Instances: [{ InstanceId: id }] })
    const group = await until(() =>
      [...region.plane.groups.values()].find(({ targets }) => targets.length > 0),
    )
    expect(group).toMatchObject({
      targets: [{ port: 31_432, zone: 'ap-southeast-1a' }],
      healthCheck: { protocol: 'TCP', port: '31432', healthyThreshold: 10 },
      flows: { crossZone: false, fewestForRouting: { count: 0 } },
    })
    const [plan] = region.plane.balancers.values()
    expect(plan?.listeners).toMatchObject([
      { port: 5432, protocol: 'TCP', idleTimeoutSeconds: 60, groups: [{ arn: group.arn, weight: 1 }] },
    ])
  })

  test('reads requests where its listeners are of HTTP, without a trace id', async () => {
    const region = await stage()
    await region.create({ Listeners: [HTTP] })
    const plan = await until(() => [...region.plane.applications.values()][0])
    expect(plan).toMatchObject({
      settings: { hasTraceId: false, isHttp2Enabled: false, isPreservingHost: true },
      listeners: [{ port: 80, protocol: 'HTTP' }],
    })
    const [group] = region.plane.groups.values()
    expect(group?.requests).toMatchObject({ failsClosed: true, algorithm: 'least_outstanding_requests' })
  })

  test('tells of each instance what its checks have found', async () => {
    const region = await stage()
    const ids = [await region.launch(), await region.launch()]
    await region.create()
    const Instances = ids.map((InstanceId) => ({ InstanceId }))
    await region.elb('RegisterInstancesWithLoadBalancer', { ...NAME, Instances })
    const group = await until(() =>
      [...region.plane.groups.values()].find(({ targets }) => targets.length > 1),
    )
    const [first, second] = group.targets.map(({ ip }) => ip)
    region.plane.health.set(group.arn, [
      { ip: first ?? '', port: 31_432, state: 'healthy' },
      { ip: second ?? '', port: 31_432, state: 'unhealthy' },
    ])
    const { InstanceStates } = await region.elb<sdk.DescribeEndPointStateOutput>('DescribeInstanceHealth')
    expect(InstanceStates?.map(({ State, ReasonCode }) => [State, ReasonCode])).toEqual([
      ['InService', 'N/A'],
      ['OutOfService', 'Instance'],
    ])
  })

  test('gets a security group of its own kind in a default VPC, which the next one has too', async () => {
    const region = await stage()
    const { caller } = region.deps
    await caller.call('ec2', 'CreateDefaultVpc', {})
    const zones = { Subnets: [], AvailabilityZones: [`${region.deps.region}a`] }
    const { SecurityGroups = [] } = await region.create({ Listeners: [HTTP], ...zones })
    type Group = {
      readonly GroupName: string
      readonly IpPermissions: readonly { readonly FromPort: number }[]
    }
    const answer = await caller.call<{ SecurityGroups: Group[] }>('ec2', 'DescribeSecurityGroups', {
      GroupIds: SecurityGroups,
    })
    expect(answer.SecurityGroups).toMatchObject([
      { GroupName: expect.stringMatching(/^default_elb_/), IpPermissions: [{ FromPort: 80 }] },
    ])
    await region.elb('EnableAvailabilityZonesForLoadBalancer', {
      ...NAME,
      AvailabilityZones: [`${region.deps.region}b`],
    })
    await region.elb('DisableAvailabilityZonesForLoadBalancer', {
      ...NAME,
      AvailabilityZones: zones.AvailabilityZones,
    })
    await region.elb('CreateLoadBalancer', { LoadBalancerName: 'next', Listeners: [TCP], ...zones })
    const { LoadBalancerDescriptions: all = [] } = await region.elb<sdk.DescribeAccessPointsOutput>(
      'DescribeLoadBalancers',
      {},
    )
    expect(all.map((each) => [each.AvailabilityZones, each.SecurityGroups])).toEqual([
      [[`${region.deps.region}b`], SecurityGroups],
      [[`${region.deps.region}a`], SecurityGroups],
    ])
  })

  test('goes with its groups and interfaces, and its name is free at once', async () => {
    const region = await stage()
    await region.create()
    await until(() => region.plane.balancers.size > 0)
    await region.elb('DeleteLoadBalancer')
    expect(await refusal(region.elb('DescribeInstanceHealth'))).toBe(
      "LoadBalancerNotFound: There is no ACTIVE Load Balancer named 'web'",
    )
    await until(() => region.plane.balancers.size === 0 && region.plane.groups.size === 0)
    await until(async () => {
      type Answer = { readonly NetworkInterfaces: readonly { readonly Description?: string }[] }
      const { NetworkInterfaces } = await region.deps.caller.call<Answer>(
        'ec2',
        'DescribeNetworkInterfaces',
        {},
      )
      return NetworkInterfaces.every(({ Description }) => Description !== 'ELB web')
    })
    expect(await region.create()).toMatchObject({ LoadBalancerName: 'web' })
  })

  test.each<[string, object, string]>([
    ['no listener', { Listeners: [] }, 'ValidationError: Listeners: at least one listener must be specified'],
    [
      'a certificate that there is not',
      { Listeners: [{ ...HTTP, Protocol: 'HTTPS', SSLCertificateId: 'arn:none' }] },
      'CertificateNotFound: Server Certificate not found for the key: arn:none',
    ],
    [
      'another listener at a port',
      { Listeners: [TCP, { ...TCP, InstancePort: 1 }] },
      'DuplicateListener: A listener already exists for web with LoadBalancerPort 5432, but with a different InstancePort, Protocol, or SSLCertificateId',
    ],
    ['no place', { Subnets: [] }, 'ValidationError: Either AvailabilityZones or SubnetIds must be specified'],
    [
      'a scheme',
      { Scheme: 'public' },
      "InvalidScheme: Load balancer scheme 'public' must be internal or internet-facing",
    ],
  ])('is refused with %s', async (_, input, words) => {
    const region = await stage()
    expect(
      await refusal(
        region.elb('CreateLoadBalancer', { ...NAME, Subnets: SUBNETS, Listeners: [TCP], ...input }),
      ),
    ).toBe(words)
  })

  test.each([
    [
      'HTTP:80',
      'ValidationError: HealthCheck HTTP Target must specify a port followed by a path that begins with a slash. e.g. HTTP:80/ping/this/path',
    ],
    [
      'UDP:53',
      'ValidationError: HealthCheck Target must begin with one of HTTP, TCP, HTTPS, SSL and name a port',
    ],
    ['TCP:80', 'none'],
    ['http:80/ready', 'none'],
  ])('checks %s: %s', async (Target, words) => {
    const region = await stage()
    await region.create()
    const HealthCheck = { Target, Interval: 10, Timeout: 5, UnhealthyThreshold: 2, HealthyThreshold: 2 }
    expect(await refusal(region.elb('ConfigureHealthCheck', { ...NAME, HealthCheck }))).toBe(words)
  })
})
