// Owns the marks of the fields of node groups.
import type { Marks } from './mark.ts'

const NO_SHELL = 'Near nodes have no shell to log in to.'
const NO_MACHINE = 'Near nodes are no machines that boot.'

/** Acted on in both kinds of groups. */
const COMMON = [
  'additionalVolumes',
  'amiFamily',
  'availabilityZones',
  'desiredCapacity',
  'disableIMDSv1',
  'disablePodIMDS',
  'ebsOptimized',
  'enableDetailedMonitoring',
  'iam',
  'instanceName',
  'instancePrefix',
  'instanceSelector',
  'instanceType',
  'labels',
  'maxPodsPerNode',
  'maxSize',
  'minSize',
  'name',
  'overrideBootstrapCommand',
  'placement',
  'preBootstrapCommands',
  'privateNetworking',
  'securityGroups',
  'subnets',
  'tags',
  'taints',
  'volumeEncrypted',
  'volumeIOPS',
  'volumeKmsKeyID',
  'volumeName',
  'volumeSize',
  'volumeThroughput',
  'volumeType',
]
const REFUSED = {
  capacityReservation: 'No capacity can be reserved in a near region; leave it out.',
  instanceMarketOptions: 'Capacity blocks are not emulated; leave it out.',
  outpostARN: 'AWS Outposts are hardware on premises; leave it out for a cluster in the region.',
}
const NO_EFFECT = {
  asgSuspendProcesses: 'It concerns rolling updates of the Auto Scaling group, which are not made.',
  efaEnabled: NO_MACHINE,
  ssh: NO_SHELL,
}

export const nodeGroupMarks: Marks = {
  ManagedNodeGroup: {
    honoured: [
      ...COMMON,
      'instanceTypes',
      'launchTemplate',
      'nodeRepairConfig',
      'releaseVersion',
      'spot',
      'updateConfig',
    ],
    refused: {
      ...REFUSED,
      ami: 'Images of your own are emulated in nodeGroups only.',
      bottlerocket: 'Settings of Bottlerocket are read in nodeGroups only.',
    },
    noEffect: {
      ...NO_EFFECT,
      propagateASGTags: 'Tags are not copied to the Auto Scaling group.',
    },
  },
  NodeGroup: {
    honoured: [
      ...COMMON,
      'ami',
      'bottlerocket',
      'clusterDNS',
      'cpuCredits',
      'instancesDistribution',
      'kubeletExtraConfig',
      'propagateASGTags',
    ],
    refused: {
      ...REFUSED,
      classicLoadBalancerNames:
        'Classic Load Balancers are not emulated; use a Service of type LoadBalancer.',
      localZones: 'The region has its availability zones only; use availabilityZones.',
      targetGroupARNs: 'Targets of groups are not registered; use a Service of type LoadBalancer.',
    },
    noEffect: {
      ...NO_EFFECT,
      asgMetricsCollection: 'No metrics of Auto Scaling groups are kept.',
      containerRuntime: 'Nodes of today run containerd.',
      enclaveEnabled: NO_MACHINE,
      maxInstanceLifetime: 'Near instances are not replaced by age.',
      updateConfig: 'It concerns managed node groups alone.',
    },
  },
  InstanceSelector: {
    honoured: ['allow', 'cpuArchitecture', 'deny', 'gpus', 'memory', 'neuron_devices', 'vCPUs'],
  },
  LaunchTemplate: { honoured: ['id', 'version'] },
  NodeGroupUpdateConfig: { honoured: ['maxUnavailable', 'maxUnavailablePercentage'] },
  NodeGroupNodeRepairConfig: {
    honoured: [
      'enabled',
      'maxParallelNodesRepairedCount',
      'maxParallelNodesRepairedPercentage',
      'maxUnhealthyNodeThresholdCount',
      'maxUnhealthyNodeThresholdPercentage',
      'nodeRepairConfigOverrides',
    ],
  },
  NodeRepairConfigOverride: {
    honoured: ['minRepairWaitTimeMins', 'nodeMonitoringCondition', 'nodeUnhealthyReason', 'repairAction'],
  },
  Placement: {
    honoured: ['groupName'],
    noEffect: { spreadLevel: 'It concerns control planes on Outposts alone.' },
  },
  NodeGroupBottlerocket: { honoured: ['enableAdminContainer', 'settings'] },
  NodeGroupInstancesDistribution: {
    honoured: [
      'capacityRebalance',
      'instanceTypes',
      'maxPrice',
      'onDemandBaseCapacity',
      'onDemandPercentageAboveBaseCapacity',
      'spotAllocationStrategy',
      'spotInstancePools',
    ],
  },
  NodeGroupSGs: {
    honoured: ['attachIDs', 'withLocal', 'withShared'],
  },
  VolumeMapping: {
    honoured: [
      'volumeEncrypted',
      'volumeIOPS',
      'volumeKmsKeyID',
      'volumeName',
      'volumeSize',
      'volumeThroughput',
      'volumeType',
    ],
    refused: { snapshotID: 'Snapshots are not emulated; leave it out.' },
  },
  NodeGroupIAM: {
    honoured: [
      'attachPolicy',
      'attachPolicyARNs',
      'instanceRoleARN',
      'instanceRoleName',
      'instanceRolePermissionsBoundary',
      'withAddonPolicies',
    ],
    refused: { instanceProfileARN: 'Give instanceRoleARN: the profile is made of it.' },
  },
  NodeGroupIAMAddonPolicies: {
    honoured: [
      'albIngress',
      'appMesh',
      'appMeshPreview',
      'autoScaler',
      'awsLoadBalancerController',
      'certManager',
      'cloudWatch',
      'ebs',
      'efs',
      'externalDNS',
      'fsx',
      'imageBuilder',
      'xRay',
    ],
  },
  NodeGroupTaint: { honoured: ['effect', 'key', 'value'] },
}
