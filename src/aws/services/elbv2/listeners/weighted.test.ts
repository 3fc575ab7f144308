import type * as sdk from '@aws-sdk/client-elastic-load-balancing-v2'
import { expect, test } from 'vitest'

import { balancer, group, refusal, stage, until } from '../testing/elb-stage.ts'

async function weighted(protocols: readonly string[], listener: object = {}, sticky = false) {
  const region = await stage()
  const { LoadBalancerArn = '' } = await balancer(region)
  const arns: string[] = []
  for (const [index, Protocol] of protocols.entries()) {
    arns.push(await group(region, { Protocol, Name: `k8s-${index}` }))
  }
  const { CertificateArn } = await region.call<{ CertificateArn: string }>(
    'RequestCertificate',
    { DomainName: 'web.example.com', ValidationMethod: 'DNS' },
    'acm',
  )
  const isTls = 'Protocol' in listener && listener.Protocol === 'TLS'
  const made = region.call<sdk.CreateListenerOutput>('CreateListener', {
    LoadBalancerArn,
    Protocol: 'TCP',
    Port: 80,
    ...(isTls && { Certificates: [{ CertificateArn }] }),
    DefaultActions: [
      {
        Type: 'forward',
        ForwardConfig: {
          TargetGroups: arns.map((TargetGroupArn, index) => ({ TargetGroupArn, Weight: index * 10 })),
          ...(sticky && { TargetGroupStickinessConfig: { Enabled: true } }),
        },
      },
    ],
    ...listener,
  })
  return { region, LoadBalancerArn, arns, made }
}

test('several groups of a network load balancer reach the data plane with their weights', async () => {
  const { region, LoadBalancerArn, arns, made } = await weighted(['TCP', 'TCP'], {}, true)
  const { Listeners } = await made
  expect(Listeners?.[0]?.DefaultActions?.[0]).not.toHaveProperty('TargetGroupArn')
  const plan = await until(() => region.plane.balancers.get(LoadBalancerArn)?.listeners[0])
  expect(plan).toMatchObject({
    groups: arns.map((arn, index) => ({ arn, weight: index * 10 })),
    isGroupSticky: true,
  })
  expect(await refusal(region.call('DeleteTargetGroup', { TargetGroupArn: arns[0] }))).toContain(
    'ResourceInUse',
  )
})

test.each([
  [['TCP', 'TLS'], { Protocol: 'TLS' }, false, 'must have the same protocol'],
  [['TCP', 'TCP'], { Protocol: 'TLS' }, true, 'stickiness is not supported'],
  [Array(6).fill('TCP'), {}, false, 'TooManyTargetGroups'],
])('%j behind %j, sticky %s, are refused', async (protocols, listener, sticky, message) => {
  const { made } = await weighted(protocols, listener, sticky)
  expect(await refusal(made)).toContain(message)
})
