import { expect, test } from 'vitest'

import { remoteNetworkFault } from './remote-networks.ts'

const taken = { vpcCidrs: ['10.0.0.0/16', '10.1.0.0/16'], serviceCidr: '172.20.0.0/16' }

test.each<[string, string[], string[], string | undefined]>([
  ['private blocks', ['192.168.0.0/24', '100.64.0.0/10'], ['10.8.0.0/16'], undefined],
  ['no nodes', [], ['10.8.0.0/16'], 'remoteNodeNetworks are required when specifying remoteNetworkConfig.'],
  [
    'a public block',
    ['8.8.8.0/24'],
    [],
    'Invalid remote node network: CIDR 8.8.8.0/24 is not part of RFC 1918 or CGNAT',
  ],
  [
    'more than the private block',
    ['100.64.0.0/9'],
    [],
    'Invalid remote node network: CIDR 100.64.0.0/9 is not part of RFC 1918 or CGNAT',
  ],
  [
    'what is no block',
    ['office'],
    [],
    'Invalid remote node network: CIDR office is not part of RFC 1918 or CGNAT',
  ],
  [
    'a block of the VPC',
    ['10.1.2.0/24'],
    [],
    'Invalid remote node network: CIDR 10.1.2.0/24 overlaps with VPC CIDR 10.1.0.0/16',
  ],
  [
    'a block of Services',
    ['10.8.0.0/16'],
    ['172.20.0.0/24'],
    'Invalid remote pod network: CIDR 172.20.0.0/24 overlaps with service CIDR 172.20.0.0/16',
  ],
  [
    'pods among the nodes',
    ['10.8.0.0/16'],
    ['10.8.1.0/24'],
    'Invalid remote pod network: CIDR 10.8.1.0/24 overlaps with already existing CIDR 10.8.0.0/16',
  ],
])('%s', (_what, nodes, pods, fault) => {
  expect(remoteNetworkFault({ nodes, pods }, taken)).toBe(fault)
})
