// Owns ModifyListener.
import type { ModifyListenerInput, ModifyListenerOutput } from '@aws-sdk/client-elastic-load-balancing-v2'

import { AwsError } from '../../../../base/errors.ts'
import { findListener, listenersOf } from '../lookup.ts'
import type { Elb } from '../state.ts'
import { readActions } from './actions.ts'
import { requireTcp } from './create-listener.ts'

/** @throws AwsError ListenerNotFound, DuplicateListener, TargetGroupNotFound, ValidationError */
export async function modifyListener(input: ModifyListenerInput, elb: Elb): Promise<ModifyListenerOutput> {
  const record = findListener(elb, input.ListenerArn)
  requireTcp(input.Protocol)
  const isTaken = listenersOf(elb, record.loadBalancerArn).some(
    (other) => other.arn !== record.arn && other.listener.Port === input.Port,
  )
  if (isTaken) {
    throw new AwsError(
      'DuplicateListener',
      `A listener already exists on this port for this load balancer '${record.loadBalancerArn}'`,
    )
  }
  const change = input.DefaultActions && readActions(elb, record.loadBalancerArn, input.DefaultActions)
  const updated = await elb.tables.listeners.update(record.arn, (current) => ({
    ...current,
    ...(change ? { targetGroupArn: change.targetGroupArn } : {}),
    listener: {
      ...current.listener,
      ...(input.Port ? { Port: input.Port } : {}),
      ...(change ? { DefaultActions: change.actions } : {}),
    },
  }))
  return { Listeners: [(updated ?? record).listener] }
}
