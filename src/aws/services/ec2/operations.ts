// Owns the table of EC2's operations.
import { bindOperations } from '../../protocol/operation.ts'
import type { Operations } from '../../protocol/service.ts'
import * as attachments from './attachments.ts'
import * as catalog from './catalog.ts'
import * as defaults from './default-vpc.ts'
import * as dhcpOptions from './dhcp-options.ts'
import * as egressOnlyGateways from './egress-only-gateways.ts'
import * as elasticIps from './elastic-ips.ts'
import * as endpointServices from './endpoint-services.ts'
import * as fleets from './fleets.ts'
import * as imageAttributes from './image-attributes.ts'
import * as images from './images.ts'
import * as ownImages from './own-images.ts'
import * as internetGateways from './internet-gateways.ts'
import * as natGateways from './nat-gateways.ts'
import * as instanceTypes from './instance-types.ts'
import * as attributes from './instance-attributes.ts'
import * as states from './instance-states.ts'
import * as instances from './instances.ts'
import * as keyPairs from './key-pairs.ts'
import * as templates from './launch-templates.ts'
import * as ruleChanges from './modify-security-group-rules.ts'
import { modifyVpcEndpoint } from './modify-vpc-endpoint.ts'
import * as aclEntries from './network-acl-entries.ts'
import * as acls from './network-acls.ts'
import * as interfaces from './network-interfaces.ts'
import * as interfaces6 from './interface-addresses6.ts'
import * as profiles from './profile-associations.ts'
import * as managedPrefixLists from './managed-prefix-lists.ts'
import * as prefixLists from './prefix-lists.ts'
import * as placementGroups from './placement-groups.ts'
import * as associations from './route-table-associations.ts'
import * as routeTables from './route-tables.ts'
import * as encryption from './ebs-encryption.ts'
import * as launch from './run-instances.ts'
import * as rules from './security-group-rules.ts'
import * as groups from './security-groups.ts'
import * as snapshotAttributes from './snapshot-attributes.ts'
import * as snapshots from './snapshots.ts'
import * as subnetCidrs from './subnet-cidr-blocks.ts'
import * as subnets from './subnets.ts'
import * as tags from './tags.ts'
import * as volumeChanges from './modify-volume.ts'
import * as volumes from './volumes.ts'
import * as endpoints from './vpc-endpoints.ts'
import * as vpcCidrs from './vpc-cidr-blocks.ts'
import * as vpcs from './vpcs.ts'
import type { Ec2State } from './state.ts'

const OPERATIONS = {
  AllocateAddress: elasticIps.allocateAddress,
  AssignIpv6Addresses: interfaces6.assignIpv6Addresses,
  AssignPrivateIpAddresses: interfaces.assignPrivateIpAddresses,
  AssociateAddress: elasticIps.associateAddress,
  AssociateIamInstanceProfile: profiles.associateIamInstanceProfile,
  AssociateRouteTable: associations.associateRouteTable,
  AssociateSubnetCidrBlock: subnetCidrs.associateSubnetCidrBlock,
  AssociateVpcCidrBlock: vpcCidrs.associateVpcCidrBlock,
  AttachInternetGateway: internetGateways.attachInternetGateway,
  AttachVolume: attachments.attachVolume,
  AuthorizeSecurityGroupEgress: rules.authorizeSecurityGroupEgress,
  AuthorizeSecurityGroupIngress: rules.authorizeSecurityGroupIngress,
  CopyImage: ownImages.copyImage,
  CopySnapshot: snapshots.copySnapshot,
  CreateDefaultSubnet: defaults.createDefaultSubnet,
  CreateDefaultVpc: defaults.createDefaultVpc,
  CreateEgressOnlyInternetGateway: egressOnlyGateways.createEgressOnlyGateway,
  CreateFleet: fleets.createFleet,
  CreateImage: ownImages.createImage,
  CreateInternetGateway: internetGateways.createInternetGateway,
  CreateKeyPair: keyPairs.createKeyPair,
  CreateLaunchTemplate: templates.createLaunchTemplate,
  CreateLaunchTemplateVersion: templates.createLaunchTemplateVersion,
  CreateNatGateway: natGateways.createNatGateway,
  CreateNetworkAcl: acls.createNetworkAcl,
  CreateNetworkAclEntry: aclEntries.createNetworkAclEntry,
  CreateNetworkInterface: interfaces.createNetworkInterface,
  AssociateDhcpOptions: dhcpOptions.associateDhcpOptions,
  CreateDhcpOptions: dhcpOptions.createDhcpOptions,
  DeleteDhcpOptions: dhcpOptions.deleteDhcpOptions,
  DescribeDhcpOptions: dhcpOptions.describeDhcpOptions,
  CreateManagedPrefixList: managedPrefixLists.createManagedPrefixList,
  DeleteManagedPrefixList: managedPrefixLists.deleteManagedPrefixList,
  GetManagedPrefixListAssociations: prefixLists.getManagedPrefixListAssociations,
  GetManagedPrefixListEntries: prefixLists.getManagedPrefixListEntries,
  ModifyManagedPrefixList: managedPrefixLists.modifyManagedPrefixList,
  RestoreManagedPrefixListVersion: managedPrefixLists.restoreManagedPrefixListVersion,
  CreatePlacementGroup: placementGroups.createPlacementGroup,
  CreateRoute: routeTables.createRoute,
  CreateRouteTable: routeTables.createRouteTable,
  CreateSecurityGroup: groups.createSecurityGroup,
  CreateSnapshot: snapshots.createSnapshot,
  CreateSnapshots: snapshots.createSnapshots,
  CreateSubnet: subnets.createSubnet,
  CreateTags: tags.createTags,
  CreateVolume: volumes.createVolume,
  CreateVpc: vpcs.createVpc,
  CreateVpcEndpoint: endpoints.createVpcEndpoint,
  DeleteEgressOnlyInternetGateway: egressOnlyGateways.deleteEgressOnlyGateway,
  DeleteFleets: fleets.deleteFleets,
  DeleteInternetGateway: internetGateways.deleteInternetGateway,
  DeleteKeyPair: keyPairs.deleteKeyPair,
  DeleteLaunchTemplate: templates.deleteLaunchTemplate,
  DeleteNatGateway: natGateways.deleteNatGateway,
  DeleteNetworkAcl: acls.deleteNetworkAcl,
  DeleteNetworkAclEntry: aclEntries.deleteNetworkAclEntry,
  DeleteNetworkInterface: interfaces.deleteNetworkInterface,
  DeletePlacementGroup: placementGroups.deletePlacementGroup,
  DeleteRoute: routeTables.deleteRoute,
  DeleteRouteTable: routeTables.deleteRouteTable,
  DeleteSecurityGroup: groups.deleteSecurityGroup,
  DeleteSnapshot: snapshots.deleteSnapshot,
  DeleteSubnet: subnets.deleteSubnet,
  DeleteTags: tags.deleteTags,
  DeleteVolume: volumes.deleteVolume,
  DeleteVpc: vpcs.deleteVpc,
  DeleteVpcEndpoints: endpoints.deleteVpcEndpoints,
  DeregisterImage: ownImages.deregisterImage,
  DescribeAccountAttributes: catalog.describeAccountAttributes,
  DescribeAddresses: elasticIps.describeAddresses,
  DescribeAddressesAttribute: elasticIps.describeAddressesAttribute,
  DescribeAvailabilityZones: catalog.describeAvailabilityZones,
  DescribeEgressOnlyInternetGateways: egressOnlyGateways.describeEgressOnlyGateways,
  DescribeFleets: fleets.describeFleets,
  DescribeIamInstanceProfileAssociations: profiles.describeProfileAssociations,
  DescribeImageAttribute: imageAttributes.describeImageAttribute,
  DescribeImages: images.describeImages,
  DescribeInstanceAttribute: attributes.describeInstanceAttribute,
  DescribeInstanceStatus: instances.describeInstanceStatus,
  DescribeInstanceTypeOfferings: instanceTypes.describeInstanceTypeOfferings,
  DescribeInstanceTypes: instanceTypes.describeInstanceTypes,
  DescribeInstances: instances.describeInstances,
  DescribeInternetGateways: internetGateways.describeInternetGateways,
  DescribeKeyPairs: keyPairs.describeKeyPairs,
  DescribeLaunchTemplateVersions: templates.describeLaunchTemplateVersions,
  DescribeLaunchTemplates: templates.describeLaunchTemplates,
  DescribeManagedPrefixLists: prefixLists.describeManagedPrefixLists,
  DescribeNatGateways: natGateways.describeNatGateways,
  DescribeNetworkAcls: acls.describeNetworkAcls,
  DescribeNetworkInterfaces: interfaces.describeNetworkInterfaces,
  DescribePlacementGroups: placementGroups.describePlacementGroups,
  DescribePrefixLists: prefixLists.describePrefixLists,
  DescribeRegions: catalog.describeRegions,
  DescribeRouteTables: routeTables.describeRouteTables,
  DescribeSecurityGroupRules: rules.describeSecurityGroupRules,
  DescribeSecurityGroups: groups.describeSecurityGroups,
  DescribeSnapshotAttribute: snapshotAttributes.describeSnapshotAttribute,
  DescribeSnapshots: snapshots.describeSnapshots,
  DescribeSpotPriceHistory: instanceTypes.describeSpotPriceHistory,
  DescribeSubnets: subnets.describeSubnets,
  DescribeTags: tags.describeTags,
  DescribeVolumes: volumes.describeVolumes,
  DescribeVolumesModifications: volumeChanges.describeVolumesModifications,
  DescribeVpcAttribute: vpcs.describeVpcAttribute,
  DescribeVpcEndpointServices: endpointServices.describeVpcEndpointServices,
  DescribeVpcEndpoints: endpoints.describeVpcEndpoints,
  DescribeVpcs: vpcs.describeVpcs,
  DetachInternetGateway: internetGateways.detachInternetGateway,
  DetachVolume: attachments.detachVolume,
  DisableEbsEncryptionByDefault: encryption.disableEncryption,
  DisassociateAddress: elasticIps.disassociateAddress,
  DisassociateIamInstanceProfile: profiles.disassociateIamInstanceProfile,
  DisassociateRouteTable: associations.disassociateRouteTable,
  DisassociateSubnetCidrBlock: subnetCidrs.disassociateSubnetCidrBlock,
  DisassociateVpcCidrBlock: vpcCidrs.disassociateVpcCidrBlock,
  EnableEbsEncryptionByDefault: encryption.enableEncryption,
  GetEbsDefaultKmsKeyId: encryption.getDefaultKey,
  GetEbsEncryptionByDefault: encryption.getEncryption,
  ImportKeyPair: keyPairs.importKeyPair,
  ModifyImageAttribute: imageAttributes.modifyImageAttribute,
  ModifyInstanceAttribute: attributes.modifyInstanceAttribute,
  ModifyLaunchTemplate: templates.modifyLaunchTemplate,
  ModifyNetworkInterfaceAttribute: interfaces.modifyNetworkInterfaceAttribute,
  ModifySecurityGroupRules: ruleChanges.modifySecurityGroupRules,
  ModifySnapshotAttribute: snapshotAttributes.modifySnapshotAttribute,
  ModifySubnetAttribute: subnets.modifySubnetAttribute,
  ModifyVolume: volumeChanges.modifyVolume,
  ModifyVpcAttribute: vpcs.modifyVpcAttribute,
  ModifyVpcTenancy: vpcs.modifyVpcTenancy,
  ModifyVpcEndpoint: modifyVpcEndpoint,
  MonitorInstances: attributes.monitorInstances,
  RebootInstances: states.rebootInstances,
  RegisterImage: ownImages.registerImage,
  ReleaseAddress: elasticIps.releaseAddress,
  ReplaceIamInstanceProfileAssociation: profiles.replaceIamInstanceProfileAssociation,
  ReplaceNetworkAclAssociation: acls.replaceNetworkAclAssociation,
  ReplaceNetworkAclEntry: aclEntries.replaceNetworkAclEntry,
  ReplaceRoute: routeTables.replaceRoute,
  ReplaceRouteTableAssociation: associations.replaceRouteTableAssociation,
  RevokeSecurityGroupEgress: rules.revokeSecurityGroupEgress,
  RevokeSecurityGroupIngress: rules.revokeSecurityGroupIngress,
  RunInstances: launch.runInstances,
  StartInstances: states.startInstances,
  StopInstances: states.stopInstances,
  TerminateInstances: instances.terminateInstances,
  UnassignIpv6Addresses: interfaces6.unassignIpv6Addresses,
  UnassignPrivateIpAddresses: interfaces.unassignPrivateIpAddresses,
  UnmonitorInstances: attributes.unmonitorInstances,
  UpdateSecurityGroupRuleDescriptionsEgress: ruleChanges.updateSecurityGroupRuleDescriptionsEgress,
  UpdateSecurityGroupRuleDescriptionsIngress: ruleChanges.updateSecurityGroupRuleDescriptionsIngress,
}

/** Handlers by operation name. */
export function operationTable(ec2: Ec2State): Operations {
  return bindOperations(ec2, OPERATIONS)
}
