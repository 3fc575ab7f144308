// Owns CreateListener.
import type {
  CreateListenerInput,
  CreateListenerOutput,
  Listener,
  ProtocolEnum,
} from '@aws-sdk/client-elastic-load-balancing-v2'

import { deepEqual } from '../../../../base/json.ts'
import { type Attributes, listenerDefaults } from '../../../../rules/load-balancer/attributes.ts'
import { applicationListenerDefaults } from '../../../../rules/load-balancer/application-attributes.ts'
import { operation } from '../../../protocol/operation.ts'
import { duplicateListener } from '../errors.ts'
import { findLoadBalancer } from '../lookup.ts'
import { arnOf, type Elb, type ListenerRecord, pathOf, portKey } from '../state.ts'
import { TAGS } from '../tags/resources.ts'
import { isHttp } from '../target-groups/health-checks.ts'
import { DEFAULT_ACTIONS, readActions } from './actions.ts'
import { checkProtocol, readSecurity, SECURITY } from './protocols.ts'

/**
 * The same request again gives the same listener.
 * @throws AwsError DuplicateListener, LoadBalancerNotFound, TargetGroupNotFound, CertificateNotFound, ValidationError
 */
export const createListener = operation<Elb, CreateListenerInput, CreateListenerOutput>()({
  honours: ['LoadBalancerArn', 'Protocol', 'Port', ...SECURITY, ...DEFAULT_ACTIONS, ...TAGS],
  handle: async (input, elb) =>
    await elb.deps.store.transact((tx) => {
      const balancer = findLoadBalancer(elb, input.LoadBalancerArn)
      const { Port, Protocol } = checkProtocol(balancer, input)
      const DefaultActions = readActions(
        elb,
        { balancer, protocol: Protocol, port: Port },
        input.DefaultActions,
      )
      const arn = arnOf(elb, `listener/${pathOf(balancer.arn)}/${elb.deps.ids.hex(16)}`)
      const listener: Listener = {
        ListenerArn: arn,
        LoadBalancerArn: balancer.arn,
        Port,
        Protocol,
        ...readSecurity(elb, Protocol, input),
        DefaultActions,
      }
      const existing = elb.tables.listeners.find('port', portKey(balancer.arn, Port))
      if (existing && !deepEqual({ ...existing.listener, ListenerArn: arn }, listener)) {
        throw duplicateListener(balancer.arn)
      }
      if (existing) return { Listeners: [existing.listener] }
      const record: ListenerRecord = {
        arn,
        loadBalancerArn: balancer.arn,
        attributes: attributesOf(Protocol),
        tags: input.Tags ?? [],
        ruleTags: [],
        listener,
      }
      elb.tables.listeners.putIn(tx, arn, record)
      return { Listeners: [listener] }
    }),
})

// The idle time-outs of TLS listeners and of datagrams are fixed (NLB user guide, "Listener attributes").
function attributesOf(protocol: ProtocolEnum): Attributes {
  if (isHttp(protocol)) return applicationListenerDefaults(protocol)
  return protocol === 'TCP' || protocol === 'TCP_UDP' ? listenerDefaults : {}
}
