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

/** Who reaches the targets of a load balancer: those with its shared security group, or addresses where it has none. */
export type BackendSource = { readonly groupId: string } | { readonly cidrs: readonly string[] }

/** The rules by which targets let a load balancer in, for traffic and for health checks on another port. */
export function networkingOf(model: TargetGroupModel, source: BackendSource): readonly NetworkingRule[] {
  const from =
    'groupId' in source
      ? [{ securityGroup: { groupID: source.groupId } }]
      : source.cidrs.map((cidr) => ({ ipBlock: { cidr } }))
  const traffic = trafficPort(model)
  const { HealthCheckPort } = model.healthCheck
  const checked = HealthCheckPort === 'traffic-port' ? traffic : Number(HealthCheckPort)
  const ports = (checked === traffic ? [traffic] : [traffic, checked]).map((port) => ({
    protocol: 'TCP' as const,
    port,
  }))
  // Those of an Ingress stand in a rule each.
  return model.listener ? [{ from, ports }] : ports.map((port) => ({ from, ports: [port] }))
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
    ipAddressType: 'ipv4',
    ...(made.networking && { networking: { ingress: made.networking } }),
    ...(Object.keys(model.nodeLabels).length > 0 && { nodeSelector: { matchLabels: model.nodeLabels } }),
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
