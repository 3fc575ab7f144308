// Owns the parts of ELBv2 answers that the controller reads.
import type { ShownAction } from './actions.ts'

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
  readonly DefaultActions?: readonly ShownAction[]
}

export interface TargetDescription {
  readonly Id: string
  readonly Port: number
}

export interface TargetHealthDescription {
  readonly Target: TargetDescription
  readonly TargetHealth: { readonly State: string; readonly Reason?: string; readonly Description?: string }
}
