// Owns DescribeRules: a Network Load Balancer's listener has its default rule and no other.
import type { DescribeRulesInput, DescribeRulesOutput } from '@aws-sdk/client-elastic-load-balancing-v2'

import { ruleNotFound } from '../errors.ts'
import { findListener } from '../lookup.ts'
import { page } from '../paging.ts'
import { type Elb, type ListenerRecord, ruleArnOf } from '../state.ts'

/** @throws AwsError ListenerNotFound, RuleNotFound */
export function describeRules(input: DescribeRulesInput, elb: Elb): DescribeRulesOutput {
  const arns = input.RuleArns ?? []
  const records =
    arns.length > 0 ? arns.map((arn) => ownerOf(elb, arn)) : [findListener(elb, input.ListenerArn)]
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
}

function ownerOf(elb: Elb, ruleArn: string): ListenerRecord {
  const found = elb.tables.listeners.list().find((record) => ruleArnOf(record.arn) === ruleArn)
  if (!found) throw ruleNotFound()
  return found
}
