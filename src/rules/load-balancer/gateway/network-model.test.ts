// What Network Load Balancers of Gateways are made of, as aws-load-balancer-controller v3.5.0 has it in pkg/gateway/model.
import { describe, expect, it } from 'vitest'

import type { Service } from '../../../../generated/kubernetes.d.ts'
import { networkingOf, type BackendSource } from '../target-group-binding.ts'
import type { NetworkModel } from '../network.ts'
import type { Gateway, Listener, Route, RouteKind } from './api.ts'
import { attach } from './attachment.ts'
import type { Backend, LoadedRoute } from './backends.ts'
import type { LoadBalancerConfigurationSpec, TargetGroupProps } from './configuration.ts'
import { listenerVerdicts } from './listeners.ts'
import { networkModelOf } from './network-model.ts'

const meta = (name: string, creationTimestamp = '2026-01-01T00:00:00Z') =>
  ({ namespace: 'shop', name, uid: name, creationTimestamp, resourceVersion: '1' }) as const

function listener(protocol: string, port: number, more: Partial<Listener> = {}): Listener {
  return { name: `${protocol}-${port}`, protocol, port, ...more }
}

function serviceBackend(
  name: string,
  {
    weight = 1,
    props = {},
    port = 8080,
  }: { weight?: number; props?: TargetGroupProps; port?: number | string } = {},
): Backend {
  const servicePort = { port: 80, targetPort: port, nodePort: 30_080, protocol: 'TCP' as const }
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: meta(name),
    spec: { type: 'NodePort', ports: [servicePort] },
  } as unknown as Service
  return { kind: 'Service', service, port: servicePort, props: { targetType: 'ip', ...props }, weight }
}

interface Asked {
  readonly kind?: RouteKind
  readonly section?: string
  readonly backends?: readonly Backend[]
  readonly born?: string
}

function modelOf(
  listeners: readonly Listener[],
  routes: Readonly<Record<string, Asked>>,
  config: LoadBalancerConfigurationSpec = {},
): NetworkModel {
  const gateway: Gateway = {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'Gateway',
    metadata: meta('edge'),
    spec: { gatewayClassName: 'nlb', listeners },
  }
  const loaded = new Map<Route, LoadedRoute>()
  for (const [
    name,
    { kind = 'TCPRoute', section, backends = [serviceBackend('web')], born },
  ] of Object.entries(routes)) {
    const parentRef = { name: 'edge', ...(section !== undefined && { sectionName: section }) }
    const route: Route = {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind,
      metadata: meta(name, born),
      spec: { parentRefs: [parentRef] },
    }
    loaded.set(route, { route, rules: [{ rule: {}, backends, config: undefined }], problems: [] })
  }
  const owner = { kind: 'Gateway', namespace: 'shop', name: 'edge', listeners } as const
  const attachment = attach(listenerVerdicts([owner], 'nlb'), [...loaded.keys()], () => ({}))
  const byPort = new Map(
    [...attachment.routesByPort].map(([port, each]) => [
      port,
      each.map((route) => loaded.get(route) as LoadedRoute),
    ]),
  )
  return networkModelOf(
    { gateway, flavor: 'nlb', config, attachment, routes: byPort },
    {
      cluster: 'demo',
      discover: (hosts) => hosts.map((host) => `arn:${host}`),
      targetGroup: (name) => `arn:group/${name}`,
    },
  )
}

const shown = ({ listeners }: NetworkModel) =>
  listeners.map(({ port, listener: { protocol }, groups }) => [
    port,
    protocol,
    ...groups.map(({ resourceId, arn, weight }) => `${arn ?? resourceId?.split('-').at(-1)} ${weight}`),
  ])

describe('a listener', () => {
  it('forwards to all backends of all rules by their weights', () => {
    const backends = [serviceBackend('blue', { weight: 80 }), serviceBackend('green', { weight: 20 })]
    const model = modelOf([listener('TCP', 8080)], { one: { backends } })
    expect(shown(model)).toEqual([[8080, 'TCP', 'blue:8080 80', 'green:8080 20']])
    expect(model.targetGroups.map(({ resourceId }) => resourceId)).toEqual([
      'shop/edge:shop-one:TCPRoute-shop-blue:8080',
      'shop/edge:shop-one:TCPRoute-shop-green:8080',
    ])
  })

  it('is not made for weights of nothing, though the target group is', () => {
    const model = modelOf([listener('TCP', 8080)], {
      one: { backends: [serviceBackend('blue', { weight: 0 })] },
    })
    expect([model.listeners, model.targetGroups.length]).toEqual([[], 1])
  })

  it.each([
    ['2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z', 'blue:8080 1'],
    ['2026-01-02T00:00:00Z', '2026-01-01T00:00:00Z', 'green:8080 1'],
    ['2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z', 'blue:8080 1'],
  ])('takes the oldest of its routes, then the first by name: %s and %s', (first, second, expected) => {
    const model = modelOf([listener('TCP', 8080)], {
      b: { backends: [serviceBackend('green')], born: second },
      a: { backends: [serviceBackend('blue')], born: first },
    })
    expect(shown(model)).toEqual([[8080, 'TCP', expected]])
  })

  it('carries TCP and UDP where two listeners have the same port', () => {
    const both = [listener('TCP', 53), listener('UDP', 53)]
    const model = modelOf(both, { one: { kind: 'UDPRoute', section: 'UDP-53' } })
    expect(shown(model)).toEqual([[53, 'TCP_UDP', 'web:8080 1']])
    expect(model.targetGroups[0]?.protocol).toBe('TCP_UDP')
  })

  it('passes TLS through as TCP', () => {
    const through = listener('TLS', 443, { tls: { mode: 'Passthrough' } })
    expect(shown(modelOf([through], { one: {} }))).toEqual([[443, 'TCP', 'web:8080 1']])
  })

  it('ends TLS with its certificates, the policies that are said, and the attributes', () => {
    const config = {
      listenerConfigurations: [
        {
          protocolPort: 'TLS:443',
          defaultCertificate: 'arn:a',
          certificates: ['arn:b'],
          alpnPolicy: 'HTTP2Only',
          targetGroupStickiness: true,
          listenerAttributes: [{ key: 'tcp.idle_timeout.seconds', value: '60' }],
        },
      ],
    }
    const [made] = modelOf([listener('TLS', 443)], { one: {} }, config).listeners
    expect(made).toMatchObject({
      listener: {
        protocol: 'TLS',
        tls: { certificates: ['arn:a', 'arn:b'], policy: 'ELBSecurityPolicy-2016-08', alpn: 'HTTP2Only' },
      },
      isSticky: true,
      attributes: { 'tcp.idle_timeout.seconds': '60' },
      tags: { 'gateway.k8s.aws.nlb/resource': '443' },
    })
  })

  it('finds certificates by the names of its routes, and says no ALPN', () => {
    const [made] = modelOf([listener('TLS', 443, { hostname: 'a.example.com' })], { one: {} }).listeners
    expect(made?.listener.tls).toMatchObject({ certificates: ['arn:a.example.com'], alpn: 'None' })
  })

  it('leads to a target group that is there already', () => {
    const backends: Backend[] = [{ kind: 'TargetGroupName', name: 'old', weight: 1 }]
    const model = modelOf([listener('TCP', 80)], { one: { backends } })
    expect([shown(model), model.targetGroups]).toEqual([[[80, 'TCP', 'arn:group/old 1']], []])
  })

  it('leads to the Application Load Balancer of another Gateway', () => {
    const backends: Backend[] = [
      { kind: 'Gateway', key: 'shop/web', arn: 'arn:alb', port: 80, props: {}, weight: 1 },
    ]
    const { targetGroups, applications } = modelOf([listener('TCP', 8080)], { one: { backends } })
    expect(targetGroups).toEqual([])
    expect(applications).toMatchObject([
      {
        arn: 'arn:alb',
        port: 80,
        group: {
          targetType: 'alb',
          port: 80,
          healthCheck: { HealthCheckProtocol: 'HTTP', HealthCheckPath: '/', HealthCheckPort: 'traffic-port' },
        },
      },
    ])
  })
})

describe('who reaches the targets', () => {
  const group: BackendSource = { groupId: 'sg-1' }
  const blocks: BackendSource = { cidrs: ['10.0.0.0/24'], clients: ['192.0.2.0/24'], isForAll: false }
  const open: BackendSource = { cidrs: ['10.0.0.0/24'], clients: ['0.0.0.0/0'], isForAll: true }
  const check = (healthCheckPort: string): TargetGroupProps => ({ healthCheckConfig: { healthCheckPort } })
  const tcp = [listener('TCP', 80)]
  const udp = [listener('UDP', 80)]

  it.each<[readonly Listener[], TargetGroupProps, BackendSource, string[]]>([
    [tcp, {}, group, ['sg-1 TCP/8080']],
    [tcp, check('9090'), group, ['sg-1 TCP/8080', 'sg-1 TCP/9090']],
    [udp, {}, group, ['sg-1 UDP/8080', 'sg-1 TCP/8080']],
    [[...tcp, ...udp], {}, group, ['sg-1 UDP/8080', 'sg-1 TCP/8080']],
    [[...tcp, ...udp], check('9090'), group, ['sg-1 UDP/8080', 'sg-1 TCP/9090']],
    [tcp, {}, open, ['10.0.0.0/24 TCP/8080']],
    [tcp, check('9090'), open, ['10.0.0.0/24 TCP/8080', '10.0.0.0/24 TCP/9090']],
    [tcp, { targetType: 'instance' }, open, ['0.0.0.0/0 TCP/30080']],
    [tcp, { targetType: 'instance' }, blocks, ['192.0.2.0/24 TCP/30080', '10.0.0.0/24 TCP/30080']],
    [udp, {}, open, ['0.0.0.0/0 UDP/8080', '10.0.0.0/24 TCP/8080']],
    [[...tcp, ...udp], {}, open, ['0.0.0.0/0 TCP/8080 UDP/8080', '10.0.0.0/24 TCP/8080']],
  ])('with listeners %j, %j, from %j', (listeners, props, source, expected) => {
    const kind = listeners === udp ? 'UDPRoute' : 'TCPRoute'
    const model = modelOf(listeners, { one: { kind, backends: [serviceBackend('web', { props })] } })
    const [made] = model.targetGroups
    const rules = networkingOf(made!, source).map(({ from, ports }) => {
      const sources = from.map(({ ipBlock, securityGroup }) => ipBlock?.cidr ?? securityGroup?.groupID)
      return `${sources.join()} ${ports.map(({ protocol, port }) => `${protocol}/${port}`).join(' ')}`
    })
    expect(rules).toEqual(expected)
  })
})

it.each<[LoadBalancerConfigurationSpec, string]>([
  [
    { loadBalancerSubnets: [{ eipAllocation: 'e' }] },
    'EIPAllocation can only be set for internet facing load balancers',
  ],
  [
    { loadBalancerSubnets: [{ privateIPv4Allocation: '::1' }] },
    'private IPv4 addresses must be valid IPv4 address: ::1',
  ],
  [
    { loadBalancerSubnets: [{ privateIPv4Allocation: 'here' }] },
    'private IPv4 addresses must be valid IP address: here',
  ],
  [
    { listenerConfigurations: [{ protocolPort: 'UDP:80', quicEnabled: true }] },
    'listenerConfigurations[].quicEnabled of a',
  ],
])('a configuration that cannot be is refused: %j', (config, message) => {
  expect(() => modelOf([listener('TCP', 80)], { one: {} }, config)).toThrow(message)
})
