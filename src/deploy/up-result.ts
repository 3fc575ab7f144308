// Owns what `up` has to say when it is done: the cluster, where pods landed, and how load balancers are reached.

/** What `up` made or found. */
export interface UpResult {
  readonly cluster: DeployedCluster
  readonly workloads: readonly WorkloadReport[]
  readonly loadBalancers: readonly LoadBalancerReport[]
  /** True when nothing had to be changed. */
  readonly unchanged: boolean
}

/** What one needs to know of a cluster to speak to it, or to go on building. */
export interface DeployedCluster {
  readonly name: string
  readonly endpoint: string
  readonly certificateAuthorityData: string
  /** `https://oidc.eks.REGION.amazonaws.com/id/…` */
  readonly issuer: string
  readonly vpcId: string
  /** The block of Services, `10.100.0.0/16`. */
  readonly serviceCidr: string
}

/** A workload that is there as it was wanted. */
export interface WorkloadReport {
  readonly namespace: string
  readonly kind: string
  readonly name: string
  readonly ready: number
  readonly desired: number
  /** What `ready` counts; a Job's pods complete. */
  readonly done: 'ready' | 'completed'
  readonly compute: 'ec2' | 'fargate'
  readonly pods: readonly PodPlacement[]
}

/** A pod, and the machine it landed on. */
export interface PodPlacement {
  readonly name: string
  readonly node: string
  readonly ip: string
  /** The Fargate size, e.g. `0.25vCPU 1GB`; only on Fargate. */
  readonly capacity?: string
}

/** A load balancer that answers. */
export interface LoadBalancerReport {
  readonly namespace: string
  /** The name of the Service that it is for; absent where it is for an Ingress or a Gateway. */
  readonly service?: string
  /** The name of the Ingress that it is for, alone or with others of its group. */
  readonly ingress?: string
  /** The name of the Gateway that it is for. */
  readonly gateway?: string
  readonly hostname: string
  readonly url: string
  /** `127.66.3.9:80`, for clients that carry no host name; absent where there is none. */
  readonly address?: string
  readonly healthyTargets: number
  /** Status of one GET of the URL; 0 when nothing answered, or nothing was asked for want of a port of TCP. */
  readonly httpStatus: number
}
