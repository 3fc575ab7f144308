// Owns the stack of a managed node group: role, launch template and the group, as eksctl writes them.
import type { ClusterConfig, ManagedNodeGroup } from '../../config/cluster-config.ts'
import {
  amiFamilyOf,
  instanceTypesOf,
  ROOT_DEVICE,
  scalingOf,
  volumeOf,
} from '../../rules/eksctl/node-group-defaults.ts'
import { clusterStackName } from '../../rules/eksctl/stack-names.ts'
import { managedNodeGroupTags, nodeLabels } from '../../rules/eksctl/tags.ts'
import { enabledPolicies, inlinePolicyResources, nodePolicies } from './policies.ts'
import {
  getAtt,
  importValue,
  managedPolicy,
  nameTag,
  ref,
  servicePrincipals,
  serviceTrust,
  sub,
  type Resources,
  type Template,
  type Value,
} from './template.ts'

/** The template of the stack `eksctl-CLUSTER-nodegroup-NAME`. `subnets` are ids or references. */
export function nodeGroupTemplate(config: ClusterConfig, group: ManagedNodeGroup, subnets: Value): Template {
  const ownRole = group.iam?.instanceRoleARN
  return {
    AWSTemplateFormatVersion: '2010-09-09',
    Description: 'EKS Managed Nodes (SSH access: false) [created by neargate]',
    Mappings: servicePrincipals,
    Resources: {
      ...(ownRole === undefined ? nodeRole(config, group) : {}),
      LaunchTemplate: launchTemplate(config, group),
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
    AmiType: amiType(group),
    ...(group.spot === true ? { CapacityType: 'SPOT' } : {}),
    InstanceTypes: instanceTypesOf(group),
    ScalingConfig: { MinSize: minSize, MaxSize: maxSize, DesiredSize: desiredSize },
    Labels: { ...group.labels, ...nodeLabels(name, group.name) },
    Tags: { ...config.metadata.tags, ...group.tags, ...managedNodeGroupTags(group.name) },
    ...(group.taints === undefined ? {} : { Taints: group.taints.map(taint) }),
    LaunchTemplate: { Id: ref('LaunchTemplate') },
    ...(group.releaseVersion === undefined ? {} : { ReleaseVersion: group.releaseVersion }),
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

function amiType(group: ManagedNodeGroup): string {
  const family = AMI_FAMILIES[amiFamilyOf(group)] ?? 'AL2023'
  const [type] = instanceTypesOf(group)
  // Graviton families carry a g after the generation: t4g, m7gd, c6gn.
  const architecture = /^[a-z]+\d+g/.test(type) ? 'ARM_64' : 'x86_64'
  if (family === 'AL2') return architecture === 'x86_64' ? 'AL2_x86_64' : 'AL2_ARM_64'
  return family === 'AL2023' ? `AL2023_${architecture}_STANDARD` : `BOTTLEROCKET_${architecture}`
}

function nodeRole(config: ClusterConfig, group: ManagedNodeGroup): Resources {
  const policies = enabledPolicies(nodePolicies, group.iam?.withAddonPolicies)
  const given = group.iam?.attachPolicyARNs ?? []
  const defaults =
    given.length > 0
      ? []
      : [
          'AmazonEKSWorkerNodePolicy',
          'AmazonEC2ContainerRegistryPullOnly',
          'AmazonSSMManagedInstanceCore',
          // With an OIDC provider the CNI has a role of its own (src/deploy/addon-role.ts).
          ...(config.iam?.withOIDC === true ? [] : ['AmazonEKS_CNI_Policy']),
        ]
  const managed = [...new Set([...defaults, ...policies.flatMap((set) => set.managed)])].toSorted()
  return {
    NodeInstanceRole: {
      Type: 'AWS::IAM::Role',
      Properties: {
        Path: '/',
        AssumeRolePolicyDocument: serviceTrust({ service: 'EC2' }),
        ManagedPolicyArns: [...given, ...managed.map(managedPolicy)],
        ...(group.iam?.instanceRoleName === undefined ? {} : { RoleName: group.iam.instanceRoleName }),
        Tags: [nameTag('NodeInstanceRole')],
      },
    },
    ...inlinePolicyResources(ref('NodeInstanceRole'), policies),
  }
}

function launchTemplate(config: ClusterConfig, group: ManagedNodeGroup): Resources[string] {
  const tags: Value[] = Object.entries({
    Name: `${config.metadata.name}-${group.name}-Node`,
    ...managedNodeGroupTags(group.name),
    ...config.metadata.tags,
    ...group.tags,
  }).map(([Key, value]) => ({ Key, Value: value }))
  return {
    Type: 'AWS::EC2::LaunchTemplate',
    Properties: {
      LaunchTemplateName: sub('${AWS::StackName}'),
      LaunchTemplateData: {
        BlockDeviceMappings: blockDevices(group),
        MetadataOptions: { HttpPutResponseHopLimit: 2, HttpTokens: 'required' },
        SecurityGroupIds: [importValue(`${clusterStackName(config.metadata.name)}::ClusterSecurityGroupId`)],
        TagSpecifications: ['instance', 'volume', 'network-interface'].map((kind) => ({
          ResourceType: kind,
          Tags: tags,
        })),
      },
    },
  }
}

function blockDevices(group: ManagedNodeGroup): readonly Value[] {
  const { device, sizeGiB, type, iops, throughputMiB } = volumeOf(group)
  const encrypted = group.volumeEncrypted
  const volume = {
    VolumeSize: sizeGiB,
    VolumeType: type,
    Iops: iops,
    Throughput: throughputMiB,
    Encrypted: encrypted,
  }
  // The disk that holds Bottlerocket itself is named only where it has to be encrypted too.
  const system = device === ROOT_DEVICE || encrypted !== true ? [] : [{ Encrypted: true, VolumeType: type }]
  return [{ DeviceName: device, Ebs: volume }, ...system.map((Ebs) => ({ DeviceName: ROOT_DEVICE, Ebs }))]
}
