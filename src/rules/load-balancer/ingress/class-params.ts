// Owns what an IngressClassParams may say. Source: aws-load-balancer-controller,
// apis/elbv2/v1beta1/ingressclassparams_types.go.

export interface IngressClassParamsSpec {
  readonly certificateArn?: readonly string[]
  /** What EKS Auto Mode calls it. */
  readonly certificateARNs?: readonly string[]
  readonly group?: { readonly name: string }
  readonly inboundCIDRs?: readonly string[]
  readonly ipAddressType?: string
  readonly loadBalancerAttributes?: readonly { readonly key: string; readonly value: string }[]
  readonly loadBalancerName?: string
  readonly namespaceSelector?: object
  /** Of listeners with this port and protocol; they win over annotations. */
  readonly listeners?: readonly {
    readonly port?: number
    readonly protocol?: string
    readonly listenerAttributes?: readonly { readonly key: string; readonly value: string }[]
  }[]
  readonly prefixListsIDs?: readonly string[]
  /** How older versions spell it. */
  readonly PrefixListsIDs?: readonly string[]
  readonly minimumLoadBalancerCapacity?: object
  readonly ipamConfiguration?: object
  readonly wafv2AclArn?: string
  readonly wafv2AclName?: string
  readonly scheme?: string
  readonly sslPolicy?: string
  readonly sslRedirectPort?: string
  readonly subnets?: {
    readonly ids?: readonly string[]
    readonly tags?: Readonly<Record<string, readonly string[]>>
    /** What EKS Auto Mode has instead. */
    readonly matchTags?: readonly { readonly key: string; readonly values: readonly string[] }[]
  }
  readonly tags?: readonly { readonly key: string; readonly value: string }[]
  readonly targetType?: string
}

/**
 * Parameters under the names of the chart's definition, whichever edition they were written for (EKS user guide,
 * "Create an IngressClass to configure an Application Load Balancer", the table of changes).
 */
export function paramsSpec(spec: IngressClassParamsSpec): IngressClassParamsSpec {
  const { certificateARNs, subnets, PrefixListsIDs, ...rest } = spec
  const matched = subnets?.matchTags?.map(({ key, values }) => [key, values] as const)
  return {
    ...(PrefixListsIDs?.length ? { prefixListsIDs: PrefixListsIDs } : {}),
    ...rest,
    ...(certificateARNs ? { certificateArn: certificateARNs } : {}),
    ...(subnets && !matched ? { subnets } : {}),
    ...(matched ? { subnets: { tags: Object.fromEntries(matched) } } : {}),
  }
}

/** The first thing that AWS would do for the parameters and Neargate does not; undefined when there is none. */
export function refusedParam(spec: IngressClassParamsSpec): string | undefined {
  const { ipAddressType = 'ipv4', minimumLoadBalancerCapacity, ipamConfiguration } = spec
  if (ipAddressType === 'dualstack-without-public-ipv4') return `ipAddressType ${ipAddressType}`
  if (minimumLoadBalancerCapacity) return 'minimumLoadBalancerCapacity'
  if (ipamConfiguration) return 'ipamConfiguration'
  if (spec.wafv2AclArn) return 'wafv2AclArn'
  return spec.wafv2AclName ? 'wafv2AclName' : undefined
}
