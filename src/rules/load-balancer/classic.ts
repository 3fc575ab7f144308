// Owns the Classic Load Balancer that EKS's cloud controller makes for a Service that the AWS Load Balancer Controller does
// not take; pure, so that `plan` shares it.
// Source: kubernetes/cloud-provider-aws, pkg/providers/v1/aws.go (EnsureLoadBalancer, buildListener) and
// aws_loadbalancer.go (isNLB, isLBExternal, ensureLoadBalancerHealthCheck).
import type { Service, ServicePort } from '../../../generated/kubernetes.d.ts'
import { annotation, annotationError, BuildError, PREFIX } from './annotations.ts'
import { tlsFault } from './classic-tls.ts'
import {
  flagOf,
  isInternal,
  isSecured,
  listOf,
  numberOf,
  pairsOf,
  refuseService,
  sourceRangesOf,
} from './cloud-annotations.ts'
import { TARGET_TYPE, type ClaimableService } from './claim.ts'

/** What keeps a Service until its load balancer is gone (k8s.io/cloud-provider, LoadBalancerCleanupFinalizer). */
export const CLEANUP_FINALIZER = 'service.kubernetes.io/load-balancer-cleanup'

/** In the members of the API. */
export interface ClassicListener {
  readonly Protocol: string
  readonly LoadBalancerPort: number
  readonly InstanceProtocol: string
  readonly InstancePort: number
  readonly SSLCertificateId?: string
}

/** What the load balancer of a Service is to be like. */
export interface ClassicModel {
  readonly name: string
  readonly isInternal: boolean
  readonly listeners: readonly ClassicListener[]
  readonly attributes: {
    readonly AccessLog: {
      readonly Enabled: boolean
      readonly EmitInterval?: number
      readonly S3BucketName?: string
      readonly S3BucketPrefix?: string
    }
    readonly ConnectionDraining: { readonly Enabled: boolean; readonly Timeout?: number }
    readonly ConnectionSettings: { readonly IdleTimeout: number }
    readonly CrossZoneLoadBalancing: { readonly Enabled: boolean }
  }
  readonly healthCheck: {
    readonly Target: string
    readonly HealthyThreshold: number
    readonly UnhealthyThreshold: number
    readonly Timeout: number
    readonly Interval: number
  }
  /** Whether instances are told whose connection it is. */
  readonly isProxied: boolean
  /** The policy of AWS by which listeners negotiate TLS; the usual one where there is none. */
  readonly sslPolicy?: string
  /** Who may connect, as CIDR blocks. */
  readonly sourceRanges: readonly string[]
  /** Instead of one that is made for the load balancer; none: one is made. */
  readonly securityGroups: readonly string[]
  /** Besides. */
  readonly extraSecurityGroups: readonly string[]
  /** Ids or names; none: they are found by their tags. */
  readonly subnets: readonly string[]
  readonly tags: Readonly<Record<string, string>>
  /** Of the nodes that are registered. */
  readonly nodeLabels: Readonly<Record<string, string>>
}

const TYPE = 'type'
const EXTERNAL_TYPES: readonly (string | undefined)[] = ['external', 'nlb-ip']

/** Whether the cloud controller is to make a load balancer for a Service; not while it is being deleted. */
export function isLeftToCloud({ metadata, spec }: ClaimableService): boolean {
  return (
    spec?.type === 'LoadBalancer' &&
    !spec.loadBalancerClass &&
    metadata.deletionTimestamp === undefined &&
    !EXTERNAL_TYPES.includes(metadata.annotations?.[PREFIX + TYPE])
  )
}

/**
 * Whether a Service may be content with a Classic Load Balancer where no other controller takes it: it does not say what the
 * targets are, which the AWS Load Balancer Controller alone reads.
 */
export function becomesClassic(service: ClaimableService): boolean {
  return isLeftToCloud(service) && service.metadata.annotations?.[TARGET_TYPE] === undefined
}

/** Whether it is to be a Network Load Balancer, where the cloud controller makes it. */
export function isCloudNetwork({ metadata }: Pick<ClaimableService, 'metadata'>): boolean {
  return metadata.annotations?.[PREFIX + TYPE] === 'nlb'
}

/** `a` and the uid without hyphens, 32 signs of it (k8s.io/cloud-provider, DefaultLoadBalancerName). */
export function cloudBalancerName(uid: string): string {
  return `a${uid.replaceAll('-', '')}`.slice(0, 32)
}

/**
 * The load balancer of a Service for which `isLeftToCloud` holds.
 * @throws BuildError with the cloud controller's words
 */
export function classicModel(service: Service): ClassicModel {
  const { metadata, spec } = service
  if (isCloudNetwork(service)) throw new BuildError('the Service asks for a Network Load Balancer')
  refuseService(service, ['TCP'])
  const ports = spec.ports ?? []
  const listeners = ports.map((port) => listenerOf(service, port))
  const flag = (suffix: string): boolean => flagOf(service, suffix)
  const draining = numberOf(service, 'connection-draining-timeout')
  return {
    name: cloudBalancerName(metadata.uid ?? ''),
    isInternal: isInternal(service),
    listeners,
    attributes: {
      AccessLog: accessLogOf(service),
      ConnectionDraining: {
        Enabled: flag('connection-draining-enabled'),
        ...(draining !== undefined && { Timeout: draining }),
      },
      ConnectionSettings: { IdleTimeout: numberOf(service, 'connection-idle-timeout') ?? 60 },
      CrossZoneLoadBalancing: { Enabled: flag('cross-zone-load-balancing-enabled') },
    },
    healthCheck: healthCheckOf(service, listeners),
    isProxied: isProxied(service),
    ...sslPolicyOf(service),
    sourceRanges: sourceRangesOf(service),
    securityGroups: listOf(service, 'security-groups'),
    extraSecurityGroups: listOf(service, 'extra-security-groups'),
    subnets: listOf(service, 'subnets'),
    tags: pairsOf(service, 'additional-resource-tags'),
    nodeLabels: pairsOf(service, 'target-node-labels'),
  }
}

function notEmulated(suffix: string, message: string): BuildError {
  return new BuildError(message, { path: ['metadata', 'annotations', PREFIX + suffix], isNotEmulated: true })
}

function accessLogOf(service: Service): ClassicModel['attributes']['AccessLog'] {
  const minutes = numberOf(service, 'access-log-emit-interval')
  const bucket = annotation(service, 'access-log-s3-bucket-name') ?? ''
  const prefix = annotation(service, 'access-log-s3-bucket-prefix') ?? ''
  return {
    Enabled: flagOf(service, 'access-log-enabled'),
    ...(minutes !== undefined && { EmitInterval: minutes }),
    ...(bucket !== '' && { S3BucketName: bucket }),
    ...(prefix !== '' && { S3BucketPrefix: prefix }),
  }
}

function isProxied(service: Service): boolean {
  const suffix = 'proxy-protocol'
  const value = annotation(service, suffix) ?? ''
  if (value === '' || value === '*') return value === '*'
  throw annotationError(
    suffix,
    `annotation "${PREFIX}${suffix}"="${value}" detected, but the only value supported currently is '*'`,
  )
}

// Those that make no policy of Classic Load Balancers are refused before anything is made, as by AWS afterwards.
function sslPolicyOf(service: Service): { readonly sslPolicy?: string } {
  const suffix = 'ssl-negotiation-policy'
  const name = annotation(service, suffix)
  if (name === undefined || name === '') return {}
  const fault = tlsFault({ 'Reference-Security-Policy': name })
  if (fault && 'notEmulated' in fault) throw notEmulated(suffix, `${name} is not emulated by Neargate`)
  if (fault) {
    throw annotationError(suffix, `${name} is no security policy of Classic Load Balancers`)
  }
  return { sslPolicy: name }
}

// What clients speak where targets speak this, over TLS.
const SECURED: Readonly<Record<string, string>> = { https: 'HTTPS', http: 'HTTPS', ssl: 'SSL', tcp: 'SSL' }

function listenerOf(service: Service, { port, name, nodePort = 0 }: ServicePort): ClassicListener {
  const at = { LoadBalancerPort: port, InstancePort: nodePort }
  const certificate = annotation(service, 'ssl-cert') ?? ''
  const backend = annotation(service, 'backend-protocol') ?? ''
  if (certificate === '' || !isSecured(service, { port, ...(name !== undefined && { name }) })) {
    const protocol = backend === 'http' ? 'HTTP' : 'TCP'
    return { ...at, Protocol: protocol, InstanceProtocol: protocol }
  }
  const protocol = SECURED[backend === '' ? 'tcp' : backend]
  if (protocol === undefined) {
    throw annotationError(
      'backend-protocol',
      `Invalid backend protocol ${backend} for ${certificate} in ${PREFIX}backend-protocol`,
    )
  }
  const InstanceProtocol = backend === '' ? 'TCP' : backend.toUpperCase()
  return { ...at, Protocol: protocol, InstanceProtocol, SSLCertificateId: certificate }
}

function healthCheckOf(service: Service, listeners: readonly ClassicListener[]): ClassicModel['healthCheck'] {
  const { spec } = service
  const isLocal = spec.externalTrafficPolicy === 'Local' && (spec.healthCheckNodePort ?? 0) > 0
  const backend = annotation(service, 'backend-protocol')?.toLowerCase()
  const shared = backend === 'https' || backend === 'ssl' ? 'SSL' : 'TCP'
  const protocol = annotation(service, 'healthcheck-protocol') ?? (isLocal ? 'HTTP' : shared)
  const given = annotation(service, 'healthcheck-port')
  const traffic = listeners[0]?.InstancePort ?? 0
  const usual = isLocal && given !== 'traffic-port' ? (spec.healthCheckNodePort ?? 0) : traffic
  const port =
    given === undefined || given === 'traffic-port' ? usual : (numberOf(service, 'healthcheck-port') ?? 0)
  const path = ['HTTP', 'HTTPS'].includes(protocol.toUpperCase())
    ? (annotation(service, 'healthcheck-path') ?? (isLocal ? '/healthz' : '/'))
    : ''
  return {
    Target: `${protocol}:${port}${path}`,
    HealthyThreshold: numberOf(service, 'healthcheck-healthy-threshold') ?? 2,
    UnhealthyThreshold: numberOf(service, 'healthcheck-unhealthy-threshold') ?? 6,
    Timeout: numberOf(service, 'healthcheck-timeout') ?? 5,
    Interval: numberOf(service, 'healthcheck-interval') ?? 10,
  }
}
