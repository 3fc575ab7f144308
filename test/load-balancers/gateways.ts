// Owns the Gateways that both controllers are given that ask for Network Load Balancers: what the controller's documentation
// shows, and where it says no.
import { nodePortOf, type Case, type KubernetesObject } from './cases.ts'

export const GATES = 'gates'
export const ELSEWHERE = 'elsewhere'
const API = 'gateway.networking.k8s.io'

type Spec = Readonly<Record<string, unknown>>

/** An object of the Gateway API, or with `gateway.k8s.aws` one of the controller's own. */
export function made(
  kind: string,
  name: string,
  spec: Spec,
  { namespace = GATES, own = false } = {},
): KubernetesObject {
  const version = kind === 'ReferenceGrant' ? 'v1beta1' : 'v1'
  return {
    apiVersion: own ? 'gateway.k8s.aws/v1' : `${API}/${version}`,
    kind,
    metadata: { name, namespace },
    spec,
  }
}

export function configuration(name: string, spec: Spec): KubernetesObject {
  return made('LoadBalancerConfiguration', name, spec, { own: true })
}

/** What a Service of the name, or all, gets as target groups. */
export function groups(name: string, spec: Spec): KubernetesObject {
  return made('TargetGroupConfiguration', name, spec, { own: true })
}

export function listener(protocol: string, port: number, more: Spec = {}): Spec {
  return { name: `${protocol.toLowerCase()}-${port}`, protocol, port, ...more }
}

interface GatewayParts {
  readonly class?: string
  readonly listeners: readonly Spec[]
  /** Spec of a LoadBalancerConfiguration of its own. */
  readonly config?: Spec
  readonly more?: Spec
}

export function gateway(
  name: string,
  { class: gatewayClassName = 'nlb', listeners, config, more = {} }: GatewayParts,
): KubernetesObject[] {
  const parametersRef = { group: 'gateway.k8s.aws', kind: 'LoadBalancerConfiguration', name }
  const infrastructure = config ? { infrastructure: { parametersRef } } : {}
  return [
    ...(config ? [configuration(name, config)] : []),
    made('Gateway', name, { gatewayClassName, listeners, ...infrastructure, ...more }),
  ]
}

export function backend(name: string, more: Spec = {}): Spec {
  return { name, port: 80, ...more }
}

export function route(
  kind: string,
  name: string,
  {
    to = name,
    section,
    backends = [backend('web')],
    more = {},
    namespace = GATES,
    parent = {},
  }: {
    readonly to?: string
    readonly section?: string
    readonly backends?: readonly Spec[]
    readonly more?: Spec
    readonly namespace?: string
    readonly parent?: Spec
  } = {},
): KubernetesObject {
  const parentRef = { name: to, ...(section !== undefined && { sectionName: section }), ...parent }
  return made(
    kind,
    name,
    { parentRefs: [parentRef], rules: [{ backendRefs: backends }], ...more },
    { namespace },
  )
}

/** A Gateway of one port of TCP, and a route with its name. */
function one(
  name: string,
  options: {
    readonly config?: Spec
    readonly backends?: readonly Spec[]
    readonly listeners?: readonly Spec[]
    readonly kind?: string
  } = {},
): Case {
  const { config, backends, listeners = [listener('TCP', 8080)], kind = 'TCPRoute' } = options
  return {
    name: `gateway ${name}`,
    objects: [
      ...gateway(name, { listeners, ...(config && { config }) }),
      route(kind, name, backends && { backends }),
    ],
  }
}

function service(
  name: string,
  { namespace = GATES, spec = {} }: { readonly namespace?: string; readonly spec?: Spec } = {},
): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace },
    spec: {
      type: 'NodePort',
      selector: { app: 'web' },
      ports: [
        { name: 'http', port: 80, targetPort: 8080, nodePort: nodePortOf(`${namespace}/${name}`) },
        { name: 'by-name', port: 81, targetPort: 'http', nodePort: nodePortOf(`${namespace}/${name}/name`) },
      ],
      ...spec,
    },
  }
}

const ofService = (name: string, properties: Spec, more: Spec = {}): KubernetesObject =>
  groups(name, { targetReference: { name }, defaultConfiguration: properties, ...more })

/** What Gateways lead to, and their classes. */
export const gatewayObjects: readonly KubernetesObject[] = [
  ...['alb', 'nlb'].map((name) => ({
    apiVersion: `${API}/v1`,
    kind: 'GatewayClass',
    metadata: { name },
    spec: { controllerName: `gateway.k8s.aws/${name}` },
  })),
  {
    apiVersion: `${API}/v1`,
    kind: 'GatewayClass',
    metadata: { name: 'foreign' },
    spec: { controllerName: 'example.com/gateways' },
  },
  service('web'),
  service('blue'),
  service('green'),
  service('pods'),
  service('named'),
  service('tls'),
  service('checked'),
  service('local', {
    spec: {
      type: 'LoadBalancer',
      loadBalancerClass: 'example.com/nobody',
      externalTrafficPolicy: 'Local',
      healthCheckNodePort: nodePortOf('local check'),
      ports: [{ port: 80, targetPort: 8080, nodePort: nodePortOf('local') }],
    },
  }),
  service('datagrams', {
    spec: {
      ports: [
        { name: 'echo', port: 80, targetPort: 8080, protocol: 'UDP', nodePort: nodePortOf('datagrams') },
      ],
    },
  }),
  service('inner', { spec: { type: 'ClusterIP', ports: [{ port: 80, targetPort: 8080 }] } }),
  service('web', { namespace: ELSEWHERE }),
  service('closed', { namespace: ELSEWHERE }),
  made(
    'ReferenceGrant',
    'open',
    {
      from: ['TCPRoute', 'HTTPRoute'].map((kind) => ({ group: API, kind, namespace: GATES })),
      to: [{ group: '', kind: 'Service', name: 'web' }],
    },
    { namespace: ELSEWHERE },
  ),
]

const both = [listener('TCP', 80), listener('UDP', 80)]
const certificate = { protocolPort: 'TLS:443', defaultCertificate: '$CERTIFICATE' }
const address = (text: string): Spec => ({ privateIPv4Allocation: text })

export const networkGateways: readonly Case[] = [
  {
    name: 'target groups of Services',
    objects: [
      ofService('pods', { targetType: 'ip', tags: { Team: 'test' } }),
      ofService('named', {
        targetType: 'ip',
        targetGroupName: 'a-name-of-its-own',
        targetGroupAttributes: [
          { key: 'deregistration_delay.timeout_seconds', value: '30' },
          { key: 'preserve_client_ip.enabled', value: 'true' },
        ],
        healthCheckConfig: {
          healthyThresholdCount: 2,
          unhealthyThresholdCount: 4,
          healthCheckInterval: 20,
          healthCheckTimeout: 6,
          healthCheckPath: '/up',
          healthCheckPort: '9090',
          healthCheckProtocol: 'HTTP',
          matcher: { httpCode: '200-204' },
        },
      }),
      ofService('tls', { targetType: 'ip', protocol: 'TLS' }),
      ofService('checked', {
        protocol: 'HTTPS',
        nodeSelector: { matchLabels: { side: 'left' } },
        healthCheckConfig: { healthCheckPort: 'by-name', matcher: { httpCode: '200' } },
      }),
    ],
  },
  one('tcp'),
  one('pods', { backends: [backend('pods')] }),
  one('target-name', { backends: [backend('pods', { port: 81 })] }),
  one('properties', { backends: [backend('named')] }),
  one('local', { backends: [backend('local')] }),
  one('udp', { kind: 'UDPRoute', listeners: [listener('UDP', 53)], backends: [backend('datagrams')] }),
  {
    name: 'gateway both',
    objects: [
      ...gateway('both', {
        listeners: both,
        config: {
          listenerConfigurations: [
            {
              protocolPort: 'TCP_UDP:80',
              listenerAttributes: [{ key: 'tcp.idle_timeout.seconds', value: '60' }],
            },
          ],
        },
      }),
      route('UDPRoute', 'both', { section: 'udp-80', backends: [backend('pods')] }),
    ],
  },
  one('no-group-udp', {
    kind: 'UDPRoute',
    listeners: [listener('UDP', 53)],
    backends: [backend('datagrams')],
    config: { disableSecurityGroup: true },
  }),
  one('tls', {
    listeners: [listener('TLS', 443)],
    backends: [backend('pods')],
    config: {
      listenerConfigurations: [
        { ...certificate, sslPolicy: 'ELBSecurityPolicy-TLS13-1-2-2021-06', alpnPolicy: 'HTTP2Preferred' },
      ],
    },
  }),
  one('tls-to-tls', {
    kind: 'TLSRoute',
    listeners: [listener('TLS', 443, { hostname: 'found.example.com' })],
    backends: [backend('tls')],
  }),
  one('tls-no-host', { listeners: [listener('TLS', 443)] }),
  one('tls-no-certificate', { listeners: [listener('TLS', 443, { hostname: 'lost.example.com' })] }),
  one('passthrough', {
    kind: 'TLSRoute',
    listeners: [listener('TLS', 443, { tls: { mode: 'Passthrough' } })],
    backends: [backend('tls')],
  }),
  one('passthrough-tcp', {
    listeners: [
      listener('TLS', 443, {
        tls: { mode: 'Passthrough' },
        allowedRoutes: { kinds: [{ kind: 'TCPRoute' }] },
      }),
    ],
    backends: [backend('pods')],
  }),
  {
    ...one('weights', { backends: [backend('blue', { weight: 80 }), backend('green', { weight: 20 })] }),
    changed: [
      route('TCPRoute', 'weights', {
        backends: [backend('blue', { weight: 0 }), backend('green', { weight: 100 })],
      }),
    ],
  },
  one('weight-zero', { backends: [backend('blue', { weight: 0 })] }),
  one('weight-heavy', { backends: [backend('blue', { weight: 1000 })] }),
  one('sticky', {
    backends: [backend('blue'), backend('green')],
    config: { listenerConfigurations: [{ protocolPort: 'TCP:8080', targetGroupStickiness: true }] },
  }),
  {
    name: 'gateway two-routes',
    objects: [
      ...gateway('two-routes', { listeners: [listener('TCP', 8080)] }),
      route('TCPRoute', 'a-first', { to: 'two-routes', backends: [backend('blue')] }),
      route('TCPRoute', 'b-second', { to: 'two-routes', backends: [backend('green')] }),
    ],
  },
  one('granted', { backends: [backend('web', { namespace: ELSEWHERE })] }),
  one('ungranted', { backends: [backend('closed', { namespace: ELSEWHERE })] }),
  one('no-service', { backends: [backend('nobody'), backend('web')] }),
  one('no-port', { backends: [{ name: 'web' }] }),
  one('wrong-port', { backends: [backend('web', { port: 99 })] }),
  one('strange-backend', { backends: [backend('web', { kind: 'Deployment' })] }),
  one('inner-only', { backends: [backend('inner')] }),
  one('no-target-group', { backends: [{ name: 'none-of-that-name', kind: 'TargetGroupName' }] }),
  { name: 'gateway no-routes', objects: gateway('no-routes', { listeners: [listener('TCP', 8080)] }) },
  {
    name: 'gateway later-listener',
    objects: [
      ...gateway('later-listener', { listeners: [listener('TCP', 8080)] }),
      route('TCPRoute', 'later-listener'),
    ],
    changed: gateway('later-listener', { listeners: [listener('TCP', 9090), listener('TCP', 9091)] }),
  },
  {
    name: 'gateway full',
    objects: [
      ...gateway('full', {
        listeners: [listener('TCP', 8080)],
        config: {
          loadBalancerName: 'a-balancer-of-its-own',
          scheme: 'internet-facing',
          tags: { Team: 'test' },
          sourceRanges: ['10.0.0.0/8', '192.168.0.0/16'],
          enableICMP: true,
          loadBalancerAttributes: [{ key: 'load_balancing.cross_zone.enabled', value: 'true' }],
          enforceSecurityGroupInboundRulesOnPrivateLinkTraffic: 'off',
        },
        more: {
          infrastructure: {
            parametersRef: { group: 'gateway.k8s.aws', kind: 'LoadBalancerConfiguration', name: 'full' },
            labels: { team: 'test' },
            annotations: { 'example.com/note': 'kept' },
          },
        },
      }),
      route('TCPRoute', 'full', { backends: [backend('pods')] }),
    ],
    changed: [
      configuration('full', {
        loadBalancerName: 'a-balancer-of-its-own',
        scheme: 'internet-facing',
        tags: { Team: 'other' },
      }),
    ],
  },
  {
    ...one('scheme-later', { config: {} }),
    changed: [configuration('scheme-later', { scheme: 'internet-facing' })],
  },
  one('given-groups', { config: { securityGroups: ['front'] }, backends: [backend('pods')] }),
  one('given-managed', {
    config: { securityGroups: ['front'], manageBackendSecurityGroupRules: true },
    backends: [backend('pods')],
  }),
  one('given-missing', { config: { securityGroups: ['nobody'] } }),
  one('no-group', { config: { disableSecurityGroup: true }, backends: [backend('pods')] }),
  one('no-group-nodes', { config: { disableSecurityGroup: true, sourceRanges: ['10.0.0.0/8'] } }),
  one('prefixes', { config: { securityGroupPrefixes: ['pl-0123456789abcdef0'] } }),
  one('selected-subnets', { config: { loadBalancerSubnetsSelector: { 'kubernetes.io/role/elb': ['1'] } } }),
  one('no-subnets', { config: { loadBalancerSubnetsSelector: { 'example.com/none': ['1'] } } }),
  one('internal-eip', { config: { loadBalancerSubnets: [{ eipAllocation: 'eipalloc-1' }] } }),
  one('outside-private', {
    config: { scheme: 'internet-facing', loadBalancerSubnets: [address('192.168.1.1')] },
  }),
  one('some-private', { config: { loadBalancerSubnets: [address('192.168.1.1'), {}] } }),
  one('few-private', { config: { loadBalancerSubnets: [address('192.168.1.1')] } }),
  one('bad-attribute', { config: { loadBalancerAttributes: [{ key: 'shape', value: 'round' }] } }),
  one('http', { listeners: [listener('HTTP', 80), listener('TCP', 8080)] }),
  one('wrong-kind', {
    listeners: [listener('TCP', 80, { allowedRoutes: { kinds: [{ kind: 'HTTPRoute' }] } })],
  }),
  one('conflict', { listeners: [listener('TCP', 80), listener('TLS', 80)] }),
  {
    name: 'gateway no-class',
    objects: [
      ...gateway('no-class', { class: 'nobody', listeners: [listener('TCP', 80)] }),
      ...gateway('foreign', { class: 'foreign', listeners: [listener('TCP', 80)] }),
    ],
  },
  {
    name: 'gateway no-configuration',
    objects: [
      made('Gateway', 'no-configuration', {
        gatewayClassName: 'nlb',
        listeners: [listener('TCP', 80)],
        infrastructure: {
          parametersRef: { group: 'gateway.k8s.aws', kind: 'LoadBalancerConfiguration', name: 'none' },
        },
      }),
    ],
  },
  {
    name: 'gateway other-listener',
    objects: [
      ...gateway('other-listener', { listeners: [listener('TCP', 80), listener('TCP', 81)] }),
      route('TCPRoute', 'other-listener', { section: 'tcp-81' }),
      route('TCPRoute', 'no-such-listener', { to: 'other-listener', section: 'tcp-82' }),
      route('UDPRoute', 'other-kind', { to: 'other-listener' }),
      route('TCPRoute', 'far', { to: 'other-listener', namespace: ELSEWHERE, parent: { namespace: GATES } }),
    ],
  },
  {
    name: 'gateway chain',
    objects: [
      ...gateway('inner', { class: 'alb', listeners: [listener('HTTP', 80)] }),
      route('HTTPRoute', 'inner'),
      ...gateway('chain', { listeners: [listener('TCP', 80)] }),
      route('TCPRoute', 'chain', { backends: [{ name: 'inner', kind: 'Gateway', port: 80 }] }),
      groups('inner-group', {
        targetReference: { name: 'inner', kind: 'Gateway' },
        routeConfigurations: [
          {
            routeIdentifier: { kind: 'TCPRoute', namespace: GATES, name: 'chain' },
            targetGroupProps: { healthCheckConfig: { healthCheckPath: '/up', healthCheckProtocol: 'HTTP' } },
          },
        ],
      }),
    ],
  },
  one('chain-to-network', { backends: [{ name: 'tcp', kind: 'Gateway', port: 8080 }] }),
  one('chain-to-nobody', { backends: [{ name: 'nobody', kind: 'Gateway', port: 80 }] }),
  {
    name: 'gateway sets',
    objects: [
      ...gateway('sets', {
        listeners: [listener('TCP', 80)],
        more: { allowedListeners: { namespaces: { from: 'Same' } } },
      }),
      made('ListenerSet', 'more', {
        parentRef: { name: 'sets' },
        listeners: [listener('TCP', 81), listener('TLS', 80)],
      }),
      made('ListenerSet', 'all-wrong', { parentRef: { name: 'sets' }, listeners: [listener('HTTP', 83)] }),
      made(
        'ListenerSet',
        'far',
        { parentRef: { name: 'sets', namespace: GATES }, listeners: [listener('TCP', 84)] },
        { namespace: ELSEWHERE },
      ),
      route('TCPRoute', 'sets', { backends: [backend('blue')] }),
      route('TCPRoute', 'of-set', {
        to: 'more',
        section: 'tcp-81',
        parent: { kind: 'ListenerSet', group: API },
        backends: [backend('green')],
      }),
    ],
    changed: [
      made('ListenerSet', 'more', {
        parentRef: { name: 'sets' },
        listeners: [listener('TCP', 85, { name: 'tcp-81' })],
      }),
    ],
  },
]
