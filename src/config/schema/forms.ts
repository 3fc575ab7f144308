// Owns what eksctl and EKS ask of values beyond their published types, by type and field.
// Source: eksctl pkg/apis/eksctl.io/v1alpha5 (validation.go, the enumerations of types.go), EKS API reference.
import type { Schema } from './schema.ts'
import { count, list, matching, oneOf, string, supported } from './schema.ts'
import { AMI_FAMILIES } from '../../rules/eksctl/ami-families.ts'
import { SCALING_PROCESSES } from '../../rules/nodes/scaling-processes.ts'

const cidr = matching(/^\d{1,3}(\.\d{1,3}){3}\/\d{1,2}$/, 'an IPv4 CIDR such as 10.0.0.0/16')
const zone = matching(/^[a-z]{2,4}(-[a-z]+)+-\d[a-z]$/, 'an availability zone such as eu-west-1a')
const nodeGroupName = matching(
  /^[a-zA-Z0-9][a-zA-Z0-9_-]{0,62}$/,
  'a node group name: letters, digits, - and _, at most 63',
)
const retention = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1827, 3653]
const amiFamily: Schema = { type: 'string', values: AMI_FAMILIES, anyCase: true }

/** Narrower schemas of fields, as `Type.field`. */
export const forms: Readonly<Record<string, Schema>> = {
  'ClusterMeta.name': matching(
    /^[a-zA-Z0-9][a-zA-Z0-9_-]{0,99}$/,
    'a cluster name: letters, digits, - and _, at most 100',
  ),
  'ClusterMeta.region': matching(/^[a-z]{2,4}(-[a-z]+)+-\d$/, 'an AWS region such as eu-west-1'),
  'ClusterMeta.version': matching(
    /^(\d\.\d{1,2}|auto|latest)$/,
    'a Kubernetes version such as "1.35", auto or latest',
  ),
  'ClusterConfig.availabilityZones': list(zone),
  'KubernetesNetworkConfig.ipFamily': oneOf('IPv4', 'IPv6', 'ipv4', 'ipv6'),
  'KubernetesNetworkConfig.serviceIPv4CIDR': cidr,
  'ClusterVPC.id': matching(/^vpc-[0-9a-f]+$/, 'a VPC id such as vpc-0a1b2c3d'),
  'ClusterVPC.cidr': cidr,
  'ClusterVPC.extraCIDRs': list(cidr),
  // EC2 API reference, PrivateDnsNameOptionsOnLaunch.
  'ClusterVPC.hostnameType': oneOf('ip-name', 'resource-name'),
  'ClusterVPC.controlPlaneEgressMode': oneOf('AWS_MANAGED', 'CUSTOMER_ROUTED'),
  'AZSubnetSpec.id': matching(/^subnet-[0-9a-f]+$/, 'a subnet id such as subnet-0a1b2c3d'),
  'AZSubnetSpec.cidr': cidr,
  'ClusterCloudWatchLogging.logRetentionInDays': { type: 'integer', values: retention },
  'AccessConfig.authenticationMode': oneOf('API', 'API_AND_CONFIG_MAP', 'CONFIG_MAP'),
  'AccessScope.type': oneOf('cluster', 'namespace'),
  'Addon.resolveConflicts': supported(['overwrite', 'OVERWRITE'], ['none', 'preserve', 'NONE', 'PRESERVE']),
  // EKS API reference, NodeRepairConfigOverrides.
  'NodeRepairConfigOverride.repairAction': oneOf('Replace', 'Reboot', 'NoAction'),
  'RemoteNodesIAM.provider': { type: 'string', values: ['ssm', 'ira'], anyCase: true },
  'PrivateCluster.additionalEndpointServices': list(oneOf('autoscaling', 'cloudformation', 'logs')),
  'ManagedNodeGroup.name': nodeGroupName,
  'ManagedNodeGroup.amiFamily': amiFamily,
  'ManagedNodeGroup.minSize': count,
  'ManagedNodeGroup.desiredCapacity': count,
  'ManagedNodeGroup.maxSize': count,
  'ManagedNodeGroup.asgSuspendProcesses': list(oneOf(...SCALING_PROCESSES)),
  'NodeGroup.asgSuspendProcesses': list(oneOf(...SCALING_PROCESSES)),
  'NodeGroup.name': nodeGroupName,
  'NodeGroup.containerRuntime': supported(['containerd'], ['dockerd', 'docker']),
  'NodeGroup.maxInstanceLifetime': { type: 'integer', min: 86_400 },
  'MetricsCollection.granularity': oneOf('1Minute'),
  'NodeGroup.amiFamily': amiFamily,
  'NodeGroup.minSize': count,
  'NodeGroup.desiredCapacity': count,
  'NodeGroup.maxSize': count,
  'CapacityReservation.capacityReservationPreference': oneOf('open', 'none'),
  'InstanceMarketOptions.marketType': oneOf('capacity-block'),
  'NodeGroupTaint.effect': oneOf('NoSchedule', 'PreferNoSchedule', 'NoExecute'),
  'NodeGroupTaint.value': string,
}

/** Fields without which eksctl refuses a file although its schema does not say so, as `Type.field`. */
export const demanded: ReadonlySet<string> = new Set([
  'AccessEntry.principalARN',
  'AccessPolicy.accessScope',
  'AccessPolicy.policyARN',
  'AccessScope.type',
  'ClusterIAMServiceAccount.metadata',
  'ClusterIAMMeta.name',
  'NodeGroupTaint.key',
  'PodIdentityAssociation.namespace',
  'PodIdentityAssociation.serviceAccountName',
  'NodeGroupTaint.effect',
])

/** Fields that the published schema demands and eksctl itself doesn't, or with words of its own, as `Type.field`. */
export const left: ReadonlySet<string> = new Set([
  'RemoteNetworkConfig.remoteNodeNetworks',
  'RemoteNetworkConfig.vpcGatewayID',
])
