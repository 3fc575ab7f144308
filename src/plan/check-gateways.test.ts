import { expect, it } from 'vitest'

import { plan, web } from './testing/plan-of.ts'

function found(text: string): string[] {
  return plan(`${web}---\n${text}`)
    .problems.filter(({ code }) => code.startsWith('load-balancer-'))
    .map(({ code, message }) => `${code} ${message}`)
}

function gatewayClass(controllerName: string): string {
  return `apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: {name: edge}
spec: {controllerName: ${controllerName}}
`
}

function configuration(kind: string, spec: string): string {
  return `apiVersion: gateway.k8s.aws/v1
kind: ${kind}
metadata: {name: edge, namespace: shop}
spec: ${spec}
`
}

const ROUTED = `${gatewayClass('gateway.k8s.aws/alb')}---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: edge, namespace: shop}
spec: {gatewayClassName: edge, listeners: [{name: http, port: 80, protocol: HTTP}]}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{name: edge}]
  rules: [$RULE]
`

it.each(['gateway.k8s.aws/alb', 'gateway.k8s.aws/nlb', 'istio.io/gateway-controller'])(
  'a GatewayClass of %s is taken',
  (name) => {
    expect(found(gatewayClass(name))).toEqual([])
  },
)

it.each([
  ['LoadBalancerConfiguration', '{wafV2: {webACL: x}}', 'wafV2'],
  ['LoadBalancerConfiguration', '{shieldConfiguration: {enabled: true}}', 'shieldConfiguration.enabled'],
  [
    'LoadBalancerConfiguration',
    "{listenerConfigurations: [{protocolPort: 'UDP:53', quicEnabled: true}]}",
    'listenerConfigurations[].quicEnabled',
  ],
  ['TargetGroupConfiguration', '{defaultConfiguration: {targetControlPort: 1}}', 'targetControlPort'],
  [
    'TargetGroupConfiguration',
    '{routeConfigurations: [{targetGroupProps: {enableMultiCluster: true}}]}',
    'enableMultiCluster',
  ],
  ['ListenerRuleConfiguration', '{actions: [{type: jwt-validation}]}', 'action jwt-validation'],
])('of a %s %s is refused by name', (kind, spec, field) => {
  expect(found(configuration(kind, spec))).toEqual([
    `load-balancer-not-emulated ${kind} shop/edge: ${field} is not emulated by Neargate`,
  ])
})

it.each([
  ['LoadBalancerConfiguration', '{scheme: internal, tags: {a: b}}'],
  ['TargetGroupConfiguration', '{defaultConfiguration: {targetType: ip}}'],
  ['ListenerRuleConfiguration', '{actions: [{type: fixed-response}]}'],
  ['LoadBalancerConfiguration', '7'],
])('a %s %s is taken', (kind, spec) => {
  expect(found(configuration(kind, spec))).toEqual([])
})

it.each([
  [
    '{filters: [{type: RequestMirror}]}',
    'load-balancer-invalid HTTPRoute shop/web: Unsupported filter type: RequestMirror',
  ],
  [
    '{backendRefs: [{kind: Gateway, name: there, port: 80}]}',
    'load-balancer-not-emulated HTTPRoute shop/web: a backend of kind Gateway is not emulated by Neargate',
  ],
])('the rule %s of a route of ours is reported', (rule, message) => {
  expect(found(ROUTED.replace('$RULE', rule))).toEqual([message])
  expect(found(ROUTED.replace('$RULE', rule).replace('gateway.k8s.aws/alb', 'other.example/x'))).toEqual([])
})

it('a route with what the controller takes is not', () => {
  const rule = '{filters: [{type: URLRewrite}], backendRefs: [{name: web, port: 80}]}'
  expect(found(ROUTED.replace('$RULE', rule))).toEqual([])
})

const NETWORK = `${gatewayClass('gateway.k8s.aws/nlb')}---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: db, namespace: shop}
spec: {gatewayClassName: edge, listeners: [$LISTENERS], $MORE}
---
apiVersion: gateway.networking.k8s.io/v1
kind: TCPRoute
metadata: {name: db, namespace: shop}
spec:
  parentRefs: [{name: db}]
  rules: [{backendRefs: [$BACKENDS]}]
---
apiVersion: v1
kind: Service
metadata: {name: inside, namespace: shop}
spec: {ports: [{port: 80}]}
---
`

const network = (listeners: string, backends: string, more = ''): string =>
  NETWORK.replace('$LISTENERS', listeners).replace('$BACKENDS', backends).replace(', $MORE', more)

const TCP = '{name: tcp, port: 80, protocol: TCP}'
const TARGETS_BY_ADDRESS = configuration(
  'TargetGroupConfiguration',
  '{targetReference: {name: inside}, defaultConfiguration: {targetType: ip}}',
)

it.each([
  [
    network(TCP, '{name: inside, port: 80}'),
    "Gateway shop/db: TargetGroup port is empty. When using Instance targets, your service must be of type 'NodePort' or 'LoadBalancer'",
  ],
  [network(TCP, '{name: inside, port: 81}'), 'TCPRoute shop/db: Unable to find service port for port 81'],
  [network(TCP, '{name: inside}'), 'TCPRoute shop/db: Port is required'],
  [
    network(`${TCP}, {name: web, port: 81, protocol: HTTP}`, '') + TARGETS_BY_ADDRESS,
    'Gateway shop/db: Unsupported protocol HTTP for listener web',
  ],
  [
    network('{name: tls, port: 443, protocol: TLS}', ''),
    'Gateway shop/db: No hostnames found for TLS cert discovery for listener on gateway shop/db with protocol:port TLS:443',
  ],
  [
    network('{name: udp, port: 53, protocol: UDP}', ''),
    'TCPRoute shop/db: Listener does not allow route attachment, kind does not match between listener and route',
  ],
])('what the controller would refuse is reported in its words: %#', (text, message) => {
  expect(found(text)).toEqual([`load-balancer-invalid ${message}`])
})

it.each([
  network(TCP, '{name: inside, port: 80}') + TARGETS_BY_ADDRESS,
  network(TCP, '{name: of-the-cluster, port: 80}'),
  network(TCP, '{kind: TargetGroupName, name: there}'),
  network(
    TCP,
    '{name: inside, port: 80}',
    ', infrastructure: {parametersRef: {group: gateway.k8s.aws, kind: LoadBalancerConfiguration, name: there}}',
  ),
])('what the cluster may have is not: %#', (text) => {
  expect(found(text)).toEqual([])
})

it('is priced by the load balancer that its class stands for', () => {
  const priced = (text: string) =>
    plan(`${web}---\n${text}`, { region: 'us-east-1' }).cost.items.flatMap(({ name, hourly }) =>
      / Gateway /.test(name) ? [[name, hourly]] : [],
    )
  expect(priced(network(TCP, ''))).toEqual([['NLB Gateway shop/db', 0.0225]])
  expect(priced(ROUTED.replace('$RULE', '{}'))).toEqual([['ALB Gateway shop/edge', 0.0225]])
})
