// Owns what an IngressClassParams may say. Source: aws-load-balancer-controller,
// apis/elbv2/v1beta1/ingressclassparams_types.go.

export interface IngressClassParamsSpec {
  readonly certificateArn?: readonly string[]
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
  }
  readonly tags?: readonly { readonly key: string; readonly value: string }[]
  readonly targetType?: string
}
