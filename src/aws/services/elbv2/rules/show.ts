// Owns how rules look in responses.
import type { Rule } from '@aws-sdk/client-elastic-load-balancing-v2'

import { type ListenerRecord, ruleArnOf, type RuleRecord } from '../state.ts'

/** A rule with a priority. */
export function showRule(record: RuleRecord): Rule {
  return {
    RuleArn: record.arn,
    Priority: String(record.priority),
    Conditions: [...record.conditions],
    Actions: [...record.actions],
    ...(record.transforms.length > 0 ? { Transforms: [...record.transforms] } : {}),
    IsDefault: false,
  }
}

/** The rule that a listener has from the beginning. */
export function showDefaultRule({ arn, listener }: ListenerRecord): Rule {
  return {
    RuleArn: ruleArnOf(arn),
    Priority: 'default',
    Conditions: [],
    Actions: listener.DefaultActions,
    IsDefault: true,
  }
}
