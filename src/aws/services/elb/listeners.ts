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
import { operation } from '../../protocol/operation.ts'
import { validationError } from '../elbv2/errors.ts'
import {
  changeBalancer,
  findBalancer,
  type ClassicElb,
  type ClassicListener,
  type ClassicRecord,
  type Protocol,
} from './state.ts'

/** The members of a list of listeners, as operations declare them. */
export const LISTENERS = [
  'Listeners[].Protocol',
  'Listeners[].LoadBalancerPort',
  'Listeners[].InstanceProtocol',
  'Listeners[].InstancePort',
  'Listeners[].SSLCertificateId',
] as const

/** The policy that a secure listener has until another is set (user guide, "Predefined SSL security policies"). */
export const SSL_POLICY = 'ELBSecurityPolicy-2016-08'

const SECURE: readonly string[] = ['HTTPS', 'SSL']
const REQUESTS: readonly string[] = ['HTTP', 'HTTPS']

/** Whether it reads requests; else it carries connections. */
export function readsRequests({ protocol }: Pick<ClassicListener, 'protocol'>): boolean {
  return REQUESTS.includes(protocol)
}

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
    else if (!deepEqual(same, listener)) {
      throw new AwsError(
        'DuplicateListener',
        `A listener already exists for ${name} with LoadBalancerPort ${listener.port}, but with a different InstancePort, Protocol, or SSLCertificateId`,
      )
    }
  }
  if (all.length === 0) throw validationError('Listeners: at least one listener must be specified')
  if (new Set(all.map(readsRequests)).size > 1) {
    throw validationError(
      'Listeners of HTTP or HTTPS beside those of TCP or SSL are not emulated by Neargate: give them load balancers of their own',
    )
  }
  return all
}

function readListener(elb: ClassicElb, listener: Listener): ClassicListener {
  const { LoadBalancerPort: port, InstancePort: instancePort, SSLCertificateId: certificateArn } = listener
  const protocol = readProtocol(listener.Protocol)
  const instanceProtocol = readProtocol(listener.InstanceProtocol ?? standsFor(protocol))
  for (const [name, value] of Object.entries({ LoadBalancerPort: port, InstancePort: instancePort })) {
    if (value === undefined || value < 1 || value > 65_535) {
      throw validationError(`${name} ${value} must be in the range 1 to 65535`)
    }
  }
  if (REQUESTS.includes(protocol) !== REQUESTS.includes(instanceProtocol)) {
    throw new AwsError(
      'InvalidConfigurationRequest',
      `InstanceProtocol ${instanceProtocol} is not compatible with Protocol ${protocol}`,
    )
  }
  const isSecure = SECURE.includes(protocol)
  if (isSecure && certificateArn === undefined) {
    throw validationError('Secure Listeners need to specify a SSLCertificateId')
  }
  if (isSecure) requireCertificate(elb, certificateArn)
  return {
    port: port ?? 0,
    protocol,
    instancePort: instancePort ?? 0,
    instanceProtocol,
    ...(isSecure && certificateArn !== undefined && { certificateArn }),
  }
}

// "If not specified, the protocol of the front-end": HTTP for HTTPS and TCP for SSL (API reference, Listener).
function standsFor(protocol: Protocol): Protocol {
  return REQUESTS.includes(protocol) ? 'HTTP' : 'TCP'
}

function readProtocol(text: string | undefined): Protocol {
  const protocol = text?.toUpperCase()
  if (protocol === 'HTTP' || protocol === 'HTTPS' || protocol === 'TCP' || protocol === 'SSL') return protocol
  throw new AwsError('UnsupportedProtocol', `Listener protocol '${text}' must be HTTP, HTTPS, TCP or SSL`)
}

function requireCertificate({ ports }: ClassicElb, arn: string | undefined): void {
  if (arn !== undefined && ports.certificates?.find(arn)) return
  throw new AwsError('CertificateNotFound', `Server Certificate not found for the key: ${arn}`)
}

/** As responses show it. */
export function showListener(listener: ClassicListener): ListenerDescription {
  const { port, protocol, instancePort, instanceProtocol, certificateArn } = listener
  return {
    Listener: {
      Protocol: protocol,
      LoadBalancerPort: port,
      InstanceProtocol: instanceProtocol,
      InstancePort: instancePort,
      ...(certificateArn !== undefined && { SSLCertificateId: certificateArn }),
    },
    PolicyNames: certificateArn === undefined ? [] : [SSL_POLICY],
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
    await changeBalancer(elb, input.LoadBalancerName, (record) => ({
      listeners: readListeners(elb, input.Listeners, record),
    }))
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
    if (!SECURE.includes(listener.protocol)) {
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
