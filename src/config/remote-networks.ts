// Owns what eksctl and EKS refuse of a config's hybrid nodes, beyond the types of the fields.
// Source: eksctl pkg/apis/eksctl.io/v1alpha5/validation.go (validateRemoteNetworkingConfig).
import { DEFAULT_VPC_CIDR } from '../rules/eksctl/network-layout.ts'
import { defaultServiceCidr } from '../rules/eks/cluster-network.ts'
import { remoteNetworkFault, type RemoteNetworks } from '../rules/eks/remote-networks.ts'
import type { ClusterConfig, RemoteNetworkConfig } from './cluster-config.ts'
import { invalidValues, type Fault } from './fault.ts'
import { isIpv6 } from './ip-family.ts'
import type { Position, Problem } from './problem.ts'
import type { Path } from './yaml.ts'

const AT = 'remoteNetworkConfig'

/** The blocks of a config's hybrid nodes and their pods; undefined where it has no hybrid nodes. */
export function remoteNetworks({ remoteNetworkConfig: remote }: ClusterConfig): RemoteNetworks | undefined {
  const blocksOf = (networks: RemoteNetworkConfig['remoteNodeNetworks'] = []): string[] =>
    networks.flatMap(({ cidrs = [] }) => cidrs)
  const { remoteNodeNetworks: nodes = [], remotePodNetworks: pods = [] } = remote ?? {}
  return nodes.length + pods.length > 0 ? { nodes: blocksOf(nodes), pods: blocksOf(pods) } : undefined
}

/** What gives hybrid nodes their credentials; eksctl reads the names in any case. */
export function remoteProvider({ remoteNetworkConfig: remote }: ClusterConfig): 'ssm' | 'ira' {
  return remote?.iam?.provider?.toLowerCase() === 'ira' ? 'ira' : 'ssm'
}

/** The rules about hybrid nodes that a config breaks. */
export function remoteNetworkRulesBroken(config: ClusterConfig, locate: (path: Path) => Position): Problem[] {
  const remote = config.remoteNetworkConfig
  if (!remote) return []
  return invalidValues(
    [...clusterFaults(config), ...listFaults(remote), ...identityFaults(config, remote)],
    locate,
  )
}

function clusterFaults(config: ClusterConfig): readonly Fault[] {
  const faults: Fault[] = []
  if (isIpv6(config))
    faults.push({
      message: 'remoteNetworkConfig is not supported on EKS cluster configured with IPv6 address family',
      path: [AT],
    })
  if (config.accessConfig?.authenticationMode === 'CONFIG_MAP')
    faults.push({
      message: 'remoteNetworkConfig requires authenticationMode to be either "API_AND_CONFIG_MAP" or "API"',
      path: ['accessConfig', 'authenticationMode'],
    })
  const networks = remoteNetworks(config)
  const fault = networks && networks.nodes.length > 0 && remoteNetworkFault(networks, takenBlocks(config))
  return fault
    ? [...faults, { message: fault, path: [AT], help: 'Write the block that your network has.' }]
    : faults
}

// Those of a VPC that is there already are known to EKS alone.
function takenBlocks({ vpc = {}, kubernetesNetworkConfig }: ClusterConfig) {
  const isMade = vpc.id === undefined && vpc.subnets === undefined
  const vpcCidrs = isMade ? [vpc.cidr ?? DEFAULT_VPC_CIDR] : []
  const asked = kubernetesNetworkConfig?.serviceIPv4CIDR
  return { vpcCidrs, serviceCidr: asked ?? (isMade ? defaultServiceCidr(vpcCidrs) : undefined) }
}

function listFaults({ remoteNodeNetworks: nodes = [], remotePodNetworks: pods = [] }: RemoteNetworkConfig) {
  const faults: Fault[] = []
  if (nodes.length > 1)
    faults.push({
      message: 'only one remoteNodeNetwork is allowed in remoteNetworkConfig.remoteNodeNetworks',
      path: [AT, 'remoteNodeNetworks'],
    })
  if (pods.length > 1)
    faults.push({
      message: 'only one remotePodNetwork is allowed in remoteNetworkConfig.remotePodNetworks',
      path: [AT, 'remotePodNetworks'],
    })
  if (nodes.length === 0)
    faults.push({ message: 'remoteNetworkConfig.remoteNodeNetworks must be set and non-empty', path: [AT] })
  return faults
}

function identityFaults(config: ClusterConfig, { vpcGatewayID: gateway, iam = {} }: RemoteNetworkConfig) {
  const faults: Fault[] = []
  if (gateway !== undefined && config.vpc?.id !== undefined)
    faults.push({
      message: 'remoteNetworkConfig.vpcGatewayID is not supported when using pre-existing VPC',
      path: [AT, 'vpcGatewayID'],
    })
  else if (gateway !== undefined && !/^(?:tgw|vgw)/.test(gateway))
    faults.push({
      message: `invalid value "${gateway}" provided for remoteNetworkConfig.vpcGatewayID; only transit gateway (tgw-*) or virtual private gateway (vgw-*) IDs are supported`,
      path: [AT, 'vpcGatewayID'],
    })
  const isAnywhere = remoteProvider(config) === 'ira'
  if (!isAnywhere && iam.caBundleCert !== undefined)
    faults.push({
      message: 'remoteNetworkConfig.iam.caBundleCert is not supported when using SSM credentials provider',
      path: [AT, 'iam', 'caBundleCert'],
    })
  if (isAnywhere && iam.caBundleCert === undefined)
    faults.push({
      message:
        'remoteNetworkConfig.iam.caBundleCert is required when using IAMRolesAnywhere credentials provider',
      path: [AT, 'iam'],
    })
  return faults
}
