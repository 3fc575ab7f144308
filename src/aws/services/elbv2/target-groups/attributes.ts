// Owns DescribeTargetGroupAttributes and ModifyTargetGroupAttributes.
import type {
  DescribeTargetGroupAttributesInput,
  DescribeTargetGroupAttributesOutput,
  ModifyTargetGroupAttributesInput,
  ModifyTargetGroupAttributesOutput,
} from '@aws-sdk/client-elastic-load-balancing-v2'

import { operation } from '../../../protocol/operation.ts'
import { stickinessTypeProblem } from '../../../../rules/load-balancer/stickiness-types.ts'
import { ATTRIBUTES, mergeAttributes, showAttributes } from '../attributes.ts'
import { validationError } from '../errors.ts'
import { findTargetGroup } from '../lookup.ts'
import type { Elb } from '../state.ts'

/** @throws AwsError TargetGroupNotFound */
export const describeTargetGroupAttributes = operation<
  Elb,
  DescribeTargetGroupAttributesInput,
  DescribeTargetGroupAttributesOutput
>()({
  honours: ['TargetGroupArn'],
  handle: (input, elb) => ({
    Attributes: showAttributes(findTargetGroup(elb, input.TargetGroupArn).attributes),
  }),
})

/** @throws AwsError TargetGroupNotFound, ValidationError */
export const modifyTargetGroupAttributes = operation<
  Elb,
  ModifyTargetGroupAttributesInput,
  ModifyTargetGroupAttributesOutput
>()({
  honours: ['TargetGroupArn', ...ATTRIBUTES],
  handle: async (input, elb) =>
    await elb.deps.store.transact((tx) => {
      const record = findTargetGroup(elb, input.TargetGroupArn)
      const { Protocol = '' } = record.targetGroup
      const wrong = input.Attributes?.find(({ Key }) => Key === 'stickiness.type')
      const problem = wrong && stickinessTypeProblem(Protocol, wrong.Value ?? '')
      if (problem !== undefined) throw validationError(problem)
      const attributes = mergeAttributes('Target group', record.attributes, input.Attributes)
      if (Protocol === 'TLS' && attributes['stickiness.enabled'] === 'true') {
        throw validationError('You cannot enable stickiness on target groups with the TLS protocol')
      }
      elb.tables.targetGroups.putIn(tx, record.arn, { ...record, attributes })
      return { Attributes: showAttributes(attributes) }
    }),
})
