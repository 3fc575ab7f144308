// Owns the target group that a backend of a route gets.
// Source: aws-load-balancer-controller v3.5.0, pkg/gateway/model/model_build_target_group.go.
import type { Service } from '../../../../generated/kubernetes.d.ts'
import { BuildError } from '../annotations.ts'
import { numericTargetPort, type HealthCheckModel, type TargetType } from '../health-check.ts'
import { targetFamilyOf, type IpAddressType, type TargetFamily } from '../ip-address-type.ts'
import { targetGroupNameOfRoute } from '../names.ts'
import type { GroupModel, Tags, TargetGroupModel } from '../target-group.ts'
import type { GatewayFlavor, Route, RouteKind } from './api.ts'
import type { GatewayBackend, ServiceBackend } from './backends.ts'
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
  const targetType = props.targetType ?? 'instance'
  const port = targetType === 'instance' ? (servicePort.nodePort ?? 0) : (numericTargetPort(servicePort) ?? 1)
  const { namespace = '', name } = service.metadata
  const group = groupOf(route, place, {
    props,
    key: { namespace, name },
    targetType,
    port,
    identifier: String(servicePort.targetPort ?? servicePort.port),
    family: targetFamilyOf(service, place.ipAddressType),
    isLocal:
      place.flavor === 'nlb' && targetType === 'instance' && service.spec.externalTrafficPolicy === 'Local',
    appProtocol: servicePort.appProtocol,
    checkPort: (isLocal) => checkPort({ props, service, targetType }, isLocal),
  })
  if (port === 0) {
    throw new BuildError(
      "TargetGroup port is empty. When using Instance targets, your service must be of type 'NodePort' or 'LoadBalancer'",
    )
  }
  return {
    ...group,
    targetType,
    serviceKey: `${namespace}/${name}`,
    servicePort,
    portReference: servicePort.port,
    listenerAttributes: {},
    nodeLabels: {},
    ...(targetType === 'instance' && props.nodeSelector && { nodeSelector: props.nodeSelector }),
  }
}

/** That of the Application Load Balancer of another Gateway. @throws BuildError as the other one */
export function gatewayTargetGroup(
  route: Route,
  { key, port, props }: GatewayBackend,
  place: TargetGroupPlace,
): GroupModel {
  const [namespace = '', name = ''] = key.split('/')
  const given = props.healthCheckConfig?.healthCheckPort ?? 'traffic-port'
  return groupOf(route, place, {
    props,
    key: { namespace, name },
    targetType: 'alb',
    port,
    identifier: String(port),
    family: 'ipv4',
    isLocal: false,
    appProtocol: undefined,
    // Whatever number is asked for, the controller takes that of the listener.
    checkPort: () => (given === 'traffic-port' ? given : String(port)),
  })
}

/** What a backend says of its target group. */
interface GroupParts {
  readonly props: TargetGroupProps
  /** Of the Service or the Gateway. */
  readonly key: { readonly namespace: string; readonly name: string }
  readonly targetType: TargetType | 'alb'
  readonly port: number
  readonly identifier: string
  readonly family: TargetFamily
  /** Whether only nodes that have a pod are healthy. */
  readonly isLocal: boolean
  readonly appProtocol: string | undefined
  readonly checkPort: (isLocal: boolean) => string
}

function groupOf(route: Route, place: TargetGroupPlace, parts: GroupParts): GroupModel {
  const { props, key, targetType, port, identifier, family } = parts
  const [refused] = refusedProps(props)
  if (refused !== undefined) throw notEmulated('TargetGroupConfiguration', refused)
  const protocol = protocolOf(route, props, place)
  const protocolVersion = versionOf(route, parts, place)
  const healthCheck = healthCheckOf(parts, { protocol, protocolVersion }, place)
  const { gateway } = place
  const owner = { namespace: route.metadata.namespace ?? '', name: route.metadata.name }
  const resourceId = `${gateway.namespace}/${gateway.name}:${owner.namespace}-${owner.name}:${route.kind}-${key.namespace}-${key.name}:${identifier}`
  const identity = [gateway.namespace, gateway.name, owner.namespace, owner.name, route.kind]
  const told = [targetType === 'instance' ? String(port) : identifier, targetType, protocol]
  return {
    name:
      props.targetGroupName ??
      targetGroupNameOfRoute(place.cluster, owner, [
        ...identity,
        key.namespace,
        key.name,
        ...told,
        protocolVersion ?? '',
      ]),
    resourceId,
    port,
    targetType,
    family,
    ...(protocol !== 'TCP' && { protocol }),
    ...(protocolVersion !== undefined && { protocolVersion }),
    healthCheck,
    attributes: toMap(props.targetGroupAttributes),
    tags: place.tagged(resourceId, props.tags),
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
  { props, appProtocol }: GroupParts,
  { flavor, protocol }: TargetGroupPlace,
): TargetGroupModel['protocolVersion'] {
  if (flavor === 'nlb') return undefined
  // Behind HTTP the controller speaks no other.
  if (protocol !== 'HTTPS') return 'HTTP1'
  if (props.protocolVersion) return props.protocolVersion
  if (kind === 'GRPCRoute') return 'GRPC'
  return appProtocol === 'kubernetes.io/h2c' ? 'HTTP2' : 'HTTP1'
}

function healthCheckOf(
  { props, targetType, isLocal, checkPort: portOf }: GroupParts,
  spoken: { readonly protocol: GroupProtocol; readonly protocolVersion: string | undefined },
  { flavor }: TargetGroupPlace,
): HealthCheckModel {
  const { protocol, protocolVersion } = spoken
  const given = props.healthCheckConfig ?? {}
  const preset = isLocal ? { seconds: 10, timeout: 6, count: 2 } : { seconds: 15, timeout: 5, count: 3 }
  const ofNetwork = isLocal || targetType === 'alb' ? 'HTTP' : 'TCP'
  const standard = flavor === 'nlb' ? ofNetwork : protocol
  const checkedBy =
    given.healthCheckProtocol ?? (standard === 'HTTPS' || standard === 'TCP' ? standard : 'HTTP')
  const isGrpc = protocolVersion === 'GRPC'
  const path = isGrpc ? '/AWS.ALB/healthcheck' : isLocal ? '/healthz' : '/'
  return {
    HealthCheckProtocol: checkedBy,
    HealthCheckPort: portOf(isLocal),
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

function checkPort(
  {
    props,
    service,
    targetType,
  }: { readonly props: TargetGroupProps; readonly service: Service; readonly targetType: TargetType },
  isLocal: boolean,
): string {
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
