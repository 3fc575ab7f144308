// Owns the target group that a backend of a route gets.
// Source: aws-load-balancer-controller v3.5.0, pkg/gateway/model/model_build_target_group.go.
import type { Service } from '../../../../generated/kubernetes.d.ts'
import { BuildError } from '../annotations.ts'
import { numericTargetPort, type HealthCheckModel, type TargetType } from '../health-check.ts'
import { targetFamilyOf, type IpAddressType } from '../ip-address-type.ts'
import { targetGroupNameOfRoute } from '../names.ts'
import type { Tags, TargetGroupModel } from '../target-group.ts'
import type { GatewayFlavor, Route, RouteKind } from './api.ts'
import type { ServiceBackend } from './backends.ts'
import { notEmulated, refusedProps, toMap, type TargetGroupProps } from './configuration.ts'

/** The Gateway and the listener that a target group is behind. */
export interface TargetGroupPlace {
  readonly cluster: string
  readonly flavor: GatewayFlavor
  readonly gateway: { readonly namespace: string; readonly name: string }
  readonly ipAddressType: IpAddressType
  /** Of the listener. */
  readonly protocol: string
  readonly tagged: (resource: string, tags: Tags | undefined) => Tags
}

const ROUTE_PROTOCOLS: Readonly<Record<RouteKind, GroupProtocol>> = {
  TCPRoute: 'TCP',
  UDPRoute: 'UDP',
  TLSRoute: 'TLS',
  HTTPRoute: 'HTTP',
  GRPCRoute: 'HTTP',
}

const GROUP_PROTOCOLS = {
  alb: ['HTTP', 'HTTPS'],
  nlb: ['TCP', 'TLS', 'UDP', 'TCP_UDP'],
} as const

type GroupProtocol = 'TCP' | NonNullable<TargetGroupModel['protocol']>

/** @throws BuildError with the controller's text, or Neargate's for what is not emulated */
export function routeTargetGroup(
  route: Route,
  { service, port: servicePort, props }: ServiceBackend,
  place: TargetGroupPlace,
): TargetGroupModel {
  const [refused] = refusedProps(props)
  if (refused !== undefined) throw notEmulated('TargetGroupConfiguration', refused)
  const targetType = props.targetType ?? 'instance'
  const protocol = protocolOf(route, props, place)
  const protocolVersion = versionOf(route, { props, appProtocol: servicePort.appProtocol }, place)
  const healthCheck = healthCheckOf({ props, service, targetType, protocol, protocolVersion }, place)
  const family = targetFamilyOf(service, place.ipAddressType)
  const port = targetType === 'instance' ? (servicePort.nodePort ?? 0) : (numericTargetPort(servicePort) ?? 1)
  const { namespace = '', name } = service.metadata
  const identifier = String(servicePort.targetPort ?? servicePort.port)
  const owner = { namespace: route.metadata.namespace ?? '', name: route.metadata.name }
  const resourceId = `${place.gateway.namespace}/${place.gateway.name}:${owner.namespace}-${owner.name}:${route.kind}-${namespace}-${name}:${identifier}`
  const identity = [place.gateway.namespace, place.gateway.name, owner.namespace, owner.name, route.kind]
  const told = [targetType === 'instance' ? String(port) : identifier, targetType, protocol]
  if (port === 0) {
    throw new BuildError(
      "TargetGroup port is empty. When using Instance targets, your service must be of type 'NodePort' or 'LoadBalancer'",
    )
  }
  return {
    name:
      props.targetGroupName ??
      targetGroupNameOfRoute(place.cluster, owner, [
        ...identity,
        namespace,
        name,
        ...told,
        protocolVersion ?? '',
      ]),
    resourceId,
    serviceKey: `${namespace}/${name}`,
    servicePort,
    portReference: servicePort.port,
    port,
    targetType,
    family,
    ...(protocol !== 'TCP' && { protocol }),
    ...(protocolVersion !== undefined && { protocolVersion }),
    healthCheck,
    attributes: toMap(props.targetGroupAttributes),
    listenerAttributes: {},
    tags: place.tagged(resourceId, props.tags),
    nodeLabels: {},
    ...(targetType === 'instance' && props.nodeSelector && { nodeSelector: props.nodeSelector }),
  }
}

function protocolOf(
  route: Route,
  { protocol }: TargetGroupProps,
  { flavor, protocol: ofListener }: TargetGroupPlace,
): GroupProtocol {
  if (ofListener === 'TCP_UDP') return ofListener
  if (protocol === undefined) return ROUTE_PROTOCOLS[route.kind]
  const known: readonly GroupProtocol[] = GROUP_PROTOCOLS[flavor]
  const found = known.find((each) => each === protocol)
  if (found) return found
  const listed = flavor === 'alb' ? known : ['TCP', 'UDP', 'TCP_UDP', 'TLS', 'QUIC', 'TCP_QUIC']
  throw new BuildError(`backend protocol must be within [${listed.join(', ')}]: ${protocol}`)
}

function versionOf(
  { kind }: Route,
  { props, appProtocol }: { readonly props: TargetGroupProps; readonly appProtocol: string | undefined },
  { flavor, protocol }: TargetGroupPlace,
): TargetGroupModel['protocolVersion'] {
  if (flavor === 'nlb') return undefined
  // Behind HTTP the controller speaks no other.
  if (protocol !== 'HTTPS') return 'HTTP1'
  if (props.protocolVersion) return props.protocolVersion
  if (kind === 'GRPCRoute') return 'GRPC'
  return appProtocol === 'kubernetes.io/h2c' ? 'HTTP2' : 'HTTP1'
}

interface Checked {
  readonly props: TargetGroupProps
  readonly service: Service
  readonly targetType: TargetType
  readonly protocol: GroupProtocol
  readonly protocolVersion: string | undefined
}

function healthCheckOf(checked: Checked, { flavor }: TargetGroupPlace): HealthCheckModel {
  const { props, service, targetType, protocol, protocolVersion } = checked
  const isLocal =
    flavor === 'nlb' && targetType === 'instance' && service.spec.externalTrafficPolicy === 'Local'
  const given = props.healthCheckConfig ?? {}
  const preset = isLocal ? { seconds: 10, timeout: 6, count: 2 } : { seconds: 15, timeout: 5, count: 3 }
  const standard = flavor === 'nlb' ? (isLocal ? 'HTTP' : 'TCP') : protocol
  const checkedBy =
    given.healthCheckProtocol ?? (standard === 'HTTPS' || standard === 'TCP' ? standard : 'HTTP')
  const isGrpc = protocolVersion === 'GRPC'
  const path = isGrpc ? '/AWS.ALB/healthcheck' : isLocal ? '/healthz' : '/'
  return {
    HealthCheckProtocol: checkedBy,
    HealthCheckPort: checkPort(checked, isLocal),
    ...(checkedBy !== 'TCP' && {
      HealthCheckPath: given.healthCheckPath ?? path,
      Matcher: isGrpc
        ? { GrpcCode: given.matcher?.grpcCode ?? '12' }
        : { HttpCode: given.matcher?.httpCode ?? '200-399' },
    }),
    HealthCheckIntervalSeconds: given.healthCheckInterval ?? preset.seconds,
    HealthCheckTimeoutSeconds: given.healthCheckTimeout ?? preset.timeout,
    HealthyThresholdCount: given.healthyThresholdCount ?? preset.count,
    UnhealthyThresholdCount: given.unhealthyThresholdCount ?? preset.count,
  }
}

function checkPort({ props, service, targetType }: Checked, isLocal: boolean): string {
  const given = props.healthCheckConfig?.healthCheckPort
  if (given === undefined && isLocal) return String(service.spec.healthCheckNodePort ?? 0)
  if (given === undefined || given === 'traffic-port') return 'traffic-port'
  if (/^[+-]?\d+$/.test(given)) return String(Number(given))
  const { namespace, name } = service.metadata
  const port = service.spec.ports?.find((each) => each.name === given)
  if (!port) throw new BuildError(`unable to find port ${given} on service ${namespace}/${name}`)
  if (targetType === 'instance') return String(port.nodePort ?? 0)
  const target = numericTargetPort(port)
  if (target !== undefined) return String(target)
  throw new BuildError(
    "cannot use named healthCheckPort for IP TargetType when service's targetPort is a named port",
  )
}
