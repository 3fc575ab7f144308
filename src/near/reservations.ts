// Owns leaving out what a near region has no need of: reserved capacity, which belongs to an account of AWS.
import type { ClusterConfig, NodeGroupBase } from '../config/cluster-config.ts'

/** The config whose groups are launched without reservations; `plan` has said so. */
export function withoutReservations(config: ClusterConfig): ClusterConfig {
  const free = <T extends NodeGroupBase>({
    capacityReservation: _r,
    instanceMarketOptions: _m,
    ...group
  }: T) => group
  const { managedNodeGroups, nodeGroups } = config
  return {
    ...config,
    ...(managedNodeGroups ? { managedNodeGroups: managedNodeGroups.map(free) } : {}),
    ...(nodeGroups ? { nodeGroups: nodeGroups.map(free) } : {}),
  }
}
