// Owns SetRulePriorities.
import type {
  SetRulePrioritiesInput,
  SetRulePrioritiesOutput,
} from '@aws-sdk/client-elastic-load-balancing-v2'

import { operation } from '../../../protocol/operation.ts'
import { notPermitted, priorityInUse, validationError } from '../errors.ts'
import { findRule, isDefaultRule } from '../lookup.ts'
import { type Elb, priorityKey } from '../state.ts'
import { showRule } from './show.ts'

/**
 * Priorities may be exchanged between the rules that are named; those of others may not be taken.
 * @throws AwsError RuleNotFound, PriorityInUse, OperationNotPermitted, ValidationError
 */
export const setRulePriorities = operation<Elb, SetRulePrioritiesInput, SetRulePrioritiesOutput>()({
  honours: ['RulePriorities[].RuleArn', 'RulePriorities[].Priority'],
  handle: async (input, elb) => {
    const given = input.RulePriorities ?? []
    const priorities = given.map(({ Priority = 0 }) => Priority)
    const twice = priorities.find((priority, index) => priorities.indexOf(priority) !== index)
    if (twice !== undefined) throw validationError(`Priority '${twice}' was provided multiple times`)
    return await elb.deps.store.transact((tx) => {
      const changed = given.map(({ RuleArn, Priority = 0 }) => {
        if (isDefaultRule(elb, RuleArn)) {
          throw notPermitted(`The priority of the default rule '${RuleArn}' cannot be modified`)
        }
        return { ...findRule(elb, RuleArn), priority: Priority }
      })
      // Given back before they are claimed anew, so that rules can exchange them.
      for (const { arn } of changed) elb.tables.rules.deleteIn(tx, arn)
      for (const rule of changed) {
        if (elb.tables.rules.find('priority', priorityKey(rule.listenerArn, rule.priority))) {
          throw priorityInUse(rule.priority)
        }
        elb.tables.rules.putIn(tx, rule.arn, rule)
      }
      return { Rules: changed.map(showRule) }
    })
  },
})
