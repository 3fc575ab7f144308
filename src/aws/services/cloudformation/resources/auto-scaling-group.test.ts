import type { AutoScalingGroupsType } from '@aws-sdk/client-auto-scaling'
import { expect, test } from 'vitest'

import { createElbv2 } from '../../elbv2/index.ts'
import { FakePlane } from '../../elbv2/testing/elb-stage.ts'
import { createStackClients } from '../testing/stack-clients.ts'

test('a group is attached to target groups, and its health check changes in place', async () => {
  const clients = await createStackClients()
  const { region } = clients
  region.services.push(
    createElbv2(region.deps, { plane: new FakePlane(), ingress: region.ec2.ingress }).service,
  )
  const targets = { Protocol: 'HTTP', Port: 80, VpcId: region.vpcId }
  const resources = (properties: object) => ({
    One: { Type: 'AWS::ElasticLoadBalancingV2::TargetGroup', Properties: targets },
    Two: { Type: 'AWS::ElasticLoadBalancingV2::TargetGroup', Properties: { ...targets, Port: 81 } },
    Template: {
      Type: 'AWS::EC2::LaunchTemplate',
      Properties: { LaunchTemplateData: { ImageId: 'ami-1', InstanceType: 't3.large' } },
    },
    Group: {
      Type: 'AWS::AutoScaling::AutoScalingGroup',
      Properties: {
        MinSize: '0',
        MaxSize: '0',
        VPCZoneIdentifier: region.subnetIds,
        LaunchTemplate: { LaunchTemplateId: { Ref: 'Template' }, Version: '1' },
        ...properties,
      },
    },
  })
  const group = async () =>
    (await region.deps.caller.call<AutoScalingGroupsType>('autoscaling', 'DescribeAutoScalingGroups', {}))
      .AutoScalingGroups?.[0]
  const made = await clients.create(
    'web',
    resources({
      TargetGroupARNs: [{ Ref: 'One' }],
      HealthCheckType: 'ELB',
      HealthCheckGracePeriod: 60,
      Cooldown: '30',
    }),
  )
  expect(made.StackStatus).toBe('CREATE_COMPLETE')
  const one = await clients.physicalId('web', 'One')
  const before = await group()
  expect(before).toMatchObject({
    TargetGroupARNs: [one],
    HealthCheckType: 'ELB',
    HealthCheckGracePeriod: 60,
    DefaultCooldown: 30,
  })
  await clients.update('web', resources({ TargetGroupARNs: [{ Ref: 'Two' }], HealthCheckType: 'EC2' }))
  expect(await group()).toMatchObject({
    AutoScalingGroupARN: before?.AutoScalingGroupARN,
    TargetGroupARNs: [await clients.physicalId('web', 'Two')],
    HealthCheckType: 'EC2',
  })
})
