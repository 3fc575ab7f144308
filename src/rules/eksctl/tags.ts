// Owns the tags by which eksctl recognizes what belongs to a cluster.
// Source: eksctl pkg/apis/eksctl.io/v1alpha5/types.go (the constants that end in Tag), pkg/version/tag.go.

/** The cluster that a stack or resource belongs to: what eksctl itself goes by. */
export const CLUSTER_NAME_TAG = 'alpha.eksctl.io/cluster-name'
/** The same as old releases wrote it, which eksctl still writes and reads. */
export const OLD_CLUSTER_NAME_TAG = 'eksctl.cluster.k8s.io/v1alpha1/cluster-name'
/** The release of eksctl that made a stack. */
export const EKSCTL_VERSION_TAG = 'alpha.eksctl.io/eksctl-version'
export const CLUSTER_OIDC_ENABLED_TAG = 'alpha.eksctl.io/cluster-oidc-enabled'
export const NODE_GROUP_NAME_TAG = 'alpha.eksctl.io/nodegroup-name'
const NODE_GROUP_TYPE_TAG = 'alpha.eksctl.io/nodegroup-type'
export const ADDON_NAME_TAG = 'alpha.eksctl.io/addon-name'
export const POD_IDENTITY_NAME_TAG = 'alpha.eksctl.io/podidentityassociation-name'
export const ADDON_POD_IDENTITY_NAME_TAG = 'alpha.eksctl.io/addon-podidentityassociation-name'
export const KARPENTER_NAME_TAG = 'alpha.eksctl.io/karpenter-name'
export const KARPENTER_VERSION_TAG = 'alpha.eksctl.io/karpenter-version'
export const SERVICE_ACCOUNT_NAME_TAG = 'alpha.eksctl.io/iamserviceaccount-name'

/**
 * The release whose stacks ours follow. eksctl parses the part before the dash as a semantic version when it upgrades a
 * node group (ParseEksctlVersion), and would stop at a word.
 */
export const EKSCTL_VERSION = '0.230.0-neargate'

/** The tags that eksctl puts on everything of a cluster. */
export function clusterTags(cluster: string): Readonly<Record<string, string>> {
  return {
    [CLUSTER_NAME_TAG]: cluster,
    [OLD_CLUSTER_NAME_TAG]: cluster,
    [EKSCTL_VERSION_TAG]: EKSCTL_VERSION,
  }
}

/** The tags that eksctl puts on everything of a managed node group. */
export function managedNodeGroupTags(nodeGroup: string): Readonly<Record<string, string>> {
  return { [NODE_GROUP_NAME_TAG]: nodeGroup, [NODE_GROUP_TYPE_TAG]: 'managed' }
}

/** The tags that eksctl puts on the stack of a self-managed node group. */
export function selfManagedNodeGroupTags(nodeGroup: string): Readonly<Record<string, string>> {
  return {
    [NODE_GROUP_NAME_TAG]: nodeGroup,
    'eksctl.io/v1alpha2/nodegroup-name': nodeGroup,
    [NODE_GROUP_TYPE_TAG]: 'unmanaged',
  }
}

/** The labels that eksctl puts on every node of a group (its ClusterNameLabel and NodeGroupNameLabel). */
export function nodeLabels(cluster: string, nodeGroup: string): Readonly<Record<string, string>> {
  return { [CLUSTER_NAME_TAG]: cluster, [NODE_GROUP_NAME_TAG]: nodeGroup }
}

const NODE_TEMPLATE = 'k8s.io/cluster-autoscaler/node-template'

/**
 * Tags of an Auto Scaling group that tell the Cluster Autoscaler what nodes of an empty group would be like
 * (GenerateClusterAutoscalerTags).
 * @param labels all of the nodes, those of eksctl included
 */
export function autoscalerTags(
  labels: Readonly<Record<string, string>>,
  taints: readonly { readonly key: string; readonly value?: string }[],
): Readonly<Record<string, string>> {
  return {
    ...Object.fromEntries(
      Object.entries(labels).map(([key, value]) => [`${NODE_TEMPLATE}/label/${key}`, value]),
    ),
    ...Object.fromEntries(taints.map(({ key, value = '' }) => [`${NODE_TEMPLATE}/taint/${key}`, value])),
  }
}

/** The cluster that the tags name, as eksctl reads them (matchesClusterName). */
export function clusterOfTags(tags: Readonly<Record<string, string>>): string | undefined {
  return tags[CLUSTER_NAME_TAG] ?? tags[OLD_CLUSTER_NAME_TAG]
}
