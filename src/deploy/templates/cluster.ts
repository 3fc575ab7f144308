// Owns the cluster stack: service role, control plane, and the outputs other stacks import.
import { isIpv6 } from '../../config/ip-family.ts'
import type { ClusterConfig } from '../../config/cluster-config.ts'
import { autoModePools, isAutoMode } from '../../rules/eksctl/auto-mode.ts'
import { enabledLogTypes } from '../../rules/eksctl/log-types.ts'
import { controlPlaneGroups, securityGroups, sharedGroupOf } from './cluster-security-groups.ts'
import { componentProperties } from './control-plane-components.ts'
import { remoteNetworkProperties, remoteNodes, remoteNodesOutputs } from './remote-nodes.ts'
import { vpcEndpoints } from './vpc-endpoints.ts'
import {
  exported,
  getAtt,
  join,
  managedPolicy,
  nameTag,
  ref,
  servicePrincipals,
  serviceTrust,
  sub,
  type Resources,
  type Template,
  type TemplateOutput,
  type Value,
} from './template.ts'

/** The network a cluster stack stands in: literal ids of an existing VPC, or references to its own resources. */
export interface ClusterNetwork {
  readonly vpc: Value
  readonly privateSubnets: readonly Value[]
  readonly publicSubnets: readonly Value[]
  /** Of the private subnets; looked up for private clusters only where the VPC is there already. */
  readonly privateRouteTables: readonly Value[]
  /** Resources to create along with the cluster; none for an existing VPC. */
  readonly resources: Resources
  readonly natMode: string | undefined
}

/** The template of the stack `eksctl-CLUSTER-cluster`. `version` is the Kubernetes version to create. */
export function clusterTemplate(config: ClusterConfig, network: ClusterNetwork, version: string): Template {
  return {
    AWSTemplateFormatVersion: '2010-09-09',
    Description: `EKS cluster (dedicated VPC: ${Object.keys(network.resources).length > 0}, dedicated IAM: true) [created by neargate]`,
    Mappings: servicePrincipals,
    Resources: {
      ...network.resources,
      ...securityGroups(config, network.vpc),
      ...vpcEndpoints(config, network, sharedGroupOf(config)),
      ...(config.iam?.serviceRoleARN === undefined ? { ServiceRole: serviceRole(config) } : {}),
      ...autoModeRole(config),
      ...remoteNodes(config),
      ControlPlane: { Type: 'AWS::EKS::Cluster', Properties: controlPlane(config, network, version) },
    },
    Outputs: outputs(config, network),
  }
}

function serviceRole(config: ClusterConfig): Resources[string] {
  const boundary = config.iam?.serviceRolePermissionsBoundary
  return {
    Type: 'AWS::IAM::Role',
    Properties: {
      AssumeRolePolicyDocument: serviceTrust({
        service: 'EKS',
        actions: ['sts:AssumeRole', 'sts:TagSession'],
      }),
      ManagedPolicyArns: [
        'AmazonEKSClusterPolicy',
        ...(config.iam?.vpcResourceControllerPolicy === false ? [] : ['AmazonEKSVPCResourceController']),
        ...(isAutoMode(config) ? AUTO_MODE_POLICIES : []),
      ].map(managedPolicy),
      ...(boundary === undefined ? {} : { PermissionsBoundary: boundary }),
      Tags: [nameTag('ServiceRole')],
    },
  }
}

// pkg/cfn/builder/auto_mode.go
const AUTO_MODE_POLICIES = [
  'AmazonEKSComputePolicy',
  'AmazonEKSBlockStoragePolicy',
  'AmazonEKSLoadBalancingPolicy',
  'AmazonEKSNetworkingPolicy',
]
const AUTO_ROLE = 'AutoModeNodeRole'
// Its images are in the registry of the commercial partition alone.
const ELSEWHERE = /^(?:cn|us-gov|us-iso)/

/** The role of Auto Mode's nodes, where there are built-in pools and no role is given. */
function autoModeRole({ autoModeConfig, metadata }: ClusterConfig): Resources {
  if (autoModeConfig?.enabled !== true || autoModeConfig.nodeRoleARN !== undefined) return {}
  if (autoModePools(autoModeConfig).length === 0) return {}
  const { permissionsBoundaryARN: boundary } = autoModeConfig
  const policies = [
    'AmazonEC2ContainerRegistryPullOnly',
    ...(ELSEWHERE.test(metadata.region) ? [] : ['AmazonElasticContainerRegistryPublicReadOnly']),
    'AmazonEKSWorkerNodeMinimalPolicy',
  ]
  return {
    [AUTO_ROLE]: {
      Type: 'AWS::IAM::Role',
      Properties: {
        AssumeRolePolicyDocument: serviceTrust({ service: 'EC2' }),
        ManagedPolicyArns: policies.map(managedPolicy),
        ...(boundary === undefined ? {} : { PermissionsBoundary: boundary }),
      },
    },
  }
}

function autoModeSettings(config: ClusterConfig): Record<string, Value> {
  const { autoModeConfig } = config
  if (autoModeConfig?.enabled !== true) return {}
  const pools = autoModePools(autoModeConfig)
  return {
    ComputeConfig: {
      Enabled: true,
      ...(pools.length > 0
        ? { NodePools: pools, NodeRoleArn: autoModeConfig.nodeRoleARN ?? getAtt(AUTO_ROLE, 'Arn') }
        : {}),
    },
    StorageConfig: { BlockStorage: { Enabled: true } },
  }
}

/** True when nothing of the cluster is to be reached from the internet in the end. */
export function isFullyPrivate({ privateCluster }: ClusterConfig): boolean {
  return privateCluster?.enabled === true
}

// Auto Mode's nodes get the subnets of the control plane: in a network that is made for it, those that are private.
function isOnPrivateSubnets(config: ClusterConfig, { resources }: ClusterNetwork): boolean {
  if (config.vpc?.controlPlaneOnPrivateSubnets === true) return true
  return isAutoMode(config) && Object.keys(resources).length > 0
}

// A private cluster is closed at the end only: what is made in it is made through the public endpoint.
function controlPlane(
  config: ClusterConfig,
  network: ClusterNetwork,
  version: string,
): Record<string, Value | undefined> {
  const access = isFullyPrivate(config)
    ? { publicAccess: true, privateAccess: true }
    : config.vpc?.clusterEndpoints
  const cidrs = config.vpc?.publicAccessCIDRs ?? []
  const serviceCidr = config.kubernetesNetworkConfig?.serviceIPv4CIDR
  const egress = config.vpc?.controlPlaneEgressMode
  const logTypes = enabledLogTypes(config)
  const tags = Object.entries(config.metadata.tags ?? {}).map(([Key, value]) => ({ Key, Value: value }))
  return {
    Name: config.metadata.name,
    Version: version,
    RoleArn: config.iam?.serviceRoleARN ?? getAtt('ServiceRole', 'Arn'),
    ResourcesVpcConfig: {
      EndpointPublicAccess: access?.publicAccess ?? true,
      EndpointPrivateAccess: access?.privateAccess ?? false,
      SecurityGroupIds: controlPlaneGroups(config),
      SubnetIds: config.vpc?.controlPlaneSubnetIDs ?? [
        ...(isOnPrivateSubnets(config, network) ? [] : network.publicSubnets),
        ...network.privateSubnets,
      ],
      ...(cidrs.length > 0 ? { PublicAccessCidrs: cidrs } : {}),
      ...(egress === undefined ? {} : { ControlPlaneEgressMode: egress }),
    },
    KubernetesNetworkConfig: {
      IpFamily: isIpv6(config) ? 'ipv6' : 'ipv4',
      ...(serviceCidr === undefined ? {} : { ServiceIpv4Cidr: serviceCidr }),
      ...(isAutoMode(config) ? { ElasticLoadBalancing: { Enabled: true } } : {}),
    },
    ...autoModeSettings(config),
    ...(logTypes.length > 0
      ? { Logging: { ClusterLogging: { EnabledTypes: logTypes.map((Type) => ({ Type })) } } }
      : {}),
    AccessConfig: {
      AuthenticationMode: config.accessConfig?.authenticationMode ?? 'API_AND_CONFIG_MAP',
      BootstrapClusterCreatorAdminPermissions:
        config.accessConfig?.bootstrapClusterCreatorAdminPermissions ?? true,
    },
    BootstrapSelfManagedAddons: false,
    ...remoteNetworkProperties(config),
    ...componentProperties(config),
    ...(config.controlPlaneScalingConfig?.tier === undefined
      ? {}
      : { ControlPlaneScalingConfig: { Tier: config.controlPlaneScalingConfig.tier } }),
    ...(config.zonalShiftConfig?.enabled === true ? { ZonalShiftConfig: { Enabled: true } } : {}),
    ...(config.upgradePolicy?.supportType === undefined
      ? {}
      : { UpgradePolicy: { SupportType: config.upgradePolicy.supportType } }),
    ...(config.secretsEncryption === undefined
      ? {}
      : {
          EncryptionConfig: [
            { Provider: { KeyArn: config.secretsEncryption.keyARN }, Resources: ['secrets'] },
          ],
        }),
    Tags: [...tags, nameTag('ControlPlane')],
  }
}

function outputs(config: ClusterConfig, network: ClusterNetwork): Record<string, TemplateOutput> {
  const { privateSubnets, publicSubnets, natMode } = network
  return {
    VPC: exported('VPC', network.vpc),
    ...(natMode === undefined ? {} : { FeatureNATMode: { Value: natMode } }),
    ...(privateSubnets.length > 0
      ? { SubnetsPrivate: exported('SubnetsPrivate', join(',', privateSubnets)) }
      : {}),
    ...(publicSubnets.length > 0
      ? { SubnetsPublic: exported('SubnetsPublic', join(',', publicSubnets)) }
      : {}),
    SecurityGroup: exported('SecurityGroup', controlPlaneGroups(config)[0]),
    SharedNodeSecurityGroup: exported('SharedNodeSecurityGroup', sharedGroupOf(config)),
    ClusterSecurityGroupId: exported(
      'ClusterSecurityGroupId',
      getAtt('ControlPlane', 'ClusterSecurityGroupId'),
    ),
    ...(AUTO_ROLE in autoModeRole(config)
      ? {
          AutoModeNodeRoleARN: {
            Value: getAtt(AUTO_ROLE, 'Arn'),
            Export: { Name: sub('${AWS::StackName}-NodeRoleArn') },
          },
        }
      : {}),
    ...remoteNodesOutputs(config),
    ServiceRoleARN: exported('ServiceRoleARN', config.iam?.serviceRoleARN ?? getAtt('ServiceRole', 'Arn')),
    ARN: exported('ARN', getAtt('ControlPlane', 'Arn')),
    Endpoint: exported('Endpoint', getAtt('ControlPlane', 'Endpoint')),
    CertificateAuthorityData: { Value: getAtt('ControlPlane', 'CertificateAuthorityData') },
    ...(isFullyPrivate(config) ? { ClusterFullyPrivate: exported('ClusterFullyPrivate', true) } : {}),
    ClusterStackName: { Value: ref('AWS::StackName') },
  }
}
