// Owns the Network Load Balancer that EKS's cloud controller makes for a Service of type `nlb`, where no AWS Load Balancer
// Controller takes it; pure, so that `plan` shares it.
// Source: kubernetes/cloud-provider-aws, pkg/providers/v1/aws.go (EnsureLoadBalancer, buildNLBHealthCheckConfiguration),
// aws_loadbalancer.go (reconcileLBAttributes, buildTargetGroupName) and aws_validations.go.
import type { Service, ServicePort } from '../../../generated/kubernetes.d.ts'
import { sha1Hex } from '../../base/sha1.ts'
import { annotation, annotationError, type BuildError, PREFIX } from './annotations.ts'
import { cloudBalancerName } from './classic.ts'
import {
  flagOf,
  isInternal,
  isSecured,
  listOf,
  pairsOf,
  protocolOf,
  refuseService,
  sourceRangesOf,
} from './cloud-annotations.ts'

export interface CloudHealthCheck {
  readonly protocol: string
  /** `traffic-port` or a number as text. */
  readonly port: string
  /** Of HTTP and HTTPS. */
  readonly path: string
  readonly interval: number
  readonly healthyThreshold: number
  readonly unhealthyThreshold: number
}

/** A listener with its target group: the nodes at a port. */
export interface CloudPort {
  readonly port: number
  readonly protocol: 'TCP' | 'UDP' | 'TLS'
  readonly nodePort: number
  readonly targetProtocol: 'TCP' | 'UDP' | 'TLS'
  readonly certificate?: string
  readonly sslPolicy?: string
}

/** What the load balancer of a Service is to be like. */
export interface CloudNetworkModel {
  readonly name: string
  readonly isInternal: boolean
  readonly ports: readonly CloudPort[]
  readonly healthCheck: CloudHealthCheck
  readonly attributes: Readonly<Record<string, string>>
  readonly groupAttributes: Readonly<Record<string, string>>
  readonly sourceRanges: readonly string[]
  /** Ids or names; none: they are found by their tags. */
  readonly subnets: readonly string[]
  /** One for each subnet, or none. */
  readonly allocationIds: readonly string[]
  readonly privateAddresses: readonly string[]
  readonly tags: Readonly<Record<string, string>>
  /** Of the nodes that are registered. */
  readonly nodeLabels: Readonly<Record<string, string>>
}

/**
 * The load balancer of a Service for which `isLeftToCloud` and `isCloudNetwork` hold.
 * @throws BuildError with the cloud controller's words
 */
export function cloudNetworkModel(service: Service): CloudNetworkModel {
  const { metadata, spec } = service
  refuseService(service, ['TCP', 'UDP'])
  const extra = 'extra-security-groups'
  if (annotation(service, extra) !== undefined) {
    const message = `BYO extra security group annotation "${PREFIX}${extra}" is not supported by NLB`
    throw annotationError(extra, message)
  }
  return {
    name: cloudBalancerName(metadata.uid ?? ''),
    isInternal: isInternal(service),
    ports: (spec.ports ?? []).map((port) => portOf(service, port)),
    healthCheck: healthCheckOf(service),
    attributes: attributesOf(service),
    groupAttributes: groupAttributesOf(service),
    sourceRanges: sourceRangesOf(service),
    subnets: listOf(service, 'subnets'),
    allocationIds: listOf(service, 'eip-allocations'),
    privateAddresses: listOf(service, 'private-ipv4-addresses'),
    tags: pairsOf(service, 'additional-resource-tags'),
    nodeLabels: pairsOf(service, 'target-node-labels'),
  }
}

function portOf(service: Service, { port, name, nodePort = 0, protocol }: ServicePort): CloudPort {
  const carried = protocolOf(protocol) === 'UDP' ? 'UDP' : 'TCP'
  const at = { port, nodePort, protocol: carried, targetProtocol: carried } as const
  const certificate = annotation(service, 'ssl-cert') ?? ''
  const place = { port, ...(name !== undefined && { name }) }
  if (carried === 'UDP' || certificate === '' || !isSecured(service, place)) return at
  const sslPolicy = annotation(service, 'ssl-negotiation-policy') ?? ''
  return {
    ...at,
    protocol: 'TLS',
    targetProtocol: annotation(service, 'backend-protocol') === 'ssl' ? 'TLS' : carried,
    certificate,
    ...(sslPolicy !== '' && { sslPolicy }),
  }
}

function healthCheckOf(service: Service): CloudHealthCheck {
  const { externalTrafficPolicy, healthCheckNodePort } = service.spec
  const isLocal = externalTrafficPolicy === 'Local'
  const usual = isLocal
    ? { protocol: 'HTTP', port: String(healthCheckNodePort ?? 0), path: '/healthz', interval: 10, times: 2 }
    : { protocol: 'TCP', port: 'traffic-port', path: '/', interval: 30, times: 3 }
  const protocol = (annotation(service, 'healthcheck-protocol') ?? usual.protocol).toUpperCase()
  if (!['TCP', 'HTTP', 'HTTPS'].includes(protocol)) {
    throw annotationError('healthcheck-protocol', `Unsupported health check protocol ${protocol}`)
  }
  const port = annotation(service, 'healthcheck-port') ?? usual.port
  if (port !== 'traffic-port' && !/^[+-]?\d+$/.test(port)) {
    throw annotationError('healthcheck-port', `Invalid health check port '${port}'`)
  }
  return {
    protocol,
    port,
    path: protocol === 'TCP' ? '' : (annotation(service, 'healthcheck-path') ?? usual.path),
    interval: countOf(service, 'healthcheck-interval') ?? usual.interval,
    healthyThreshold: countOf(service, 'healthcheck-healthy-threshold') ?? usual.times,
    unhealthyThreshold: countOf(service, 'healthcheck-unhealthy-threshold') ?? usual.times,
  }
}

function countOf(service: Service, suffix: string): number | undefined {
  const value = annotation(service, suffix)
  if (value === undefined) return undefined
  if (/^[+-]?\d+$/.test(value)) return Number(value)
  throw annotationError(suffix, `failed to parse annotation ${PREFIX}${suffix}=${value}`)
}

function attributesOf(service: Service): Record<string, string> {
  const isLogging = flagOf(service, 'access-log-enabled')
  const zones = flagOf(service, 'cross-zone-load-balancing-enabled')
  return {
    'load_balancing.cross_zone.enabled': String(zones),
    'access_logs.s3.enabled': String(isLogging),
    // The API takes no empty bucket: it stays as it is while nothing is logged.
    ...(isLogging && {
      'access_logs.s3.bucket': annotation(service, 'access-log-s3-bucket-name') ?? '',
      'access_logs.s3.prefix': annotation(service, 'access-log-s3-bucket-prefix') ?? '',
    }),
  }
}

const GROUP_ATTRIBUTES = ['preserve_client_ip.enabled', 'proxy_protocol_v2.enabled']

function groupAttributesOf(service: Service): Record<string, string> {
  const suffix = 'target-group-attributes'
  const wrong = (what: string): BuildError =>
    annotationError(suffix, `error validating target group attributes: ${what}`)
  const pairs = pairsOf(service, suffix)
  for (const [key, value] of Object.entries(pairs)) {
    if (value === '') throw wrong(`attribute value is empty for "${key}"`)
    if (!GROUP_ATTRIBUTES.includes(key)) {
      throw wrong(`the attribute "${key}" is not supported by the controller or is invalid`)
    }
    if (value !== 'true' && value !== 'false') throw wrong(`invalid attribute value for "${key}": ${value}`)
    const isUdp = (service.spec.ports ?? []).some(({ protocol }) => protocol === 'UDP')
    if (key === 'preserve_client_ip.enabled' && value === 'false' && isUdp) {
      throw wrong("client IP preservation can't be disabled for UDP ports")
    }
  }
  return pairs
}

/** `k8s-NAMESPACE-NAME-HASH` of what cannot be changed in a target group. @param serviceName `namespace/name` */
export function cloudTargetGroupName(
  cluster: string,
  serviceName: string,
  { port, check }: { readonly port: CloudPort; readonly check: CloudHealthCheck },
): string {
  const [namespace = '', name = ''] = serviceName.split('/')
  const parts = [cluster, namespace, name, port.port, port.nodePort, port.targetProtocol, 'instance']
  const digest = sha1Hex([...parts, check.protocol, check.interval].join(''))
  const short = (text: string): string => text.replace(/[^A-Za-z0-9]/g, '').slice(0, 8)
  return `k8s-${short(namespace)}-${short(name)}-${digest.slice(0, 10)}`
}
