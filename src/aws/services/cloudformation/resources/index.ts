// Owns the table of the resource types that stacks may have.
import { autoScalingGroup } from './auto-scaling.ts'
import {
  gatewayAttachment,
  route,
  routeTableAssociation,
  securityGroupEgress,
  securityGroupIngress,
} from './ec2-links.ts'
import {
  elasticIp,
  internetGateway,
  launchTemplate,
  natGateway,
  routeTable,
  securityGroup,
  subnet,
  vpc,
} from './ec2.ts'
import { accessEntry, addon, cluster, fargateProfile, nodegroup } from './eks.ts'
import { instanceProfile, managedPolicy, oidcProvider, policy, role } from './iam.ts'
import { logGroup } from './logs.ts'
import type { ResourceProvider } from './provider.ts'

const providers: Readonly<Record<string, ResourceProvider>> = {
  'AWS::AutoScaling::AutoScalingGroup': autoScalingGroup,
  'AWS::EC2::EIP': elasticIp,
  'AWS::EC2::InternetGateway': internetGateway,
  'AWS::EC2::LaunchTemplate': launchTemplate,
  'AWS::EC2::NatGateway': natGateway,
  'AWS::EC2::Route': route,
  'AWS::EC2::RouteTable': routeTable,
  'AWS::EC2::SecurityGroup': securityGroup,
  'AWS::EC2::SecurityGroupEgress': securityGroupEgress,
  'AWS::EC2::SecurityGroupIngress': securityGroupIngress,
  'AWS::EC2::Subnet': subnet,
  'AWS::EC2::SubnetRouteTableAssociation': routeTableAssociation,
  'AWS::EC2::VPC': vpc,
  'AWS::EC2::VPCGatewayAttachment': gatewayAttachment,
  'AWS::EKS::AccessEntry': accessEntry,
  'AWS::EKS::Addon': addon,
  'AWS::EKS::Cluster': cluster,
  'AWS::EKS::FargateProfile': fargateProfile,
  'AWS::EKS::Nodegroup': nodegroup,
  'AWS::IAM::InstanceProfile': instanceProfile,
  'AWS::IAM::ManagedPolicy': managedPolicy,
  'AWS::IAM::OIDCProvider': oidcProvider,
  'AWS::IAM::Policy': policy,
  'AWS::IAM::Role': role,
  'AWS::Logs::LogGroup': logGroup,
}

/** The types that stacks may have; any other is refused by name. */
export function resourceTypes(): readonly string[] {
  return Object.keys(providers)
}

/** What makes resources of a type; undefined when the type is not emulated. */
export function findProvider(type: string): ResourceProvider | undefined {
  return Object.hasOwn(providers, type) ? providers[type] : undefined
}
