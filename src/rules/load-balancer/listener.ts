// Owns what a port of a Service asks of its listener: TLS or not, with which certificates and policies.
// Source: aws-load-balancer-controller, pkg/service/model_build_listener.go.
import type { Service, ServicePort } from '../../../generated/kubernetes.d.ts'
import { annotation, annotationError, listAnnotation } from './annotations.ts'
import { ALPN_POLICIES, DEFAULT_SSL_POLICY } from './ssl-policies.ts'

export interface ListenerModel {
  readonly protocol: 'TCP' | 'TLS' | 'UDP' | 'TCP_UDP'
  /** What the target group speaks. */
  readonly groupProtocol: 'TCP' | 'TLS' | 'UDP' | 'TCP_UDP'
  readonly tls?: {
    /** ARNs; the first one is the default. */
    readonly certificates: readonly [string, ...string[]]
    readonly policy: string
    /** None when the annotation is not there. */
    readonly alpn?: string
  }
}

/** Of a port that nothing is said of. */
export const PLAIN: ListenerModel = { protocol: 'TCP', groupProtocol: 'TCP' }

/**
 * What a port asks of its listener.
 * @param isMerged whether another port of the same number joins it: TCP and UDP on one listener
 * @throws BuildError with the controller's text
 */
export function listenerOf(service: Service, port: ServicePort, isMerged = false): ListenerModel {
  if (isMerged) return { protocol: 'TCP_UDP', groupProtocol: 'TCP_UDP' }
  // Certificates count for TCP ports alone.
  if (port.protocol === 'UDP') return { protocol: 'UDP', groupProtocol: 'UDP' }
  const [first, ...more] = listAnnotation(service, 'ssl-cert') ?? []
  const ports = listAnnotation(service, 'ssl-ports') ?? []
  const isTls = ports.length === 0 || ports.includes(port.name ?? '') || ports.includes(String(port.port))
  if (first === undefined || !isTls) return PLAIN
  const alpn = alpnOf(service)
  return {
    protocol: 'TLS',
    groupProtocol: annotation(service, 'backend-protocol') === 'ssl' ? 'TLS' : 'TCP',
    tls: {
      certificates: [first, ...more],
      policy: annotation(service, 'ssl-negotiation-policy') ?? DEFAULT_SSL_POLICY,
      ...(alpn !== undefined && { alpn }),
    },
  }
}

function alpnOf(service: Service): string | undefined {
  const policy = annotation(service, 'alpn-policy')
  if (policy === undefined || Object.hasOwn(ALPN_POLICIES, policy)) return policy
  const known = Object.keys(ALPN_POLICIES).join(', ')
  throw annotationError('alpn-policy', `invalid ALPN policy ${policy}, policy must be one of [${known}]`)
}
