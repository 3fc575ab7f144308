// Owns what the account is told of itself: limits and TLS policies.
import type {
  DescribeAccountLimitsOutput,
  DescribeSSLPoliciesOutput,
} from '@aws-sdk/client-elastic-load-balancing-v2'

/** Default quotas (Elastic Load Balancing user guide, "Quotas for your Network Load Balancers"). */
const LIMITS = {
  'target-groups': 3000,
  'targets-per-network-load-balancer': 3000,
  'listeners-per-network-load-balancer': 50,
  'network-load-balancers': 50,
  'targets-per-availability-zone-per-network-load-balancer': 500,
  'network-load-balancer-enis-per-vpc': 1200,
  'target-groups-per-action-on-network-load-balancer': 1,
}

export function describeAccountLimits(): DescribeAccountLimitsOutput {
  return { Limits: Object.entries(LIMITS).map(([Name, max]) => ({ Name, Max: String(max) })) }
}

/** TLS is not emulated, so there is no policy to choose. */
export function describeSSLPolicies(): DescribeSSLPoliciesOutput {
  return { SslPolicies: [] }
}
