// Owns the table of the operations that EKS serves.
import { bindOperations } from '../../protocol/operation.ts'
import type { Operations } from '../../protocol/service.ts'
import { associateAccessPolicy } from './access/associate-access-policy.ts'
import { createAccessEntry } from './access/create-access-entry.ts'
import { deleteAccessEntry } from './access/delete-access-entry.ts'
import { describeAccessEntry } from './access/describe-access-entry.ts'
import { disassociateAccessPolicy } from './access/disassociate-access-policy.ts'
import { listAccessEntries } from './access/list-access-entries.ts'
import { listAccessPolicies } from './access/list-access-policies.ts'
import { listAssociatedAccessPolicies } from './access/list-associated-access-policies.ts'
import { updateAccessEntry } from './access/update-access-entry.ts'
import { createAddon } from './addons/create-addon.ts'
import { deleteAddon } from './addons/delete-addon.ts'
import { describeAddonConfiguration } from './addons/describe-addon-configuration.ts'
import { describeAddonVersions } from './addons/describe-addon-versions.ts'
import { describeAddon } from './addons/describe-addon.ts'
import { listAddons } from './addons/list-addons.ts'
import { updateAddon } from './addons/update-addon.ts'
import { associateEncryptionConfig } from './clusters/associate-encryption-config.ts'
import { createCluster } from './clusters/create-cluster.ts'
import { deleteCluster } from './clusters/delete-cluster.ts'
import { describeClusterVersions } from './clusters/describe-cluster-versions.ts'
import { describeCluster } from './clusters/describe-cluster.ts'
import { describeUpdate } from './clusters/describe-update.ts'
import { listClusters } from './clusters/list-clusters.ts'
import { listUpdates } from './clusters/list-updates.ts'
import { updateClusterConfig } from './clusters/update-cluster-config.ts'
import { updateClusterVersion } from './clusters/update-cluster-version.ts'
import { createFargateProfile } from './fargate/create-fargate-profile.ts'
import { deleteFargateProfile } from './fargate/delete-fargate-profile.ts'
import { describeFargateProfile } from './fargate/describe-fargate-profile.ts'
import { listFargateProfiles } from './fargate/list-fargate-profiles.ts'
import { associateIdentityProviderConfig } from './identity-providers/associate-identity-provider-config.ts'
import { describeIdentityProviderConfig } from './identity-providers/describe-identity-provider-config.ts'
import { disassociateIdentityProviderConfig } from './identity-providers/disassociate-identity-provider-config.ts'
import { listIdentityProviderConfigs } from './identity-providers/list-identity-provider-configs.ts'
import { describeInsight } from './insights/describe-insight.ts'
import { listInsights } from './insights/list-insights.ts'
import { describeInsightsRefresh, startInsightsRefresh } from './insights/refresh.ts'
import { createNodegroup } from './nodegroups/create-nodegroup.ts'
import { deleteNodegroup } from './nodegroups/delete-nodegroup.ts'
import { describeNodegroup } from './nodegroups/describe-nodegroup.ts'
import { listNodegroups } from './nodegroups/list-nodegroups.ts'
import { updateNodegroupConfig } from './nodegroups/update-nodegroup-config.ts'
import { updateNodegroupVersion } from './nodegroups/update-nodegroup-version.ts'
import { createPodIdentityAssociation } from './pod-identity/create-pod-identity-association.ts'
import { deletePodIdentityAssociation } from './pod-identity/delete-pod-identity-association.ts'
import { describePodIdentityAssociation } from './pod-identity/describe-pod-identity-association.ts'
import { listPodIdentityAssociations } from './pod-identity/list-pod-identity-associations.ts'
import { updatePodIdentityAssociation } from './pod-identity/update-pod-identity-association.ts'
import type { Eks } from './state.ts'
import { listTagsForResource } from './tags/list-tags-for-resource.ts'
import { tagResource } from './tags/tag-resource.ts'
import { untagResource } from './tags/untag-resource.ts'

/** Operations by published name. */
export function operationsOf(eks: Eks): Operations {
  return bindOperations(eks, {
    CreateCluster: createCluster,
    DescribeCluster: describeCluster,
    ListClusters: listClusters,
    DeleteCluster: deleteCluster,
    UpdateClusterConfig: updateClusterConfig,
    UpdateClusterVersion: updateClusterVersion,
    AssociateEncryptionConfig: associateEncryptionConfig,
    DescribeUpdate: describeUpdate,
    ListUpdates: listUpdates,
    DescribeClusterVersions: describeClusterVersions,
    CreateNodegroup: createNodegroup,
    DescribeNodegroup: describeNodegroup,
    ListNodegroups: listNodegroups,
    DeleteNodegroup: deleteNodegroup,
    UpdateNodegroupConfig: updateNodegroupConfig,
    UpdateNodegroupVersion: updateNodegroupVersion,
    CreateFargateProfile: createFargateProfile,
    DescribeFargateProfile: describeFargateProfile,
    ListFargateProfiles: listFargateProfiles,
    DeleteFargateProfile: deleteFargateProfile,
    CreateAddon: createAddon,
    DescribeAddon: describeAddon,
    ListAddons: listAddons,
    UpdateAddon: updateAddon,
    DeleteAddon: deleteAddon,
    DescribeAddonVersions: describeAddonVersions,
    DescribeAddonConfiguration: describeAddonConfiguration,
    CreateAccessEntry: createAccessEntry,
    DescribeAccessEntry: describeAccessEntry,
    ListAccessEntries: listAccessEntries,
    UpdateAccessEntry: updateAccessEntry,
    DeleteAccessEntry: deleteAccessEntry,
    AssociateAccessPolicy: associateAccessPolicy,
    DisassociateAccessPolicy: disassociateAccessPolicy,
    ListAssociatedAccessPolicies: listAssociatedAccessPolicies,
    ListAccessPolicies: listAccessPolicies,
    CreatePodIdentityAssociation: createPodIdentityAssociation,
    DescribePodIdentityAssociation: describePodIdentityAssociation,
    ListPodIdentityAssociations: listPodIdentityAssociations,
    UpdatePodIdentityAssociation: updatePodIdentityAssociation,
    DeletePodIdentityAssociation: deletePodIdentityAssociation,
    AssociateIdentityProviderConfig: associateIdentityProviderConfig,
    DescribeIdentityProviderConfig: describeIdentityProviderConfig,
    ListIdentityProviderConfigs: listIdentityProviderConfigs,
    DisassociateIdentityProviderConfig: disassociateIdentityProviderConfig,
    ListInsights: listInsights,
    DescribeInsight: describeInsight,
    StartInsightsRefresh: startInsightsRefresh,
    DescribeInsightsRefresh: describeInsightsRefresh,
    TagResource: tagResource,
    UntagResource: untagResource,
    ListTagsForResource: listTagsForResource,
  })
}
