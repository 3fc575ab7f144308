// Owns the table of EC2's operations.
import { operation, type AwsService } from '../../protocol/service.ts'
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
  return {
    AllocateAddress: operation(elasticIps.allocateAddress, ec2),
    AssignPrivateIpAddresses: operation(interfaces.assignPrivateIpAddresses, ec2),
    AssociateRouteTable: operation(routeTables.associateRouteTable, ec2),
    AttachInternetGateway: operation(internetGateways.attachInternetGateway, ec2),
    AuthorizeSecurityGroupEgress: operation(rules.authorizeSecurityGroupEgress, ec2),
    AuthorizeSecurityGroupIngress: operation(rules.authorizeSecurityGroupIngress, ec2),
    CreateInternetGateway: operation(internetGateways.createInternetGateway, ec2),
    CreateLaunchTemplate: operation(templates.createLaunchTemplate, ec2),
    CreateLaunchTemplateVersion: operation(templates.createLaunchTemplateVersion, ec2),
    CreateNatGateway: operation(natGateways.createNatGateway, ec2),
    CreateNetworkInterface: operation(interfaces.createNetworkInterface, ec2),
    CreateRoute: operation(routeTables.createRoute, ec2),
    CreateRouteTable: operation(routeTables.createRouteTable, ec2),
    CreateSecurityGroup: operation(groups.createSecurityGroup, ec2),
    CreateSubnet: operation(subnets.createSubnet, ec2),
    CreateTags: operation(tags.createTags, ec2),
    CreateVpc: operation(vpcs.createVpc, ec2),
    DeleteInternetGateway: operation(internetGateways.deleteInternetGateway, ec2),
    DeleteLaunchTemplate: operation(templates.deleteLaunchTemplate, ec2),
    DeleteNatGateway: operation(natGateways.deleteNatGateway, ec2),
    DeleteNetworkInterface: operation(interfaces.deleteNetworkInterface, ec2),
    DeleteRoute: operation(routeTables.deleteRoute, ec2),
    DeleteRouteTable: operation(routeTables.deleteRouteTable, ec2),
    DeleteSecurityGroup: operation(groups.deleteSecurityGroup, ec2),
    DeleteSubnet: operation(subnets.deleteSubnet, ec2),
    DeleteTags: operation(tags.deleteTags, ec2),
    DeleteVpc: operation(vpcs.deleteVpc, ec2),
    DescribeAccountAttributes: operation(catalog.describeAccountAttributes, ec2),
    DescribeAddresses: operation(elasticIps.describeAddresses, ec2),
    DescribeAvailabilityZones: operation(catalog.describeAvailabilityZones, ec2),
    DescribeImages: operation(catalog.describeImages, ec2),
    DescribeInstanceStatus: operation(instances.describeInstanceStatus, ec2),
    DescribeInstanceTypeOfferings: operation(catalog.describeInstanceTypeOfferings, ec2),
    DescribeInstanceTypes: operation(catalog.describeInstanceTypes, ec2),
    DescribeInstances: operation(instances.describeInstances, ec2),
    DescribeInternetGateways: operation(internetGateways.describeInternetGateways, ec2),
    DescribeKeyPairs: operation(catalog.describeKeyPairs, ec2),
    DescribeLaunchTemplateVersions: operation(templates.describeLaunchTemplateVersions, ec2),
    DescribeLaunchTemplates: operation(templates.describeLaunchTemplates, ec2),
    DescribeNatGateways: operation(natGateways.describeNatGateways, ec2),
    DescribeNetworkInterfaces: operation(interfaces.describeNetworkInterfaces, ec2),
    DescribeRegions: operation(catalog.describeRegions, ec2),
    DescribeRouteTables: operation(routeTables.describeRouteTables, ec2),
    DescribeSecurityGroupRules: operation(rules.describeSecurityGroupRules, ec2),
    DescribeSecurityGroups: operation(groups.describeSecurityGroups, ec2),
    DescribeSubnets: operation(subnets.describeSubnets, ec2),
    DescribeTags: operation(tags.describeTags, ec2),
    DescribeVolumes: operation(volumes.describeVolumes, ec2),
    DescribeVpcAttribute: operation(vpcs.describeVpcAttribute, ec2),
    DescribeVpcs: operation(vpcs.describeVpcs, ec2),
    DetachInternetGateway: operation(internetGateways.detachInternetGateway, ec2),
    DisassociateRouteTable: operation(routeTables.disassociateRouteTable, ec2),
    ModifyLaunchTemplate: operation(templates.modifyLaunchTemplate, ec2),
    ModifyNetworkInterfaceAttribute: operation(interfaces.modifyNetworkInterfaceAttribute, ec2),
    ModifySubnetAttribute: operation(subnets.modifySubnetAttribute, ec2),
    ModifyVpcAttribute: operation(vpcs.modifyVpcAttribute, ec2),
    ReleaseAddress: operation(elasticIps.releaseAddress, ec2),
    ReplaceRoute: operation(routeTables.replaceRoute, ec2),
    RevokeSecurityGroupEgress: operation(rules.revokeSecurityGroupEgress, ec2),
    RevokeSecurityGroupIngress: operation(rules.revokeSecurityGroupIngress, ec2),
    RunInstances: operation(launch.runInstances, ec2),
    TerminateInstances: operation(instances.terminateInstances, ec2),
    UnassignPrivateIpAddresses: operation(interfaces.unassignPrivateIpAddresses, ec2),
  }
}
