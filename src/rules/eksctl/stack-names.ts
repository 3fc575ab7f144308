// Owns the names of eksctl's CloudFormation stacks, and which names belong to a cluster.
// Source: eksctl pkg/cfn/manager (api.go ourStackRegexFmt, cluster.go, nodegroup.go, iam.go, fargate.go, addon.go).

// Anchored at both ends, so that `shop` does not reach into `shop-prod`. The names of the second half are those of
// eksctl before 2019; whoever still has one has a cluster of that name.
const KINDS =
  '(?:cluster|nodegroup-.+|addon-.+|podidentityrole-.+|fargate|karpenter|capability-.+|VPC|ServiceRole|ControlPlane|DefaultNodeGroup)'

/** The stack of the control plane. */
export function clusterStackName(cluster: string): string {
  return `eksctl-${cluster}-cluster`
}

/** The stack of a node group, managed or not. */
export function nodeGroupStackName(cluster: string, nodeGroup: string): string {
  return `eksctl-${cluster}-nodegroup-${nodeGroup}`
}

/** The stack of the Fargate pod execution role. */
export function fargateStackName(cluster: string): string {
  return `eksctl-${cluster}-fargate`
}

/** The stack of what Karpenter and its nodes may do. */
export function karpenterStackName(cluster: string): string {
  return `eksctl-${cluster}-karpenter`
}

/** The stack of the role of an add-on's pods. */
export function addonStackName(cluster: string, addon: string): string {
  return `eksctl-${cluster}-addon-${addon}`
}

/** The stack of the role of a service account. */
export function serviceAccountStackName(
  cluster: string,
  account: { readonly namespace: string; readonly name: string },
): string {
  return addonStackName(cluster, `iamserviceaccount-${account.namespace}-${account.name}`)
}

/** The stack of the role of a pod identity association. */
export function podIdentityStackName(
  cluster: string,
  account: { readonly namespace: string; readonly name: string },
): string {
  return `eksctl-${cluster}-podidentityrole-${account.namespace}-${account.name}`
}

/** The stack of the role of a pod identity association that belongs to an add-on. */
export function addonPodIdentityStackName(cluster: string, addon: string, serviceAccount: string): string {
  return addonStackName(cluster, `${addon}-podidentityrole-${serviceAccount}`)
}

/**
 * True when eksctl would look for a part of the cluster in a stack of this name. A name alone proves nothing: with a
 * cluster `a` and a cluster `a-nodegroup-b`, `eksctl-a-nodegroup-b-cluster` fits both. The cluster tag decides.
 */
export function isStackNameOf(cluster: string, stackName: string): boolean {
  // Cluster names hold letters, digits, - and _ only, none of which means anything in a pattern.
  return new RegExp(`^(?:eksctl|EKS)-${cluster}-${KINDS}$`).test(stackName)
}
