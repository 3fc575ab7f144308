// Owns the question whether an instance with a role may join a cluster as a node.
// Source: EKS user guide, "Create access entries" (types of entries) and "Grant IAM users access to Kubernetes with a
// ConfigMap" (groups of node roles).
import { authenticationMode } from '../lookup.ts'
import type { EksAccess } from '../state.ts'
import { readAwsAuth } from './aws-auth.ts'
import { entryOfPrincipal } from './entry-of-principal.ts'
import { isSamePrincipal } from './principals.ts'

const NODE_GROUP = 'system:nodes'

/** True when an access entry or `aws-auth` makes whoever has the role a node; false for a cluster that is not there. */
export async function admitsNode(eks: EksAccess, clusterName: string, roleArn: string): Promise<boolean> {
  const cluster = eks.tables.clusters.get(clusterName)
  if (!cluster) return false
  const mode = authenticationMode(cluster)
  const entry = mode === 'CONFIG_MAP' ? undefined : entryOfPrincipal(eks.tables, clusterName, roleArn)?.entry
  // An entry takes precedence over the ConfigMap.
  if (entry) return (entry.kubernetesGroups ?? []).includes(NODE_GROUP) || isNodeType(entry.type)
  if (mode === 'API') return false
  const { roles } = await readAwsAuth(eks.ports.host.client(clusterName))
  return roles.some(({ rolearn, groups }) => isSamePrincipal(rolearn, roleArn) && groups.includes(NODE_GROUP))
}

function isNodeType(type: string | undefined): boolean {
  return type === 'EC2_LINUX' || type === 'EC2_WINDOWS' || type === 'EC2'
}
