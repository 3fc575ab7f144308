// Owns what a TargetGroupBinding says: which Service port fills a target group, and who may reach its targets.
// Source: aws-load-balancer-controller, apis/elbv2/v1beta1/targetgroupbinding_types.go and pkg/service, pkg/ingress,
// pkg/gateway/model (buildTargetGroupBindingNetworking, buildTargetGroupBindingNetworkingLegacy).
import type { LabelSelector } from '../../../generated/kubernetes.d.ts'
import { parseBoolean } from './annotations.ts'
import type { TargetGroupModel } from './target-group.ts'

/** Where traffic comes from: exactly one of the two. */
export interface NetworkingPeer {
  readonly ipBlock?: { readonly cidr: string }
  readonly securityGroup?: { readonly groupID: string }
}

export interface NetworkingPort {
  readonly protocol?: 'TCP' | 'UDP'
  /** A number or the name of a container port; absent: all ports. */
  readonly port?: number | string
}

export interface NetworkingRule {
  readonly from: readonly NetworkingPeer[]
  readonly ports: readonly NetworkingPort[]
}

/** `spec` of a TargetGroupBinding, as far as it is read. */
export interface TargetGroupBindingSpec {
  readonly targetGroupARN?: string
  readonly targetGroupName?: string
  readonly targetGroupProtocol?: string
  readonly targetType?: 'instance' | 'ip'
  readonly serviceRef: { readonly name: string; readonly port: number | string }
  readonly networking?: { readonly ingress?: readonly NetworkingRule[] }
  readonly nodeSelector?: LabelSelector
  readonly ipAddressType?: string
  readonly vpcID?: string
  readonly multiClusterTargetGroup?: boolean
  readonly iamRoleArnToAssume?: string
  readonly assumeRoleExternalId?: string
}

/**
 * Who reaches the targets of a load balancer: those with its shared security group, or addresses where it has none: its
 * own, and those of clients where targets see them.
 */
export type BackendSource =
  | { readonly groupId: string }
  | {
      /** The blocks of its subnets. */
      readonly cidrs: readonly string[]
      readonly clients: readonly string[]
      /** Whether nobody has said who the clients are. */
      readonly isForAll: boolean
    }

/** The rules by which targets let a load balancer in, for traffic and for health checks on another port. */
export function networkingOf(model: TargetGroupModel, source: BackendSource): readonly NetworkingRule[] {
  const traffic = trafficPort(model)
  const { HealthCheckPort } = model.healthCheck
  const ports = { traffic, checked: HealthCheckPort === 'traffic-port' ? traffic : Number(HealthCheckPort) }
  return 'groupId' in source ? groupRules(model, ports, source) : addressRules(model, ports, source)
}

interface Ports {
  readonly traffic: number | string
  readonly checked: number | string
}

function isDatagram({ protocol }: TargetGroupModel): boolean {
  return protocol === 'UDP' || protocol === 'TCP_UDP'
}

function groupRules(
  model: TargetGroupModel,
  { traffic, checked }: Ports,
  source: { readonly groupId: string },
): readonly NetworkingRule[] {
  const from = [{ securityGroup: { groupID: source.groupId } }]
  const own = isDatagram(model) ? [udp(traffic)] : [tcp(traffic)]
  // Those of an Ingress or a Gateway stand in a rule each, and TCP is let in at the port of checks alone.
  if (!model.listener) {
    const isChecked = isDatagram(model) || checked !== traffic
    const ports = isChecked ? [...own, tcp(checked)] : own
    return ports.map((port) => ({ from, ports: [port] }))
  }
  const isBoth = model.protocol === 'TCP_UDP' || (model.protocol === 'UDP' && checked === traffic)
  const ports = [...own, ...(isBoth ? [tcp(traffic)] : []), ...(checked === traffic ? [] : [tcp(checked)])]
  return [{ from, ports }]
}

const EVERYBODY = ['0.0.0.0/0', '::/0']

function addressRules(
  model: TargetGroupModel,
  { traffic, checked }: Ports,
  { cidrs, clients, isForAll }: Exclude<BackendSource, { groupId: string }>,
): readonly NetworkingRule[] {
  const { protocol, listener } = model
  const isKept = keepsClients(model)
  const from = isDatagram(model) || isKept ? clients : cidrs
  const own = protocol === 'UDP' ? [udp(traffic)] : [tcp(traffic)]
  const rule = { from: from.map(blockPeer), ports: protocol === 'TCP_UDP' ? [...own, udp(traffic)] : own }
  // Of a Service both protocols are one where checks are concerned; of a Gateway they are datagrams.
  const isChecked = protocol === 'UDP' || (protocol === 'TCP_UDP' && !listener) || checked !== traffic
  const isCovered = !isKept || isForAll || from.some((cidr) => EVERYBODY.includes(cidr))
  if (!isChecked && isCovered) return [rule]
  return [rule, { from: cidrs.map(blockPeer), ports: [tcp(checked)] }]
}

/** Whether targets see the addresses of clients, as far as attributes and the type of targets say. */
function keepsClients(model: TargetGroupModel): boolean {
  const { attributes, targetType, listener } = model
  if (!listener && isDatagram(model)) return true
  const said = attributes['preserve_client_ip.enabled']
  return said === undefined ? targetType === 'instance' : parseBoolean(said) === true
}

function tcp(port: number | string): NetworkingPort {
  return { protocol: 'TCP', port }
}

function udp(port: number | string): NetworkingPort {
  return { protocol: 'UDP', port }
}

function blockPeer(cidr: string): NetworkingPeer {
  return { ipBlock: { cidr } }
}

/** What a binding that is made for a target group says. */
export function bindingSpec(
  model: TargetGroupModel,
  made: {
    readonly arn: string
    readonly vpcId: string
    readonly networking: readonly NetworkingRule[] | undefined
  },
): TargetGroupBindingSpec {
  const [, name = ''] = model.serviceKey.split('/')
  return {
    ipAddressType: model.family,
    ...(made.networking && { networking: { ingress: made.networking } }),
    ...(Object.keys(model.nodeLabels).length > 0 && { nodeSelector: { matchLabels: model.nodeLabels } }),
    ...(model.nodeSelector && { nodeSelector: model.nodeSelector }),
    serviceRef: { name, port: model.portReference },
    targetGroupARN: made.arn,
    targetGroupProtocol: model.protocol ?? 'TCP',
    targetType: model.targetType,
    vpcID: made.vpcId,
  }
}

function trafficPort({ targetType, servicePort, port }: TargetGroupModel): number | string {
  return targetType === 'ip' ? (servicePort.targetPort ?? servicePort.port) : port
}
