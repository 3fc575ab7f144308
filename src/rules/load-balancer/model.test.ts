import { describe, expect, it } from 'vitest'

import { buildModel, isDeletionProtected, stackTags } from './model.ts'
import type { NetworkModel } from './network.ts'
import { sampleService, type Variation } from './testing/sample-service.ts'

function modelOf(variation: Variation = {}): NetworkModel {
  return buildModel('demo', sampleService(variation))
}

const own = { 'elbv2.k8s.aws/cluster': 'demo', 'service.k8s.aws/stack': 'shop/web' }

it('a Service without annotations gets the defaults of the controller', () => {
  const model = modelOf()
  expect(model).toMatchObject({
    name: expect.stringMatching(/^k8s-shop-web-[0-9a-f]{10}$/) as string,
    scheme: 'internal',
    subnets: undefined,
    attributes: {},
    tags: { ...own, 'service.k8s.aws/resource': 'LoadBalancer' },
    privateLinkRules: undefined,
    targetGroups: [
      {
        resourceId: 'shop/web:80',
        port: 30080,
        targetType: 'instance',
        attributes: { 'proxy_protocol_v2.enabled': 'false' },
        listenerAttributes: {},
        nodeLabels: {},
        tags: { ...own, 'service.k8s.aws/resource': 'shop/web:80' },
      },
    ],
    securityGroups: {
      kind: 'managed',
      rules: [{ protocol: 'tcp', fromPort: 80, toPort: 80, source: { cidr: '0.0.0.0/0' } }],
      tags: { ...own, 'service.k8s.aws/resource': 'ManagedLBSecurityGroup' },
    },
  })
  expect(stackTags('demo', sampleService().metadata)).toEqual(own)
})

// The vectors of pkg/service/model_builder_test.go that lbc's own test Services have are in names.test.ts.
describe('the scheme', () => {
  it.each<[Record<string, string>, string]>([
    [{ scheme: 'internet-facing' }, 'internet-facing'],
    [{ scheme: 'internal' }, 'internal'],
    [{ internal: 'false' }, 'internet-facing'],
    [{ internal: 'true' }, 'internal'],
    [{ scheme: 'internet-facing', internal: 'true' }, 'internet-facing'],
  ])('of %j is %s', (annotations, scheme) => {
    expect(modelOf({ annotations }).scheme).toBe(scheme)
  })

  it('is kept when the Service does not say one', () => {
    const existing = { scheme: 'internet-facing', hasSecurityGroups: true } as const
    expect(buildModel('demo', sampleService(), existing).scheme).toBe('internet-facing')
    const given = sampleService({ annotations: { scheme: 'internal' } })
    expect(buildModel('demo', given, existing).scheme).toBe('internal')
  })
})

// Annotations that the controller accepts, each with what comes of it.
describe('accepted', () => {
  it.each<[Record<string, string>, object]>([
    [{ 'manage-backend-security-group-rules': 'true' }, { securityGroups: { kind: 'managed' } }],
    [{ 'backend-protocol': 'ssl' }, {}],
    [{ 'ssl-negotiation-policy': 'ELBSecurityPolicy-2016-08' }, {}],
    [{ 'ssl-ports': '80' }, {}],
    [{ 'access-log-enabled': 'false', 'access-log-s3-bucket-name': 'logs' }, { attributes: {} }],
    [
      {
        'access-log-enabled': 'true',
        'access-log-s3-bucket-name': 'logs',
        'access-log-s3-bucket-prefix': 'shop',
      },
      {
        attributes: {
          'access_logs.s3.enabled': 'true',
          'access_logs.s3.bucket': 'logs',
          'access_logs.s3.prefix': 'shop',
        },
      },
    ],
    [{ 'alpn-policy': 'HTTP2Preferred' }, {}],
    [{ 'enable-prefix-for-ipv6-source-nat': 'off' }, {}],
    [{ 'enable-tcp-udp-listener': 'true' }, {}],
    [{ 'quic-enabled-ports': '443' }, {}],
    [{ 'inbound-sg-rules-on-private-link-traffic': 'off' }, { privateLinkRules: 'off' }],
    [
      { 'listener-attributes.TCP-80': 'tcp.idle_timeout.seconds=60' },
      { targetGroups: [{ listenerAttributes: { 'tcp.idle_timeout.seconds': '60' } }] },
    ],
    [
      { 'proxy-protocol-per-target-group': '443, 80' },
      { targetGroups: [{ attributes: { 'proxy_protocol_v2.enabled': 'true' } }] },
    ],
    [
      { 'proxy-protocol-per-target-group': '443' },
      { targetGroups: [{ attributes: { 'proxy_protocol_v2.enabled': 'false' } }] },
    ],
    [{ 'multi-cluster-target-group': 'false' }, {}],
    [{ 'additional-resource-tags': 'team=a\\,b,env=x' }, { tags: { team: 'a,b', env: 'x', ...own } }],
    [{ 'nlb-target-type': 'bogus' }, { targetGroups: [{ targetType: 'instance' }] }],
    [
      { 'connection-idle-timeout': '60', 'nlb-target-typ': 'ip' },
      { targetGroups: [{ targetType: 'instance' }] },
    ],
    [
      { 'cross-zone-load-balancing-enabled': 'true' },
      { attributes: { 'load_balancing.cross_zone.enabled': 'true' } },
    ],
    [
      { 'cross-zone-load-balancing-enabled': 'true', attributes: 'load_balancing.cross_zone.enabled=false' },
      { attributes: { 'load_balancing.cross_zone.enabled': 'false' } },
    ],
    [{ subnets: 'subnet-a, net-b' }, { subnets: ['subnet-a', 'net-b'] }],
    [{ name: 'x'.repeat(32) }, { name: 'x'.repeat(32) }],
  ])('%j', (annotations, expected) => {
    expect(modelOf({ annotations })).toMatchObject(expected)
  })
})

const bool = (name: string, value: string) =>
  `failed to parse bool annotation, service.beta.kubernetes.io/aws-load-balancer-${name}: ${value}: strconv.ParseBool: parsing "${value}": invalid syntax`

describe('refused as by the controller', () => {
  it.each<[Record<string, string>, string]>([
    [{ scheme: 'public' }, 'unknown scheme: public'],
    [{ internal: 'maybe' }, bool('internal', 'maybe')],
    [{ name: 'x'.repeat(33) }, 'load balancer name cannot be longer than 32 characters'],
    [{ 'ip-address-type': 'ipv6' }, 'unknown IPAddressType: ipv6'],
    [
      { 'enable-prefix-for-ipv6-source-nat': 'on' },
      'enable-prefix-for-ipv6-source-nat annotation is only applicable to Network Load Balancers using Dualstack IP address type.',
    ],
    [
      { 'enable-prefix-for-ipv6-source-nat': 'yes' },
      "Invalid enable-prefix-for-ipv6-source-nat value: yes. Valid values are ['on', 'off'].",
    ],
    [{ 'ipv6-addresses': 'fd00::1' }, 'IPv6 addresses can only be set for dualstack load balancers'],
    [
      { 'ip-address-type': 'dualstack', 'ipv6-addresses': '2600:1f14::1' },
      'annotation service.beta.kubernetes.io/aws-load-balancer-ipv6-addresses is not emulated by Neargate',
    ],
    [
      { 'source-nat-ipv6-prefixes': 'auto_assigned' },
      'source-nat-ipv6-prefixes annotation can only be set for Network Load Balancers using Dualstack IP address type.',
    ],
    [{ 'ssl-ports': '443,web' }, 'Unused port in ssl-ports annotation [443 web]'],
    [{ 'quic-enabled-ports': '80' }, 'Unsupported QUIC upgrade for protocol TCP'],
    [
      { 'inbound-sg-rules-on-private-link-traffic': 'yes' },
      'Invalid value for securityGroupsInboundRulesOnPrivateLink status: yes, value must be one of [on, off]',
    ],
    [
      { attributes: 'dns_record.client_routing_policy=x' },
      "invalid dns_record.client_routing_policy set in annotation aws-load-balancer-attributes: got 'x' expected one of ['any_availability_zone', 'partial_availability_zone_affinity', 'availability_zone_affinity']",
    ],
    [{ 'access-log-enabled': 'yes' }, bool('access-log-enabled', 'yes')],
    [{ 'multi-cluster-target-group': 'yes' }, bool('multi-cluster-target-group', 'yes')],
    [{ 'manage-backend-security-group-rules': 'no' }, bool('manage-backend-security-group-rules', 'no')],
  ])('%j: %s', (annotations, message) => {
    expect(() => modelOf({ annotations })).toThrow(message)
  })

  it('is what is not emulated, first', () => {
    const annotations = { scheme: 'public', 'minimum-load-balancer-capacity': '1' }
    expect(() => modelOf({ annotations })).toThrow(
      /minimum-load-balancer-capacity is not emulated by Neargate$/,
    )
  })
})

it('each port gets a target group, with ports that may share a name', () => {
  const ports = [
    { name: 'web', port: 80, targetPort: 'http', nodePort: 30080 },
    { name: 'tls', port: 443, targetPort: 8443, nodePort: 30443 },
  ]
  const { targetGroups } = modelOf({ annotations: { 'nlb-target-type': 'ip' }, spec: { ports } })
  expect(targetGroups.map(({ port, resourceId }) => [port, resourceId])).toEqual([
    [1, 'shop/web:80'],
    [8443, 'shop/web:443'],
  ])
})

describe('deletion protection', () => {
  it.each<[string | undefined, boolean]>([
    [undefined, false],
    ['load_balancing.cross_zone.enabled=true', false],
    ['deletion_protection.enabled=true', true],
    ['deletion_protection.enabled=false', false],
  ])('with the attributes %s is %s', (attributes, expected) => {
    expect(isDeletionProtected(sampleService({ annotations: attributes ? { attributes } : {} }))).toBe(
      expected,
    )
  })

  it('that cannot be read is an error', () => {
    const service = sampleService({ annotations: { attributes: 'deletion_protection.enabled=yes' } })
    expect(() => isDeletionProtected(service)).toThrow('strconv.ParseBool: parsing "yes": invalid syntax')
  })
})

describe('a dualstack load balancer', () => {
  const annotations = { 'ip-address-type': 'dualstack', 'nlb-target-type': 'ip' }

  it('has targets of the Service, and lets everybody of both families in', () => {
    const { ipAddressType, targetGroups, securityGroups } = modelOf({
      annotations: { ...annotations, 'enable-icmp-for-path-mtu-discovery': 'on' },
      spec: { ipFamilies: ['IPv6'] },
    })
    expect(ipAddressType).toBe('dualstack')
    expect(targetGroups.map(({ family }) => family)).toEqual(['ipv6'])
    expect(securityGroups.kind === 'managed' && securityGroups.rules).toEqual([
      { protocol: 'tcp', fromPort: 80, toPort: 80, source: { cidr: '0.0.0.0/0' } },
      { protocol: 'icmp', fromPort: 3, toPort: 4, source: { cidr: '0.0.0.0/0' } },
      { protocol: 'tcp', fromPort: 80, toPort: 80, source: { cidr: '::/0' } },
      { protocol: 'icmpv6', fromPort: 2, toPort: 0, source: { cidr: '::/0' } },
    ])
  })

  it('may have targets of IPv4, and ranges of both families', () => {
    const spec = { loadBalancerSourceRanges: ['10.0.0.0/8', '2600:1f14::/56'] }
    const { targetGroups, securityGroups } = modelOf({ annotations, spec })
    expect(targetGroups.map(({ family }) => family)).toEqual(['ipv4'])
    expect(
      securityGroups.kind === 'managed' && securityGroups.rules.map(({ source }) => Object.values(source)[0]),
    ).toEqual(spec.loadBalancerSourceRanges)
  })
})
