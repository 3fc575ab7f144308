import { describe, expect, test } from 'vitest'

import type { HTTPIngressPath, Ingress, Service } from '../../../../generated/kubernetes.d.ts'
import { BuildError } from '../annotations.ts'
import { ingressGroupName } from '../names.ts'
import { INGRESS_PREFIX } from './annotations.ts'
import { groupOf, sorted, type GroupMember } from './group.ts'
import type { ApplicationModel } from '../application.ts'
import { buildIngressModel } from './model.ts'

const UID = '11111111-2222-3333-4444-555555555555'

const META = { uid: '', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' }

const FRONTEND: Service = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'frontend', namespace: 'shop', ...META, uid: UID },
  spec: { type: 'NodePort', ports: [{ name: 'http', port: 80, targetPort: 8080, nodePort: 30_080 }] },
}

function path(text: string, pathType = 'Prefix', name = 'frontend'): HTTPIngressPath {
  return { path: text, pathType, backend: { service: { name, port: { number: 80 } } } }
}

type Change = Partial<Ingress['spec']> & {
  readonly annotations?: Record<string, string>
  readonly name?: string
}

function member({ annotations = {}, name = 'web', ...spec }: Change = {}): GroupMember {
  const named = Object.entries(annotations).map(([suffix, value]) => [INGRESS_PREFIX + suffix, value])
  const ingress: Ingress = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: {
      name,
      namespace: 'shop',
      ...META,
      annotations: { [`${INGRESS_PREFIX}target-type`]: 'ip', ...Object.fromEntries(named) },
    },
    spec: { rules: [{ http: { paths: [path('/')] } }], ...spec },
  }
  return { ingress, params: {} }
}

function build(...members: readonly GroupMember[]): ApplicationModel {
  const [first] = members
  return buildIngressModel(
    { id: groupOf(first!.ingress), members: sorted(members) },
    {
      cluster: 'demo',
      service: (key) => (key === 'shop/frontend' ? FRONTEND : undefined),
      discover: (hosts) => hosts.map((host) => `arn:${host}`),
    },
  )
}

function refusal(...changes: readonly Change[]): string {
  try {
    build(...changes.map(member))
    return 'none'
  } catch (error) {
    if (error instanceof BuildError) return error.message
    throw error
  }
}

// Computed by the controller's own formulas.
test('names are those of the controller', () => {
  expect(build(member({ annotations: { scheme: 'internet-facing' } })).name).toBe('k8s-shop-web-17d71bc701')
  const model = build(member())
  expect(model.name).toBe('k8s-shop-web-63400ea3d5')
  expect(model.securityGroups).toMatchObject({ kind: 'managed', name: 'k8s-shop-web-aba6dfbc4e' })
  expect(model.targetGroups.map(({ name }) => name)).toEqual(['k8s-shop-frontend-f52c34bc22'])
  expect(build(member({ annotations: { 'target-type': 'instance' } })).targetGroups[0]?.name).toMatch(
    /b9f1542e06$/,
  )
  expect(
    build(member({ annotations: { 'backend-protocol-version': 'GRPC' } })).targetGroups[0]?.name,
  ).toMatch(/7ac8fd0004$/)
  expect(ingressGroupName('demo', 'team-a.edge', 'internet-facing')).toBe('k8s-teamaedge-d6c8eb9d50')
  expect(ingressGroupName('demo', 'team-a.edge')).toBe('k8s-teamaedge-2d087dbc02')
})

test('one path becomes one rule, its Service a target group, everything else 404', () => {
  const model = build(member())
  expect(model.listeners).toEqual([
    {
      port: 80,
      protocol: 'HTTP',
      sslPolicy: undefined,
      certificates: [],
      attributes: {},
      tags: {
        'elbv2.k8s.aws/cluster': 'demo',
        'ingress.k8s.aws/stack': 'shop/web',
        'ingress.k8s.aws/resource': '80',
      },
      defaultAction: {
        Type: 'fixed-response',
        FixedResponseConfig: { ContentType: 'text/plain', StatusCode: '404' },
      },
      rules: [
        {
          conditions: [{ Field: 'path-pattern', PathPatternConfig: { Values: ['/*'] } }],
          transforms: [],
          action: { Type: 'forward', groups: [{ resourceId: 'shop/web-frontend:80', weight: 1 }] },
          tags: expect.objectContaining({ 'ingress.k8s.aws/resource': '80:1' }),
        },
      ],
    },
  ])
  expect(model.targetGroups[0]).toMatchObject({
    port: 8080,
    targetType: 'ip',
    protocol: 'HTTP',
    protocolVersion: 'HTTP1',
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
  })
  expect(model.securityGroups).toMatchObject({
    rules: [{ protocol: 'tcp', fromPort: 80, toPort: 80, source: { cidr: '0.0.0.0/0' } }],
  })
})

test('exact paths come first, then longer prefixes, then patterns', () => {
  const paths = [
    path('/*', 'ImplementationSpecific'),
    path('/a'),
    path('/a/b'),
    path('/exact', 'Exact'),
    path('/', 'Prefix', 'nobody'),
  ]
  const { listeners } = build(member({ rules: [{ host: 'shop.example.com', http: { paths } }] }))
  const host = { Field: 'host-header', HostHeaderConfig: { Values: ['shop.example.com'] } }
  const values = (...Values: string[]) => [host, { Field: 'path-pattern', PathPatternConfig: { Values } }]
  expect(listeners[0]?.rules.map(({ conditions }) => conditions)).toEqual([
    values('/exact'),
    values('/a/b', '/a/b/*'),
    values('/a', '/a/*'),
    values('/*'),
    values('/*'),
  ])
  expect(listeners[0]?.rules[3]?.action).toEqual({
    Type: 'fixed-response',
    FixedResponseConfig: {
      ContentType: 'text/plain',
      MessageBody: 'Backend service does not exist',
      StatusCode: '503',
    },
  })
})

test('a redirect to TLS leaves the listener of HTTP without rules', () => {
  const annotations = { 'listen-ports': '[{"HTTP": 80}, {"HTTPS":443}]', 'ssl-redirect': '443' }
  const { listeners } = build(
    member({ annotations, rules: [{ host: 'a.example.com', http: { paths: [path('/')] } }] }),
  )
  expect(listeners).toMatchObject([
    {
      port: 80,
      rules: [],
      defaultAction: {
        Type: 'redirect',
        RedirectConfig: { Port: '443', Protocol: 'HTTPS', StatusCode: 'HTTP_301' },
      },
    },
    { port: 443, certificates: ['arn:a.example.com'], sslPolicy: 'ELBSecurityPolicy-2016-08' },
  ])
})

test('members of a group are put together by their order', () => {
  const annotations = { 'group.name': 'edge' }
  const first = { ...annotations, 'group.order': '-1' }
  const model = build(
    member({ name: 'a', annotations, rules: [{ http: { paths: [path('/a')] } }] }),
    member({ name: 'b', annotations: first, rules: [{ http: { paths: [path('/b')] } }] }),
  )
  expect(model.listeners[0]?.rules.map(({ action }) => action.groups?.[0]?.resourceId)).toEqual([
    'shop/b-frontend:80',
    'shop/a-frontend:80',
  ])
  expect(model.tags).toMatchObject({ 'ingress.k8s.aws/stack': 'edge' })
})

test('annotations say what a backend does, and when', () => {
  const annotations = {
    'actions.split': JSON.stringify({
      type: 'forward',
      forwardConfig: {
        targetGroups: [
          { serviceName: 'frontend', servicePort: '80', weight: 20 },
          { targetGroupARN: 'arn:tg', weight: 80 },
        ],
        targetGroupStickinessConfig: { enabled: true, durationSeconds: 200 },
      },
    }),
    'conditions.split': JSON.stringify([
      { field: 'http-header', httpHeaderConfig: { httpHeaderName: 'X', values: ['1'] } },
      { field: 'host-header', hostHeaderConfig: { values: ['b.example.com'] } },
    ]),
  }
  const backend = { service: { name: 'split', port: { name: 'use-annotation' } } }
  const { listeners } = build(
    member({ annotations, rules: [{ http: { paths: [{ path: '/x', pathType: 'Exact', backend }] } }] }),
  )
  expect(listeners[0]?.rules[0]).toMatchObject({
    conditions: [
      { Field: 'http-header', HttpHeaderConfig: { HttpHeaderName: 'X', Values: ['1'] } },
      { Field: 'host-header', HostHeaderConfig: { Values: ['b.example.com'] } },
      { Field: 'path-pattern', PathPatternConfig: { Values: ['/x'] } },
    ],
    action: {
      Type: 'forward',
      stickiness: { Enabled: true, DurationSeconds: 200 },
      groups: [
        { resourceId: 'shop/web-frontend:80', weight: 20 },
        { arn: 'arn:tg', weight: 80 },
      ],
    },
  })
})

describe('refused with the text of the controller', () => {
  const rules = (...paths: HTTPIngressPath[]) => [{ http: { paths } }]
  test.each<[Change, string]>([
    [{ annotations: { scheme: 'both' } }, 'unknown scheme: both'],
    [{ annotations: { 'target-type': 'pod' } }, 'ingress: shop/web: unknown targetType: pod'],
    [
      { annotations: { 'listen-ports': 'x' } },
      "ingress: shop/web: failed to parse listen-ports configuration: `x`: invalid character 'x' looking for beginning of value",
    ],
    [
      { annotations: { 'listen-ports': '80' } },
      'ingress: shop/web: failed to parse listen-ports configuration: `80`: json: cannot unmarshal number into Go value of type []map[string]int32',
    ],
    [{ annotations: { 'listen-ports': '[]' } }, 'ingress: shop/web: empty listen-ports configuration: `[]`'],
    [
      { annotations: { 'listen-ports': '[{"TCP":80}]' } },
      'ingress: shop/web: listen protocol must be within [HTTP, HTTPS]: TCP',
    ],
    [{ annotations: { 'ssl-redirect': '443' } }, 'listener does not exist for SSLRedirect port: 443'],
    [{ annotations: { 'ssl-redirect': '80' } }, 'listener protocol non-SSL for SSLRedirect port: 80'],
    [
      { annotations: { 'backend-protocol': 'TCP' } },
      'ingress: shop/web: backend protocol must be within [HTTP, HTTPS]: TCP',
    ],
    [
      { rules: rules(path('/a*', 'Exact')) },
      "ingress: shop/web: exact path shouldn't contain wildcards: /a*",
    ],
    [{ rules: rules(path('/a*')) }, "ingress: shop/web: prefix path shouldn't contain wildcards: /a*"],
    [
      { annotations: { 'load-balancer-name': 'x'.repeat(33) } },
      'load balancer name cannot be longer than 32 characters',
    ],
    [
      { annotations: { 'inbound-cidrs': 'here' } },
      'ingress: shop/web: invalid inbound-cidrs settings on Ingress: shop/web: invalid CIDR address: here',
    ],
    [
      { annotations: { 'auth-type': 'oidc' } },
      'annotation alb.ingress.kubernetes.io/auth-type is not emulated by Neargate',
    ],
  ])('%j', (change, message) => {
    expect(refusal(change)).toBe(message)
  })

  test('members that want different things', () => {
    const one = { name: 'a', annotations: { 'group.name': 'g', scheme: 'internal' } }
    const two = { name: 'b', annotations: { 'group.name': 'g', scheme: 'internet-facing' } }
    expect(refusal(one, two)).toBe('conflicting scheme: map[internal:{} internet-facing:{}]')
    const secure = { 'group.name': 'g', 'listen-ports': '[{"HTTPS":80}]', 'certificate-arn': 'arn:1' }
    expect(
      refusal({ name: 'a', annotations: { 'group.name': 'g' } }, { name: 'b', annotations: secure }),
    ).toBe(
      'failed to merge listenPort config for port: 80: conflicting protocol, shop/a: HTTP | shop/b: HTTPS',
    )
  })
})
