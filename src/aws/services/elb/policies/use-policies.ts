// Owns which policies the listeners and the back-end servers of a Classic Load Balancer have.
import type {
  SetLoadBalancerPoliciesForBackendServerInput,
  SetLoadBalancerPoliciesForBackendServerOutput,
  SetLoadBalancerPoliciesOfListenerInput,
  SetLoadBalancerPoliciesOfListenerOutput,
} from '@aws-sdk/client-elastic-load-balancing'

import { AwsError } from '../../../../base/errors.ts'
import { CLASSIC_DEFAULT } from '../../../../rules/load-balancer/classic-tls.ts'
import { operation } from '../../../protocol/operation.ts'
import { withDefaultPolicy } from '../listeners.ts'
import { isSecure, readsRequests } from '../protocols.ts'
import { changeBalancer, type ClassicElb, type ClassicListener, type ClassicRecord } from '../state.ts'
import { policyNamed } from './policies.ts'
import {
  APP_COOKIE,
  BACKEND_AUTHENTICATION,
  invalid,
  LB_COOKIE,
  PROXY_PROTOCOL,
  SSL_NEGOTIATION,
} from './policy-types.ts'

/** They replace those that it had. @throws AwsError LoadBalancerNotFound, ListenerNotFound, PolicyNotFound, InvalidConfigurationRequest */
export const setListenerPolicies = operation<
  ClassicElb,
  SetLoadBalancerPoliciesOfListenerInput,
  SetLoadBalancerPoliciesOfListenerOutput
>()({
  honours: ['LoadBalancerName', 'LoadBalancerPort', 'PolicyNames'],
  handle: async ({ LoadBalancerName, LoadBalancerPort: port, PolicyNames: names = [] }, elb) => {
    await changeBalancer(elb, LoadBalancerName, (record) => {
      const listener = record.listeners.find((each) => each.port === port)
      if (!listener) {
        throw new AwsError('ListenerNotFound', `There is no listener at the load balancer port ${port}`)
      }
      checkForListener(record, listener, names)
      const hasNegotiation = names.some((name) => policyNamed(record, name).type === SSL_NEGOTIATION)
      // A secure listener always has one; clients that set a cookie policy name no other.
      const policies = isSecure(listener) && !hasNegotiation ? [...names, CLASSIC_DEFAULT] : names
      const listeners = record.listeners.map((each) => (each.port === port ? { ...each, policies } : each))
      return { listeners, policies: withDefaultPolicy(record.policies, listeners) }
    })
    return {}
  },
})

function checkForListener(record: ClassicRecord, listener: ClassicListener, names: readonly string[]): void {
  const types = names.map((name) => policyNamed(record, name).type)
  const cookies = types.filter((type) => type === APP_COOKIE || type === LB_COOKIE)
  if (cookies.length > 0 && !readsRequests(listener)) {
    throw invalid('Session stickiness policies can be associated only with HTTP or HTTPS listeners')
  }
  if (cookies.length > 1)
    throw invalid('Only one session stickiness policy can be associated with a listener')
  const negotiations = types.filter((type) => type === SSL_NEGOTIATION)
  if (negotiations.length > 0 && !isSecure(listener)) {
    throw invalid('SSL negotiation policies can be associated only with HTTPS or SSL listeners')
  }
  if (negotiations.length > 1)
    throw invalid('Only one SSL negotiation policy can be associated with a listener')
  if (cookies.length + negotiations.length < types.length) {
    throw invalid('The policy cannot be associated with a listener')
  }
}

/** They replace those that it had. @throws AwsError LoadBalancerNotFound, PolicyNotFound, InvalidConfigurationRequest */
export const setBackendPolicies = operation<
  ClassicElb,
  SetLoadBalancerPoliciesForBackendServerInput,
  SetLoadBalancerPoliciesForBackendServerOutput
>()({
  honours: ['LoadBalancerName', 'InstancePort', 'PolicyNames'],
  handle: async ({ LoadBalancerName, InstancePort: port = 0, PolicyNames: names = [] }, elb) => {
    await changeBalancer(elb, LoadBalancerName, (record) => {
      checkForBackend(record, port, names)
      const others = record.backends.filter((each) => each.port !== port)
      return { backends: names.length > 0 ? [...others, { port, policies: names }] : others }
    })
    return {}
  },
})

function checkForBackend(record: ClassicRecord, port: number, names: readonly string[]): void {
  const listeners = record.listeners.filter(({ instancePort }) => instancePort === port)
  if (listeners.length === 0 && names.length > 0) {
    throw invalid(`There is no listener with the instance port ${port}`)
  }
  for (const { type } of names.map((name) => policyNamed(record, name))) {
    if (type !== PROXY_PROTOCOL && type !== BACKEND_AUTHENTICATION) {
      throw invalid('The policy cannot be associated with a back-end server')
    }
    if (type === PROXY_PROTOCOL && listeners.some(readsRequests)) {
      throw invalid(
        'Proxy protocol policies can be associated only with instance ports of TCP and SSL listeners',
      )
    }
    const isTls = listeners.every(({ instanceProtocol: name }) => name === 'HTTPS' || name === 'SSL')
    if (type === BACKEND_AUTHENTICATION && !isTls) {
      throw invalid('Back-end authentication can be associated only with instance ports of HTTPS and SSL')
    }
  }
}
