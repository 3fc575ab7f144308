// Owns the network that real pods of one cluster find: their VPC, its Services and names, and AWS in it.
import type { Vpcs } from '../network/dialer.ts'
import type { VpcNetwork, VpcNetworks } from '../network/vpc/vpc-networks.ts'
import { createClusterDns } from '../node/cluster-dns.ts'
import { startServiceProxy } from '../node/service-proxy.ts'
import type { ControllerContext } from '../reconcile/controller.ts'
import type { GroupKeepers } from './group-keeper.ts'
import type { Uplinks } from './uplinks.ts'
import { endpointIn, type VpcServices } from './vpc-services.ts'

/** What every cluster's real pods share in a region. */
export interface PodNetworkWorld {
  readonly networks: VpcNetworks
  readonly vpcs: Vpcs
  /** What else is in every VPC. */
  readonly services: VpcServices
  /** Undefined: pods do not get out. */
  readonly uplinks: Uplinks | undefined
  readonly groups: GroupKeepers
}

export interface PodNetwork {
  readonly network: VpcNetwork
  /** Variables that every container has unless it says otherwise itself. On AWS there are none: AWS is where SDKs look. */
  readonly variables: Readonly<Record<string, string>>
  /** Ends the part that this program has in it; pods that stay keep their addresses and the way to each other. */
  close(): Promise<void>
}

export interface PodNetworkOptions {
  readonly clusterName: string
  readonly vpc: { readonly id: string; readonly cidr: string }
  readonly cluster: ControllerContext
}

/** Opens the network of a cluster's real pods. @throws CommandError */
export async function openPodNetwork(
  { networks, vpcs, services, uplinks, groups }: PodNetworkWorld,
  { clusterName, vpc, cluster }: PodNetworkOptions,
): Promise<PodNetwork> {
  // Ended in the reverse order; also what was begun before something failed.
  await using parts = new AsyncDisposableStack()
  const network = await networks.open({ ...vpc, owner: clusterName })
  parts.defer(() => network.close())
  const served = await services.serve(network, vpc)
  parts.defer(() => served.end())
  parts.defer(groups.serve(network, vpc))
  if (uplinks) parts.defer(uplinks.serve(network, vpc))
  parts.defer(
    startServiceProxy({
      cluster,
      network,
      dialer: vpcs.dialer(vpc.id),
      routes: vpcs.routes(vpc.id),
      dns: createClusterDns(cluster, served.resolver),
    }),
  )
  const open = parts.move()
  return {
    network,
    // The Go SDK asks STS for the role of a service account before it has read the first, and heeds the second alone there
    // (aws-sdk-go-v2, config, resolveCredentials).
    variables: { AWS_ENDPOINT_URL: endpointIn(network), AWS_ENDPOINT_URL_STS: endpointIn(network) },
    close: () => open.disposeAsync(),
  }
}
