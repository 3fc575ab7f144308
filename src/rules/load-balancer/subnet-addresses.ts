// Owns the addresses that a Service gives its load balancer, one for each subnet: Elastic IPs, or private ones.
// Source: aws-load-balancer-controller, pkg/service/model_build_load_balancer.go (buildLoadBalancerSubnetMappings).
import { isIPv4, isIPv6 } from 'node:net'

import type { Service } from '../../../generated/kubernetes.d.ts'
import { annotationError, BuildError, listAnnotation } from './annotations.ts'

/** In the order of the subnets. */
export interface SubnetAddresses {
  readonly allocations?: readonly string[]
  readonly privateAddresses?: readonly string[]
  /** What is said when there are more or fewer than subnets; the words for Services when absent. */
  readonly mismatch?: (what: 'allocations' | 'privateAddresses', given: number, subnets: number) => string
}

/** One subnet with its address, as CreateLoadBalancer takes it. */
export interface SubnetMapping {
  readonly SubnetId: string
  readonly AllocationId?: string
  readonly PrivateIPv4Address?: string
}

const ALLOCATIONS = 'eip-allocations'
const PRIVATE = 'private-ipv4-addresses'

/** @throws BuildError with the controller's text */
export function subnetAddressesOf(service: Service, scheme: string): SubnetAddresses {
  const allocations = listAnnotation(service, ALLOCATIONS)
  if (allocations && scheme !== 'internet-facing') {
    throw annotationError(ALLOCATIONS, 'EIP allocations can only be set for internet facing load balancers')
  }
  const privateAddresses = listAnnotation(service, PRIVATE)
  if (privateAddresses && scheme !== 'internal') {
    throw annotationError(PRIVATE, 'private IPv4 addresses can only be set for internal load balancers')
  }
  for (const address of privateAddresses ?? []) {
    if (isIPv4(address)) continue
    const kind = isIPv6(address) ? 'IPv4' : 'IP'
    throw annotationError(PRIVATE, `private IPv4 addresses must be valid ${kind} address: ${address}`)
  }
  return { ...(allocations && { allocations }), ...(privateAddresses && { privateAddresses }) }
}

const WORDS = {
  allocations: [ALLOCATIONS, 'EIP allocations'],
  privateAddresses: [PRIVATE, 'private IPv4 addresses'],
} as const

/** Each subnet with its address. @throws BuildError with the controller's text when there are more or fewer */
export function subnetMappings(
  subnets: readonly string[],
  { allocations, privateAddresses, mismatch }: SubnetAddresses,
): readonly SubnetMapping[] {
  for (const [what, given] of Object.entries({ allocations, privateAddresses })) {
    if (!given || given.length === subnets.length) continue
    const [suffix, words] = WORDS[what as keyof typeof WORDS]
    const text = `count of ${words} (${given.length}) and subnets (${subnets.length}) must match`
    if (!mismatch) throw annotationError(suffix, text)
    throw new BuildError(mismatch(what as keyof typeof WORDS, given.length, subnets.length))
  }
  return subnets.map((SubnetId, index) => {
    const AllocationId = allocations?.[index]
    const PrivateIPv4Address = privateAddresses?.[index]
    return {
      SubnetId,
      ...(AllocationId !== undefined && { AllocationId }),
      ...(PrivateIPv4Address !== undefined && { PrivateIPv4Address }),
    }
  })
}
