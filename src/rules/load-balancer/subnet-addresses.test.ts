import { describe, expect, it } from 'vitest'

import { subnetAddressesOf, subnetMappings } from './subnet-addresses.ts'
import { sampleService } from './testing/sample-service.ts'

const eips = { 'eip-allocations': 'eipalloc-1, eipalloc-2' }
const privates = { 'private-ipv4-addresses': '10.0.0.9, 10.0.1.9' }
const of = (annotations: Record<string, string>, scheme: string) =>
  subnetAddressesOf(sampleService({ annotations }), scheme)

describe('addresses in subnets', () => {
  it('go with the subnets in their order', () => {
    expect(subnetMappings(['a', 'b'], of(eips, 'internet-facing'))).toEqual([
      { SubnetId: 'a', AllocationId: 'eipalloc-1' },
      { SubnetId: 'b', AllocationId: 'eipalloc-2' },
    ])
    expect(subnetMappings(['a', 'b'], of(privates, 'internal'))).toEqual([
      { SubnetId: 'a', PrivateIPv4Address: '10.0.0.9' },
      { SubnetId: 'b', PrivateIPv4Address: '10.0.1.9' },
    ])
    expect(subnetMappings(['a'], of({}, 'internal'))).toEqual([{ SubnetId: 'a' }])
  })

  it.each<[Record<string, string>, string, string]>([
    [eips, 'internal', 'EIP allocations can only be set for internet facing load balancers'],
    [privates, 'internet-facing', 'private IPv4 addresses can only be set for internal load balancers'],
    [{ 'private-ipv4-addresses': 'x' }, 'internal', 'private IPv4 addresses must be valid IP address: x'],
    [
      { 'private-ipv4-addresses': '::1' },
      'internal',
      'private IPv4 addresses must be valid IPv4 address: ::1',
    ],
  ])('cannot be %j for a load balancer that is %s', (annotations, scheme, message) => {
    expect(() => of(annotations, scheme)).toThrow(message)
  })

  it.each([
    [eips, 'internet-facing', 'count of EIP allocations (2) and subnets (1) must match'],
    [privates, 'internal', 'count of private IPv4 addresses (2) and subnets (1) must match'],
  ])('are as many as subnets: %j', (annotations, scheme, message) => {
    expect(() => subnetMappings(['a'], of(annotations, scheme))).toThrow(message)
  })
})
