// Owns DescribeRules.
import type { DescribeRulesInput, DescribeRulesOutput, Rule } from '@aws-sdk/client-elastic-load-balancing-v2'

import { operation } from '../../../protocol/operation.ts'
import { validationError } from '../errors.ts'
import { findListener, findRule, isDefaultRule, ownerOfRule, rulesOf } from '../lookup.ts'
import { page, PAGES } from '../paging.ts'
import type { Elb } from '../state.ts'
import { showDefaultRule, showRule } from './show.ts'

/** Those asked for, or all of a listener by priority, its default rule last. @throws AwsError ListenerNotFound, RuleNotFound, ValidationError */
export const describeRules = operation<Elb, DescribeRulesInput, DescribeRulesOutput>()({
  honours: ['ListenerArn', 'RuleArns', ...PAGES],
  handle: (input, elb) => {
    const { RuleArns: arns = [], ListenerArn } = input
    if (arns.length === 0 && !ListenerArn) {
      throw validationError('You must specify either listener rule ARNs or a listener ARN')
    }
    if (arns.length > 0 && ListenerArn) {
      throw validationError('Listener rule ARNs and a listener ARN cannot be specified at the same time')
    }
    const rules = arns.length > 0 ? arns.map((arn) => named(elb, arn)) : ofListener(elb, ListenerArn)
    const { items, NextMarker } = page(rules, input)
    return { Rules: items, NextMarker }
  },
})

function named(elb: Elb, arn: string): Rule {
  return isDefaultRule(elb, arn) ? showDefaultRule(ownerOfRule(elb, arn)) : showRule(findRule(elb, arn))
}

function ofListener(elb: Elb, listenerArn: string | undefined): Rule[] {
  const listener = findListener(elb, listenerArn)
  return [...rulesOf(elb, listener.arn).map(showRule), showDefaultRule(listener)]
}
