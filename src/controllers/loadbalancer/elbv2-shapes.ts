// Owns the parts of ELBv2 answers that the controller reads, and what its listeners are made of.
import type { ListenerModel } from '../../rules/load-balancer/listener.ts'
import type { Tags } from '../../rules/load-balancer/target-group.ts'

export interface LoadBalancer {
  readonly LoadBalancerArn: string
  readonly LoadBalancerName: string
  readonly DNSName: string
  readonly Scheme: string
  readonly VpcId: string
  readonly IpAddressType?: string
  readonly State?: { readonly Code?: string }
  readonly AvailabilityZones?: readonly { readonly SubnetId?: string }[]
  readonly SecurityGroups?: readonly string[]
  readonly EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic?: string
}

export interface TargetGroup {
  readonly TargetGroupArn: string
  readonly TargetGroupName: string
  readonly Protocol: string
  readonly Port: number
  readonly TargetType: string
  readonly HealthCheckProtocol?: string
  readonly HealthCheckPort?: string
  readonly HealthCheckPath?: string
  readonly HealthCheckIntervalSeconds?: number
  readonly HealthCheckTimeoutSeconds?: number
  readonly HealthyThresholdCount?: number
  readonly UnhealthyThresholdCount?: number
  readonly ProtocolVersion?: string
  readonly Matcher?: { readonly HttpCode?: string; readonly GrpcCode?: string }
}

export interface ListenerCertificate {
  readonly CertificateArn: string
  readonly IsDefault?: boolean
}

export interface Listener {
  readonly ListenerArn: string
  readonly Port: number
  readonly Protocol: string
  readonly Certificates?: readonly ListenerCertificate[]
  readonly SslPolicy?: string
  readonly AlpnPolicy?: readonly string[]
  readonly DefaultActions?: readonly {
    readonly TargetGroupArn?: string
    readonly ForwardConfig?: { readonly TargetGroups?: readonly { readonly TargetGroupArn?: string }[] }
  }[]
}

export interface TargetDescription {
  readonly Id: string
  readonly Port: number
}

export interface TargetHealthDescription {
  readonly Target: TargetDescription
  readonly TargetHealth: { readonly State: string; readonly Reason?: string; readonly Description?: string }
}

/** ARN of the target group that the default action of a listener forwards to. */
export function forwardedGroup({ DefaultActions = [] }: Listener): string | undefined {
  const [action] = DefaultActions
  return action?.TargetGroupArn ?? action?.ForwardConfig?.TargetGroups?.[0]?.TargetGroupArn
}

/** A listener of a Network Load Balancer. */
export interface ForwardingListener {
  readonly port: number
  /** Plain TCP when absent. */
  readonly listener?: ListenerModel
  readonly attributes: Tags
  readonly tags: Tags
  /** ARN of the target group. */
  readonly group: string
}
