// Owns DescribeTargetGroupAttributes and ModifyTargetGroupAttributes.
import type {
  DescribeTargetGroupAttributesInput,
  DescribeTargetGroupAttributesOutput,
  ModifyTargetGroupAttributesInput,
  ModifyTargetGroupAttributesOutput,
} from '@aws-sdk/client-elastic-load-balancing-v2'

import { mergeAttributes, showAttributes } from '../attributes.ts'
import { findTargetGroup } from '../lookup.ts'
import type { Elb } from '../state.ts'

/** @throws AwsError TargetGroupNotFound */
export function describeTargetGroupAttributes(
  input: DescribeTargetGroupAttributesInput,
  elb: Elb,
): DescribeTargetGroupAttributesOutput {
  return { Attributes: showAttributes(findTargetGroup(elb, input.TargetGroupArn).attributes) }
}

/** @throws AwsError TargetGroupNotFound, ValidationError */
export async function modifyTargetGroupAttributes(
  input: ModifyTargetGroupAttributesInput,
  elb: Elb,
): Promise<ModifyTargetGroupAttributesOutput> {
  const record = findTargetGroup(elb, input.TargetGroupArn)
  const updated = await elb.tables.targetGroups.update(record.arn, (current) => ({
    ...current,
    attributes: mergeAttributes('Target group', current.attributes, input.Attributes),
  }))
  return { Attributes: showAttributes((updated ?? record).attributes) }
}
