// Owns the typed names of the kinds of Gateways, for use with a client: those of the Gateway API, and the load balancer
// controller's own.
import {
  GATEWAY_GROUP,
  type Gateway,
  type GatewayClass,
  type ListenerSet,
  type ReferenceGrant,
  type Route,
  type RouteKind,
} from '../../rules/load-balancer/gateway/api.ts'
import {
  CONFIGURATION_GROUP,
  type ListenerRuleConfiguration,
  type LoadBalancerConfiguration,
  type TargetGroupConfiguration,
} from '../../rules/load-balancer/gateway/configuration.ts'
import type { KubernetesObject, Resource } from './client.ts'

function ofGroup<T extends KubernetesObject>(kind: string, plural = `${kind.toLowerCase()}s`): Resource<T> {
  return { group: GATEWAY_GROUP, version: 'v1', kind, plural, namespaced: true }
}

function configuration<T extends KubernetesObject>(kind: string): Resource<T> {
  return {
    group: CONFIGURATION_GROUP,
    version: 'v1',
    kind,
    plural: `${kind.toLowerCase()}s`,
    namespaced: true,
  }
}

export const gatewayClasses: Resource<GatewayClass> = {
  ...ofGroup<GatewayClass>('GatewayClass', 'gatewayclasses'),
  namespaced: false,
}
export const gateways: Resource<Gateway> = ofGroup<Gateway>('Gateway')
export const listenerSets: Resource<ListenerSet> = ofGroup<ListenerSet>('ListenerSet')
export const referenceGrants: Resource<ReferenceGrant> = {
  ...ofGroup<ReferenceGrant>('ReferenceGrant'),
  version: 'v1beta1',
}
export const routesOf: Readonly<Record<RouteKind, Resource<Route>>> = {
  HTTPRoute: ofGroup('HTTPRoute'),
  GRPCRoute: ofGroup('GRPCRoute'),
  TLSRoute: ofGroup('TLSRoute'),
  TCPRoute: ofGroup('TCPRoute'),
  UDPRoute: ofGroup('UDPRoute'),
}
export const loadBalancerConfigurations =
  configuration<LoadBalancerConfiguration>('LoadBalancerConfiguration')
export const targetGroupConfigurations = configuration<TargetGroupConfiguration>('TargetGroupConfiguration')
export const listenerRuleConfigurations =
  configuration<ListenerRuleConfiguration>('ListenerRuleConfiguration')
