// Owns DescribeRules: a Network Load Balancer's listener has its default rule and no other.
import type { DescribeRulesInput, DescribeRulesOutput } from '@aws-sdk/client-elastic-load-balancing-v2'

import { operation } from '../../../protocol/operation.ts'
import { findListener, ownerOfRule } from '../lookup.ts'
import { page, PAGES } from '../paging.ts'
import { type Elb, ruleArnOf } from '../state.ts'

/** @throws AwsError ListenerNotFound, RuleNotFound */
export const describeRules = operation<Elb, DescribeRulesInput, DescribeRulesOutput>()({
  honours: ['ListenerArn', 'RuleArns', ...PAGES],
  handle: (input, elb) => {
    const arns = input.RuleArns ?? []
    const records =
      arns.length > 0 ? arns.map((arn) => ownerOfRule(elb, arn)) : [findListener(elb, input.ListenerArn)]
    const { items, NextMarker } = page(records, input)
    return {
      Rules: items.map((record) => ({
        RuleArn: ruleArnOf(record.arn),
        Priority: 'default',
        Conditions: [],
        Actions: record.listener.DefaultActions,
        IsDefault: true,
      })),
      NextMarker,
    }
  },
})
