// Owns CreateListener.
import type { CreateListenerInput, CreateListenerOutput } from '@aws-sdk/client-elastic-load-balancing-v2'

import { AwsError } from '../../../../base/errors.ts'
import { listenerDefaults } from '../../../../rules/load-balancer/attributes.ts'
import { notEmulated, validationError } from '../errors.ts'
import { findLoadBalancer, listenersOf } from '../lookup.ts'
import { arnOf, type Elb, type ListenerRecord, pathOf } from '../state.ts'
import { readActions } from './actions.ts'

/** @throws AwsError DuplicateListener, LoadBalancerNotFound, TargetGroupNotFound, ValidationError */
export async function createListener(input: CreateListenerInput, elb: Elb): Promise<CreateListenerOutput> {
  const loadBalancer = findLoadBalancer(elb, input.LoadBalancerArn)
  requireTcp(input.Protocol)
  if (!input.Port) throw validationError('A port must be specified')
  if (listenersOf(elb, loadBalancer.arn).some((other) => other.listener.Port === input.Port)) {
    throw new AwsError(
      'DuplicateListener',
      `A listener already exists on this port for this load balancer '${loadBalancer.arn}'`,
    )
  }
  const { actions, targetGroupArn } = readActions(elb, loadBalancer.arn, input.DefaultActions)
  const arn = arnOf(elb, `listener/${pathOf(loadBalancer.arn)}/${elb.deps.ids.hex(16)}`)
  const record: ListenerRecord = {
    arn,
    loadBalancerArn: loadBalancer.arn,
    targetGroupArn,
    attributes: listenerDefaults,
    tags: input.Tags ?? [],
    ruleTags: [],
    listener: {
      ListenerArn: arn,
      LoadBalancerArn: loadBalancer.arn,
      Port: input.Port,
      Protocol: 'TCP',
      DefaultActions: actions,
    },
  }
  await elb.tables.listeners.put(arn, record)
  return { Listeners: [record.listener] }
}

/** Other protocols are refused by name until the data plane carries them. */
export function requireTcp(protocol: string | undefined): void {
  if (protocol !== undefined && protocol !== 'TCP') throw notEmulated(`A listener of protocol ${protocol}`)
}
