// Owns what the account is told of itself: limits and TLS policies.
import type {
  DescribeAccountLimitsInput,
  DescribeAccountLimitsOutput,
  DescribeSSLPoliciesInput,
  DescribeSSLPoliciesOutput,
  SslPolicy as ShownPolicy,
} from '@aws-sdk/client-elastic-load-balancing-v2'

import { operation } from '../../protocol/operation.ts'
import { sslPolicies, sslPolicy, type SslPolicy } from '../../../rules/load-balancer/ssl-policies.ts'
import { policyNotFound } from './errors.ts'
import { page, PAGES } from './paging.ts'
import type { Elb } from './state.ts'

/** Default quotas (user guides, "Quotas for your Application Load Balancers" and "… Network Load Balancers"). */
const LIMITS = {
  'application-load-balancers': 50,
  'condition-values-per-alb-rule': 5,
  'condition-wildcards-per-alb-rule': 5,
  'listeners-per-application-load-balancer': 50,
  'rules-per-application-load-balancer': 100,
  'target-group-per-load-balancer': 100,
  'target-groups': 3000,
  'target-groups-per-action-on-application-load-balancer': 5,
  'target-groups-per-application-load-balancer': 100,
  'target-id-registrations-per-application-load-balancer': 1000,
  'targets-per-application-load-balancer': 1000,
  'targets-per-target-group': 1000,
  'targets-per-network-load-balancer': 3000,
  'listeners-per-network-load-balancer': 50,
  'network-load-balancers': 50,
  'targets-per-availability-zone-per-network-load-balancer': 500,
  'network-load-balancer-enis-per-vpc': 1200,
  'target-groups-per-action-on-network-load-balancer': 5,
}

export const describeAccountLimits = operation<
  Elb,
  DescribeAccountLimitsInput,
  DescribeAccountLimitsOutput
>()({
  honours: PAGES,
  handle: (input) => {
    const { items, NextMarker } = page(Object.entries(LIMITS), input)
    return { Limits: items.map(([Name, max]) => ({ Name, Max: String(max) })), NextMarker }
  },
})

/** Every policy, or those of these names; both types of load balancers have all. @throws AwsError SSLPolicyNotFound */
export const describeSSLPolicies = operation<Elb, DescribeSSLPoliciesInput, DescribeSSLPoliciesOutput>()({
  honours: ['Names', 'LoadBalancerType', ...PAGES],
  handle: (input) => {
    const named = input.Names && [...new Set(input.Names)].map((name) => sslPolicy(name) ?? name)
    const wanted = named ?? sslPolicies()
    const unknown = wanted.find((each) => typeof each === 'string')
    if (unknown !== undefined) throw policyNotFound(unknown)
    const { items, NextMarker } = page(
      wanted.filter((each) => typeof each !== 'string'),
      input,
    )
    return { SslPolicies: items.map(showPolicy), NextMarker }
  },
})

function showPolicy({ name, protocols, ciphers }: SslPolicy): ShownPolicy {
  return {
    Name: name,
    SslProtocols: [...protocols],
    Ciphers: ciphers.map((cipher, index) => ({ Name: cipher, Priority: index + 1 })),
    SupportedLoadBalancerTypes: ['application', 'network'],
  }
}
