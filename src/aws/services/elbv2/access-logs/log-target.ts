// Owns where a load balancer's logs go, out of its attributes.
import type { Attributes } from '../../../../rules/load-balancer/attributes.ts'
import { type LoadBalancerRecord, pathOf } from '../state.ts'
import type { LogTarget } from './delivery.ts'
import type { LogName } from './lines.ts'

/** The logs that there are. */
export const LOGS: readonly LogName[] = ['access_logs', 'connection_logs']

/** Where a load balancer writes a log; undefined when it does not. */
export function logTargetOf(
  { arn, loadBalancer }: Pick<LoadBalancerRecord, 'arn' | 'loadBalancer'>,
  attributes: Attributes,
  log: LogName,
): LogTarget | undefined {
  if (attributes[`${log}.s3.enabled`] !== 'true') return undefined
  return {
    log,
    loadBalancerArn: arn,
    path: pathOf(arn),
    kind: loadBalancer.Type === 'network' ? 'network' : 'application',
    bucket: attributes[`${log}.s3.bucket`] ?? '',
    prefix: attributes[`${log}.s3.prefix`] ?? '',
  }
}
