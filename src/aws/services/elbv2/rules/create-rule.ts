// Owns CreateRule.
import type { CreateRuleInput, CreateRuleOutput } from '@aws-sdk/client-elastic-load-balancing-v2'

import { AwsError } from '../../../../base/errors.ts'
import { operation } from '../../../protocol/operation.ts'
import { notEmulated, priorityInUse } from '../errors.ts'
import { ACTIONS, readActions } from '../listeners/actions.ts'
import { findListener, findLoadBalancer, listenersOf, rulesOf } from '../lookup.ts'
import { type Elb, priorityKey, rulePrefixOf, type RuleRecord } from '../state.ts'
import { TAGS } from '../tags/resources.ts'
import { CONDITIONS, readConditions } from './conditions.ts'
import { showRule } from './show.ts'
import { readTransforms, TRANSFORMS } from './transforms.ts'

/** "Rules per Application Load Balancer", without the default rules (quotas). */
const MOST_RULES = 100

/** @throws AwsError ListenerNotFound, PriorityInUse, TooManyRules, TargetGroupNotFound, ValidationError, … */
export const createRule = operation<Elb, CreateRuleInput, CreateRuleOutput>()({
  honours: ['ListenerArn', 'Priority', ...CONDITIONS, ...ACTIONS, ...TRANSFORMS, ...TAGS],
  handle: async (input, elb) =>
    await elb.deps.store.transact((tx) => {
      const listener = findListener(elb, input.ListenerArn)
      const balancer = findLoadBalancer(elb, listener.loadBalancerArn)
      if (balancer.loadBalancer.Type === 'network') throw notEmulated('A rule of a Network Load Balancer')
      const priority = input.Priority ?? 0
      const conditions = readConditions(input.Conditions)
      if (elb.tables.rules.find('priority', priorityKey(listener.arn, priority)))
        throw priorityInUse(priority)
      const { Protocol: protocol, Port: port } = listener.listener
      const record: RuleRecord = {
        arn: rulePrefixOf(listener.arn) + elb.deps.ids.hex(16),
        listenerArn: listener.arn,
        priority,
        conditions,
        actions: readActions(elb, { balancer, protocol, port }, input.Actions),
        transforms: readTransforms(input.Transforms),
        tags: input.Tags ?? [],
      }
      const count = listenersOf(elb, balancer.arn).reduce((sum, { arn }) => sum + rulesOf(elb, arn).length, 0)
      if (count >= MOST_RULES) {
        throw new AwsError(
          'TooManyRules',
          `You have reached the maximum number of rules per load balancer: [${MOST_RULES}]`,
        )
      }
      elb.tables.rules.putIn(tx, record.arn, record)
      return { Rules: [showRule(record)] }
    }),
})
