// Owns DeleteLoadBalancer: it is gone for everyone at once; the reconciler takes down what is left.
import type {
  DeleteLoadBalancerInput,
  DeleteLoadBalancerOutput,
} from '@aws-sdk/client-elastic-load-balancing-v2'

import { AwsError } from '../../../../base/errors.ts'
import { operation } from '../../../protocol/operation.ts'
import { notPermitted } from '../errors.ts'
import { removeListener } from '../listeners/delete-listener.ts'
import { listenersOf } from '../lookup.ts'
import type { Elb } from '../state.ts'

/** With its listeners; deleting what is not there succeeds. @throws AwsError OperationNotPermitted, ResourceInUse */
export const deleteLoadBalancer = operation<Elb, DeleteLoadBalancerInput, DeleteLoadBalancerOutput>()({
  honours: ['LoadBalancerArn'],
  handle: async (input, elb) => {
    const { LoadBalancerArn: arn = '' } = input
    const { loadBalancers } = elb.tables
    await elb.deps.store.transact((tx) => {
      const record = loadBalancers.get(arn)
      if (!record || record.deleted) return
      if (record.attributes['deletion_protection.enabled'] === 'true') {
        throw notPermitted(`Load balancer '${arn}' cannot be deleted because deletion protection is enabled`)
      }
      const isTarget = elb.tables.targetGroups
        .list()
        .some(
          ({ targetGroup, targets }) =>
            targetGroup.TargetType === 'alb' && targets.some(({ id }) => id === arn),
        )
      if (isTarget) {
        throw new AwsError(
          'ResourceInUse',
          `Load balancer '${arn}' cannot be deleted because it is currently associated with another service`,
        )
      }
      loadBalancers.putIn(tx, arn, { ...record, deleted: true })
      for (const listener of listenersOf(elb, arn)) removeListener(tx, elb, listener.arn)
    })
    return {}
  },
})
