// Owns DeleteRule.
import type { DeleteRuleInput, DeleteRuleOutput } from '@aws-sdk/client-elastic-load-balancing-v2'

import { operation } from '../../../protocol/operation.ts'
import { notPermitted } from '../errors.ts'
import { findRule, isDefaultRule } from '../lookup.ts'
import type { Elb } from '../state.ts'

/** @throws AwsError RuleNotFound, OperationNotPermitted for a default rule */
export const deleteRule = operation<Elb, DeleteRuleInput, DeleteRuleOutput>()({
  honours: ['RuleArn'],
  handle: async (input, elb) => {
    await elb.deps.store.transact((tx) => {
      if (isDefaultRule(elb, input.RuleArn)) {
        throw notPermitted(`Default rule '${input.RuleArn}' cannot be deleted`)
      }
      elb.tables.rules.deleteIn(tx, findRule(elb, input.RuleArn).arn)
    })
    return {}
  },
})
