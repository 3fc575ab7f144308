// Owns how Services speak to EKS's cloud controller, whichever load balancer they get of it; pure.
// Source: kubernetes/cloud-provider-aws, pkg/providers/v1/aws.go (EnsureLoadBalancer, checkProtocol, checkMixedProtocol) and
// aws_loadbalancer.go (getKeyValuePropertiesFromAnnotation).
import type { Service, ServicePort } from '../../../generated/kubernetes.d.ts'
import {
  annotation,
  annotationError,
  BuildError,
  parseBoolean,
  PREFIX,
  SOURCE_RANGES,
} from './annotations.ts'

/**
 * Refuses what no load balancer of the cloud controller takes.
 * @param protocols that its kind carries
 * @throws BuildError with the cloud controller's words
 */
export function refuseService(service: Service, protocols: readonly string[]): void {
  const { spec } = service
  if (spec.sessionAffinity !== undefined && spec.sessionAffinity !== 'None') {
    throw new BuildError(`unsupported load balancer affinity: ${spec.sessionAffinity}`, {
      path: ['spec', 'sessionAffinity'],
    })
  }
  const [first, ...others] = spec.ports ?? []
  if (!first) throw new BuildError('requested load balancer with no ports', { path: ['spec'] })
  if (others.some(({ protocol }) => protocolOf(protocol) !== protocolOf(first.protocol))) {
    throw new BuildError('mixed protocol is not supported for LoadBalancer', { path: ['spec', 'ports'] })
  }
  if (!protocols.includes(protocolOf(first.protocol))) {
    throw new BuildError(`Protocol ${first.protocol} not supported by LoadBalancer`, {
      path: ['spec', 'ports', 0, 'protocol'],
    })
  }
  if (spec.loadBalancerIP) {
    throw new BuildError('LoadBalancerIP cannot be specified for AWS ELB', {
      path: ['spec', 'loadBalancerIP'],
    })
  }
}

/** TCP where nothing is said. */
export function protocolOf(protocol = 'TCP'): string {
  return protocol
}

/** Whether clients of the internet may not come. */
export function isInternal(service: Service): boolean {
  return !['', 'false', undefined].includes(annotation(service, 'internal'))
}

/** Whether a port is served with the certificate: all without the annotation, or with `*`; else those it names. */
export function isSecured(service: Service, { port, name }: Pick<ServicePort, 'port' | 'name'>): boolean {
  const ports = listOf(service, 'ssl-ports').map((each) => each.toLowerCase())
  return (
    ports.length === 0 ||
    ports.includes('*') ||
    ports.includes(String(port)) ||
    ports.includes(name?.toLowerCase() ?? '\0')
  )
}

/** Who may connect, as CIDR blocks; everybody where nothing is said. */
export function sourceRangesOf(service: Service): readonly string[] {
  const { loadBalancerSourceRanges: given = [] } = service.spec
  const annotated = (service.metadata.annotations?.[SOURCE_RANGES] ?? '').split(',')
  const ranges = (given.length > 0 ? given : annotated).map((each) => each.trim()).filter(Boolean)
  return ranges.length > 0 ? ranges : ['0.0.0.0/0']
}

/** False without the annotation. @throws BuildError */
export function flagOf(service: Service, suffix: string): boolean {
  const value = annotation(service, suffix) ?? ''
  const flag = value === '' ? false : parseBoolean(value)
  if (flag === undefined) throw unreadable(suffix, value)
  return flag
}

/** @throws BuildError for what is no number */
export function numberOf(service: Service, suffix: string): number | undefined {
  const value = annotation(service, suffix) ?? ''
  if (value === '') return undefined
  if (!/^[+-]?\d+$/.test(value)) throw unreadable(suffix, value)
  return Number(value)
}

function unreadable(suffix: string, value: string): BuildError {
  return annotationError(suffix, `error parsing service annotation: ${PREFIX}${suffix}=${value}`)
}

/** Names between commas. */
export function listOf(service: Service, suffix: string): string[] {
  return (annotation(service, suffix) ?? '')
    .split(',')
    .map((each) => each.trim())
    .filter(Boolean)
}

/** `a=b,c=d` */
export function pairsOf(service: Service, suffix: string): Record<string, string> {
  return Object.fromEntries(
    listOf(service, suffix).map((pair): [string, string] => {
      const [key = '', ...value] = pair.split('=')
      return [key.trim(), value.join('=').trim()]
    }),
  )
}
