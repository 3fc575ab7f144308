// Owns the AWS-managed policies that are known by name; their documents are not carried.
import type { Policy } from '@aws-sdk/client-iam'

const PREFIX = 'arn:aws:iam::aws:policy/'

// Names: the EKS user guide ("AWS managed policies for Amazon EKS") and what eksctl attaches.
const NAMES: ReadonlySet<string> = new Set([
  'AdministratorAccess',
  'AmazonEC2ContainerRegistryPowerUser',
  'AmazonEC2ContainerRegistryPullOnly',
  'AmazonEC2ContainerRegistryReadOnly',
  'AmazonEKSBlockStoragePolicy',
  'AmazonEKSClusterPolicy',
  'AmazonEKSComputePolicy',
  'AmazonEKSFargatePodExecutionRolePolicy',
  'AmazonEKSLoadBalancingPolicy',
  'AmazonEKSNetworkingPolicy',
  'AmazonEKSServicePolicy',
  'AmazonEKSVPCResourceController',
  'AmazonEKSWorkerNodeMinimalPolicy',
  'AmazonEKSWorkerNodePolicy',
  'AmazonEKS_CNI_Policy',
  'AmazonS3FullAccess',
  'AmazonS3ReadOnlyAccess',
  'AmazonSSMManagedInstanceCore',
  'AWSXRayDaemonWriteAccess',
  'CloudWatchAgentServerPolicy',
  'PowerUserAccess',
  'ReadOnlyAccess',
  'service-role/AmazonEBSCSIDriverPolicy',
  'service-role/AmazonEFSCSIDriverPolicy',
])

/** True for the ARN of an AWS-managed policy that this region knows. */
export function isManagedByAws(arn: string): boolean {
  return arn.startsWith(PREFIX) && NAMES.has(arn.slice(PREFIX.length))
}

/** What is known of an AWS-managed policy; undefined for any other ARN. */
export function managedPolicy(arn: string): Policy | undefined {
  if (!isManagedByAws(arn)) return undefined
  const parts = arn.slice(PREFIX.length).split('/')
  const name = parts.pop()
  const path = parts.length > 0 ? `/${parts.join('/')}/` : '/'
  return { PolicyName: name, Arn: arn, Path: path, IsAttachable: true, PermissionsBoundaryUsageCount: 0 }
}

/** All AWS-managed policies that are known. */
export function managedPolicies(): Policy[] {
  return [...NAMES].flatMap((name) => managedPolicy(PREFIX + name) ?? [])
}
