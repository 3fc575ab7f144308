// Owns the contract of the load balancer data planes: what ELBv2 wants, what they report back.
import type { ApplicationPlan, RequestSettings } from './alb/plan.ts'
import type { Knock } from './knock.ts'
import type { FlowEntry } from './nlb/flow-note.ts'
import type { TlsPlan, TlsPolicy } from './tls/terminate.ts'

export interface TargetAddress {
  /** The pod or node address, or the ARN of an Application Load Balancer. */
  readonly ip: string
  readonly port: number
  readonly zone: string
  /** The name that health checks ask for; its address and port when absent. */
  readonly host?: string
}

export interface HealthCheck {
  /** `SSL` is a handshake alone. */
  readonly protocol: 'TCP' | 'SSL' | 'HTTP' | 'HTTPS'
  /** `traffic-port` or a number as text. */
  readonly port: string
  readonly path: string
  readonly intervalSeconds: number
  readonly timeoutSeconds: number
  readonly healthyThreshold: number
  readonly unhealthyThreshold: number
  /** HTTP codes that count as healthy, e.g. `200-399` or `200,204`. */
  readonly successCodes: string
  /** What checks of HTTP call themselves; `ELB-HealthChecker/2.0` when absent. */
  readonly userAgent?: string
}

export interface TargetGroupPlan {
  readonly arn: string
  /** The VPC that the addresses of the targets belong to. */
  readonly vpcId: string
  readonly targets: readonly TargetAddress[]
  readonly healthCheck: HealthCheck
  /** How long a deregistered target keeps its open connections. */
  readonly deregistrationDelaySeconds: number
  /** The version of the PROXY protocol in which targets are told whose connection it is; absent: they are not told. */
  readonly proxyProtocol?: 1 | 2
  /** Public keys that targets prove to have over TLS, as base64 of DER; absent: any. */
  readonly trustedKeys?: readonly string[]
  /** Of groups of protocol HTTP and HTTPS, which get requests instead of connections. */
  readonly requests?: RequestSettings
  /** Of groups of Network Load Balancers, where it differs from what AWS sets by default. */
  readonly flows?: Partial<FlowSettings>
}

/** The fewest healthy targets, by number and as a share of the registered ones, whichever is more. */
export interface Minimum {
  readonly count: number
  readonly percentage?: number
}

/** What becomes of the connections to a group. */
export interface FlowSettings {
  /** Targets speak TLS. */
  readonly isTls: boolean
  /** Connections from one address go to one target. */
  readonly isSticky: boolean
  /** Absent: as the load balancer says. */
  readonly crossZone: boolean
  /** Connections to a deregistered target are reset after the delay. */
  readonly endsDeregistered: boolean
  /** Connections to a target that has become unhealthy are reset; true by default. */
  readonly endsUnhealthy: boolean
  /** With fewer, all targets get connections; 1 by default. */
  readonly fewestForRouting: Minimum
  /** With fewer, a zone leaves DNS; 1 by default. */
  readonly fewestForDns: Minimum
}

/** Of weight 0 nothing comes. */
export interface WeightedGroup {
  readonly arn: string
  readonly weight: number
}

export interface ListenerPlan {
  readonly arn: string
  readonly port: number
  readonly protocol: 'TCP' | 'TLS' | 'UDP' | 'TCP_UDP'
  /** Each flow goes to one of them, by their weights. */
  readonly groups: readonly WeightedGroup[]
  /** The flows of an address go to one group. */
  readonly isGroupSticky?: boolean
  /** A connection that nothing was sent on for so long is reset; never when absent. Flows of datagrams have 120 s. */
  readonly idleTimeoutSeconds?: number
  /** What a TLS listener serves with. */
  readonly tls?: TlsPlan
  /** What it speaks with targets that speak TLS. */
  readonly backend?: TlsPolicy
}

/** Everything a data plane needs to know of one load balancer. */
export interface LoadBalancerPlan {
  readonly arn: string
  readonly dnsName: string
  readonly zones: readonly string[]
  readonly crossZone: boolean
  readonly listeners: readonly ListenerPlan[]
  /** Asked once for each connection, before anything else: whether the security groups let the client in. */
  admits(knock: Knock): boolean
  /** Told of each connection that is over, where there is an access log. */
  readonly log?: (entry: FlowEntry) => void
  /** Whether it is told of connections without TLS, too; absent: not. */
  readonly isLoggingPlain?: boolean
}

/** States, reasons and descriptions are those of DescribeTargetHealth. */
export interface TargetHealth {
  readonly ip: string
  readonly port: number
  readonly state: 'initial' | 'healthy' | 'unhealthy' | 'unused' | 'draining'
  readonly reason?: string
  readonly description?: string
}

/** An address of a load balancer on the loopback interface, and whether a listener really listens there. */
export interface OwnAddress {
  readonly zone: string
  readonly address: string
  readonly isOpen: boolean
  /** Whether the name leads there: not to a zone without a healthy target while another has one. */
  readonly isNamed: boolean
  /** Why it does not, as the system says it: `EACCES`, `EADDRINUSE`, `EADDRNOTAVAIL`. */
  readonly fault?: string
}

export interface ListenerAddress {
  readonly listenerArn: string
  /** Base URL that reaches the listener from this machine, e.g. `http://NAME.elb.REGION.localhost:4580`. */
  readonly url: string
  /** `127.0.0.1:PORT` of this listener alone, where no own address can serve protocols that carry no host name. */
  readonly direct?: string
  /** At the listener's port, one in each zone. */
  readonly own: readonly OwnAddress[]
}

/** The data plane as the ELBv2 service sees it. Plans replace what was there under the same ARN. */
export interface LoadBalancerPlane {
  applyTargetGroup(plan: TargetGroupPlan): void
  removeTargetGroup(arn: string): void
  applyLoadBalancer(plan: LoadBalancerPlan): Promise<void>
  applyApplication(plan: ApplicationPlan): Promise<void>
  /** A Classic Load Balancer: listeners that read requests and others that carry connections, under one ARN. */
  applyClassic(connections: LoadBalancerPlan, requests: ApplicationPlan): Promise<void>
  removeLoadBalancer(arn: string): Promise<void>
  /** Measured by connecting; `unused` while no listener forwards to the group. Deregistered ones show as draining. */
  targetHealth(targetGroupArn: string): readonly TargetHealth[]
  addresses(loadBalancerArn: string): readonly ListenerAddress[]
  /** Calls back whenever the health of a target of the group changes. @returns a function that ends it. */
  onHealthChange(handler: (targetGroupArn: string) => void): () => void
}
