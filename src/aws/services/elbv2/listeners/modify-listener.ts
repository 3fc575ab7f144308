// Owns ModifyListener.
import type {
  Listener,
  ModifyListenerInput,
  ModifyListenerOutput,
} from '@aws-sdk/client-elastic-load-balancing-v2'

import { operation } from '../../../protocol/operation.ts'
import { portInUse } from '../errors.ts'
import { findListener, findLoadBalancer } from '../lookup.ts'
import { type Elb, portKey } from '../state.ts'
import { DEFAULT_ACTIONS, readActions } from './actions.ts'
import { checkProtocol, readSecurity, SECURITY } from './protocols.ts'

/** What is not given stays. @throws AwsError ListenerNotFound, TargetGroupNotFound, CertificateNotFound, ValidationError */
export const modifyListener = operation<Elb, ModifyListenerInput, ModifyListenerOutput>()({
  honours: ['ListenerArn', 'Port', 'Protocol', ...SECURITY, ...DEFAULT_ACTIONS],
  handle: async (input, elb) =>
    await elb.deps.store.transact((tx) => {
      const record = findListener(elb, input.ListenerArn)
      const { Certificates, SslPolicy, MutualAuthentication, AlpnPolicy, ...before } = record.listener
      const balancer = findLoadBalancer(elb, record.loadBalancerArn)
      const { Port, Protocol } = checkProtocol(balancer, {
        Port: input.Port ?? before.Port,
        Protocol: input.Protocol ?? before.Protocol,
      })
      const holder = elb.tables.listeners.find('port', portKey(balancer.arn, Port))
      if (holder && holder.arn !== record.arn) throw portInUse(Port)
      // Without TLS there is neither certificate nor policy: those of before are dropped.
      const kept =
        Protocol === before.Protocol ? { Certificates, SslPolicy, MutualAuthentication, AlpnPolicy } : {}
      const { DefaultActions } = input
      const listener: Listener = {
        ...before,
        Port,
        Protocol,
        ...readSecurity(elb, Protocol, {
          Certificates: input.Certificates ?? kept.Certificates,
          SslPolicy: input.SslPolicy ?? kept.SslPolicy,
          AlpnPolicy: input.AlpnPolicy ?? kept.AlpnPolicy,
          MutualAuthentication: input.MutualAuthentication ?? kept.MutualAuthentication,
        }),
        ...(DefaultActions
          ? { DefaultActions: readActions(elb, { balancer, protocol: Protocol, port: Port }, DefaultActions) }
          : {}),
      }
      elb.tables.listeners.putIn(tx, record.arn, { ...record, listener })
      return { Listeners: [listener] }
    }),
})
