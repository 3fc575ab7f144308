// Owns the switch in the VPC CNI's ConfigMap without which the pods of Windows nodes get no addresses.
// Source: eksctl pkg/windows/ipam.go; EKS user guide, "Deploy Windows nodes on EKS clusters" ("enable-windows-ipam").
import type { ClusterConfig } from '../config/cluster-config.ts'
import { isAlreadyExists, isConflict } from '../base/errors.ts'
import type { KubernetesClient } from '../kubernetes/client/client.ts'
import { configMaps } from '../kubernetes/client/resources.ts'
import { isWindows } from '../rules/eksctl/ami-families.ts'
import { amiFamilyOf } from '../rules/eksctl/node-group-defaults.ts'
import { find } from './apply.ts'
import type { StepResult } from './progress.ts'

const KEY = { namespace: 'kube-system', name: 'amazon-vpc-cni' }
const SWITCH = 'enable-windows-ipam'

/** True when a node group of the file runs Windows. */
export function hasWindowsNodes({ managedNodeGroups = [], nodeGroups = [] }: ClusterConfig): boolean {
  return [...managedNodeGroups, ...nodeGroups].some((group) => isWindows(amiFamilyOf(group)))
}

/** Turns it on; whatever else the ConfigMap says stays. */
export async function ensureWindowsAddresses(kubernetes: KubernetesClient): Promise<StepResult> {
  for (;;) {
    const present = await find(kubernetes, configMaps, KEY)
    if (present?.data?.[SWITCH] === 'true') return { outcome: 'unchanged' }
    const data = { ...present?.data, [SWITCH]: 'true' }
    try {
      if (present) await kubernetes.update(configMaps, { ...present, data })
      else await kubernetes.create(configMaps, { metadata: KEY, data })
      return { outcome: present ? 'updated' : 'created' }
    } catch (error) {
      // The add-on writes there too.
      if (!isConflict(error) && !isAlreadyExists(error)) throw error
    }
  }
}
