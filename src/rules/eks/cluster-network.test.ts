import { expect, test } from 'vitest'

import { defaultServiceCidr, isServiceCidr, overlapping, unreachableCidrs } from './cluster-network.ts'

test.each([
  ['10.100.0.0/16', true],
  ['172.20.0.0/16', true],
  ['192.168.5.0/24', true],
  ['10.0.0.0/8', false],
  ['192.168.5.0/25', false],
  ['172.32.0.0/16', false],
  ['8.8.0.0/16', false],
  ['10.100.0.1/16', false],
  ['hello', false],
])('%s for Services: %s', (cidr, expected) => expect(isServiceCidr(cidr)).toBe(expected))

test.each([
  [['192.168.0.0/16'], '10.100.0.0/16'],
  [['10.0.0.0/8'], '172.20.0.0/16'],
  [['10.100.0.0/16', '172.20.0.0/16'], '10.100.0.0/16'],
])('a VPC of %j leaves %s to Services', (vpc, cidr) => expect(defaultServiceCidr(vpc)).toBe(cidr))

test('a service CIDR shares addresses with a block of the VPC or with none', () => {
  expect(overlapping('10.100.0.0/16', ['192.168.0.0/16', '10.100.128.0/20'])).toBe('10.100.128.0/20')
  expect(overlapping('10.100.0.0/16', ['10.101.0.0/16'])).toBeUndefined()
})

test('nobody on the internet has a private address', () => {
  const cidrs = ['0.0.0.0/0', '203.0.113.7/32', '10.0.0.0/8', '192.168.1.0/24', 'hello', '203.0.113.7/24']
  expect(unreachableCidrs(cidrs)).toEqual(['10.0.0.0/8', '192.168.1.0/24', 'hello', '203.0.113.7/24'])
})
