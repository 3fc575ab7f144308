import type { DescribeAccessPointsOutput } from '@aws-sdk/client-elastic-load-balancing'
import { expect, test } from 'vitest'

import { createElb } from '../../../elb/index.ts'
import { FakePlane } from '../../../elbv2/testing/elb-stage.ts'
import { createStackClients, type StackClients } from '../../testing/stack-clients.ts'

async function open() {
  const clients = await createStackClients()
  const { region } = clients
  const plane = new FakePlane()
  const elb = createElb(region.deps, { plane, ingress: region.ec2.ingress, certificates: region.acm })
  region.services.push(elb.service)
  region.run(elb.controllers)
  const shown = async () => {
    const { LoadBalancerDescriptions = [] } = await region.deps.caller.call<DescribeAccessPointsOutput>(
      'elb',
      'DescribeLoadBalancers',
      {},
    )
    return LoadBalancerDescriptions
  }
  return { clients, region, plane, shown }
}

async function outputsOf(clients: StackClients, name: string, template: object) {
  const stack = await clients.create(name, {}, { TemplateBody: JSON.stringify(template) })
  expect([stack.StackStatus, stack.StackStatusReason]).toEqual(['CREATE_COMPLETE', undefined])
  return Object.fromEntries(
    (stack.Outputs ?? []).map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue] as const),
  )
}

const http = { Protocol: 'HTTP', LoadBalancerPort: '80', InstancePort: '8080' }
const tcp = { Protocol: 'TCP', LoadBalancerPort: '5432', InstancePort: '5432' }
const proxy = (value: string) => ({
  PolicyName: 'proxy',
  PolicyType: 'ProxyProtocolPolicyType',
  Attributes: [{ Name: 'ProxyProtocol', Value: value }],
  InstancePorts: ['5432'],
})

test('a Classic Load Balancer is made with its policies, changed in place and removed', async () => {
  const { clients, region, plane, shown } = await open()
  const template = (properties: object) => ({
    Web: {
      Type: 'AWS::ElasticLoadBalancing::LoadBalancer',
      Properties: { Scheme: 'internal', Subnets: region.subnetIds.slice(0, 1), ...properties },
    },
  })
  const first = template({
    Listeners: [{ ...http, PolicyNames: ['sticky'] }, tcp],
    AppCookieStickinessPolicy: [{ PolicyName: 'sticky', CookieName: 'id' }],
    Policies: [proxy('true')],
    HealthCheck: {
      Target: 'HTTP:8080/ready',
      Interval: '10',
      Timeout: '5',
      HealthyThreshold: '3',
      UnhealthyThreshold: '2',
    },
    CrossZone: true,
    Tags: [{ Key: 'stage', Value: 'test' }],
  })
  const outputs = await outputsOf(clients, 'web', {
    Resources: first,
    Outputs: { Name: { Value: { 'Fn::GetAtt': ['Web', 'DNSName'] } }, Ref: { Value: { Ref: 'Web' } } },
  })
  expect(outputs).toMatchObject({
    Name: expect.stringMatching(/^internal-web-web-/),
    Ref: expect.stringMatching(/^web-Web-/),
  })
  expect(await shown()).toMatchObject([
    {
      ListenerDescriptions: [{ PolicyNames: ['sticky'] }, { PolicyNames: [] }],
      BackendServerDescriptions: [{ InstancePort: 5432, PolicyNames: ['proxy'] }],
      HealthCheck: { Target: 'HTTP:8080/ready', Interval: 10, HealthyThreshold: 3 },
    },
  ])
  const second = template({
    Listeners: [{ ...http, InstancePort: '9090' }, tcp],
    Policies: [proxy('false')],
    HealthCheck: {
      Target: 'TCP:9090',
      Interval: '20',
      Timeout: '5',
      HealthyThreshold: '3',
      UnhealthyThreshold: '2',
    },
    ConnectionDrainingPolicy: { Enabled: true, Timeout: 5 },
    Subnets: region.subnetIds.slice(1, 2),
  })
  expect((await clients.update('web', second)).StackStatus).toBe('UPDATE_COMPLETE')
  expect(await shown()).toMatchObject([
    {
      Subnets: region.subnetIds.slice(1, 2),
      Policies: { AppCookieStickinessPolicies: [], OtherPolicies: ['proxy'] },
      HealthCheck: { Target: 'TCP:9090' },
    },
  ])
  await expect
    .poll(() =>
      [...plane.groups.values()].map((group) => [
        group.targets.length,
        group.proxyProtocol,
        group.deregistrationDelaySeconds,
        group.arn.split(':').at(-1),
      ]),
    )
    .toEqual(
      expect.arrayContaining([
        [0, undefined, 5, '9090'],
        [0, undefined, 5, '5432'],
      ]),
    )
  expect((await clients.remove('web')).StackStatus).toBe('DELETE_COMPLETE')
  expect(await shown()).toEqual([])
})
