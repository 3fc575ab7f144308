// Owns DeleteLoadBalancer: it is gone for everyone at once; the reconciler takes down what is left.
import type {
  DeleteLoadBalancerInput,
  DeleteLoadBalancerOutput,
} from '@aws-sdk/client-elastic-load-balancing-v2'

import { notPermitted } from '../errors.ts'
import { listenersOf } from '../lookup.ts'
import type { Elb } from '../state.ts'

/** Deleting what is not there succeeds. @throws AwsError OperationNotPermitted */
export async function deleteLoadBalancer(
  input: DeleteLoadBalancerInput,
  elb: Elb,
): Promise<DeleteLoadBalancerOutput> {
  const arn = input.LoadBalancerArn ?? ''
  const record = elb.tables.loadBalancers.get(arn)
  if (!record || record.deleted) return {}
  if (record.attributes['deletion_protection.enabled'] === 'true') {
    throw notPermitted(`Load balancer '${arn}' cannot be deleted because deletion protection is enabled`)
  }
  await elb.tables.loadBalancers.update(arn, (current) => ({ ...current, deleted: true }))
  for (const listener of listenersOf(elb, arn)) await elb.tables.listeners.delete(listener.arn)
  return {}
}
