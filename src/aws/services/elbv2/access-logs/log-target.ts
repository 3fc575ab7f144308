// Owns where a load balancer's access logs go, out of its attributes.
import type { Attributes } from '../../../../rules/load-balancer/attributes.ts'
import { type LoadBalancerRecord, pathOf } from '../state.ts'
import type { LogTarget } from './delivery.ts'

/** Where a load balancer logs to; undefined when it does not. */
export function logTargetOf(
  { arn, loadBalancer }: Pick<LoadBalancerRecord, 'arn' | 'loadBalancer'>,
  attributes: Attributes,
): LogTarget | undefined {
  if (attributes['access_logs.s3.enabled'] !== 'true') return undefined
  return {
    loadBalancerArn: arn,
    path: pathOf(arn),
    kind: loadBalancer.Type === 'network' ? 'network' : 'application',
    bucket: attributes['access_logs.s3.bucket'] ?? '',
    prefix: attributes['access_logs.s3.prefix'] ?? '',
  }
}
