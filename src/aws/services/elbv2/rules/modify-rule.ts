// Owns ModifyRule.
import type { ModifyRuleInput, ModifyRuleOutput } from '@aws-sdk/client-elastic-load-balancing-v2'

import { operation } from '../../../protocol/operation.ts'
import { notPermitted, validationError } from '../errors.ts'
import { ACTIONS, readActions } from '../listeners/actions.ts'
import { findListener, findLoadBalancer, findRule, isDefaultRule } from '../lookup.ts'
import type { Elb, RuleRecord } from '../state.ts'
import { CONDITIONS, readConditions } from './conditions.ts'
import { showRule } from './show.ts'
import { readTransforms, TRANSFORMS } from './transforms.ts'

/** What is not given stays as it is. @throws AwsError RuleNotFound, OperationNotPermitted, ValidationError, … */
export const modifyRule = operation<Elb, ModifyRuleInput, ModifyRuleOutput>()({
  honours: ['RuleArn', 'ResetTransforms', ...CONDITIONS, ...ACTIONS, ...TRANSFORMS],
  handle: async (input, elb) => {
    const { Conditions, Actions, Transforms, ResetTransforms } = input
    if (!Conditions?.length && !Actions?.length && !Transforms?.length && !ResetTransforms) {
      throw validationError('Either conditions or actions must be specified')
    }
    return await elb.deps.store.transact((tx) => {
      if (isDefaultRule(elb, input.RuleArn)) {
        throw notPermitted(`Default rule '${input.RuleArn}' cannot be modified`)
      }
      const record = findRule(elb, input.RuleArn)
      const { listener, loadBalancerArn } = findListener(elb, record.listenerArn)
      const balancer = findLoadBalancer(elb, loadBalancerArn)
      const { Protocol: protocol, Port: port } = listener
      const next: RuleRecord = {
        ...record,
        ...(Conditions?.length ? { conditions: readConditions(Conditions) } : {}),
        ...(Actions?.length ? { actions: readActions(elb, { balancer, protocol, port }, Actions) } : {}),
        ...(ResetTransforms ? { transforms: [] } : {}),
        ...(Transforms?.length ? { transforms: readTransforms(Transforms) } : {}),
      }
      elb.tables.rules.putIn(tx, record.arn, next)
      return { Rules: [showRule(next)] }
    })
  },
})
