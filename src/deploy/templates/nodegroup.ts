// Owns the stack of a managed node group: role, launch template and the group, as eksctl writes them.
import type { ClusterConfig, ManagedNodeGroup } from '../../config/cluster-config.ts'
import { defaultKubernetesVersion } from '../../rules/eks/kubernetes-versions.ts'
import { amiTypeOf, joinsByItself } from '../../rules/eksctl/ami-families.ts'
import {
  amiFamilyOf,
  instanceTypesOf,
  isCapacityBlock,
  scalingOf,
} from '../../rules/eksctl/node-group-defaults.ts'
import { clusterStackName } from '../../rules/eksctl/stack-names.ts'
import { managedNodeGroupTags, nodeLabels } from '../../rules/eksctl/tags.ts'
import {
  efaInterfaces,
  efaPlacementGroup,
  efaSecurityGroup,
  needsEfaGroup,
  placement,
  reservation,
} from './launch-hardware.ts'
import { blockDevices, launchTags, metadataOptions, nodeRole } from './node-role.ts'
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
import { joiningUserData, managedUserData, type BootstrapCluster } from './user-data.ts'

/** What the stack of a managed group needs to know beside the config. */
interface ManagedFacts {
  /** Ids or references. */
  readonly subnets: Value
  /** Of nodes that join by themselves. */
  readonly imageId?: string
  readonly cluster?: BootstrapCluster
}

/** The template of the stack `eksctl-CLUSTER-nodegroup-NAME`. */
export function nodeGroupTemplate(
  config: ClusterConfig,
  group: ManagedNodeGroup,
  facts: ManagedFacts,
): Template {
  const given = group.launchTemplate
  const ownRole = group.iam?.instanceRoleARN
  return {
    AWSTemplateFormatVersion: '2010-09-09',
    Description: `EKS Managed Nodes (SSH access: ${group.ssh?.found !== undefined}) [created by neargate]`,
    Mappings: servicePrincipals,
    Resources: {
      ...(ownRole === undefined ? nodeRole(config, group, { isManaged: true }) : {}),
      ...(given ? {} : sshSecurityGroup(group, importOf(config, 'VPC'))),
      ...(given ? {} : hardware(config, group)),
      ...(given ? {} : { LaunchTemplate: launchTemplate(config, group, facts) }),
      ManagedNodeGroup: {
        Type: 'AWS::EKS::Nodegroup',
        Properties: {
          ...groupProperties(config, group),
          NodeRole: ownRole ?? getAtt('NodeInstanceRole', 'Arn'),
          Subnets: facts.subnets,
        },
      },
    },
  }
}

function hardware(config: ClusterConfig, group: ManagedNodeGroup): Resources {
  return {
    ...(needsEfaGroup(group, versionOf(config)) ? efaSecurityGroup(group, importOf(config, 'VPC')) : {}),
    ...efaPlacementGroup(group),
  }
}

function versionOf({ metadata }: ClusterConfig): string {
  return metadata.version ?? defaultKubernetesVersion
}

function groupProperties(config: ClusterConfig, group: ManagedNodeGroup): Record<string, Value | undefined> {
  const { minSize, maxSize, desiredSize } = scalingOf(group)
  const name = config.metadata.name
  return {
    ClusterName: name,
    NodegroupName: group.name,
    ...(group.spot === true ? { CapacityType: 'SPOT' } : {}),
    ...(isCapacityBlock(group) ? { CapacityType: 'CAPACITY_BLOCK' } : {}),
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
    const isOwn = joinsByItself(group)
    return {
      ...(isOwn ? {} : { AmiType: amiTypeOf(amiFamilyOf(group), instanceTypesOf(group)) }),
      // A block is of one type, which the template names.
      ...(isCapacityBlock(group) ? {} : { InstanceTypes: instanceTypesOf(group) }),
      LaunchTemplate: { Id: ref('LaunchTemplate') },
    }
  }
  const { imageId, instanceType } = given.found ?? {}
  const types = instanceTypesOf(group)
  return {
    ...(imageId === undefined
      ? { AmiType: amiTypeOf(amiFamilyOf(group), instanceType === undefined ? types : [instanceType]) }
      : {}),
    ...(instanceType === undefined ? { InstanceTypes: types } : {}),
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

function importOf(config: ClusterConfig, output: string): Value {
  return importValue(`${clusterStackName(config.metadata.name)}::${output}`)
}

function launchTemplate(
  config: ClusterConfig,
  group: ManagedNodeGroup,
  { imageId, cluster }: ManagedFacts,
): Resources[string] {
  const labels = { ...group.labels, ...nodeLabels(config.metadata.name, group.name) }
  const userData = cluster ? joiningUserData(group, cluster, labels) : managedUserData(group)
  const groups = [
    importOf(config, 'ClusterSecurityGroupId'),
    ...(group.securityGroups?.attachIDs ?? []),
    ...(group.ssh?.found === undefined ? [] : [ref('SSH')]),
    ...(needsEfaGroup(group, versionOf(config)) ? [ref('EFASG')] : []),
  ]
  return {
    Type: 'AWS::EC2::LaunchTemplate',
    Properties: {
      LaunchTemplateName: sub('${AWS::StackName}'),
      LaunchTemplateData: {
        ...(imageId === undefined ? {} : { ImageId: imageId }),
        ...(isCapacityBlock(group) ? { InstanceType: instanceTypesOf(group)[0] } : {}),
        BlockDeviceMappings: blockDevices(group),
        MetadataOptions: metadataOptions(group),
        ...placement(group),
        ...reservation(group),
        ...keyOf(group),
        ...(group.efaEnabled === true
          ? { NetworkInterfaces: efaInterfaces(group, groups) }
          : { SecurityGroupIds: groups }),
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
