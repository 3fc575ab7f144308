// Owns the stack of Karpenter: what it may do, and the role and instance profile of the nodes that it makes.
// Source: eksctl pkg/cfn/builder/karpenter.go.
import type { ClusterConfig } from '../../config/cluster-config.ts'
import {
  karpenterNodeRoleName,
  karpenterPolicyName,
  karpenterProfileName,
} from '../../rules/eksctl/karpenter.ts'
import { managedPolicy, ref, servicePrincipals, serviceTrust, type Template } from './template.ts'

const NODE_POLICIES = [
  'AmazonEC2ContainerRegistryPullOnly',
  'AmazonEKSWorkerNodePolicy',
  'AmazonEKS_CNI_Policy',
  'AmazonSSMManagedInstanceCore',
]

const ACTIONS = [
  'ec2:CreateFleet',
  'ec2:CreateLaunchTemplate',
  'ec2:CreateTags',
  'ec2:DescribeAvailabilityZones',
  'ec2:DescribeInstanceTypeOfferings',
  'ec2:DescribeInstanceTypes',
  'ec2:DescribeInstances',
  'ec2:DescribeLaunchTemplates',
  'ec2:DescribeSecurityGroups',
  'ec2:DescribeSubnets',
  'ec2:DeleteLaunchTemplate',
  'ec2:RunInstances',
  'ec2:TerminateInstances',
  'ec2:DescribeImages',
  'ec2:DescribeSpotPriceHistory',
  'ec2:DescribeCapacityReservations',
  'iam:PassRole',
  'iam:CreateServiceLinkedRole',
  'iam:GetInstanceProfile',
  'iam:CreateInstanceProfile',
  'iam:DeleteInstanceProfile',
  'iam:TagInstanceProfile',
  'iam:AddRoleToInstanceProfile',
  'iam:RemoveRoleFromInstanceProfile',
  'iam:ListInstanceProfiles',
  'iam:ListInstanceProfilesForRole',
  'eks:DescribeCluster',
  'ssm:GetParameter',
  'pricing:GetProducts',
]

/** The template of `eksctl-CLUSTER-karpenter`. */
export function karpenterTemplate({ metadata: { name }, iam, karpenter }: ClusterConfig): Template {
  const boundary = iam?.serviceRolePermissionsBoundary
  return {
    AWSTemplateFormatVersion: '2010-09-09',
    Description: 'Karpenter Stack [created by neargate]',
    Mappings: servicePrincipals,
    Resources: {
      KarpenterNodeRole: {
        Type: 'AWS::IAM::Role',
        Properties: {
          RoleName: karpenterNodeRoleName(name),
          Path: '/',
          AssumeRolePolicyDocument: serviceTrust({ service: 'EC2' }),
          ManagedPolicyArns: NODE_POLICIES.map(managedPolicy),
          ...(boundary === undefined ? {} : { PermissionsBoundary: boundary }),
        },
      },
      KarpenterNodeInstanceProfile: {
        Type: 'AWS::IAM::InstanceProfile',
        Properties: {
          InstanceProfileName: karpenter?.defaultInstanceProfile ?? karpenterProfileName(name),
          Path: '/',
          Roles: [ref('KarpenterNodeRole')],
        },
      },
      KarpenterControllerPolicy: {
        Type: 'AWS::IAM::ManagedPolicy',
        Properties: {
          ManagedPolicyName: karpenterPolicyName(name),
          PolicyDocument: {
            Version: '2012-10-17',
            Statement: [{ Effect: 'Allow', Resource: '*', Action: ACTIONS }],
          },
        },
      },
    },
  }
}
