// Owns the table of the operations that EKS serves.
import { type Handler, operation } from '../../protocol/service.ts'
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
import { createNodegroup } from './nodegroups/create-nodegroup.ts'
import { deleteNodegroup } from './nodegroups/delete-nodegroup.ts'
import { describeNodegroup } from './nodegroups/describe-nodegroup.ts'
import { listNodegroups } from './nodegroups/list-nodegroups.ts'
import { updateNodegroupConfig } from './nodegroups/update-nodegroup-config.ts'
import { updateNodegroupVersion } from './nodegroups/update-nodegroup-version.ts'
import type { Eks } from './state.ts'
import { listTagsForResource } from './tags/list-tags-for-resource.ts'
import { tagResource } from './tags/tag-resource.ts'
import { untagResource } from './tags/untag-resource.ts'

/** Handlers by published name. */
export function operationsOf(eks: Eks): Readonly<Record<string, Handler<never, unknown>>> {
  return {
    CreateCluster: operation(createCluster, eks),
    DescribeCluster: operation(describeCluster, eks),
    ListClusters: operation(listClusters, eks),
    DeleteCluster: operation(deleteCluster, eks),
    UpdateClusterConfig: operation(updateClusterConfig, eks),
    UpdateClusterVersion: operation(updateClusterVersion, eks),
    DescribeUpdate: operation(describeUpdate, eks),
    ListUpdates: operation(listUpdates, eks),
    DescribeClusterVersions: operation(describeClusterVersions, eks),
    CreateNodegroup: operation(createNodegroup, eks),
    DescribeNodegroup: operation(describeNodegroup, eks),
    ListNodegroups: operation(listNodegroups, eks),
    DeleteNodegroup: operation(deleteNodegroup, eks),
    UpdateNodegroupConfig: operation(updateNodegroupConfig, eks),
    UpdateNodegroupVersion: operation(updateNodegroupVersion, eks),
    CreateFargateProfile: operation(createFargateProfile, eks),
    DescribeFargateProfile: operation(describeFargateProfile, eks),
    ListFargateProfiles: operation(listFargateProfiles, eks),
    DeleteFargateProfile: operation(deleteFargateProfile, eks),
    CreateAddon: operation(createAddon, eks),
    DescribeAddon: operation(describeAddon, eks),
    ListAddons: operation(listAddons, eks),
    UpdateAddon: operation(updateAddon, eks),
    DeleteAddon: operation(deleteAddon, eks),
    DescribeAddonVersions: operation(describeAddonVersions, eks),
    DescribeAddonConfiguration: operation(describeAddonConfiguration, eks),
    CreateAccessEntry: operation(createAccessEntry, eks),
    DescribeAccessEntry: operation(describeAccessEntry, eks),
    ListAccessEntries: operation(listAccessEntries, eks),
    UpdateAccessEntry: operation(updateAccessEntry, eks),
    DeleteAccessEntry: operation(deleteAccessEntry, eks),
    AssociateAccessPolicy: operation(associateAccessPolicy, eks),
    DisassociateAccessPolicy: operation(disassociateAccessPolicy, eks),
    ListAssociatedAccessPolicies: operation(listAssociatedAccessPolicies, eks),
    ListAccessPolicies: operation(listAccessPolicies, eks),
    TagResource: operation(tagResource, eks),
    UntagResource: operation(untagResource, eks),
    ListTagsForResource: operation(listTagsForResource, eks),
  }
}
