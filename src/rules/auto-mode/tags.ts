// Owns the tags by which EKS Auto Mode knows what it has made in AWS.
// Source: AWS's managed policies AmazonEKSComputePolicy and AmazonEKSLoadBalancingPolicy, which demand them.

export const CLUSTER_TAG = 'eks:eks-cluster-name'
export const POOL_TAG = 'eks:kubernetes-node-pool-name'
export const CLASS_TAG = 'eks:kubernetes-node-class-name'
/** The instance profile of a role: the policy allows names that begin with `eks` alone. */
export function instanceProfileName(clusterName: string, roleName: string): string {
  return `${PROFILE}${clusterName}-${roleName}`.slice(0, 128)
}

const PROFILE = 'eks-auto-'

/** True for names that `instanceProfileName` makes. */
export function isAutoProfile(name: string): boolean {
  return name.startsWith(PROFILE)
}
