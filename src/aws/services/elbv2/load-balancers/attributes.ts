// Owns DescribeLoadBalancerAttributes and ModifyLoadBalancerAttributes.
import type {
  DescribeLoadBalancerAttributesInput,
  DescribeLoadBalancerAttributesOutput,
  ModifyLoadBalancerAttributesInput,
  ModifyLoadBalancerAttributesOutput,
} from '@aws-sdk/client-elastic-load-balancing-v2'

import { mergeAttributes, showAttributes } from '../attributes.ts'
import { findLoadBalancer } from '../lookup.ts'
import type { Elb } from '../state.ts'

/** @throws AwsError LoadBalancerNotFound */
export function describeLoadBalancerAttributes(
  input: DescribeLoadBalancerAttributesInput,
  elb: Elb,
): DescribeLoadBalancerAttributesOutput {
  return { Attributes: showAttributes(findLoadBalancer(elb, input.LoadBalancerArn).attributes) }
}

/** @throws AwsError LoadBalancerNotFound, ValidationError */
export async function modifyLoadBalancerAttributes(
  input: ModifyLoadBalancerAttributesInput,
  elb: Elb,
): Promise<ModifyLoadBalancerAttributesOutput> {
  const record = findLoadBalancer(elb, input.LoadBalancerArn)
  const attributes = mergeAttributes('Load balancer', record.attributes, input.Attributes)
  await elb.tables.loadBalancers.update(record.arn, (current) => ({
    ...current,
    attributes: mergeAttributes('Load balancer', current.attributes, input.Attributes),
  }))
  return { Attributes: showAttributes(attributes) }
}
