import type * as sdk from '@aws-sdk/client-elastic-load-balancing-v2'
import { describe, expect, test } from 'vitest'

import { balancer, group, refusal, stage, until, type Stage } from '../testing/elb-stage.ts'

async function certificate(region: Stage, DomainName: string): Promise<string> {
  const input = { DomainName, ValidationMethod: 'DNS' }
  const { CertificateArn } = await region.call<{ CertificateArn: string }>('RequestCertificate', input, 'acm')
  return CertificateArn
}

async function tls(change: object = {}, groupProtocol = 'TCP') {
  const region = await stage()
  const { LoadBalancerArn = '' } = await balancer(region)
  const TargetGroupArn = await group(region, { Protocol: groupProtocol })
  const first = await certificate(region, 'web.example.com')
  const create = (more: object = {}): Promise<sdk.CreateListenerOutput> =>
    region.call('CreateListener', {
      LoadBalancerArn,
      Protocol: 'TLS',
      Port: 443,
      Certificates: [{ CertificateArn: first }],
      DefaultActions: [{ Type: 'forward', TargetGroupArn }],
      ...change,
      ...more,
    })
  return { region, LoadBalancerArn, TargetGroupArn, first, create }
}

describe('a TLS listener', () => {
  test('reaches the data plane with its certificates, its policy and its protocols', async () => {
    const { region, LoadBalancerArn, TargetGroupArn, first, create } = await tls({}, 'TLS')
    const { Listeners } = await create({
      SslPolicy: 'ELBSecurityPolicy-TLS13-1-2-Res-2021-06',
      AlpnPolicy: ['HTTP2Preferred'],
    })
    const [listener] = Listeners ?? []
    expect(listener).toMatchObject({ Protocol: 'TLS', AlpnPolicy: ['HTTP2Preferred'] })
    const second = await certificate(region, '*.example.org')
    await region.call('AddListenerCertificates', {
      ListenerArn: listener?.ListenerArn,
      Certificates: [{ CertificateArn: second }],
    })
    const plan = await until(() => {
      const [found] = region.plane.balancers.get(LoadBalancerArn)?.listeners ?? []
      return found?.tls?.certificates.length === 2 && found
    })
    expect(plan).toMatchObject({ protocol: 'TLS', port: 443, idleTimeoutSeconds: 350 })
    expect(plan.tls?.certificates.map(({ names }) => names)).toEqual([['web.example.com'], ['*.example.org']])
    expect(plan.tls?.policy).toMatchObject({ protocols: ['TLSv1.2', 'TLSv1.3'] })
    expect(plan.tls?.alpn).toEqual(['h2', 'http/1.1', 'http/1.0'])
    expect(plan.backend).toMatchObject({ name: 'ELBSecurityPolicy-TLS13-1-0-2021-06' })
    expect(region.plane.groups.get(TargetGroupArn)?.flows).toMatchObject({ isTls: true })
    const answer = await region.call<{ Certificate: { InUseBy: string[] } }>(
      'DescribeCertificate',
      { CertificateArn: first },
      'acm',
    )
    expect(answer.Certificate.InUseBy).toEqual([LoadBalancerArn])
  })

  test('has the policy of 2016-08 and no ALPN unless it is told', async () => {
    const { create } = await tls()
    const [listener] = (await create()).Listeners ?? []
    expect(listener?.SslPolicy).toBe('ELBSecurityPolicy-2016-08')
    expect(listener).not.toHaveProperty('AlpnPolicy')
  })

  test.each<[object, string]>([
    [{ Certificates: [] }, 'ValidationError: A certificate must be specified for TLS listeners'],
    [{ SslPolicy: 'none' }, "SSLPolicyNotFound: SSL policy 'none' not found"],
    [{ AlpnPolicy: ['none'] }, "ALPNPolicyNotFound: ALPN policy 'none' not found"],
    [
      { Protocol: 'TCP', Certificates: [], AlpnPolicy: ['None'] },
      'An ALPN policy cannot be specified for TCP listeners',
    ],
    [
      { Certificates: [{ CertificateArn: 'arn:aws:acm:ap-southeast-1:111122223333:certificate/none' }] },
      'CertificateNotFound',
    ],
  ])('is refused with %j', async (change, message) => {
    const { create } = await tls()
    expect(await refusal(create(change))).toContain(message)
  })

  test('of TCP does not forward to a group of TLS', async () => {
    const { create } = await tls({ Protocol: 'TCP', Certificates: [] }, 'TLS')
    expect(await refusal(create())).toContain('IncompatibleProtocols')
  })
})

test('an HTTPS listener reaches the data plane with its certificates and the policy of now', async () => {
  const region = await stage()
  const { LoadBalancerArn = '' } = await balancer(region, { Type: 'application' })
  const CertificateArn = await certificate(region, 'web.example.com')
  const { Listeners } = await region.call<sdk.CreateListenerOutput>('CreateListener', {
    LoadBalancerArn,
    Protocol: 'HTTPS',
    Port: 443,
    Certificates: [{ CertificateArn }],
    SslPolicy: 'ELBSecurityPolicy-TLS13-1-2-Res-2021-06',
    DefaultActions: [{ Type: 'fixed-response', FixedResponseConfig: { StatusCode: '404' } }],
  })
  const served = () => region.plane.applications.get(LoadBalancerArn)?.listeners[0]
  const plan = await until(() => served()?.tlsPolicy && served())
  expect(plan).toMatchObject({
    protocol: 'HTTPS',
    certificates: [{ names: ['web.example.com'] }],
    tlsPolicy: { protocols: ['TLSv1.2', 'TLSv1.3'] },
  })
  const [{ ListenerArn } = {}] = Listeners ?? []
  await region.call('ModifyListener', { ListenerArn, SslPolicy: 'ELBSecurityPolicy-TLS13-1-3-2021-06' })
  await until(() => served()?.tlsPolicy?.protocols.join() === 'TLSv1.3')
})

test('the policies are listed, or those of these names', async () => {
  const region = await stage()
  const all = await region.call<sdk.DescribeSSLPoliciesOutput>('DescribeSSLPolicies', {})
  expect(all.SslPolicies?.length).toBeGreaterThan(20)
  const Names = ['ELBSecurityPolicy-TLS13-1-3-2021-06']
  const { SslPolicies } = await region.call<sdk.DescribeSSLPoliciesOutput>('DescribeSSLPolicies', { Names })
  expect(SslPolicies).toMatchObject([
    {
      Name: Names[0],
      SslProtocols: ['TLSv1.3'],
      Ciphers: [{ Name: 'TLS_AES_128_GCM_SHA256', Priority: 1 }, {}, {}],
    },
  ])
  expect(await refusal(region.call('DescribeSSLPolicies', { Names: ['none'] }))).toBe(
    "SSLPolicyNotFound: SSL policy 'none' not found",
  )
})

test('what becomes of connections is read from the attributes of the group', async () => {
  const { region, TargetGroupArn, create } = await tls()
  await create()
  const set = (Key: string, Value: string) => ({ Key, Value })
  await region.call('ModifyTargetGroupAttributes', {
    TargetGroupArn,
    Attributes: [
      set('stickiness.enabled', 'true'),
      set('load_balancing.cross_zone.enabled', 'true'),
      set('deregistration_delay.connection_termination.enabled', 'true'),
      set('target_health_state.unhealthy.connection_termination.enabled', 'false'),
      set('target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage', '50'),
      set('target_group_health.dns_failover.minimum_healthy_targets.count', '3'),
    ],
  })
  const flows = await until(() => {
    const found = region.plane.groups.get(TargetGroupArn)?.flows
    return found?.isSticky && found
  })
  expect(flows).toEqual({
    isTls: false,
    isSticky: true,
    crossZone: true,
    endsDeregistered: true,
    endsUnhealthy: false,
    fewestForRouting: { count: 1, percentage: 50 },
    fewestForDns: { count: 3, percentage: 0 },
  })
})
