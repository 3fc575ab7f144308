import type { AutoScalingGroup, AutoScalingGroupsType } from '@aws-sdk/client-auto-scaling'
import type { TargetHealthDescription } from '@aws-sdk/client-elastic-load-balancing-v2'
import { describe, expect, test } from 'vitest'

import {
  balancer,
  group,
  health,
  listener,
  refusal,
  stage,
  SUBNETS,
  until,
  type Stage,
} from '../elbv2/testing/elb-stage.ts'

const NAME = 'web'

interface Place extends Stage {
  /** The arn of a target group of instances. */
  readonly arn: string
  scaling<T = unknown>(operation: string, input?: object): Promise<T>
  described(): Promise<AutoScalingGroup | undefined>
  registered(arn?: string): Promise<string[]>
}

async function place(): Promise<Place> {
  const region = await stage()
  region.runControllers()
  await region.call(
    'CreateLaunchTemplate',
    { LaunchTemplateName: 'web', LaunchTemplateData: { ImageId: 'ami-1', InstanceType: 't3.large' } },
    'ec2',
  )
  const arn = await group(region, { TargetType: 'instance' })
  const scaling = <T>(operation: string, input: object = {}): Promise<T> =>
    region.call<T>(operation, { AutoScalingGroupName: NAME, ...input }, 'autoscaling')
  return {
    ...region,
    arn,
    scaling,
    described: async () => {
      const { AutoScalingGroups } = await region.call<AutoScalingGroupsType>(
        'DescribeAutoScalingGroups',
        {},
        'autoscaling',
      )
      return AutoScalingGroups?.[0]
    },
    registered: async (of = arn) =>
      // The service answers with descriptions.
      ((await health(region, of)) as TargetHealthDescription[])
        .flatMap(({ Target }) => Target?.Id ?? [])
        .toSorted(),
  }
}

async function made(at: Place, input: object = {}): Promise<string[]> {
  await at.scaling('CreateAutoScalingGroup', {
    MinSize: 0,
    MaxSize: 4,
    DesiredCapacity: 2,
    VPCZoneIdentifier: SUBNETS.join(','),
    LaunchTemplate: { LaunchTemplateName: 'web' },
    ...input,
  })
  return await inService(at, 2)
}

function inService(at: Place, count: number): Promise<string[]> {
  return until(async () => {
    const { Instances = [] } = (await at.described()) ?? {}
    const working = Instances.filter(({ LifecycleState }) => LifecycleState === 'InService')
    return working.length === count && working.map(({ InstanceId = '' }) => InstanceId).toSorted()
  })
}

function registers(at: Place, ids: readonly string[], arn?: string): Promise<true | undefined> {
  return until(async () => (await at.registered(arn)).join() === ids.join() || undefined)
}

describe('the target groups of a group', () => {
  test('hold its instances, and those that replace them', async () => {
    const at = await place()
    const ids = await made(at, { TargetGroupARNs: [at.arn] })
    await registers(at, ids)
    expect(await at.described()).toMatchObject({
      TargetGroupARNs: [at.arn],
      TrafficSources: [{ Identifier: at.arn, Type: 'elbv2' }],
    })
    expect(await at.scaling('DescribeLoadBalancerTargetGroups')).toMatchObject({
      LoadBalancerTargetGroups: [{ LoadBalancerTargetGroupARN: at.arn, State: 'InService' }],
    })
    await at.call('TerminateInstances', { InstanceIds: [ids[0]] }, 'ec2')
    await until(async () => !(await at.registered()).includes(ids[0] ?? '') || undefined)
    await registers(at, await inService(at, 2))
    await at.scaling('DeleteAutoScalingGroup', { ForceDelete: true })
    await registers(at, [])
  })

  test('are attached and detached later; targets that others registered stay', async () => {
    const at = await place()
    const ids = await made(at)
    const own = await at.call<{ Instances: { InstanceId: string }[] }>(
      'RunInstances',
      { LaunchTemplate: { LaunchTemplateName: 'web' }, MinCount: 1, MaxCount: 1, SubnetId: SUBNETS[0] },
      'ec2',
    )
    const foreign = own.Instances[0]?.InstanceId ?? ''
    await until(
      async () =>
        (await refusal(
          at.call('RegisterTargets', { TargetGroupArn: at.arn, Targets: [{ Id: foreign }] }),
        )) === 'none',
    )
    await at.scaling('AttachTrafficSources', { TrafficSources: [{ Identifier: at.arn, Type: 'elbv2' }] })
    await registers(at, [...ids, foreign].toSorted())
    expect(await at.scaling('DescribeTrafficSources')).toMatchObject({
      TrafficSources: [{ Identifier: at.arn, Type: 'elbv2', State: 'Added' }],
    })
    await at.scaling('DetachLoadBalancerTargetGroups', { TargetGroupARNs: [at.arn] })
    expect((await at.described())?.TargetGroupARNs).toEqual([])
    await registers(at, [foreign])
    await until(async () => {
      const { TrafficSources } = await at.scaling<{ TrafficSources: object[] }>('DescribeTrafficSources')
      return TrafficSources.length === 0 || undefined
    })
  })

  test('stay attached when they are deleted, and keep nothing from going on', async () => {
    const at = await place()
    await made(at, { TargetGroupARNs: [at.arn] })
    await at.call('DeleteTargetGroup', { TargetGroupArn: at.arn })
    await at.scaling('SetDesiredCapacity', { DesiredCapacity: 3 })
    await inService(at, 3)
    expect((await at.described())?.TargetGroupARNs).toEqual([at.arn])
  })

  test('get no instance while AddToLoadBalancer is suspended', async () => {
    const at = await place()
    await made(at)
    await at.scaling('SuspendProcesses', { ScalingProcesses: ['AddToLoadBalancer'] })
    await at.scaling('AttachLoadBalancerTargetGroups', { TargetGroupARNs: [at.arn] })
    const other = await group(at, { TargetType: 'instance', Name: 'other' })
    await at.scaling('AttachLoadBalancerTargetGroups', { TargetGroupARNs: [other] })
    await at.scaling('DetachLoadBalancerTargetGroups', { TargetGroupARNs: [other] })
    // Once the second is gone, the first has been looked at too.
    await until(async () => {
      const { TrafficSources } = await at.scaling<{ TrafficSources: object[] }>('DescribeTrafficSources')
      return TrafficSources.length === 1 || undefined
    })
    expect(await at.registered()).toEqual([])
  })

  test('decide about the health of instances where the group asks for it', async () => {
    const at = await place()
    const [first = '', second = ''] = await made(at, { TargetGroupARNs: [at.arn], HealthCheckType: 'ELB' })
    await registers(at, [first, second].toSorted())
    await listener(at, (await balancer(at)).LoadBalancerArn ?? '', at.arn)
    const ip = at.ec2.instances.list().find(({ id }) => id === first)?.privateIp ?? ''
    at.plane.health.set(at.arn, [{ ip, port: 8080, state: 'unhealthy' }])
    await at.scaling('UpdateAutoScalingGroup', { MaxSize: 5 })
    await until(async () => !(await inService(at, 2)).includes(first) || undefined)
    expect(await at.scaling('DescribeScalingActivities')).toMatchObject({
      Activities: expect.arrayContaining([
        expect.objectContaining({
          Description: `Terminating EC2 instance: ${first}`,
          Cause: expect.stringContaining('an ELB system health check failure'),
        }),
      ]),
    })
    expect(await inService(at, 2)).toContain(second)
  })

  test('must be there, and of instances', async () => {
    const at = await place()
    await made(at)
    const attach = (arn: string) =>
      refusal(at.scaling('AttachLoadBalancerTargetGroups', { TargetGroupARNs: [arn] }))
    expect(await attach(`${at.arn}0`)).toBe(
      'ValidationError: Provided Target Groups may not be valid. Please ensure they exist and try again.',
    )
    const ofAddresses = await group(at, { Name: 'ips' })
    expect(await attach(ofAddresses)).toBe(
      `ValidationError: Provided Target Group '${ofAddresses}' has invalid target type. Please ensure all provided Target Groups have target type of instance.`,
    )
    const classic = { TrafficSources: [{ Identifier: 'classic', Type: 'elb' }] }
    expect(await refusal(at.scaling('AttachTrafficSources', classic))).toBe(
      'NotImplemented: A Classic Load Balancer as a traffic source is not emulated by Neargate.',
    )
  })
})
