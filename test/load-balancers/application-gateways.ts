// Owns the Gateways that both controllers are given that ask for Application Load Balancers: what the controller's documentation
// shows, and where it says no.
import type { Case, KubernetesObject } from './cases.ts'
import { backend, gateway, GATES, groups, listener, made, route } from './gateways.ts'

type Spec = Readonly<Record<string, unknown>>

const http = [listener('HTTP', 80)]
const https = [listener('HTTPS', 443)]
const certificate = { protocolPort: 'HTTPS:443', defaultCertificate: '$CERTIFICATE' }

/** A Gateway, and a route with its name. */
function one(
  name: string,
  {
    kind = 'HTTPRoute',
    listeners = http,
    config,
    rules,
    hostnames,
  }: {
    readonly kind?: string
    readonly listeners?: readonly Spec[]
    readonly config?: Spec
    readonly rules?: readonly Spec[]
    readonly hostnames?: readonly string[]
  } = {},
  more: Omit<Case, 'name' | 'objects'> = {},
): Case {
  return {
    name: `gateway ${name}`,
    objects: [
      ...gateway(name, { class: 'alb', listeners, ...(config && { config }) }),
      route(kind, name, { more: { ...(rules && { rules }), ...(hostnames && { hostnames }) } }),
    ],
    ...more,
  }
}

const to = (...names: readonly string[]): Spec => ({ backendRefs: names.map((name) => backend(name)) })
const path = (value: string, type = 'PathPrefix'): Spec => ({ path: { type, value } })
const redirect = (requestRedirect: Spec): Spec => ({ type: 'RequestRedirect', requestRedirect })
const rewrite = (urlRewrite: Spec): Spec => ({ type: 'URLRewrite', urlRewrite })
const configured = (name: string): Spec => ({
  type: 'ExtensionRef',
  extensionRef: { group: 'gateway.k8s.aws', kind: 'ListenerRuleConfiguration', name },
})
const ruled = (name: string, spec: Spec): KubernetesObject =>
  made('ListenerRuleConfiguration', name, spec, { own: true })
const secure = { listeners: https, config: { listenerConfigurations: [certificate] } }

/** What rules are configured with. */
const configurations: readonly KubernetesObject[] = [
  ruled('office', { conditions: [{ field: 'source-ip', sourceIPConfig: { values: ['10.0.0.0/8'] } }] }),
  ruled('first-match', {
    conditions: [{ field: 'source-ip', sourceIPConfig: { values: ['10.0.0.0/8'] }, matchIndexes: [0] }],
  }),
  ruled('maintenance', {
    actions: [{ type: 'fixed-response', fixedResponseConfig: { statusCode: 503, messageBody: 'soon' } }],
    tags: { Rule: 'maintenance' },
  }),
  ruled('sticky', {
    actions: [
      {
        type: 'forward',
        forwardConfig: { targetGroupStickinessConfig: { enabled: true, durationSeconds: 60 } },
      },
    ],
  }),
  ruled('query', { actions: [{ type: 'redirect', redirectConfig: { query: 'from=old' } }] }),
]

export const applicationGateways: readonly Case[] = [
  { name: 'gateway configurations of rules', objects: configurations },
  one('web-plain'),
  one('web-both', {
    listeners: [...http, ...https],
    config: { listenerConfigurations: [certificate] },
    rules: [to('pods')],
  }),
  one('web-paths', {
    rules: [
      {
        matches: [path('/shop'), path('/up', 'Exact'), path('/v[0-9]+', 'RegularExpression')],
        ...to('blue'),
      },
      { matches: [path('/shop/cart')], ...to('green') },
      to('web'),
    ],
  }),
  one('web-matches', {
    rules: [
      {
        matches: [
          path('/'),
          {
            headers: [
              { name: 'multi', value: 'one,two' },
              { name: 'escaped', value: 'bar\\,bat' },
              { name: 'shape', type: 'RegularExpression', value: '^r' },
            ],
          },
          { queryParams: [{ name: 'page', value: '2' }], method: 'POST' },
        ],
        ...to('web'),
      },
    ],
  }),
  one('web-hosts', {
    listeners: [
      listener('HTTP', 80, { name: 'wild', hostname: '*.example.com' }),
      listener('HTTP', 80, { name: 'exact', hostname: 'shop.example.com' }),
    ],
    hostnames: ['shop.example.com', 'www.example.com', 'other.example.org'],
  }),
  one('web-no-host', {
    listeners: [listener('HTTP', 80, { hostname: 'shop.example.com' })],
    hostnames: ['other.example.org'],
  }),
  one('web-wildcard-path', { rules: [{ matches: [path('/a*')], ...to('web') }] }),
  one('web-weights', {
    rules: [{ backendRefs: [backend('blue', { weight: 9 }), backend('green', { weight: 1 })] }],
  }),
  one('web-nothing', {
    rules: [{ backendRefs: [backend('blue', { weight: 0 })] }, { matches: [path('/none')] }],
  }),
  one('web-redirect', {
    rules: [{ filters: [redirect({ scheme: 'https', hostname: 'shop.example.com', statusCode: 301 })] }],
  }),
  one('web-redirect-path', {
    rules: [
      {
        matches: [path('/old')],
        filters: [redirect({ port: 8443, path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '/new' } })],
      },
      {
        matches: [path('/full')],
        filters: [
          redirect({ hostname: 'a.example.com', path: { type: 'ReplaceFullPath', replaceFullPath: '/all' } }),
          configured('query'),
        ],
      },
    ],
  }),
  one('web-redirect-loop', {
    rules: [
      {
        matches: [path('/old')],
        filters: [redirect({ path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '/new' } })],
      },
    ],
  }),
  one('web-rewrite', {
    rules: [
      {
        matches: [path('/api')],
        filters: [
          rewrite({
            hostname: 'inner.example.com',
            path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '/' },
          }),
        ],
        ...to('web'),
      },
      {
        matches: [path('/one', 'Exact')],
        filters: [rewrite({ path: { type: 'ReplaceFullPath', replaceFullPath: '/two' } })],
        ...to('web'),
      },
    ],
  }),
  one('web-header-filter', {
    rules: [
      { filters: [{ type: 'RequestHeaderModifier', requestHeaderModifier: { add: [] } }], ...to('web') },
    ],
  }),
  one('web-office', {
    rules: [
      { matches: [path('/office')], filters: [configured('office')], ...to('web') },
      { matches: [path('/a'), path('/b')], filters: [configured('first-match')], ...to('web') },
      { matches: [path('/soon')], filters: [configured('maintenance')], ...to('web') },
      { matches: [path('/sticky')], filters: [configured('sticky')], ...to('blue', 'green') },
    ],
  }),
  one('web-lost-configuration', { rules: [{ filters: [configured('nobody')], ...to('web') }] }),
  one('web-two-configurations', {
    rules: [{ filters: [configured('office'), configured('sticky')], ...to('web') }],
  }),
  one('grpc', {
    kind: 'GRPCRoute',
    ...secure,
    rules: [
      { matches: [{ method: { service: 'echo.Echo', method: 'Say' } }], ...to('pods') },
      {
        matches: [{ method: { service: 'echo.Echo' }, headers: [{ name: 'tier', value: 'gold' }] }],
        ...to('blue'),
      },
      to('web'),
    ],
  }),
  one('grpc-plain', { kind: 'GRPCRoute' }),
  one('web-discovery', { listeners: [listener('HTTPS', 443, { hostname: 'found.example.com' })] }),
  one('web-lost-certificate', { listeners: https, hostnames: ['lost.example.com'] }),
  one('web-checked', { rules: [to('checked')] }),
  one('web-policy', {
    listeners: https,
    config: {
      listenerConfigurations: [
        {
          ...certificate,
          sslPolicy: 'ELBSecurityPolicy-TLS13-1-2-2021-06',
          mutualAuthentication: { mode: 'passthrough' },
          listenerAttributes: [{ key: 'routing.http.response.server.enabled', value: 'false' }],
        },
      ],
    },
  }),
  one('web-lost-trust', {
    listeners: https,
    config: {
      listenerConfigurations: [
        { ...certificate, mutualAuthentication: { mode: 'verify', trustStore: 'nobody' } },
      ],
    },
  }),
  one(
    'web-full',
    {
      config: {
        loadBalancerName: 'a-web-of-its-own',
        scheme: 'internet-facing',
        tags: { Team: 'test' },
        sourceRanges: ['10.0.0.0/8'],
        loadBalancerAttributes: [{ key: 'idle_timeout.timeout_seconds', value: '90' }],
      },
    },
    {
      changed: [
        made(
          'LoadBalancerConfiguration',
          'web-full',
          { loadBalancerName: 'a-web-of-its-own', scheme: 'internet-facing' },
          { own: true },
        ),
      ],
    },
  ),
  one('web-eip', { config: { loadBalancerSubnets: [{ eipAllocation: 'eipalloc-1' }] } }),
  one('web-tcp', { listeners: [listener('TCP', 80)] }),
  one(
    'web-later',
    { rules: [{ matches: [path('/a')], ...to('blue') }] },
    {
      changed: [
        route('HTTPRoute', 'web-later', {
          more: {
            rules: [
              { matches: [path('/b')], ...to('green') },
              { matches: [path('/a')], ...to('blue') },
            ],
          },
        }),
      ],
    },
  ),
  {
    name: 'gateway of a class with a configuration',
    objects: [
      {
        apiVersion: 'gateway.networking.k8s.io/v1',
        kind: 'GatewayClass',
        metadata: { name: 'configured' },
        spec: {
          controllerName: 'gateway.k8s.aws/alb',
          parametersRef: {
            group: 'gateway.k8s.aws',
            kind: 'LoadBalancerConfiguration',
            name: 'of-class',
            namespace: GATES,
          },
        },
      },
      made(
        'LoadBalancerConfiguration',
        'of-class',
        {
          mergingMode: 'prefer-gateway',
          tags: { From: 'class', Class: 'yes' },
          defaultTargetGroupConfiguration: { name: 'defaults' },
        },
        { own: true },
      ),
      groups('defaults', { defaultConfiguration: { targetType: 'ip' } }),
      ...gateway('web-classed', {
        class: 'configured',
        listeners: http,
        config: { tags: { From: 'gateway' } },
      }),
      route('HTTPRoute', 'web-classed', { backends: [backend('blue')] }),
    ],
  },
  {
    name: 'gateway of a class that lacks its configuration',
    objects: [
      {
        apiVersion: 'gateway.networking.k8s.io/v1',
        kind: 'GatewayClass',
        metadata: { name: 'lost' },
        spec: {
          controllerName: 'gateway.k8s.aws/alb',
          parametersRef: {
            group: 'gateway.k8s.aws',
            kind: 'LoadBalancerConfiguration',
            name: 'none',
            namespace: GATES,
          },
        },
      },
      ...gateway('web-lost-class', { class: 'lost', listeners: http }),
      route('HTTPRoute', 'web-lost-class'),
    ],
  },
  {
    name: 'gateway web-set',
    objects: [
      ...gateway('web-set', {
        class: 'alb',
        listeners: http,
        more: { allowedListeners: { namespaces: { from: 'All' } } },
      }),
      made('ListenerSet', 'web-more', {
        parentRef: { name: 'web-set' },
        listeners: [listener('HTTP', 8080)],
      }),
      route('HTTPRoute', 'of-web-set', {
        to: 'web-more',
        parent: { kind: 'ListenerSet', group: 'gateway.networking.k8s.io' },
      }),
    ],
  },
]
