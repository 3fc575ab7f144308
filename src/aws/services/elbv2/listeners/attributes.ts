// Owns DescribeListenerAttributes and ModifyListenerAttributes.
import type {
  DescribeListenerAttributesInput,
  DescribeListenerAttributesOutput,
  ModifyListenerAttributesInput,
  ModifyListenerAttributesOutput,
} from '@aws-sdk/client-elastic-load-balancing-v2'

import { operation } from '../../../protocol/operation.ts'
import { ATTRIBUTES, mergeAttributes, showAttributes } from '../attributes.ts'
import { findListener } from '../lookup.ts'
import type { Elb } from '../state.ts'

/** @throws AwsError ListenerNotFound */
export const describeListenerAttributes = operation<
  Elb,
  DescribeListenerAttributesInput,
  DescribeListenerAttributesOutput
>()({
  honours: ['ListenerArn'],
  handle: (input, elb) => ({ Attributes: showAttributes(findListener(elb, input.ListenerArn).attributes) }),
})

/** @throws AwsError ListenerNotFound, ValidationError */
export const modifyListenerAttributes = operation<
  Elb,
  ModifyListenerAttributesInput,
  ModifyListenerAttributesOutput
>()({
  honours: ['ListenerArn', ...ATTRIBUTES],
  handle: async (input, elb) =>
    await elb.deps.store.transact((tx) => {
      const record = findListener(elb, input.ListenerArn)
      const attributes = mergeAttributes('Listener', record.attributes, input.Attributes)
      elb.tables.listeners.putIn(tx, record.arn, { ...record, attributes })
      return { Attributes: showAttributes(attributes) }
    }),
})
