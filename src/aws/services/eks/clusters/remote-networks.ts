// Owns the networks of hybrid nodes in a cluster: what may be asked for, and their change.
import type { RemoteNetworkConfigRequest } from '@aws-sdk/client-eks'

import { deepEqual } from '../../../../base/json.ts'
import { remoteNetworkFault } from '../../../../rules/eks/remote-networks.ts'
import { invalidParameter } from '../errors.ts'
import { authenticationMode } from '../lookup.ts'
import type { ClusterRecord, Eks } from '../state.ts'
import { vpcCidrs } from './network.ts'
import type { UpdatePlan } from './updates.ts'

/** The members of CreateCluster and UpdateClusterConfig that concern them: EKS stores blocks, no traffic passes. */
export const REMOTE_NETWORKS = [
  'remoteNetworkConfig.remoteNodeNetworks[].cidrs',
  'remoteNetworkConfig.remotePodNetworks[].cidrs',
] as const

type Shown = NonNullable<ClusterRecord['cluster']['remoteNetworkConfig']>

const NONE: Shown = { remoteNodeNetworks: [], remotePodNetworks: [] }

interface Place {
  readonly vpcId: string
  readonly serviceCidr: string | undefined
  readonly mode: string | undefined
}

/**
 * The networks of a new cluster, as DescribeCluster shows them; undefined when the request has none.
 * @throws AwsError InvalidParameterException for a mode without access entries, and for blocks that EKS does not take
 */
export async function newRemoteNetworks(
  eks: Eks,
  asked: RemoteNetworkConfigRequest | undefined,
  place: Place,
): Promise<Shown | undefined> {
  if (!asked) return undefined
  const shown = {
    remoteNodeNetworks: asked.remoteNodeNetworks ?? [],
    remotePodNetworks: asked.remotePodNetworks ?? [],
  }
  await check(eks, shown, place)
  return shown
}

async function check(
  eks: Eks,
  networks: Shown,
  { vpcId, serviceCidr, mode = 'CONFIG_MAP' }: Place,
): Promise<void> {
  // Words from aws/aws-cdk#33767.
  if (mode === 'CONFIG_MAP') {
    throw invalidParameter(
      'AccessConfig AuthMode must be API_AND_CONFIG_MAP or API when remoteNetworkConfig is specified',
    )
  }
  const blocks = {
    nodes: blocksOf(networks.remoteNodeNetworks),
    pods: blocksOf(networks.remotePodNetworks),
  }
  const fault = remoteNetworkFault(blocks, { vpcCidrs: await vpcCidrs(eks, vpcId), serviceCidr })
  if (fault !== undefined) throw invalidParameter(fault)
}

function blocksOf(networks: Shown['remoteNodeNetworks']): string[] {
  return (networks ?? []).flatMap(({ cidrs = [] }) => cidrs)
}

/**
 * What UpdateClusterConfig makes of them: a list that is left out stays, two empty ones take them away.
 * @throws AwsError InvalidParameterException as `newRemoteNetworks`, and when nothing would change
 */
export async function planRemoteNetworks(
  eks: Eks,
  record: ClusterRecord,
  asked: RemoteNetworkConfigRequest,
): Promise<Omit<UpdatePlan, 'awsMs'>> {
  const { cluster } = record
  const current = cluster.remoteNetworkConfig
  const next: Shown = {
    remoteNodeNetworks: asked.remoteNodeNetworks ?? current?.remoteNodeNetworks ?? [],
    remotePodNetworks: asked.remotePodNetworks ?? current?.remotePodNetworks ?? [],
  }
  // eksctl looks for the first three words (pkg/actions/cluster/owned.go).
  if (deepEqual(next, current ?? NONE)) {
    throw invalidParameter('No changes detected in the remote network config provided')
  }
  if (!deepEqual(next, NONE)) {
    await check(eks, next, {
      vpcId: cluster.resourcesVpcConfig?.vpcId ?? '',
      serviceCidr: cluster.kubernetesNetworkConfig?.serviceIpv4Cidr,
      mode: authenticationMode(record),
    })
  }
  return {
    type: 'RemoteNetworkConfigUpdate',
    params: [{ type: 'RemoteNetworkConfig', value: JSON.stringify(next) }],
    change: { remoteNetworkConfig: next },
  }
}
