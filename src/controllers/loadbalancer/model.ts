// Owns what a Service asks of AWS: load balancer, listeners, target groups and security group rules; pure.
import type { Service, ServicePort } from '../../../generated/kubernetes.d.ts'
import {
  annotation,
  booleanAnnotation,
  BuildError,
  integerAnnotation,
  listAnnotation,
  mapAnnotation,
  refuseUnsupported,
} from './annotations.ts'
import { loadBalancerName, securityGroupName, targetGroupName } from './names.ts'

export type Tags = Readonly<Record<string, string>>

export interface TargetGroupModel {
  readonly name: string
  /** `<namespace>/<service>:<port>` */
  readonly resourceId: string
  readonly servicePort: ServicePort
  readonly port: number
  readonly targetType: 'ip' | 'instance'
  readonly healthCheck: {
    readonly HealthCheckProtocol: string
    readonly HealthCheckPort: string
    readonly HealthCheckPath?: string
    readonly HealthCheckIntervalSeconds: number
    readonly HealthCheckTimeoutSeconds: number
    readonly HealthyThresholdCount: number
    readonly UnhealthyThresholdCount: number
    readonly Matcher?: { readonly HttpCode: string }
  }
  readonly attributes: Tags
  readonly tags: Tags
  /** Labels that nodes must have (instance only). */
  readonly nodeLabels: Tags
}

export interface LoadBalancerModel {
  readonly name: string
  readonly scheme: 'internal' | 'internet-facing'
  /** Ids or names given by annotation; undefined: discovered. */
  readonly subnets: readonly string[] | undefined
  readonly attributes: Tags
  readonly tags: Tags
  readonly targetGroups: readonly TargetGroupModel[]
  readonly securityGroup: {
    /** Given by annotation (ids or names); undefined: a managed one. */
    readonly given: readonly string[] | undefined
    readonly isDisabled: boolean
    readonly name: string
    readonly sourceRanges: readonly string[]
    readonly tags: Tags
  }
}

/** Tags that say whose a resource is (pkg/deploy/tracking/provider.go). */
export function stackTags(cluster: string, service: Service): Record<string, string> {
  const { namespace, name } = service.metadata
  return { 'elbv2.k8s.aws/cluster': cluster, 'service.k8s.aws/stack': `${namespace}/${name}` }
}

/** @throws BuildError with the controller's text when the Service asks for what cannot be. */
export function buildModel(cluster: string, service: Service): LoadBalancerModel {
  refuseUnsupported(service)
  const identity = {
    namespace: service.metadata.namespace ?? '',
    name: service.metadata.name,
    uid: service.metadata.uid,
  }
  const scheme = schemeOf(service)
  const extraTags = mapAnnotation(service, 'additional-resource-tags')
  const tagged = (resource: string): Tags => ({
    ...extraTags,
    ...stackTags(cluster, service),
    'service.k8s.aws/resource': resource,
  })
  const name = annotation(service, 'name')
  if (name !== undefined && name.length > 32) {
    throw new BuildError('load balancer name cannot be longer than 32 characters')
  }
  if ((annotation(service, 'ip-address-type') ?? 'ipv4') !== 'ipv4') {
    throw new BuildError(
      'annotation service.beta.kubernetes.io/aws-load-balancer-ip-address-type: Neargate emulates ipv4 only',
    )
  }
  const ranges = service.metadata.annotations?.['service.beta.kubernetes.io/load-balancer-source-ranges']
  return {
    name: name ?? loadBalancerName(cluster, identity, scheme),
    scheme,
    subnets: listAnnotation(service, 'subnets'),
    attributes: attributesOf(service),
    tags: tagged('LoadBalancer'),
    targetGroups: (service.spec.ports ?? []).map((port) =>
      targetGroup({ cluster, service, port, tags: tagged(resourceIdOf(service, port)) }),
    ),
    securityGroup: {
      given: listAnnotation(service, 'security-groups'),
      isDisabled: booleanAnnotation(service, 'disable-nlb-sg') ?? false,
      name: securityGroupName(cluster, identity),
      sourceRanges: ranges?.split(',').map((range) => range.trim()) ??
        service.spec.loadBalancerSourceRanges ?? ['0.0.0.0/0'],
      tags: tagged('ManagedLBSecurityGroup'),
    },
  }
}

function schemeOf(service: Service): LoadBalancerModel['scheme'] {
  const scheme = annotation(service, 'scheme')
  if (scheme === 'internal' || scheme === 'internet-facing') return scheme
  if (scheme !== undefined) throw new BuildError(`unknown scheme: ${scheme}`)
  return booleanAnnotation(service, 'internal') === false ? 'internet-facing' : 'internal'
}

function attributesOf(service: Service): Tags {
  const crossZone = booleanAnnotation(service, 'cross-zone-load-balancing-enabled')
  return {
    ...(crossZone !== undefined && { 'load_balancing.cross_zone.enabled': String(crossZone) }),
    ...mapAnnotation(service, 'attributes'),
  }
}

function resourceIdOf(service: Service, port: ServicePort): string {
  return `${service.metadata.namespace}/${service.metadata.name}:${port.port}`
}

function targetGroup(options: {
  cluster: string
  service: Service
  port: ServicePort
  tags: Tags
}): TargetGroupModel {
  const { cluster, service, port, tags } = options
  if ((port.protocol ?? 'TCP') !== 'TCP') {
    throw new BuildError(`port ${port.port}/${port.protocol}: Neargate load balancers carry TCP only`)
  }
  const targetType = targetTypeOf(service)
  const healthCheck = healthCheckOf(service, targetType)
  const targetPort = targetType === 'instance' ? nodePortOf(port) : numericTargetPort(port)
  const { namespace = '', name, uid } = service.metadata
  const identity = {
    targetPort,
    servicePort: port.port,
    targetType,
    protocol: 'TCP',
    healthCheckProtocol: healthCheck.HealthCheckProtocol,
    healthCheckInterval: healthCheck.HealthCheckIntervalSeconds,
  }
  const proxy = annotation(service, 'proxy-protocol')
  if (proxy !== undefined && proxy !== '*') {
    throw new BuildError(
      `invalid value ${proxy} for Load Balancer proxy protocol v2 annotation, only value currently supported is *`,
    )
  }
  return {
    name: targetGroupName(cluster, { namespace, name, uid }, identity),
    resourceId: resourceIdOf(service, port),
    servicePort: port,
    port: targetPort,
    targetType,
    healthCheck,
    attributes: {
      ...mapAnnotation(service, 'target-group-attributes'),
      ...mapAnnotation(service, `target-group-attributes.${port.port}`),
      'proxy_protocol_v2.enabled': String(proxy === '*'),
    },
    tags,
    nodeLabels: mapAnnotation(service, 'target-node-labels'),
  }
}

function targetTypeOf(service: Service): 'ip' | 'instance' {
  const type = annotation(service, 'nlb-target-type')
  if (type === 'ip' || annotation(service, 'type') === 'nlb-ip') return 'ip'
  if (type === undefined || type === 'instance') return 'instance'
  throw new BuildError(`unsupported target type "${type}" for load balancer type "external"`)
}

function numericTargetPort({ targetPort, port }: ServicePort): number {
  // A named port differs from pod to pod: the number in the target group is then only a default.
  if (typeof targetPort === 'string' && !/^\d+$/.test(targetPort)) return 1
  return Number(targetPort ?? port)
}

function nodePortOf({ nodePort }: ServicePort): number {
  if (nodePort) return nodePort
  throw new BuildError('unable to support instance target type with an unallocated NodePort')
}

function healthCheckOf(service: Service, targetType: 'ip' | 'instance'): TargetGroupModel['healthCheck'] {
  const isLocal = targetType === 'instance' && service.spec.externalTrafficPolicy === 'Local'
  const preset = isLocal
    ? {
        protocol: 'HTTP',
        port: String(service.spec.healthCheckNodePort ?? 0),
        path: '/healthz',
        interval: 10,
        timeout: 6,
        threshold: 2,
      }
    : { protocol: 'TCP', port: 'traffic-port', path: '/', interval: 10, timeout: 10, threshold: 3 }
  const protocol = (annotation(service, 'healthcheck-protocol') ?? preset.protocol).toUpperCase()
  if (!['TCP', 'HTTP', 'HTTPS'].includes(protocol)) {
    throw new BuildError(`unsupported health check protocol ${protocol}, must be tcp, http or https`)
  }
  const isHttp = protocol !== 'TCP'
  return {
    HealthCheckProtocol: protocol,
    HealthCheckPort: healthCheckPort(service, preset.port),
    ...(isHttp && { HealthCheckPath: annotation(service, 'healthcheck-path') ?? preset.path }),
    HealthCheckIntervalSeconds: integerAnnotation(service, 'healthcheck-interval', preset.interval),
    HealthCheckTimeoutSeconds: integerAnnotation(service, 'healthcheck-timeout', preset.timeout),
    HealthyThresholdCount: integerAnnotation(service, 'healthcheck-healthy-threshold', preset.threshold),
    UnhealthyThresholdCount: integerAnnotation(service, 'healthcheck-unhealthy-threshold', preset.threshold),
    ...(isHttp && { Matcher: { HttpCode: annotation(service, 'healthcheck-success-codes') ?? '200-399' } }),
  }
}

function healthCheckPort(service: Service, fallback: string): string {
  const value = annotation(service, 'healthcheck-port') ?? fallback
  if (value === 'traffic-port' || /^\d+$/.test(value)) return value
  const named = service.spec.ports?.find(({ name }) => name === value)
  const target = named && numericTargetPort(named)
  if (target === undefined)
    throw new BuildError(
      `unable to find port ${value} on service ${service.metadata.namespace}/${service.metadata.name}`,
    )
  return String(target)
}
