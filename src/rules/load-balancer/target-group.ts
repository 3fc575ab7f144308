// Owns what one port of a Service asks of ELBv2: a target group and a listener that forwards to it.
// Source: aws-load-balancer-controller, pkg/service/model_build_target_group.go and model_build_listener.go.
import { targetFamilyOf, type IpAddressType, type TargetFamily } from './ip-address-type.ts'
import type { LabelSelector, Service, ServicePort } from '../../../generated/kubernetes.d.ts'
import {
  annotation,
  annotationError,
  BuildError,
  mapAnnotation,
  parseBoolean,
  splitList,
} from './annotations.ts'
import { targetTypeOf } from './claim.ts'
import {
  healthCheckOf,
  nodePortOf,
  numericTargetPort,
  type HealthCheckModel,
  type TargetType,
} from './health-check.ts'
import type { ListenerModel } from './listener.ts'
import { targetGroupName } from './names.ts'

export type Tags = Readonly<Record<string, string>>

/** What ELBv2 is asked for of a target group. */
export interface GroupModel {
  readonly name: string
  /** By which the controller finds it again: `<namespace>/<service>:<port>` of a port of a Service. */
  readonly resourceId: string
  /** Port of the group; targets are registered with ports of their own. */
  readonly port: number
  readonly targetType: TargetType | 'alb'
  readonly healthCheck: HealthCheckModel
  readonly attributes: Tags
  readonly tags: Tags
  /** Of the targets' addresses. */
  readonly family: TargetFamily
  /** Absent: TCP. */
  readonly protocol?: 'HTTP' | 'HTTPS' | 'TLS' | 'UDP' | 'TCP_UDP'
  readonly protocolVersion?: string
}

/** A target group of a forward action: one that is made for it, or one that is there. */
export interface ForwardGroup {
  readonly resourceId?: string
  readonly arn?: string
  readonly weight: number
}

/** A target group for pods or nodes. */
export interface TargetGroupModel extends GroupModel {
  readonly servicePort: ServicePort
  /** `namespace/name` of the Service. */
  readonly serviceKey: string
  /** The port of the Service as its owner names it. */
  readonly portReference: number | string
  readonly targetType: TargetType
  /** The listener in front, where the group has one of its own: a port of a Service. */
  readonly listener?: ListenerModel
  /** Its attributes. */
  readonly listenerAttributes: Tags
  /** Labels that nodes must have (instance only). */
  readonly nodeLabels: Tags
  /** What nodes must match besides, and instead of the labels that keep nodes out. */
  readonly nodeSelector?: LabelSelector
}

export interface TargetGroupOptions {
  readonly cluster: string
  readonly service: Service
  /** Of the load balancer. */
  readonly ipAddressType: IpAddressType
  readonly port: ServicePort
  readonly listener: ListenerModel
  readonly tags: (resourceId: string) => Tags
}

// Named target ports differ from pod to pod, so the group gets a number that means nothing.
const PORT_OF_NAMED_TARGETS = 1

/** @throws BuildError with the controller's text, or Neargate's for protocols other than TCP and UDP */
export function buildTargetGroup(options: TargetGroupOptions): TargetGroupModel {
  const { cluster, service, port, listener, tags } = options
  refuseProtocol(service, port)
  const targetType = targetTypeOf(service.metadata.annotations)
  const family = targetFamilyOf(service, options.ipAddressType)
  const targetPort =
    targetType === 'instance' ? nodePortOf(service, port) : (numericTargetPort(port) ?? PORT_OF_NAMED_TARGETS)
  const healthCheck = healthCheckOf(service, targetType)
  const { namespace = '', name, uid } = service.metadata
  const resourceId = `${namespace}/${name}:${port.port}`
  const identity = {
    targetPort,
    servicePort: port.port,
    targetType,
    protocol: listener.groupProtocol,
    healthCheckProtocol: healthCheck.HealthCheckProtocol,
    healthCheckInterval: healthCheck.HealthCheckIntervalSeconds,
  }
  return {
    name: targetGroupName(cluster, { namespace, name, uid }, identity),
    resourceId,
    servicePort: port,
    serviceKey: `${namespace}/${name}`,
    portReference: port.port,
    port: targetPort,
    targetType,
    healthCheck,
    attributes: targetGroupAttributes(service, port.port),
    listener,
    family,
    ...(listener.groupProtocol !== 'TCP' && { protocol: listener.groupProtocol }),
    listenerAttributes: mapAnnotation(service, `listener-attributes.${listener.protocol}-${port.port}`),
    tags: tags(resourceId),
    nodeLabels: targetType === 'instance' ? mapAnnotation(service, 'target-node-labels') : {},
  }
}

function refuseProtocol({ spec }: Service, port: ServicePort): void {
  const { protocol = 'TCP' } = port
  if (protocol === 'TCP' || protocol === 'UDP') return
  throw new BuildError(`port ${port.port}/${protocol}: load balancers carry TCP and UDP only`, {
    path: ['spec', 'ports', spec.ports?.indexOf(port) ?? 0, 'protocol'],
  })
}

// Later ones win: the general annotation, that of the port, PROXY protocol by port, PROXY protocol for all.
function targetGroupAttributes(service: Service, port: number): Tags {
  const ofPort = Object.entries(attributesIn(service, `target-group-attributes.${port}`))
  return {
    'proxy_protocol_v2.enabled': 'false',
    ...attributesIn(service, 'target-group-attributes'),
    // An empty value leaves what the general annotation says.
    ...Object.fromEntries(ofPort.filter(([, value]) => value !== '')),
    ...proxyProtocol(service, port),
  }
}

function attributesIn(service: Service, suffix: string): Tags {
  const attributes = mapAnnotation(service, suffix)
  const key = 'preserve_client_ip.enabled'
  const value = attributes[key]
  if (value === undefined || parseBoolean(value) !== undefined) return attributes
  const why = `strconv.ParseBool: parsing ${JSON.stringify(value)}: invalid syntax`
  throw annotationError(suffix, `failed to parse attribute ${key}=${value}: ${why}`)
}

function proxyProtocol(service: Service, port: number): Tags {
  const key = 'proxy_protocol_v2.enabled'
  const all = annotation(service, 'proxy-protocol')
  const byPort = annotation(service, 'proxy-protocol-per-target-group')
  const ports = splitList(byPort ?? '')
  const wrong = ports.find((each) => !/^[+-]?\d+$/.test(each))
  if (wrong !== undefined) {
    const text = `invalid port number in proxy-protocol-per-target-group: ${wrong}`
    throw annotationError('proxy-protocol-per-target-group', text)
  }
  if (all !== undefined && all !== '*') {
    const text = `invalid value ${all} for Load Balancer proxy protocol v2 annotation, only value currently supported is *`
    throw annotationError('proxy-protocol', text)
  }
  if (all === '*') return { [key]: 'true' }
  return byPort === undefined ? {} : { [key]: String(ports.includes(String(port))) }
}
