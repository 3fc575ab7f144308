// Owns the target group that a Service gets as the backend of an Ingress.
// Source: aws-load-balancer-controller, pkg/ingress/model_build_target_group.go.
import { targetFamilyOf, type IpAddressType } from '../ip-address-type.ts'
import type { Service, ServicePort } from '../../../../generated/kubernetes.d.ts'
import { BuildError } from '../annotations.ts'
import { numericTargetPort, type HealthCheckModel, type TargetType } from '../health-check.ts'
import { ingressTargetGroupName } from '../names.ts'
import type { Tags, TargetGroupModel } from '../target-group.ts'
import { IngressAnnotations, wrong } from './annotations.ts'
import { nameOf, type GroupId, type GroupMember } from './group.ts'

/** A target group with the Service behind it. */
export interface IngressTargetGroup extends TargetGroupModel {
  readonly protocol: 'HTTP' | 'HTTPS'
  readonly protocolVersion: 'HTTP1' | 'HTTP2' | 'GRPC'
}

export interface IngressBackendService {
  readonly cluster: string
  readonly groupId: GroupId
  readonly member: GroupMember
  readonly service: Service
  /** Of the load balancer. */
  readonly ipAddressType: IpAddressType
  /** Name or number, as the Ingress has it. */
  readonly port: string | number
  readonly tags: (resource: string, service: Service) => Tags
}

/** @throws BuildError with the controller's text */
export function ingressTargetGroup(backend: IngressBackendService): IngressTargetGroup {
  const { cluster, groupId, member, service, port } = backend
  const { namespace = '', name, uid, annotations: own = {} } = service.metadata
  const servicePort = findPort(service, port)
  // What the Service says wins over what the Ingress says.
  const annotations = new IngressAnnotations({ ...member.ingress.metadata.annotations, ...own })
  const targetType = targetTypeOf(member, annotations)
  const protocol = oneOf(annotations, 'backend-protocol', ['HTTP', 'HTTPS'], 'backend protocol')
  const versions = ['HTTP1', 'HTTP2', 'GRPC'] as const
  const protocolVersion = oneOf(annotations, 'backend-protocol-version', versions, 'backend protocol version')
  const healthCheck = healthCheckOf(annotations, { service, targetType, protocol, protocolVersion })
  const family = targetFamilyOf(service, backend.ipAddressType)
  const targetPort =
    targetType === 'instance' ? (servicePort.nodePort ?? 0) : (numericTargetPort(servicePort) ?? 1)
  if (targetPort === 0) {
    throw new BuildError(
      "TargetGroup port is empty. When using Instance targets, your service be must of type 'NodePort' or 'LoadBalancer'",
    )
  }
  const resourceId = `${nameOf(member)}-${name}:${port}`
  const identity = [groupId, member.ingress.metadata.namespace ?? '', member.ingress.metadata.name, uid]
  return {
    name: ingressTargetGroupName(cluster, { namespace, name }, [
      ...identity,
      ...[port, targetPort, targetType, protocol, protocolVersion].map(String),
    ]),
    resourceId,
    serviceKey: `${namespace}/${name}`,
    servicePort,
    portReference: port,
    port: targetPort,
    targetType,
    family,
    protocol,
    protocolVersion,
    healthCheck,
    attributes: annotations.map('target-group-attributes'),
    listenerAttributes: {},
    tags: backend.tags(resourceId, service),
    nodeLabels: targetType === 'instance' ? annotations.map('target-node-labels') : {},
  }
}

function findPort({ metadata, spec }: Service, wanted: string | number): ServicePort {
  const found = spec.ports?.find(({ name, port }) =>
    typeof wanted === 'number' ? port === wanted : name === wanted,
  )
  if (found) return found
  throw new BuildError(`unable to find port ${wanted} on service ${metadata.namespace}/${metadata.name}`)
}

function targetTypeOf({ params }: GroupMember, annotations: IngressAnnotations): TargetType {
  const type = params.targetType ?? annotations.text('target-type') ?? 'instance'
  if (type === 'instance' || type === 'ip') return type
  throw wrong('target-type', `unknown targetType: ${type}`)
}

function oneOf<const T extends string>(
  annotations: IngressAnnotations,
  suffix: string,
  values: readonly [T, ...T[]],
  noun: string,
): T {
  const given = annotations.text(suffix) ?? values[0]
  const found = values.find((value) => value === given)
  if (found === undefined) throw wrong(suffix, `${noun} must be within [${values.join(', ')}]: ${given}`)
  return found
}

function healthCheckOf(
  annotations: IngressAnnotations,
  backend: {
    readonly service: Service
    readonly targetType: TargetType
    readonly protocol: 'HTTP' | 'HTTPS'
    readonly protocolVersion: string
  },
): HealthCheckModel {
  const { protocol, protocolVersion } = backend
  const isGrpc = protocolVersion === 'GRPC'
  const given = annotations.text('healthcheck-protocol') ?? protocol
  if (given !== 'HTTP' && given !== 'HTTPS') {
    throw wrong('healthcheck-protocol', 'healthCheckProtocol must be within [HTTP, HTTPS]')
  }
  const codes = annotations.text('success-codes') ?? (isGrpc ? '12' : '200')
  return {
    HealthCheckProtocol: given,
    HealthCheckPort: checkPort(annotations, backend),
    HealthCheckPath: annotations.text('healthcheck-path') ?? (isGrpc ? '/AWS.ALB/healthcheck' : '/'),
    HealthCheckIntervalSeconds: annotations.integer('healthcheck-interval-seconds') ?? 15,
    HealthCheckTimeoutSeconds: annotations.integer('healthcheck-timeout-seconds') ?? 5,
    HealthyThresholdCount: annotations.integer('healthy-threshold-count') ?? 2,
    UnhealthyThresholdCount: annotations.integer('unhealthy-threshold-count') ?? 2,
    Matcher: isGrpc ? { GrpcCode: codes } : { HttpCode: codes },
  }
}

function checkPort(
  annotations: IngressAnnotations,
  { service, targetType }: { readonly service: Service; readonly targetType: TargetType },
): string {
  const suffix = 'healthcheck-port'
  const value = annotations.text(suffix) ?? 'traffic-port'
  if (value === 'traffic-port' || /^\d+$/.test(value)) return value
  const named = service.spec.ports?.find(({ name }) => name === value)
  if (!named) {
    const { namespace, name } = service.metadata
    const why = `unable to find port ${value} on service ${namespace}/${name}`
    throw wrong(suffix, `failed to resolve healthCheckPort: ${why}`)
  }
  if (targetType === 'instance') return String(named.nodePort ?? 0)
  const target = numericTargetPort(named)
  if (target !== undefined) return String(target)
  throw wrong(
    suffix,
    "cannot use named healthCheckPort for IP TargetType when service's targetPort is a named port",
  )
}
