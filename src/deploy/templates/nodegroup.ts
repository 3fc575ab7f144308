// Owns the stack of a managed node group: role, launch template and the group, as eksctl writes them.
import type { ClusterConfig, ManagedNodeGroup } from '../../config/cluster-config.ts'
import { amiFamilyOf, instanceTypesOf, isArm, scalingOf } from '../../rules/eksctl/node-group-defaults.ts'
import { clusterStackName } from '../../rules/eksctl/stack-names.ts'
import { managedNodeGroupTags, nodeLabels } from '../../rules/eksctl/tags.ts'
import { blockDevices, launchTags, metadataOptions, nodeRole, placement } from './node-role.ts'
import { keyOf, sshSecurityGroup } from './ssh-access.ts'
import {
  getAtt,
  importValue,
  ref,
  servicePrincipals,
  sub,
  type Resources,
  type Template,
  type Value,
} from './template.ts'
import { managedUserData } from './user-data.ts'

/** The template of the stack `eksctl-CLUSTER-nodegroup-NAME`. `subnets` are ids or references. */
export function nodeGroupTemplate(config: ClusterConfig, group: ManagedNodeGroup, subnets: Value): Template {
  const given = group.launchTemplate
  const ownRole = group.iam?.instanceRoleARN
  return {
    AWSTemplateFormatVersion: '2010-09-09',
    Description: `EKS Managed Nodes (SSH access: ${group.ssh?.found !== undefined}) [created by neargate]`,
    Mappings: servicePrincipals,
    Resources: {
      ...(ownRole === undefined ? nodeRole(config, group, { isManaged: true }) : {}),
      ...(given ? {} : sshSecurityGroup(group, importOf(config, 'VPC'))),
      ...(given ? {} : { LaunchTemplate: launchTemplate(config, group) }),
      ManagedNodeGroup: {
        Type: 'AWS::EKS::Nodegroup',
        Properties: {
          ...groupProperties(config, group),
          NodeRole: ownRole ?? getAtt('NodeInstanceRole', 'Arn'),
          Subnets: subnets,
        },
      },
    },
  }
}

function groupProperties(config: ClusterConfig, group: ManagedNodeGroup): Record<string, Value | undefined> {
  const { minSize, maxSize, desiredSize } = scalingOf(group)
  const name = config.metadata.name
  return {
    ClusterName: name,
    NodegroupName: group.name,
    ...(group.spot === true ? { CapacityType: 'SPOT' } : {}),
    ...machines(group),
    ScalingConfig: { MinSize: minSize, MaxSize: maxSize, DesiredSize: desiredSize },
    Labels: { ...group.labels, ...nodeLabels(name, group.name) },
    Tags: { ...config.metadata.tags, ...group.tags, ...managedNodeGroupTags(group.name) },
    ...(group.taints === undefined ? {} : { Taints: group.taints.map(taint) }),
    ...(group.updateConfig
      ? {
          UpdateConfig: {
            MaxUnavailable: group.updateConfig.maxUnavailable,
            MaxUnavailablePercentage: group.updateConfig.maxUnavailablePercentage,
          },
        }
      : {}),
    ...(group.nodeRepairConfig ? { NodeRepairConfig: nodeRepair(group.nodeRepairConfig) } : {}),
    ...(group.releaseVersion === undefined ? {} : { ReleaseVersion: group.releaseVersion }),
  }
}

// What a template of the user's own says of image and type, the group must not say.
function machines(group: ManagedNodeGroup): Record<string, Value | undefined> {
  const { launchTemplate: given } = group
  if (!given) {
    return {
      AmiType: amiType(group, instanceTypesOf(group)[0]),
      InstanceTypes: instanceTypesOf(group),
      LaunchTemplate: { Id: ref('LaunchTemplate') },
    }
  }
  const { imageId, instanceType } = given.found ?? {}
  return {
    ...(imageId === undefined ? { AmiType: amiType(group, instanceType ?? instanceTypesOf(group)[0]) } : {}),
    ...(instanceType === undefined ? { InstanceTypes: instanceTypesOf(group) } : {}),
    LaunchTemplate: {
      Id: given.id,
      ...(given.version === undefined ? {} : { Version: given.version }),
    },
  }
}

function nodeRepair(repair: NonNullable<ManagedNodeGroup['nodeRepairConfig']>): Value {
  return {
    Enabled: repair.enabled,
    MaxUnhealthyNodeThresholdCount: repair.maxUnhealthyNodeThresholdCount,
    MaxUnhealthyNodeThresholdPercentage: repair.maxUnhealthyNodeThresholdPercentage,
    MaxParallelNodesRepairedCount: repair.maxParallelNodesRepairedCount,
    MaxParallelNodesRepairedPercentage: repair.maxParallelNodesRepairedPercentage,
    NodeRepairConfigOverrides: repair.nodeRepairConfigOverrides?.map((each) => ({
      NodeMonitoringCondition: each.nodeMonitoringCondition,
      NodeUnhealthyReason: each.nodeUnhealthyReason,
      MinRepairWaitTimeMins: each.minRepairWaitTimeMins,
      RepairAction: each.repairAction,
    })),
  }
}

// EKS spells taint effects in capitals, Kubernetes (and eksctl's file) in camel case.
const TAINT_EFFECTS: Readonly<Record<string, string>> = {
  NoSchedule: 'NO_SCHEDULE',
  PreferNoSchedule: 'PREFER_NO_SCHEDULE',
  NoExecute: 'NO_EXECUTE',
}

function taint(entry: { readonly key: string; readonly value?: string; readonly effect: string }): Value {
  return { Key: entry.key, Value: entry.value ?? '', Effect: TAINT_EFFECTS[entry.effect] ?? entry.effect }
}

const AMI_FAMILIES: Readonly<Record<string, string>> = {
  AmazonLinux2023: 'AL2023',
  AmazonLinux2: 'AL2',
  Bottlerocket: 'BOTTLEROCKET',
}

function amiType(group: ManagedNodeGroup, type: string): string {
  const family = AMI_FAMILIES[amiFamilyOf(group)] ?? 'AL2023'
  const architecture = isArm(type) ? 'ARM_64' : 'x86_64'
  if (family === 'AL2') return architecture === 'x86_64' ? 'AL2_x86_64' : 'AL2_ARM_64'
  return family === 'AL2023' ? `AL2023_${architecture}_STANDARD` : `BOTTLEROCKET_${architecture}`
}

function importOf(config: ClusterConfig, output: string): Value {
  return importValue(`${clusterStackName(config.metadata.name)}::${output}`)
}

function launchTemplate(config: ClusterConfig, group: ManagedNodeGroup): Resources[string] {
  const userData = managedUserData(group)
  return {
    Type: 'AWS::EC2::LaunchTemplate',
    Properties: {
      LaunchTemplateName: sub('${AWS::StackName}'),
      LaunchTemplateData: {
        BlockDeviceMappings: blockDevices(group),
        MetadataOptions: metadataOptions(group),
        ...placement(group),
        ...keyOf(group),
        SecurityGroupIds: [
          importOf(config, 'ClusterSecurityGroupId'),
          ...(group.securityGroups?.attachIDs ?? []),
          ...(group.ssh?.found === undefined ? [] : [ref('SSH')]),
        ],
        TagSpecifications: launchTags(config, group, managedNodeGroupTags(group.name)),
        ...(userData === undefined ? {} : { UserData: userData }),
        ...(group.ebsOptimized === undefined ? {} : { EbsOptimized: group.ebsOptimized }),
        ...(group.enableDetailedMonitoring === undefined
          ? {}
          : { Monitoring: { Enabled: group.enableDetailedMonitoring } }),
      },
    },
  }
}
