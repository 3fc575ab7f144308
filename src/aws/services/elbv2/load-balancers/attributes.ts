// Owns DescribeLoadBalancerAttributes and ModifyLoadBalancerAttributes.
import type {
  DescribeLoadBalancerAttributesInput,
  DescribeLoadBalancerAttributesOutput,
  ModifyLoadBalancerAttributesInput,
  ModifyLoadBalancerAttributesOutput,
} from '@aws-sdk/client-elastic-load-balancing-v2'

import { deepEqual } from '../../../../base/json.ts'
import { operation } from '../../../protocol/operation.ts'
import { ATTRIBUTES, mergeAttributes, showAttributes } from '../attributes.ts'
import { LOGS, logTargetOf } from '../access-logs/log-target.ts'
import { findLoadBalancer } from '../lookup.ts'
import type { Elb } from '../state.ts'

/** @throws AwsError LoadBalancerNotFound */
export const describeLoadBalancerAttributes = operation<
  Elb,
  DescribeLoadBalancerAttributesInput,
  DescribeLoadBalancerAttributesOutput
>()({
  honours: ['LoadBalancerArn'],
  handle: (input, elb) => ({
    Attributes: showAttributes(findLoadBalancer(elb, input.LoadBalancerArn).attributes),
  }),
})

/** @throws AwsError LoadBalancerNotFound, ValidationError; InvalidConfigurationRequest for a bucket that takes no logs */
export const modifyLoadBalancerAttributes = operation<
  Elb,
  ModifyLoadBalancerAttributesInput,
  ModifyLoadBalancerAttributesOutput
>()({
  honours: ['LoadBalancerArn', ...ATTRIBUTES],
  handle: async (input, elb) => {
    const before = findLoadBalancer(elb, input.LoadBalancerArn)
    const wanted = mergeAttributes('Load balancer', before.attributes, input.Attributes)
    for (const log of LOGS) {
      const target = logTargetOf(before, wanted, log)
      // The bucket is looked at with every change of what is logged, and not with any other.
      if (target && !deepEqual(target, logTargetOf(before, before.attributes, log)))
        await elb.accessLogs.prepare(target)
    }
    return await elb.deps.store.transact((tx) => {
      const record = findLoadBalancer(elb, input.LoadBalancerArn)
      const attributes = mergeAttributes('Load balancer', record.attributes, input.Attributes)
      elb.tables.loadBalancers.putIn(tx, record.arn, { ...record, attributes })
      return { Attributes: showAttributes(attributes) }
    })
  },
})
