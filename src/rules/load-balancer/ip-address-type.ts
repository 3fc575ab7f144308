// Owns the address types of load balancers and of their target groups, as the controller decides them.
// Source: aws-load-balancer-controller, pkg/service and pkg/ingress (buildLoadBalancerIPAddressType,
// buildTargetGroupIPAddressType, buildCIDRsFromSourceRanges).
import type { Service } from '../../../generated/kubernetes.d.ts'
import { annotation, annotationError, BuildError } from './annotations.ts'

/** `dualstack`: clients reach it by IPv6 as well, and it may have targets of IPv6. */
export type IpAddressType = 'ipv4' | 'dualstack'

/** Addresses of targets. */
export type TargetFamily = 'ipv4' | 'ipv6'

/** What a Service asks for. @throws BuildError with the controller's text */
export function ipAddressTypeOf(service: Service): IpAddressType {
  const type = annotation(service, 'ip-address-type') ?? 'ipv4'
  if (type === 'ipv4' || type === 'dualstack') return type
  throw annotationError('ip-address-type', `unknown IPAddressType: ${type}`)
}

/** Of the pods and nodes behind a Service. @throws BuildError with the controller's text where the load balancer is not for them */
export function targetFamilyOf({ spec }: Service, type: IpAddressType): TargetFamily {
  if (!spec.ipFamilies?.includes('IPv6')) return 'ipv4'
  if (type === 'dualstack') return 'ipv6'
  throw new BuildError('unsupported IPv6 configuration, lb not dual-stack', { path: ['spec', 'ipFamilies'] })
}

/** Everybody who can reach a load balancer of the type. */
export function everybody(type: IpAddressType): readonly string[] {
  return type === 'dualstack' ? ['0.0.0.0/0', '::/0'] : ['0.0.0.0/0']
}
