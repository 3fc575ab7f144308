// Owns how a load balancer looks in a response.
import type { LoadBalancer } from '@aws-sdk/client-elastic-load-balancing-v2'

import type { LoadBalancerRecord } from '../state.ts'

export function showLoadBalancer(record: LoadBalancerRecord): LoadBalancer {
  return { ...record.loadBalancer, CreatedTime: new Date(record.createdAtMs) }
}
