// Owns the switch in the VPC CNI's ConfigMap without which the pods of Windows nodes get no addresses.
// Source: eksctl pkg/windows/ipam.go; EKS user guide, "Deploy Windows nodes on EKS clusters" ("enable-windows-ipam").
import type { ClusterConfig } from '../config/cluster-config.ts'
import type { KubernetesClient } from '../kubernetes/client/client.ts'
import { isWindows } from '../rules/eksctl/ami-families.ts'
import { amiFamilyOf } from '../rules/eksctl/node-group-defaults.ts'
import { changeConfigMap } from './config-map.ts'
import type { StepResult } from './progress.ts'

/** The ConfigMap, and what it has to say. */
export const WINDOWS_ADDRESSES = {
  namespace: 'kube-system',
  name: 'amazon-vpc-cni',
  data: { 'enable-windows-ipam': 'true' },
} as const

/** True when a node group of the file runs Windows. */
export function hasWindowsNodes({ managedNodeGroups = [], nodeGroups = [] }: ClusterConfig): boolean {
  return [...managedNodeGroups, ...nodeGroups].some((group) => isWindows(amiFamilyOf(group)))
}

/** Turns it on; whatever else the ConfigMap says stays. The add-on writes there too. */
export async function ensureWindowsAddresses(kubernetes: KubernetesClient): Promise<StepResult> {
  const { data: wanted, ...key } = WINDOWS_ADDRESSES
  return await changeConfigMap(kubernetes, key, (data) => ({ ...data, ...wanted }))
}
