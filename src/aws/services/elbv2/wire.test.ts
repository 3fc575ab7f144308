import {
  CreateListenerCommand,
  CreateLoadBalancerCommand,
  CreateTargetGroupCommand,
  DescribeLoadBalancersCommand,
  DescribeRulesCommand,
  DescribeTargetGroupAttributesCommand,
  DescribeTargetHealthCommand,
  ElasticLoadBalancingV2Client,
  RegisterTargetsCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2'
import { expect, test } from 'vitest'

import type { LoadBalancerPlane } from '../../../network/load-balancer.ts'
import { createTestRegion } from '../../testing/test-region.ts'
import { createElbv2 } from './index.ts'

const idlePlane: LoadBalancerPlane = {
  applyTargetGroup: () => undefined,
  removeTargetGroup: () => undefined,
  applyLoadBalancer: () => Promise.resolve(),
  applyApplication: () => Promise.resolve(),
  applyClassic: () => Promise.resolve(),
  removeLoadBalancer: () => Promise.resolve(),
  targetHealth: () => [],
  addresses: () => [],
  onHealthChange: () => () => undefined,
}

test('the SDK client sees on the wire what the load balancer controller depends on', async () => {
  const region = await createTestRegion()
  region.services.push(
    createElbv2(region.deps, {
      plane: idlePlane,
      ingress: { admits: () => true },
    }).service,
  )
  const subnet = { id: 'subnet-0000000000000000a', zone: `${region.deps.region}a`, public: true }
  const { vpcId } = await region.ec2.prepareNetwork({ subnets: [subnet] })
  const client = new ElasticLoadBalancingV2Client(region.client(await region.listen()))
  const { LoadBalancers } = await client.send(
    new CreateLoadBalancerCommand({ Name: 'net', Type: 'network', Subnets: [subnet.id] }),
  )
  const LoadBalancerArn = LoadBalancers?.[0]?.LoadBalancerArn
  const { TargetGroups } = await client.send(
    new CreateTargetGroupCommand({ Name: 'tg', Protocol: 'TCP', Port: 80, TargetType: 'ip', VpcId: vpcId }),
  )
  expect(TargetGroups?.[0]).toMatchObject({
    HealthCheckPort: 'traffic-port',
    HealthCheckProtocol: 'TCP',
    IpAddressType: 'ipv4',
    LoadBalancerArns: [],
  })
  const TargetGroupArn = TargetGroups?.[0]?.TargetGroupArn
  const { Listeners } = await client.send(
    new CreateListenerCommand({
      LoadBalancerArn,
      Port: 80,
      Protocol: 'TCP',
      DefaultActions: [{ Type: 'forward', TargetGroupArn }],
    }),
  )
  const { Rules } = await client.send(new DescribeRulesCommand({ ListenerArn: Listeners?.[0]?.ListenerArn }))
  expect(Rules).toMatchObject([{ IsDefault: true, Actions: [{ TargetGroupArn }] }])
  await client.send(
    new RegisterTargetsCommand({ TargetGroupArn, Targets: [{ Id: '192.0.2.1', AvailabilityZone: 'all' }] }),
  )
  const { TargetHealthDescriptions } = await client.send(new DescribeTargetHealthCommand({ TargetGroupArn }))
  expect(TargetHealthDescriptions).toMatchObject([
    { Target: { Id: '192.0.2.1', Port: 80 }, TargetHealth: { State: 'initial' } },
  ])
  const { Attributes } = await client.send(new DescribeTargetGroupAttributesCommand({ TargetGroupArn }))
  expect(Attributes).toContainEqual({ Key: 'proxy_protocol_v2.enabled', Value: 'false' })
  await expect(client.send(new DescribeLoadBalancersCommand({ Names: ['nobody'] }))).rejects.toMatchObject({
    name: 'LoadBalancerNotFoundException',
  })
})
