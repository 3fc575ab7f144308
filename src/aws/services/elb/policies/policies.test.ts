import type * as sdk from '@aws-sdk/client-elastic-load-balancing'
import { describe, expect, test } from 'vitest'

import { refusal, until } from '../../elbv2/testing/elb-stage.ts'
import { HTTP, NAME, stage, TCP, type Stage } from '../testing/classic-stage.ts'

const PROXY = {
  ...NAME,
  PolicyName: 'proxy',
  PolicyTypeName: 'ProxyProtocolPolicyType',
  PolicyAttributes: [{ AttributeName: 'ProxyProtocol', AttributeValue: 'true' }],
}
const KEY = {
  ...NAME,
  PolicyName: 'key',
  PolicyTypeName: 'PublicKeyPolicyType',
  PolicyAttributes: [
    { AttributeName: 'PublicKey', AttributeValue: '-----BEGIN PUBLIC KEY-----\nMIIB\nIjAN\n' },
  ],
}
const AUTHENTICATION = {
  ...NAME,
  PolicyName: 'authentication',
  PolicyTypeName: 'BackendServerAuthenticationPolicyType',
  PolicyAttributes: [{ AttributeName: 'PublicKeyPolicyName', AttributeValue: 'key' }],
}
const negotiation = (attributes: Readonly<Record<string, string>>) => ({
  ...NAME,
  PolicyName: 'tls',
  PolicyTypeName: 'SSLNegotiationPolicyType',
  PolicyAttributes: Object.entries(attributes).map(([AttributeName, AttributeValue]) => ({
    AttributeName,
    AttributeValue,
  })),
})

async function certificate(region: Stage): Promise<string> {
  const { CertificateArn } = await region.deps.caller.call<{ CertificateArn: string }>(
    'acm',
    'RequestCertificate',
    { DomainName: 'web.example.com' },
  )
  return CertificateArn
}

async function secure(region: Stage): Promise<sdk.LoadBalancerDescription> {
  const SSLCertificateId = await certificate(region)
  const https = { Protocol: 'HTTPS', LoadBalancerPort: 443, InstancePort: 31_443, InstanceProtocol: 'HTTPS' }
  return await region.create({ Listeners: [TCP, { ...https, SSLCertificateId }] })
}

async function described(region: Stage): Promise<sdk.LoadBalancerDescription> {
  const { LoadBalancerDescriptions } = await region.elb<sdk.DescribeAccessPointsOutput>(
    'DescribeLoadBalancers',
    {},
  )
  return LoadBalancerDescriptions?.[0] ?? {}
}

describe('policies', () => {
  test('stand with a load balancer by kinds; the same again is no fault, another of the name is', async () => {
    const region = await stage()
    await region.create({ Listeners: [HTTP] })
    await region.elb('CreateAppCookieStickinessPolicy', { ...NAME, PolicyName: 'app', CookieName: 'id' })
    await region.elb('CreateLBCookieStickinessPolicy', {
      ...NAME,
      PolicyName: 'own',
      CookieExpirationPeriod: 60,
    })
    await region.elb('CreateLBCookieStickinessPolicy', { ...NAME, PolicyName: 'browser' })
    await region.elb('CreateLoadBalancerPolicy', PROXY)
    await region.elb('CreateLoadBalancerPolicy', PROXY)
    const other = [{ AttributeName: 'ProxyProtocol', AttributeValue: 'false' }]
    expect(
      await refusal(region.elb('CreateLoadBalancerPolicy', { ...PROXY, PolicyAttributes: other })),
    ).toMatch(/^DuplicatePolicyName: /)
    expect((await described(region)).Policies).toEqual({
      AppCookieStickinessPolicies: [{ PolicyName: 'app', CookieName: 'id' }],
      LBCookieStickinessPolicies: [
        { PolicyName: 'own', CookieExpirationPeriod: 60 },
        { PolicyName: 'browser' },
      ],
      OtherPolicies: ['proxy'],
    })
    await region.elb('DeleteLoadBalancerPolicy', { ...NAME, PolicyName: 'proxy' })
    const all = await region.elb<sdk.DescribeLoadBalancerPoliciesOutput>('DescribeLoadBalancerPolicies')
    expect(all.PolicyDescriptions?.map(({ PolicyName }) => PolicyName)).toEqual(['app', 'own', 'browser'])
    expect(
      await refusal(region.elb('DescribeLoadBalancerPolicies', { ...NAME, PolicyNames: ['proxy'] })),
    ).toBe('PolicyNotFound: There is no policy with name proxy for load balancer web')
  })

  test.each([
    [{ ...PROXY, PolicyTypeName: 'Nothing' }, 'PolicyTypeNotFound'],
    [{ ...PROXY, PolicyAttributes: [] }, 'InvalidConfigurationRequest'],
    [AUTHENTICATION, 'PolicyNotFound'],
    [negotiation({ 'RC4-SHA': 'true' }), 'ValidationError'],
    [negotiation({ 'Reference-Security-Policy': 'none' }), 'InvalidConfigurationRequest'],
    [negotiation({ 'AES128-SHA': 'yes' }), 'InvalidConfigurationRequest'],
  ])('%j is refused: %s', async (input, code) => {
    const region = await stage()
    await region.create()
    expect(await refusal(region.elb('CreateLoadBalancerPolicy', input))).toMatch(new RegExp(`^${code}: `))
  })

  test('those of AWS and all types are described without a load balancer', async () => {
    const region = await stage()
    const { PolicyDescriptions = [] } = await region.elb<sdk.DescribeLoadBalancerPoliciesOutput>(
      'DescribeLoadBalancerPolicies',
      { PolicyNames: ['ELBSecurityPolicy-TLS-1-2-2017-01'] },
    )
    expect(PolicyDescriptions[0]?.PolicyAttributeDescriptions).toContainEqual({
      AttributeName: 'Protocol-TLSv1',
      AttributeValue: 'false',
    })
    const { PolicyTypeDescriptions = [] } = await region.elb<sdk.DescribeLoadBalancerPolicyTypesOutput>(
      'DescribeLoadBalancerPolicyTypes',
      {},
    )
    expect(PolicyTypeDescriptions).toHaveLength(6)
  })
})

describe('a secure listener', () => {
  test('begins with the default policy and negotiates by another that it is given', async () => {
    const region = await stage()
    const shown = await secure(region)
    expect(shown.ListenerDescriptions?.[1]?.PolicyNames).toEqual(['ELBSecurityPolicy-2016-08'])
    expect(shown.Policies?.OtherPolicies).toEqual(['ELBSecurityPolicy-2016-08'])
    await region.elb(
      'CreateLoadBalancerPolicy',
      negotiation({ 'Protocol-TLSv1.2': 'true', 'AES128-SHA': 'true' }),
    )
    await region.elb('SetLoadBalancerPoliciesOfListener', {
      ...NAME,
      LoadBalancerPort: 443,
      PolicyNames: ['tls'],
    })
    await until(() => {
      const [plan] = region.plane.applications.values()
      return plan?.listeners[0]?.tlsPolicy?.ciphers.join() === 'AES128-SHA'
    })
    const deleting = region.elb('DeleteLoadBalancerPolicy', { ...NAME, PolicyName: 'tls' })
    expect(await refusal(deleting)).toMatch(/^InvalidConfigurationRequest: /)
  })

  test('keeps clients at their instance by a cookie, and still negotiates', async () => {
    const region = await stage()
    await secure(region)
    await region.elb('CreateLBCookieStickinessPolicy', {
      ...NAME,
      PolicyName: 'own',
      CookieExpirationPeriod: 60,
    })
    await region.elb('SetLoadBalancerPoliciesOfListener', {
      ...NAME,
      LoadBalancerPort: 443,
      PolicyNames: ['own'],
    })
    expect((await described(region)).ListenerDescriptions?.[1]?.PolicyNames).toEqual([
      'own',
      'ELBSecurityPolicy-2016-08',
    ])
    await until(() => {
      const [plan] = region.plane.applications.values()
      const action = plan?.listeners[0]?.rules[0]?.action
      return action?.kind === 'forward' && action.classicStickiness?.kind === 'load-balancer'
    })
  })

  test.each([
    [{ LoadBalancerPort: 5432, PolicyNames: ['own'] }, 'InvalidConfigurationRequest'],
    [{ LoadBalancerPort: 5432, PolicyNames: ['tls'] }, 'InvalidConfigurationRequest'],
    [{ LoadBalancerPort: 443, PolicyNames: ['proxy'] }, 'InvalidConfigurationRequest'],
    [{ LoadBalancerPort: 443, PolicyNames: ['none'] }, 'PolicyNotFound'],
    [{ LoadBalancerPort: 1, PolicyNames: [] }, 'ListenerNotFound'],
  ])('policies where they do not belong: %j is %s', async (input, code) => {
    const region = await stage()
    await secure(region)
    await region.elb('CreateLBCookieStickinessPolicy', { ...NAME, PolicyName: 'own' })
    await region.elb('CreateLoadBalancerPolicy', PROXY)
    await region.elb('CreateLoadBalancerPolicy', negotiation({ 'Protocol-TLSv1.2': 'true' }))
    const asked = region.elb('SetLoadBalancerPoliciesOfListener', { ...NAME, ...input })
    expect(await refusal(asked)).toMatch(new RegExp(`^${code}: `))
  })
})

describe('back-end servers', () => {
  test('are told whose connection it is, and have to have a key', async () => {
    const region = await stage()
    await secure(region)
    for (const policy of [PROXY, KEY, AUTHENTICATION]) await region.elb('CreateLoadBalancerPolicy', policy)
    const set = (InstancePort: number, ...PolicyNames: string[]) =>
      region.elb('SetLoadBalancerPoliciesForBackendServer', { ...NAME, InstancePort, PolicyNames })
    await set(31_432, 'proxy')
    await set(31_443, 'authentication')
    const groups = () => [...region.plane.groups.values()]
    await until(() => groups().some(({ proxyProtocol }) => proxyProtocol === 1))
    await until(() => groups().some(({ trustedKeys }) => trustedKeys?.join() === 'MIIBIjAN'))
    expect((await described(region)).BackendServerDescriptions).toEqual([
      { InstancePort: 31_432, PolicyNames: ['proxy'] },
      { InstancePort: 31_443, PolicyNames: ['authentication'] },
    ])
    await set(31_432)
    await until(() => groups().every(({ proxyProtocol }) => proxyProtocol === undefined))
    expect(await refusal(set(31_443, 'proxy'))).toMatch(/^InvalidConfigurationRequest: /)
    expect(await refusal(set(31_432, 'authentication'))).toMatch(/^InvalidConfigurationRequest: /)
    expect(await refusal(set(31_432, 'key'))).toMatch(/^InvalidConfigurationRequest: /)
    expect(await refusal(set(1, 'proxy'))).toMatch(/^InvalidConfigurationRequest: /)
  })
})
