// Owns DeleteListener.
import type { DeleteListenerInput, DeleteListenerOutput } from '@aws-sdk/client-elastic-load-balancing-v2'

import { operation } from '../../../protocol/operation.ts'
import { findListener } from '../lookup.ts'
import type { Elb } from '../state.ts'

/** @throws AwsError ListenerNotFound */
export const deleteListener = operation<Elb, DeleteListenerInput, DeleteListenerOutput>()({
  honours: ['ListenerArn'],
  handle: async (input, elb) => {
    await elb.deps.store.transact((tx) => {
      elb.tables.listeners.deleteIn(tx, findListener(elb, input.ListenerArn).arn)
    })
    return {}
  },
})
