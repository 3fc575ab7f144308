// Owns the marks of the fields of a cluster as a whole: the root, metadata, network, logging and what is beside them.
import type { Marks } from './mark.ts'

const AMAZONS_IPV6 =
  'Addresses of your own are not brought along; leave it out, and the VPC gets a block of Amazon.'

export const clusterMarks: Marks = {
  ClusterConfig: {
    honoured: [
      'accessConfig',
      'addons',
      'addonsConfig',
      'apiVersion',
      'autoModeConfig',
      'availabilityZones',
      'cloudWatch',
      'controlPlaneScalingConfig',
      'fargateProfiles',
      'iam',
      'iamIdentityMappings',
      'identityProviders',
      'karpenter',
      'kind',
      'kubeAPIServerConfig',
      'kubeControllerManagerConfig',
      'kubeSchedulerConfig',
      'kubernetesNetworkConfig',
      'managedNodeGroups',
      'metadata',
      'nodeGroups',
      'privateCluster',
      'remoteNetworkConfig',
      'secretsEncryption',
      'upgradePolicy',
      'vpc',
      'zonalShiftConfig',
    ],
    refused: {
      capabilities:
        'Argo CD, ACK and kro as managed by EKS are not emulated; install their charts after up, or run eksctl create capability on AWS.',
      gitops:
        'Flux writes to a Git repository of yours; run flux bootstrap, as eksctl does, against the cluster after up.',
      localZones: 'No subnets are made in local zones; use availabilityZones.',
      outpost: 'An Outpost is hardware on premises, which up builds nothing on; leave it out.',
    },
  },
  ClusterMeta: {
    honoured: ['annotations', 'name', 'region', 'tags', 'version'],
    noEffect: {
      forceUpdateVersion: 'It concerns eksctl upgrade cluster alone.',
      rollbackConfig: 'It concerns eksctl upgrade cluster alone.',
    },
  },
  KubernetesNetworkConfig: {
    honoured: ['ipFamily', 'serviceIPv4CIDR'],
    refused: { serviceIPv6CIDR: 'EKS chooses the block of IPv6 Services itself; leave it out.' },
  },
  ClusterVPC: {
    honoured: [
      'autoAllocateIPv6',
      'cidr',
      'clusterEndpoints',
      'controlPlaneEgressMode',
      'controlPlaneOnPrivateSubnets',
      'controlPlaneSecurityGroupIDs',
      'controlPlaneSubnetIDs',
      'extraCIDRs',
      'extraIPv6CIDRs',
      'hostnameType',
      'id',
      'manageSharedNodeSecurityGroupRules',
      'nat',
      'publicAccessCIDRs',
      'securityGroup',
      'sharedNodeSecurityGroup',
      'subnets',
    ],
    refused: {
      ipv6Cidr: AMAZONS_IPV6,
      ipv6Pool: AMAZONS_IPV6,
    },
  },
  RemoteNetworkConfig: { honoured: ['iam', 'remoteNodeNetworks', 'remotePodNetworks', 'vpcGatewayID'] },
  RemoteNetwork: { honoured: ['cidrs'] },
  RemoteNodesIAM: { honoured: ['caBundleCert', 'provider', 'roleARN'] },
  ControlPlaneScalingConfig: { honoured: ['tier'] },
  KubeAPIServerConfig: { honoured: ['eventTTL', 'serviceNodePortRange'] },
  ServiceNodePortRange: { honoured: ['maxPort', 'minPort'] },
  KubeControllerManagerConfig: { honoured: ['horizontalPodAutoscalerControllerConfig'] },
  HorizontalPodAutoscalerControllerConfig: { honoured: ['horizontalPodAutoscalerSyncPeriod'] },
  KubeSchedulerConfig: { honoured: ['nodeResourcesFit'] },
  NodeResourcesFitConfig: { honoured: ['scoringStrategy'] },
  ScoringStrategy: { honoured: ['resources', 'type'] },
  ResourceWeight: { honoured: ['name', 'weight'] },
  PrivateCluster: { honoured: ['additionalEndpointServices', 'enabled', 'skipEndpointCreation'] },
  Karpenter: {
    honoured: ['createServiceAccount', 'defaultInstanceProfile', 'version'],
    refused: {
      withSpotInterruptionQueue:
        'Queues and rules of EventBridge are not made, near or on AWS; leave it out: Karpenter runs without, and is not told when spot capacity ends.',
    },
  },
  AutoModeConfig: { honoured: ['enabled', 'nodePools', 'nodeRoleARN', 'permissionsBoundaryARN'] },
  ZonalShiftConfig: { honoured: ['enabled'] },
  UpgradePolicy: { honoured: ['supportType'] },
  SecretsEncryption: { honoured: ['keyARN'] },
  ClusterEndpoints: { honoured: ['privateAccess', 'publicAccess'] },
  ClusterNAT: { honoured: ['gateway'] },
  ClusterSubnets: { honoured: ['private', 'public'] },
  AZSubnetSpec: { honoured: ['az', 'cidr', 'id'] },
  ClusterCloudWatch: { honoured: ['clusterLogging'] },
  ClusterCloudWatchLogging: { honoured: ['enableTypes', 'logRetentionInDays'] },
  FargateProfile: {
    honoured: ['name', 'podExecutionRoleARN', 'selectors', 'subnets', 'tags'],
    noEffect: { status: 'It is what eksctl get fargateprofile says of a profile.' },
  },
  FargateProfileSelector: { honoured: ['labels', 'namespace'] },
}
