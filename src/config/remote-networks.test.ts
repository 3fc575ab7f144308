import { expect, test } from 'vitest'

import type { ClusterConfig, RemoteNetworkConfig } from './cluster-config.ts'
import { remoteNetworkRulesBroken } from './remote-networks.ts'

const NODES: RemoteNetworkConfig = { remoteNodeNetworks: [{ cidrs: ['10.80.0.0/16'] }] }

function broken(remote: RemoteNetworkConfig, parts: Partial<ClusterConfig> = {}): readonly string[] {
  const config: ClusterConfig = {
    apiVersion: 'eksctl.io/v1alpha5',
    kind: 'ClusterConfig',
    metadata: { name: 'hybrid', region: 'us-west-2' },
    remoteNetworkConfig: remote,
    ...parts,
  }
  const position = { file: 'cluster.yaml', line: 1, column: 1 }
  return remoteNetworkRulesBroken(config, () => position).map(({ message }) => message)
}

test.each<[string, RemoteNetworkConfig, Partial<ClusterConfig>, string | undefined]>([
  ['nodes alone', NODES, {}, undefined],
  ['Systems Manager in any case', { ...NODES, iam: { provider: 'SSM' } }, {}, undefined],
  ['a transit gateway', { ...NODES, vpcGatewayID: 'tgw-1' }, {}, undefined],
  [
    'IPv6',
    NODES,
    { kubernetesNetworkConfig: { ipFamily: 'IPv6' } },
    'remoteNetworkConfig is not supported on EKS cluster configured with IPv6 address family',
  ],
  [
    'no access entries',
    NODES,
    { accessConfig: { authenticationMode: 'CONFIG_MAP' } },
    'remoteNetworkConfig requires authenticationMode to be either "API_AND_CONFIG_MAP" or "API"',
  ],
  [
    'two networks',
    { remoteNodeNetworks: [{ cidrs: ['10.80.0.0/16'] }, { cidrs: ['10.81.0.0/16'] }] },
    {},
    'only one remoteNodeNetwork is allowed in remoteNetworkConfig.remoteNodeNetworks',
  ],
  [
    'two networks of pods',
    { ...NODES, remotePodNetworks: [{ cidrs: ['10.82.0.0/16'] }, { cidrs: ['10.83.0.0/16'] }] },
    {},
    'only one remotePodNetwork is allowed in remoteNetworkConfig.remotePodNetworks',
  ],
  ['no nodes', {}, {}, 'remoteNetworkConfig.remoteNodeNetworks must be set and non-empty'],
  [
    'a gateway of another kind',
    { ...NODES, vpcGatewayID: 'igw-1' },
    {},
    'invalid value "igw-1" provided for remoteNetworkConfig.vpcGatewayID; only transit gateway (tgw-*) or virtual private gateway (vgw-*) IDs are supported',
  ],
  [
    'a gateway of a VPC that is there',
    { ...NODES, vpcGatewayID: 'tgw-1' },
    { vpc: { id: 'vpc-1' } },
    'remoteNetworkConfig.vpcGatewayID is not supported when using pre-existing VPC',
  ],
  [
    'a certificate that nobody reads',
    { ...NODES, iam: { caBundleCert: 'PEM' } },
    {},
    'remoteNetworkConfig.iam.caBundleCert is not supported when using SSM credentials provider',
  ],
  [
    'nobody to trust',
    { ...NODES, iam: { provider: 'ira' } },
    {},
    'remoteNetworkConfig.iam.caBundleCert is required when using IAMRolesAnywhere credentials provider',
  ],
  [
    'the block of a VPC that is made',
    { remoteNodeNetworks: [{ cidrs: ['192.168.4.0/24'] }] },
    {},
    'Invalid remote node network: CIDR 192.168.4.0/24 overlaps with VPC CIDR 192.168.0.0/16',
  ],
  [
    'the block of its Services',
    { remoteNodeNetworks: [{ cidrs: ['10.100.4.0/24'] }] },
    {},
    'Invalid remote node network: CIDR 10.100.4.0/24 overlaps with service CIDR 10.100.0.0/16',
  ],
  // Whose blocks EKS alone knows.
  [
    'the block of a VPC of theirs',
    { remoteNodeNetworks: [{ cidrs: ['192.168.4.0/24'] }] },
    { vpc: { subnets: {} } },
    undefined,
  ],
])('%s', (_what, remote, parts, message) => {
  expect(broken(remote, parts)).toEqual(message === undefined ? [] : [message])
})
