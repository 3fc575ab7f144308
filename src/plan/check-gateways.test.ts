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
