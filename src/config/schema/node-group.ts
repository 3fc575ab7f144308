// Owns the fields of a managed node group in a ClusterConfig.
import type { ObjectSchema } from './schema.ts'
import {
  any,
  boolean,
  count,
  ignored,
  integer,
  list,
  matching,
  object,
  oneOf,
  refused,
  required,
} from './schema.ts'
import { string, stringMap, strings, supported } from './schema.ts'
import { addonPolicies } from './identity.ts'

const volumeType = oneOf('gp2', 'gp3', 'io1', 'io2', 'sc1', 'st1')

const placement = object({ groupName: string, spreadLevel: string })

const additionalVolume = object({
  snapshotID: string,
  volumeEncrypted: boolean,
  volumeIOPS: integer,
  volumeKmsKeyID: string,
  volumeName: string,
  volumeSize: integer,
  volumeThroughput: integer,
  volumeType,
})

const ssh = object({
  allow: boolean,
  enableSsm: boolean,
  publicKey: string,
  publicKeyName: string,
  publicKeyPath: string,
  sourceSecurityGroupIds: strings,
})

const nodeIam = object({
  attachPolicyARNs: strings,
  instanceRoleARN: string,
  instanceRoleName: string,
  withAddonPolicies: addonPolicies,
  attachPolicy: refused(any, 'Use attachPolicyARNs.'),
  instanceProfileARN: refused(string),
  instanceRolePermissionsBoundary: refused(string),
})

const nodeRepairConfig = object({
  enabled: boolean,
  maxParallelNodesRepairedCount: integer,
  maxParallelNodesRepairedPercentage: integer,
  maxUnhealthyNodeThresholdCount: integer,
  maxUnhealthyNodeThresholdPercentage: integer,
  nodeRepairConfigOverrides: list(
    object({
      minRepairWaitTimeMins: integer,
      nodeMonitoringCondition: string,
      nodeUnhealthyReason: string,
      repairAction: string,
    }),
  ),
})

const instanceSelector = object({
  allow: string,
  cpuArchitecture: oneOf('x86_64', 'amd64', 'arm64'),
  deny: string,
  gpus: integer,
  memory: string,
  neuron_devices: integer,
  vCPUs: integer,
})

const otherAmiFamilies = [
  'BottlerocketFips',
  ...['2004', '2204', '2404', '2604'].flatMap((release) => [`Ubuntu${release}`, `UbuntuPro${release}`]),
  ...['2019', '2022', '2025'].flatMap((release) => [
    `WindowsServer${release}CoreContainer`,
    `WindowsServer${release}FullContainer`,
  ]),
]

export const managedNodeGroup: ObjectSchema = object({
  name: required(
    matching(/^[a-zA-Z0-9][a-zA-Z0-9_-]{0,62}$/, 'a node group name: letters, digits, - and _, at most 63'),
  ),
  amiFamily: supported(['AmazonLinux2023', 'AmazonLinux2', 'Bottlerocket'], otherAmiFamilies),
  instanceType: string,
  instanceTypes: strings,
  minSize: count,
  desiredCapacity: count,
  maxSize: count,
  spot: boolean,
  privateNetworking: boolean,
  availabilityZones: strings,
  subnets: strings,
  labels: stringMap,
  tags: stringMap,
  taints: list(
    object({
      key: required(string),
      value: string,
      effect: required(oneOf('NoSchedule', 'PreferNoSchedule', 'NoExecute')),
    }),
  ),
  volumeType,
  volumeSize: integer,
  volumeIOPS: integer,
  volumeThroughput: integer,
  volumeEncrypted: boolean,
  maxPodsPerNode: refused(integer),
  releaseVersion: string,
  iam: nodeIam,
  ami: refused(string, 'Custom AMIs are not emulated.'),
  launchTemplate: refused(
    object({ id: required(string), version: string }),
    'Own launch templates are not emulated.',
  ),
  instanceSelector: refused(instanceSelector, 'Name the instanceTypes.'),
  overrideBootstrapCommand: refused(string),
  preBootstrapCommands: refused(strings),
  bottlerocket: refused(object({ enableAdminContainer: boolean, settings: any })),
  outpostARN: refused(string),
  capacityReservation: refused(
    object({
      capacityReservationPreference: string,
      capacityReservationTarget: object({
        capacityReservationID: string,
        capacityReservationResourceGroupARN: string,
      }),
    }),
  ),
  instanceMarketOptions: refused(object({ marketType: string })),
  additionalVolumes: ignored(list(additionalVolume)),
  volumeKmsKeyID: ignored(string),
  volumeName: ignored(string),
  asgSuspendProcesses: ignored(strings),
  propagateASGTags: ignored(boolean),
  updateConfig: ignored(object({ maxUnavailable: integer, maxUnavailablePercentage: integer })),
  nodeRepairConfig: ignored(nodeRepairConfig),
  securityGroups: ignored(object({ attachIDs: strings, withLocal: boolean, withShared: boolean })),
  ssh: ignored(ssh, 'Near nodes have no shell to log in to.'),
  placement: ignored(placement),
  disableIMDSv1: ignored(boolean),
  disablePodIMDS: ignored(boolean),
  ebsOptimized: ignored(boolean),
  efaEnabled: ignored(boolean),
  enableDetailedMonitoring: ignored(boolean),
  instanceName: ignored(string),
  instancePrefix: ignored(string),
})
