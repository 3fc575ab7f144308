// Owns CreateListener.
import type { CreateListenerInput, CreateListenerOutput } from '@aws-sdk/client-elastic-load-balancing-v2'

import { operation } from '../../../protocol/operation.ts'
import { listenerDefaults } from '../../../../rules/load-balancer/attributes.ts'
import { duplicateListener, notEmulated, validationError } from '../errors.ts'
import { findLoadBalancer } from '../lookup.ts'
import { arnOf, type Elb, type ListenerRecord, pathOf, portKey } from '../state.ts'
import { TAGS } from '../tags/resources.ts'
import { ACTIONS, KEPT_OF_ACTIONS, readActions } from './actions.ts'

/** @throws AwsError DuplicateListener, LoadBalancerNotFound, TargetGroupNotFound, ValidationError */
export const createListener = operation<Elb, CreateListenerInput, CreateListenerOutput>()({
  honours: ['LoadBalancerArn', 'Protocol', 'Port', ...ACTIONS, ...TAGS],
  keeps: KEPT_OF_ACTIONS,
  handle: async (input, elb) => {
    requireTcp(input.Protocol)
    const { Port } = input
    if (!Port) throw validationError('A port must be specified')
    return await elb.deps.store.transact((tx) => {
      const { arn: loadBalancerArn } = findLoadBalancer(elb, input.LoadBalancerArn)
      if (elb.tables.listeners.find('port', portKey(loadBalancerArn, Port))) {
        throw duplicateListener(loadBalancerArn)
      }
      const { actions, targetGroupArn } = readActions(elb, loadBalancerArn, input.DefaultActions)
      const arn = arnOf(elb, `listener/${pathOf(loadBalancerArn)}/${elb.deps.ids.hex(16)}`)
      const record: ListenerRecord = {
        arn,
        loadBalancerArn,
        targetGroupArn,
        attributes: listenerDefaults,
        tags: input.Tags ?? [],
        ruleTags: [],
        listener: {
          ListenerArn: arn,
          LoadBalancerArn: loadBalancerArn,
          Port,
          Protocol: 'TCP',
          DefaultActions: actions,
        },
      }
      elb.tables.listeners.putIn(tx, arn, record)
      return { Listeners: [record.listener] }
    })
  },
})

/** Other protocols are refused by name until the data plane carries them. @throws AwsError ValidationError */
export function requireTcp(protocol: string | undefined): void {
  if (protocol !== undefined && protocol !== 'TCP') throw notEmulated(`A listener of protocol ${protocol}`)
}
