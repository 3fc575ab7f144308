// Owns DescribeListenerAttributes and ModifyListenerAttributes.
import type {
  DescribeListenerAttributesInput,
  DescribeListenerAttributesOutput,
  ModifyListenerAttributesInput,
  ModifyListenerAttributesOutput,
} from '@aws-sdk/client-elastic-load-balancing-v2'

import { mergeAttributes, showAttributes } from '../attributes.ts'
import { findListener } from '../lookup.ts'
import type { Elb } from '../state.ts'

/** @throws AwsError ListenerNotFound */
export function describeListenerAttributes(
  input: DescribeListenerAttributesInput,
  elb: Elb,
): DescribeListenerAttributesOutput {
  return { Attributes: showAttributes(findListener(elb, input.ListenerArn).attributes) }
}

/** @throws AwsError ListenerNotFound, ValidationError */
export async function modifyListenerAttributes(
  input: ModifyListenerAttributesInput,
  elb: Elb,
): Promise<ModifyListenerAttributesOutput> {
  const record = findListener(elb, input.ListenerArn)
  const updated = await elb.tables.listeners.update(record.arn, (current) => ({
    ...current,
    attributes: mergeAttributes('Listener', current.attributes, input.Attributes),
  }))
  return { Attributes: showAttributes((updated ?? record).attributes) }
}
