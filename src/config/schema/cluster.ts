// Owns the fields of a ClusterConfig as a whole: the root, metadata, network, logging and what is beside them.
// Source: the eksctl user guide, "Config file schema", and eksctl's API types (eksctl.io/v1alpha5).
import * as extras from './extras.ts'
import {
  addon,
  addonsConfig,
  clusterIam,
  fargateProfile,
  iamIdentityMapping,
  identityProvider,
} from './identity.ts'
import { managedNodeGroup } from './node-group.ts'
import type { ObjectSchema } from './schema.ts'
import {
  any,
  boolean,
  honoured,
  ignored,
  integer,
  list,
  mapOf,
  matching,
  object,
  oneOf,
  refused,
  required,
} from './schema.ts'
import { string, stringMap, strings, supported } from './schema.ts'

const cidr = matching(/^\d{1,3}(\.\d{1,3}){3}\/\d{1,2}$/, 'an IPv4 CIDR such as 10.0.0.0/16')
const zone = matching(/^[a-z]{2}(-[a-z]+)+-\d[a-z]$/, 'an availability zone such as eu-west-1a')

const metadata = object({
  name: required(
    matching(/^[a-zA-Z0-9][a-zA-Z0-9_-]{0,99}$/, 'a cluster name: letters, digits, - and _, at most 100'),
  ),
  region: required(matching(/^[a-z]{2}(-[a-z]+)+-\d$/, 'an AWS region such as eu-west-1')),
  version: matching(/^\d\.\d{1,2}$/, 'a Kubernetes version such as "1.35"'),
  tags: stringMap,
  annotations: stringMap,
  forceUpdateVersion: ignored(boolean),
  rollbackConfig: ignored(object({ timeoutMinutes: integer })),
})

const subnet = object({
  id: required(matching(/^subnet-[0-9a-f]+$/, 'a subnet id such as subnet-0a1b2c3d')),
  az: string,
  cidr: ignored(string, 'A subnet has the CIDR that it has.'),
})

const vpc = object({
  id: ignored(
    matching(/^vpc-[0-9a-f]+$/, 'a VPC id such as vpc-0a1b2c3d'),
    'The VPC is the one that vpc.subnets are in.',
  ),
  cidr,
  subnets: object({ private: mapOf(subnet), public: mapOf(subnet) }),
  nat: object({ gateway: oneOf('HighlyAvailable', 'Single', 'Disable') }),
  clusterEndpoints: object({ publicAccess: boolean, privateAccess: boolean }),
  publicAccessCIDRs: strings,
  autoAllocateIPv6: refused(boolean, 'Clusters are IPv4.'),
  ipv6Cidr: refused(string, 'Clusters are IPv4.'),
  ipv6Pool: refused(string, 'Clusters are IPv4.'),
  extraCIDRs: refused(strings),
  extraIPv6CIDRs: refused(strings, 'Clusters are IPv4.'),
  securityGroup: refused(string),
  sharedNodeSecurityGroup: refused(string),
  manageSharedNodeSecurityGroupRules: ignored(boolean),
  controlPlaneSubnetIDs: refused(strings),
  controlPlaneSecurityGroupIDs: refused(strings),
  controlPlaneOnPrivateSubnets: ignored(boolean),
  controlPlaneEgressMode: ignored(string),
  hostnameType: refused(string),
})

const retention = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1827, 3653]

const cloudWatch = object({
  clusterLogging: object({
    enableTypes: list(oneOf('api', 'audit', 'authenticator', 'controllerManager', 'scheduler', 'all', '*')),
    logRetentionInDays: { type: 'integer', values: retention },
  }),
})

/** The whole file. */
export const clusterConfig: ObjectSchema = object({
  apiVersion: required(oneOf('eksctl.io/v1alpha5')),
  kind: required(oneOf('ClusterConfig')),
  metadata: required(metadata),
  upgradePolicy: ignored(
    object({ supportType: oneOf('STANDARD', 'EXTENDED') }),
    'Clusters are made with support type EXTENDED.',
  ),
  kubernetesNetworkConfig: object({
    ipFamily: supported(['IPv4'], ['IPv6']),
    serviceIPv4CIDR: cidr,
    serviceIPv6CIDR: refused(string, 'Clusters are IPv4.'),
  }),
  autoModeConfig: refused(extras.autoModeConfig, 'EKS Auto Mode is not emulated; use managedNodeGroups.'),
  remoteNetworkConfig: refused(extras.remoteNetworkConfig, 'Hybrid nodes are not emulated.'),
  iam: clusterIam,
  iamIdentityMappings: refused(list(iamIdentityMapping), 'Map identities with aws eks create-access-entry.'),
  identityProviders: refused(list(identityProvider)),
  accessConfig: extras.accessConfig,
  vpc,
  addons: list(addon),
  addonsConfig,
  privateCluster: refused(extras.privateCluster),
  nodeGroups: refused(any, 'Self-managed node groups are not emulated; use managedNodeGroups.'),
  managedNodeGroups: list(managedNodeGroup),
  fargateProfiles: list(fargateProfile),
  availabilityZones: list(zone),
  localZones: refused(strings),
  cloudWatch: honoured(cloudWatch),
  secretsEncryption: ignored(extras.secretsEncryption, 'Secrets are kept unencrypted in the near region.'),
  gitops: refused(extras.gitops),
  karpenter: refused(extras.karpenter, 'Karpenter is not installed; size the managedNodeGroups instead.'),
  outpost: refused(extras.outpost),
  controlPlaneScalingConfig: ignored(extras.controlPlaneScalingConfig),
  zonalShiftConfig: ignored(extras.zonalShiftConfig),
  kubeAPIServerConfig: ignored(extras.kubeAPIServerConfig),
  kubeSchedulerConfig: ignored(extras.kubeSchedulerConfig),
  kubeControllerManagerConfig: ignored(extras.kubeControllerManagerConfig),
  capabilities: refused(extras.capabilities),
})
