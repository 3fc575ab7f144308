// Owns ModifyListener.
import type { ModifyListenerInput, ModifyListenerOutput } from '@aws-sdk/client-elastic-load-balancing-v2'

import { operation } from '../../../protocol/operation.ts'
import { duplicateListener } from '../errors.ts'
import { findListener } from '../lookup.ts'
import { type Elb, portKey } from '../state.ts'
import { ACTIONS, KEPT_OF_ACTIONS, readActions } from './actions.ts'
import { requireTcp } from './create-listener.ts'

/** @throws AwsError ListenerNotFound, DuplicateListener, TargetGroupNotFound, ValidationError */
export const modifyListener = operation<Elb, ModifyListenerInput, ModifyListenerOutput>()({
  honours: ['ListenerArn', 'Port', 'Protocol', ...ACTIONS],
  keeps: KEPT_OF_ACTIONS,
  handle: async (input, elb) => {
    requireTcp(input.Protocol)
    return await elb.deps.store.transact((tx) => {
      const record = findListener(elb, input.ListenerArn)
      const { loadBalancerArn } = record
      const Port = input.Port ?? record.listener.Port
      const holder = elb.tables.listeners.find('port', portKey(loadBalancerArn, Port))
      if (holder && holder.arn !== record.arn) throw duplicateListener(loadBalancerArn)
      const change = input.DefaultActions && readActions(elb, loadBalancerArn, input.DefaultActions)
      const listener = {
        ...record.listener,
        Port,
        ...(change ? { DefaultActions: change.actions } : {}),
      }
      elb.tables.listeners.putIn(tx, record.arn, {
        ...record,
        targetGroupArn: change?.targetGroupArn ?? record.targetGroupArn,
        listener,
      })
      return { Listeners: [listener] }
    })
  },
})
