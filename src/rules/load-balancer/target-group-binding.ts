// Owns what a TargetGroupBinding says: which Service port fills a target group, and who may reach its targets.
// Source: aws-load-balancer-controller, apis/elbv2/v1beta1/targetgroupbinding_types.go and pkg/service, pkg/ingress
// (buildTargetGroupBindingNetworking, buildTargetGroupBindingNetworkingLegacy).
import type { LabelSelector } from '../../../generated/kubernetes.d.ts'
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
 * own, and those of clients, which come with their datagrams.
 */
export type BackendSource =
  | { readonly groupId: string }
  | { readonly cidrs: readonly string[]; readonly clients: readonly string[] }

/** The rules by which targets let a load balancer in, for traffic and for health checks on another port. */
export function networkingOf(model: TargetGroupModel, source: BackendSource): readonly NetworkingRule[] {
  const traffic = trafficPort(model)
  const { HealthCheckPort } = model.healthCheck
  const checked = HealthCheckPort === 'traffic-port' ? traffic : Number(HealthCheckPort)
  const { protocol } = model
  if (protocol === 'UDP' || protocol === 'TCP_UDP') {
    return datagramRules({ traffic, checked, protocol }, source)
  }
  const from = 'groupId' in source ? [groupPeer(source)] : source.cidrs.map(blockPeer)
  const ports = (checked === traffic ? [traffic] : [traffic, checked]).map((port) => tcp(port))
  // Those of an Ingress stand in a rule each.
  return model.listener ? [{ from, ports }] : ports.map((port) => ({ from, ports: [port] }))
}

interface DatagramPorts {
  readonly traffic: number | string
  readonly checked: number | string
  readonly protocol: 'UDP' | 'TCP_UDP'
}

// Checks come by TCP from the load balancer, datagrams from the clients: only with a group in front are both the same.
function datagramRules(ports: DatagramPorts, source: BackendSource): readonly NetworkingRule[] {
  const { traffic, checked, protocol } = ports
  const isBoth = protocol === 'TCP_UDP'
  if ('groupId' in source) {
    const own = isBoth || checked === traffic ? [udp(traffic), tcp(traffic)] : [udp(traffic)]
    return [{ from: [groupPeer(source)], ports: checked === traffic ? own : [...own, tcp(checked)] }]
  }
  const own = isBoth ? [tcp(traffic), udp(traffic)] : [udp(traffic)]
  const isOpenToAll = isBoth && checked === traffic
  return [
    { from: source.clients.map(blockPeer), ports: own },
    ...(isOpenToAll ? [] : [{ from: source.cidrs.map(blockPeer), ports: [tcp(checked)] }]),
  ]
}

function tcp(port: number | string): NetworkingPort {
  return { protocol: 'TCP', port }
}

function udp(port: number | string): NetworkingPort {
  return { protocol: 'UDP', port }
}

function groupPeer({ groupId }: { readonly groupId: string }): NetworkingPeer {
  return { securityGroup: { groupID: groupId } }
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
