// Owns the listeners of Classic Load Balancers: what may be one, and the operations on them.
import type {
  CreateLoadBalancerListenerInput,
  CreateLoadBalancerListenerOutput,
  DeleteLoadBalancerListenerInput,
  DeleteLoadBalancerListenerOutput,
  Listener,
  ListenerDescription,
  SetLoadBalancerListenerSSLCertificateInput,
  SetLoadBalancerListenerSSLCertificateOutput,
} from '@aws-sdk/client-elastic-load-balancing'

import { AwsError } from '../../../base/errors.ts'
import { deepEqual } from '../../../base/json.ts'
import { CLASSIC_DEFAULT } from '../../../rules/load-balancer/classic-tls.ts'
import { operation } from '../../protocol/operation.ts'
import { validationError } from '../elbv2/errors.ts'
import { predefined } from './policies/policies.ts'
import { instanceProtocolFor, isSecure, readProtocol, readsRequests } from './protocols.ts'
import {
  changeBalancer,
  findBalancer,
  type ClassicElb,
  type ClassicListener,
  type ClassicPolicy,
  type ClassicRecord,
} from './state.ts'

/** The members of a list of listeners, as operations declare them. */
export const LISTENERS = [
  'Listeners[].Protocol',
  'Listeners[].LoadBalancerPort',
  'Listeners[].InstanceProtocol',
  'Listeners[].InstancePort',
  'Listeners[].SSLCertificateId',
] as const

/**
 * The listeners that a request asks for, beside those that are there.
 * @throws AwsError ValidationError, UnsupportedProtocol, CertificateNotFound, DuplicateListener,
 *   InvalidConfigurationRequest
 */
export function readListeners(
  elb: ClassicElb,
  given: readonly Listener[] | undefined,
  { name, listeners: there }: Pick<ClassicRecord, 'name' | 'listeners'>,
): ClassicListener[] {
  const all = [...there]
  for (const listener of (given ?? []).map((each) => readListener(elb, each))) {
    const same = all.find(({ port }) => port === listener.port)
    if (!same) all.push(listener)
    else if (!deepEqual(settingsOf(same), settingsOf(listener))) {
      throw new AwsError(
        'DuplicateListener',
        `A listener already exists for ${name} with LoadBalancerPort ${listener.port}, but with a different InstancePort, Protocol, or SSLCertificateId`,
      )
    }
  }
  if (all.length === 0) throw validationError('Listeners: at least one listener must be specified')
  return all
}

/** What makes two listeners the same: all but their policies. */
export function settingsOf(listener: ClassicListener): Omit<ClassicListener, 'policies'> {
  const { policies: _, ...settings } = listener
  return settings
}

/** Policies of a load balancer, with the one that its secure listeners begin with. */
export function withDefaultPolicy(
  policies: readonly ClassicPolicy[],
  listeners: readonly Pick<ClassicListener, 'policies'>[],
): readonly ClassicPolicy[] {
  const isThere = policies.some(({ name }) => name === CLASSIC_DEFAULT)
  const isUsed = listeners.some((listener) => listener.policies.includes(CLASSIC_DEFAULT))
  return isUsed && !isThere ? [...policies, predefined(CLASSIC_DEFAULT)] : policies
}

function readListener(elb: ClassicElb, listener: Listener): ClassicListener {
  const { LoadBalancerPort: port, InstancePort: instancePort, SSLCertificateId: certificateArn } = listener
  const protocol = readProtocol(listener.Protocol)
  const instanceProtocol = readProtocol(listener.InstanceProtocol ?? instanceProtocolFor(protocol))
  for (const [name, value] of Object.entries({ LoadBalancerPort: port, InstancePort: instancePort })) {
    if (value === undefined || value < 1 || value > 65_535) {
      throw validationError(`${name} ${value} must be in the range 1 to 65535`)
    }
  }
  if (readsRequests({ protocol }) !== readsRequests({ protocol: instanceProtocol })) {
    throw new AwsError(
      'InvalidConfigurationRequest',
      `InstanceProtocol ${instanceProtocol} is not compatible with Protocol ${protocol}`,
    )
  }
  const isTls = isSecure({ protocol })
  if (isTls && certificateArn === undefined) {
    throw validationError('Secure Listeners need to specify a SSLCertificateId')
  }
  // Others lose theirs, whatever it is (hashicorp/terraform#3887).
  if (isTls && certificateArn !== undefined) requireCertificate(elb, certificateArn)
  return {
    port: port ?? 0,
    protocol,
    instancePort: instancePort ?? 0,
    instanceProtocol,
    ...(isTls && certificateArn !== undefined && { certificateArn }),
    policies: isTls ? [CLASSIC_DEFAULT] : [],
  }
}

function requireCertificate({ ports }: ClassicElb, arn: string): void {
  if (ports.certificates?.find(arn)) return
  throw new AwsError('CertificateNotFound', `Server Certificate not found for the key: ${arn}`)
}

/** As responses show it. */
export function showListener(listener: ClassicListener): ListenerDescription {
  const { port, protocol, instancePort, instanceProtocol, certificateArn, policies } = listener
  return {
    Listener: {
      Protocol: protocol,
      LoadBalancerPort: port,
      InstanceProtocol: instanceProtocol,
      InstancePort: instancePort,
      ...(certificateArn !== undefined && { SSLCertificateId: certificateArn }),
    },
    PolicyNames: [...policies],
  }
}

/** @throws AwsError LoadBalancerNotFound, as `readListeners` */
export const createListeners = operation<
  ClassicElb,
  CreateLoadBalancerListenerInput,
  CreateLoadBalancerListenerOutput
>()({
  honours: ['LoadBalancerName', ...LISTENERS],
  handle: async (input, elb) => {
    await changeBalancer(elb, input.LoadBalancerName, (record) => {
      const listeners = readListeners(elb, input.Listeners, record)
      return { listeners, policies: withDefaultPolicy(record.policies, listeners) }
    })
    return {}
  },
})

/** Ports without a listener are no fault. @throws AwsError LoadBalancerNotFound */
export const deleteListeners = operation<
  ClassicElb,
  DeleteLoadBalancerListenerInput,
  DeleteLoadBalancerListenerOutput
>()({
  honours: ['LoadBalancerName', 'LoadBalancerPorts'],
  handle: async (input, elb) => {
    const gone = new Set(input.LoadBalancerPorts)
    await changeBalancer(elb, input.LoadBalancerName, ({ listeners }) => ({
      listeners: listeners.filter(({ port }) => !gone.has(port)),
    }))
    return {}
  },
})

/** @throws AwsError LoadBalancerNotFound, ListenerNotFound, CertificateNotFound, InvalidConfigurationRequest */
export const setListenerCertificate = operation<
  ClassicElb,
  SetLoadBalancerListenerSSLCertificateInput,
  SetLoadBalancerListenerSSLCertificateOutput
>()({
  honours: ['LoadBalancerName', 'LoadBalancerPort', 'SSLCertificateId'],
  handle: async (input, elb) => {
    const { LoadBalancerName: name, LoadBalancerPort: port, SSLCertificateId: certificateArn = '' } = input
    const listener = findBalancer(elb, name).listeners.find((each) => each.port === port)
    if (!listener) {
      throw new AwsError('ListenerNotFound', `There is no listener at the load balancer port ${port}`)
    }
    if (!isSecure(listener)) {
      throw new AwsError(
        'InvalidConfigurationRequest',
        'The listener protocol must be HTTPS or SSL to have an SSL certificate',
      )
    }
    requireCertificate(elb, certificateArn)
    await changeBalancer(elb, name, ({ listeners }) => ({
      listeners: listeners.map((each) => (each.port === port ? { ...each, certificateArn } : each)),
    }))
    return {}
  },
})
