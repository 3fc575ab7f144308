import { describe, expect, it, test } from 'vitest'

import { INGRESS_PREFIX } from './annotations.ts'
import type { FrontendModel } from './frontend.ts'
import { sorted, type GroupMember } from './group.ts'
import { buildIngressModel } from './model.ts'
import { ingressGroupMember } from './testing/group-member.ts'

type Annotations = Readonly<Record<string, string>>

function member(name: string, annotations: Annotations): GroupMember {
  const { ingress, params } = ingressGroupMember(name, {})
  const named = Object.entries(annotations).map(([suffix, value]) => [INGRESS_PREFIX + suffix, value])
  return {
    params,
    ingress: { ...ingress, metadata: { ...ingress.metadata, annotations: Object.fromEntries(named) } },
  }
}

/** What is made of the Ingresses `a`, `b`, … of a group, or of one that is alone. */
function build(...all: readonly Annotations[]): FrontendModel | undefined {
  const members = all.map((annotations, index) => member('ab'[index] ?? 'c', annotations))
  const id = members.length === 1 ? 'shop/a' : 'shared'
  return buildIngressModel(
    { id, members: sorted(members) },
    { cluster: 'demo', service: () => undefined, discover: () => [] },
  ).frontend
}

const enabled = { 'enable-frontend-nlb': 'true' }
const both = '[{"HTTP":80},{"HTTP":8080}]'

function front(settings: Annotations, more: Annotations = {}): Annotations {
  const prefixed = Object.entries(settings).map(([suffix, value]) => [`frontend-nlb-${suffix}`, value])
  return { ...enabled, ...Object.fromEntries(prefixed), ...more }
}

test('there is none unless it is asked for', () => {
  expect(build({})).toBeUndefined()
  expect(build({ 'enable-frontend-nlb': 'false' })).toBeUndefined()
})

test('one that nothing else is said of is internal, and has a listener for each of its load balancer', () => {
  const model = build({ ...enabled, scheme: 'internet-facing', tags: 'Team=test', 'listen-ports': both })
  expect(model).toMatchObject({
    scheme: 'internal',
    subnets: undefined,
    securityGroups: undefined,
    addresses: {},
    attributes: {},
    tags: { Team: 'test', 'ingress.k8s.aws/resource': 'FrontendNlb', 'ingress.k8s.aws/stack': 'shop/a' },
  })
  expect(model?.name).toMatch(/^k8s-shop-a-[0-9a-f]{10}-nlb$/)
  expect(model?.ports.map(({ port, targetPort }) => [port, targetPort])).toEqual([
    [80, 80],
    [8080, 8080],
  ])
  expect(model?.ports[0]).toMatchObject({
    listenerTags: { 'ingress.k8s.aws/resource': 'FrontendNlb-ls-TCP-80' },
    group: {
      targetType: 'alb',
      port: 80,
      tags: { 'ingress.k8s.aws/resource': 'FrontendNlb-tg-TCP-80' },
      healthCheck: {
        HealthCheckProtocol: 'HTTP',
        HealthCheckPort: 'traffic-port',
        HealthCheckPath: '/',
        HealthCheckIntervalSeconds: 15,
        HealthCheckTimeoutSeconds: 5,
        HealthyThresholdCount: 2,
        UnhealthyThresholdCount: 2,
        Matcher: { HttpCode: '200' },
      },
    },
  })
})

test('its name is cut so that it still says what it is', () => {
  const name = 'thirty-two-characters-of-its-own'
  expect(build({ ...enabled, 'load-balancer-name': name })?.name).toBe('thirty-two-characters-of-its-nlb')
})

test('what is said of it is its own', () => {
  const model = build(
    front(
      {
        scheme: 'internet-facing',
        'eip-allocations': 'eipalloc-1, eipalloc-2',
        subnets: 'subnet-1,subnet-2',
        'security-groups': 'sg-1',
        attributes: 'load_balancing.cross_zone.enabled=true',
        tags: 'Front=yes',
      },
      { tags: 'Team=test' },
    ),
  )
  expect(model).toMatchObject({
    scheme: 'internet-facing',
    addresses: { allocations: ['eipalloc-1', 'eipalloc-2'] },
    subnets: ['subnet-1', 'subnet-2'],
    securityGroups: ['sg-1'],
    attributes: { 'load_balancing.cross_zone.enabled': 'true' },
  })
  expect(model?.tags).toHaveProperty('Front', 'yes')
  expect(model?.tags).not.toHaveProperty('Team')
})

test('ports are mapped to those that are there', () => {
  const model = build(front({ 'listener-port-mapping': '9080=80,9090=443' }))
  expect(model?.ports.map(({ port, targetPort }) => [port, targetPort])).toEqual([[9080, 80]])
})

describe('a group', () => {
  it('has what one of its members says of health checks', () => {
    const model = build(front({ 'healthcheck-path': '/up' }), { 'listen-ports': both })
    expect(model?.ports.map(({ group }) => group.healthCheck.HealthCheckPath)).toEqual(['/up', '/'])
  })

  const merging = (why: string): string => `failed to merge NLB listenPort config for port: 80: ${why}`
  it.each([
    ['whether', [enabled, { 'enable-frontend-nlb': 'false' }], 'conflicting enable frontend NLB values'],
    [
      'the path of checks',
      [front({ 'healthcheck-path': '/a' }), front({ 'healthcheck-path': '/b' })],
      merging('conflicting Path, config 2: /b, previous: /a'),
    ],
    [
      'the port of checks',
      [front({ 'healthcheck-port': '81' }), front({ 'healthcheck-port': 'traffic-port' })],
      merging('conflicting Port, config 2: {1 0 traffic-port}, previous: {0 81 }'),
    ],
    [
      'the port behind',
      [
        front({ 'listener-port-mapping': '80=80' }, { 'listen-ports': both }),
        front({ 'listener-port-mapping': '80=8080' }, { 'listen-ports': both }),
      ],
      merging('conflicting Target Port, config 2: 8080, previous: 80'),
    ],
    [
      'tags',
      [front({ tags: 'A=1' }), front({ tags: 'A=2,B=3' })],
      'conflicting frontend NLB tags: map[A:1] | map[A:2 B:3]',
    ],
    [
      'attributes',
      [front({ attributes: 'load_balancing.cross_zone.enabled=true' }), front({})],
      'conflicting frontend NLB attributes: map[load_balancing.cross_zone.enabled:true] | map[]',
    ],
    [
      'subnets',
      [front({ subnets: 'one,two' }), front({ subnets: 'two, three' })],
      'conflicting subnets: [one two] | [two three]',
    ],
    [
      'security groups',
      [front({ 'security-groups': 'one,two' }), front({ 'security-groups': 'two,one' })],
      'conflicting securityGroups: [one two] | [two one]',
    ],
  ])('has to agree on %s', (_what, members, words) => {
    expect(() => build(...members)).toThrow(expect.objectContaining({ name: 'BuildError', message: words }))
  })
})

const computing = (why: string): string => `failed to compute listenPort config for ingress: shop/a: ${why}`
test.each([
  [{ scheme: 'outside' }, 'unknown scheme: outside'],
  [{ 'listener-port-mapping': 'http=80' }, computing('invalid NLB listener port: http')],
  [{ 'listener-port-mapping': '80=http' }, computing('invalid ALB listener port: http')],
  [{ 'healthcheck-protocol': 'TCP' }, computing('healthCheckProtocol must be within [HTTP, HTTPS]')],
  [{ 'healthcheck-port': 'named' }, computing('failed to resolve healthCheckPort')],
  [
    { attributes: 'dns_record.client_routing_policy=near' },
    "invalid dns_record.client_routing_policy set in annotation aws-load-balancer-attributes: got 'near' expected one of ['any_availability_zone', 'partial_availability_zone_affinity', 'availability_zone_affinity']",
  ],
  [{ 'eip-allocations': 'eipalloc-1' }, 'EIP allocations can only be set for internet facing load balancers'],
] as const)('%j is refused', (settings, words) => {
  expect(() => build(front(settings))).toThrow(
    expect.objectContaining({ name: 'BuildError', message: words }),
  )
})
