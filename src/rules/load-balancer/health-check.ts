// Owns the health check that a Service's target groups get.
// Source: aws-load-balancer-controller, pkg/service/model_build_target_group.go and model_builder.go (defaults).
import type { Service, ServicePort } from '../../../generated/kubernetes.d.ts'
import { annotation, annotationError, BuildError, integerAnnotation } from './annotations.ts'

/** Members of CreateTargetGroup. */
export interface HealthCheckModel {
  readonly HealthCheckProtocol: 'TCP' | 'HTTP' | 'HTTPS'
  /** `traffic-port` or a number as text. */
  readonly HealthCheckPort: string
  readonly HealthCheckPath?: string
  readonly HealthCheckIntervalSeconds: number
  readonly HealthCheckTimeoutSeconds: number
  readonly HealthyThresholdCount: number
  readonly UnhealthyThresholdCount: number
  readonly Matcher?: { readonly HttpCode?: string; readonly GrpcCode?: string }
}

export type TargetType = 'ip' | 'instance'

/** @throws BuildError with the controller's text */
export function healthCheckOf(service: Service, targetType: TargetType): HealthCheckModel {
  const isLocal = targetType === 'instance' && service.spec.externalTrafficPolicy === 'Local'
  // kube-proxy answers on the health check node port of its node whether the node has an endpoint.
  const preset =
    isLocal && service.spec.type === 'LoadBalancer'
      ? {
          protocol: 'HTTP',
          port: String(service.spec.healthCheckNodePort ?? 0),
          path: '/healthz',
          timeout: 6,
          threshold: 2,
        }
      : { protocol: 'TCP', port: 'traffic-port', path: '/', timeout: 10, threshold: 3 }
  const protocol = protocolOf(service, preset.protocol)
  const isHttp = protocol !== 'TCP'
  return {
    HealthCheckProtocol: protocol,
    HealthCheckPort: portOf(service, preset.port, targetType),
    ...(isHttp && { HealthCheckPath: annotation(service, 'healthcheck-path') ?? preset.path }),
    HealthCheckIntervalSeconds: integerAnnotation(service, 'healthcheck-interval', 10),
    HealthCheckTimeoutSeconds: integerAnnotation(service, 'healthcheck-timeout', preset.timeout),
    HealthyThresholdCount: integerAnnotation(service, 'healthcheck-healthy-threshold', preset.threshold),
    UnhealthyThresholdCount: integerAnnotation(service, 'healthcheck-unhealthy-threshold', preset.threshold),
    ...(isHttp && { Matcher: { HttpCode: annotation(service, 'healthcheck-success-codes') ?? '200-399' } }),
  }
}

function protocolOf(service: Service, preset: string): HealthCheckModel['HealthCheckProtocol'] {
  const given = annotation(service, 'healthcheck-protocol') ?? preset
  const protocol = given.toUpperCase()
  if (protocol === 'TCP' || protocol === 'HTTP' || protocol === 'HTTPS') return protocol
  throw annotationError('healthcheck-protocol', `unsupported health check protocol ${given}`)
}

function portOf(service: Service, preset: string, targetType: TargetType): string {
  const value = annotation(service, 'healthcheck-port') ?? preset
  if (value === 'traffic-port') return value
  if (/^[+-]?\d+$/.test(value)) return String(Number(value))
  const named = service.spec.ports?.find(({ name }) => name === value)
  if (!named) {
    const { namespace, name } = service.metadata
    const why = `unable to find port ${value} on service ${namespace}/${name}`
    throw annotationError('healthcheck-port', `failed to resolve healthCheckPort: ${why}`)
  }
  if (targetType === 'instance') return String(named.nodePort ?? 0)
  const target = numericTargetPort(named)
  if (target !== undefined) return String(target)
  throw annotationError(
    'healthcheck-port',
    "cannot use named healthCheckPort for IP TargetType when service's targetPort is a named port",
  )
}

/** The number of a target port, which is the port's own unless it says otherwise; undefined when it is a name. */
export function numericTargetPort({ targetPort, port }: ServicePort): number | undefined {
  if (targetPort === undefined) return port
  return typeof targetPort === 'number' ? targetPort : undefined
}

/** @throws BuildError when the Service gives its nodes no port. */
export function nodePortOf(service: Service, { nodePort }: ServicePort): number {
  const { type, allocateLoadBalancerNodePorts } = service.spec
  if (type === 'ClusterIP') {
    throw new BuildError('unsupported service type "ClusterIP" for load balancer target type "instance"', {
      path: ['spec', 'type'],
    })
  }
  if (nodePort) return nodePort
  if (allocateLoadBalancerNodePorts === false) {
    throw new BuildError('unable to support instance target type with an unallocated NodePort', {
      path: ['spec', 'allocateLoadBalancerNodePorts'],
    })
  }
  throw new BuildError(
    "TargetGroup port is empty. When using Instance targets, your service be must of type 'NodePort' or 'LoadBalancer'",
    { path: ['spec', 'type'] },
  )
}
