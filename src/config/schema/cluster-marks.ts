// Owns the marks of the fields of a cluster as a whole: the root, metadata, network, logging and what is beside them.
import type { Marks } from './mark.ts'

const IPV4_ONLY = 'Clusters are IPv4; leave it out.'

export const clusterMarks: Marks = {
  ClusterConfig: {
    honoured: [
      'accessConfig',
      'addons',
      'addonsConfig',
      'apiVersion',
      'availabilityZones',
      'cloudWatch',
      'fargateProfiles',
      'iam',
      'iamIdentityMappings',
      'identityProviders',
      'kind',
      'kubernetesNetworkConfig',
      'managedNodeGroups',
      'metadata',
      'nodeGroups',
      'privateCluster',
      'secretsEncryption',
      'upgradePolicy',
      'vpc',
      'zonalShiftConfig',
    ],
    refused: {
      autoModeConfig: 'EKS Auto Mode is not emulated; use managedNodeGroups.',
      capabilities: 'Managed Argo CD, ACK and kro are not emulated; install them into the cluster as charts.',
      gitops: 'Nothing installs Flux into the cluster; run flux bootstrap against it after up.',
      karpenter: 'Karpenter is not installed; size the managedNodeGroups instead.',
      localZones: 'The region has its availability zones only; use availabilityZones.',
      outpost: 'AWS Outposts are hardware on premises; leave it out for a cluster in the region.',
      remoteNetworkConfig: 'Hybrid nodes are machines on premises; use managedNodeGroups.',
    },
    noEffect: {
      controlPlaneScalingConfig: 'The near control plane has one size.',
      kubeAPIServerConfig: 'The near API server keeps its defaults.',
      kubeControllerManagerConfig: 'The near controllers keep their defaults.',
      kubeSchedulerConfig: 'The near scheduler keeps its defaults.',
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
    refused: { serviceIPv6CIDR: IPV4_ONLY },
  },
  ClusterVPC: {
    honoured: [
      'cidr',
      'clusterEndpoints',
      'controlPlaneOnPrivateSubnets',
      'controlPlaneSecurityGroupIDs',
      'controlPlaneSubnetIDs',
      'extraCIDRs',
      'extraIPv6CIDRs',
      'id',
      'manageSharedNodeSecurityGroupRules',
      'nat',
      'publicAccessCIDRs',
      'securityGroup',
      'sharedNodeSecurityGroup',
      'subnets',
    ],
    refused: {
      autoAllocateIPv6: IPV4_ONLY,
      hostnameType: 'Nodes are named by their IP address; leave it out.',
      ipv6Cidr: IPV4_ONLY,
      ipv6Pool: IPV4_ONLY,
    },
    noEffect: {
      controlPlaneEgressMode: 'The near control plane reaches the nodes either way.',
    },
  },
  PrivateCluster: { honoured: ['additionalEndpointServices', 'enabled', 'skipEndpointCreation'] },
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
