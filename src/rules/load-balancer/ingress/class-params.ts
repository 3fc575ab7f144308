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
  readonly prefixListsIDs?: readonly string[]
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
  const { certificateARNs, subnets, ...rest } = spec
  const matched = subnets?.matchTags?.map(({ key, values }) => [key, values] as const)
  return {
    ...rest,
    ...(certificateARNs ? { certificateArn: certificateARNs } : {}),
    ...(subnets && !matched ? { subnets } : {}),
    ...(matched ? { subnets: { tags: Object.fromEntries(matched) } } : {}),
  }
}
