// Owns DeleteListener.
import type { DeleteListenerInput, DeleteListenerOutput } from '@aws-sdk/client-elastic-load-balancing-v2'

import { operation } from '../../../protocol/operation.ts'
import type { Writer } from '../../../../store/store.ts'
import { findListener, rulesOf } from '../lookup.ts'
import type { Elb } from '../state.ts'

/** @throws AwsError ListenerNotFound */
export const deleteListener = operation<Elb, DeleteListenerInput, DeleteListenerOutput>()({
  honours: ['ListenerArn'],
  handle: async (input, elb) => {
    await elb.deps.store.transact((tx) => {
      removeListener(tx, elb, findListener(elb, input.ListenerArn).arn)
    })
    return {}
  },
})

/** Removes a listener with its rules. */
export function removeListener(tx: Writer, elb: Elb, arn: string): void {
  for (const rule of rulesOf(elb, arn)) elb.tables.rules.deleteIn(tx, rule.arn)
  elb.tables.listeners.deleteIn(tx, arn)
}
