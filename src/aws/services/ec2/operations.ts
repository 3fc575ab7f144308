// Owns the table of EC2's operations.
import { bindOperations } from '../../protocol/operation.ts'
import type { AwsService } from '../../protocol/service.ts'
import * as catalog from './catalog.ts'
import * as elasticIps from './elastic-ips.ts'
import * as internetGateways from './internet-gateways.ts'
import * as natGateways from './nat-gateways.ts'
import * as instances from './instances.ts'
import * as templates from './launch-templates.ts'
import * as interfaces from './network-interfaces.ts'
import * as routeTables from './route-tables.ts'
import * as launch from './run-instances.ts'
import * as rules from './security-group-rules.ts'
import * as groups from './security-groups.ts'
import * as subnets from './subnets.ts'
import * as tags from './tags.ts'
import * as volumes from './volumes.ts'
import * as vpcs from './vpcs.ts'
import type { Ec2State } from './state.ts'

/** Handlers by operation name. */
export function operationTable(ec2: Ec2State): AwsService['operations'] {
  return bindOperations(ec2, {
    AllocateAddress: elasticIps.allocateAddress,
    AssignPrivateIpAddresses: interfaces.assignPrivateIpAddresses,
    AssociateRouteTable: routeTables.associateRouteTable,
    AttachInternetGateway: internetGateways.attachInternetGateway,
    AuthorizeSecurityGroupEgress: rules.authorizeSecurityGroupEgress,
    AuthorizeSecurityGroupIngress: rules.authorizeSecurityGroupIngress,
    CreateInternetGateway: internetGateways.createInternetGateway,
    CreateLaunchTemplate: templates.createLaunchTemplate,
    CreateLaunchTemplateVersion: templates.createLaunchTemplateVersion,
    CreateNatGateway: natGateways.createNatGateway,
    CreateNetworkInterface: interfaces.createNetworkInterface,
    CreateRoute: routeTables.createRoute,
    CreateRouteTable: routeTables.createRouteTable,
    CreateSecurityGroup: groups.createSecurityGroup,
    CreateSubnet: subnets.createSubnet,
    CreateTags: tags.createTags,
    CreateVolume: volumes.createVolume,
    CreateVpc: vpcs.createVpc,
    DeleteInternetGateway: internetGateways.deleteInternetGateway,
    DeleteLaunchTemplate: templates.deleteLaunchTemplate,
    DeleteNatGateway: natGateways.deleteNatGateway,
    DeleteNetworkInterface: interfaces.deleteNetworkInterface,
    DeleteRoute: routeTables.deleteRoute,
    DeleteRouteTable: routeTables.deleteRouteTable,
    DeleteSecurityGroup: groups.deleteSecurityGroup,
    DeleteSubnet: subnets.deleteSubnet,
    DeleteTags: tags.deleteTags,
    DeleteVolume: volumes.deleteVolume,
    DeleteVpc: vpcs.deleteVpc,
    DescribeAccountAttributes: catalog.describeAccountAttributes,
    DescribeAddresses: elasticIps.describeAddresses,
    DescribeAvailabilityZones: catalog.describeAvailabilityZones,
    DescribeImages: catalog.describeImages,
    DescribeInstanceStatus: instances.describeInstanceStatus,
    DescribeInstanceTypeOfferings: catalog.describeInstanceTypeOfferings,
    DescribeInstanceTypes: catalog.describeInstanceTypes,
    DescribeInstances: instances.describeInstances,
    DescribeInternetGateways: internetGateways.describeInternetGateways,
    DescribeKeyPairs: catalog.describeKeyPairs,
    DescribeLaunchTemplateVersions: templates.describeLaunchTemplateVersions,
    DescribeLaunchTemplates: templates.describeLaunchTemplates,
    DescribeNatGateways: natGateways.describeNatGateways,
    DescribeNetworkInterfaces: interfaces.describeNetworkInterfaces,
    DescribeRegions: catalog.describeRegions,
    DescribeRouteTables: routeTables.describeRouteTables,
    DescribeSecurityGroupRules: rules.describeSecurityGroupRules,
    DescribeSecurityGroups: groups.describeSecurityGroups,
    DescribeSubnets: subnets.describeSubnets,
    DescribeTags: tags.describeTags,
    DescribeVolumes: volumes.describeVolumes,
    DescribeVpcAttribute: vpcs.describeVpcAttribute,
    DescribeVpcs: vpcs.describeVpcs,
    DetachInternetGateway: internetGateways.detachInternetGateway,
    DisassociateRouteTable: routeTables.disassociateRouteTable,
    ModifyLaunchTemplate: templates.modifyLaunchTemplate,
    ModifyNetworkInterfaceAttribute: interfaces.modifyNetworkInterfaceAttribute,
    ModifySubnetAttribute: subnets.modifySubnetAttribute,
    ModifyVpcAttribute: vpcs.modifyVpcAttribute,
    ReleaseAddress: elasticIps.releaseAddress,
    ReplaceRoute: routeTables.replaceRoute,
    RevokeSecurityGroupEgress: rules.revokeSecurityGroupEgress,
    RevokeSecurityGroupIngress: rules.revokeSecurityGroupIngress,
    RunInstances: launch.runInstances,
    TerminateInstances: instances.terminateInstances,
    UnassignPrivateIpAddresses: interfaces.unassignPrivateIpAddresses,
  })
}
