// Owns the stack of a managed node group: role, launch template and the group, as eksctl writes them.
import type { ClusterConfig, ManagedNodeGroup } from '../../config/cluster-config.ts'
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

const DEFAULT_INSTANCE_TYPE = 'm5.large'
const DEFAULT_VOLUME_GIB = 80
const GP3_IOPS = 3000
const GP3_THROUGHPUT = 125
// eksctl's default for a group that says nothing of its size (pkg/apis defaults).
const DEFAULT_NODE_COUNT = 2

/** Sizes as EKS wants them; what is left out follows from what is given. */
export function scalingOf(group: ManagedNodeGroup): {
  minSize: number
  maxSize: number
  desiredSize: number
} {
  const desired = group.desiredCapacity ?? group.minSize ?? DEFAULT_NODE_COUNT
  const minSize = group.minSize ?? desired
  return { minSize, desiredSize: desired, maxSize: group.maxSize ?? Math.max(desired, minSize) }
}

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
    InstanceTypes: group.instanceTypes ?? [group.instanceType ?? DEFAULT_INSTANCE_TYPE],
    ScalingConfig: { MinSize: minSize, MaxSize: maxSize, DesiredSize: desiredSize },
    Labels: {
      ...group.labels,
      'alpha.eksctl.io/cluster-name': name,
      'alpha.eksctl.io/nodegroup-name': group.name,
    },
    Tags: {
      ...config.metadata.tags,
      ...group.tags,
      'alpha.eksctl.io/nodegroup-name': group.name,
      'alpha.eksctl.io/nodegroup-type': 'managed',
    },
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
  const family = AMI_FAMILIES[group.amiFamily ?? 'AmazonLinux2023'] ?? 'AL2023'
  const type = group.instanceTypes?.[0] ?? group.instanceType ?? DEFAULT_INSTANCE_TYPE
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
          // With an OIDC provider the CNI has a role of its own.
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
  const stack = `eksctl-${config.metadata.name}-cluster`
  const tags: Value[] = Object.entries({
    Name: `${config.metadata.name}-${group.name}-Node`,
    'alpha.eksctl.io/nodegroup-name': group.name,
    'alpha.eksctl.io/nodegroup-type': 'managed',
    ...config.metadata.tags,
    ...group.tags,
  }).map(([Key, value]) => ({ Key, Value: value }))
  return {
    Type: 'AWS::EC2::LaunchTemplate',
    Properties: {
      LaunchTemplateName: sub('${AWS::StackName}'),
      LaunchTemplateData: {
        BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: volume(group) }],
        MetadataOptions: { HttpPutResponseHopLimit: 2, HttpTokens: 'required' },
        SecurityGroupIds: [importValue(`${stack}::ClusterSecurityGroupId`)],
        TagSpecifications: ['instance', 'volume', 'network-interface'].map((kind) => ({
          ResourceType: kind,
          Tags: tags,
        })),
      },
    },
  }
}

function volume(group: ManagedNodeGroup): Value {
  const type = group.volumeType ?? 'gp3'
  return {
    VolumeSize: group.volumeSize ?? DEFAULT_VOLUME_GIB,
    VolumeType: type,
    ...(type === 'gp3'
      ? { Iops: group.volumeIOPS ?? GP3_IOPS, Throughput: group.volumeThroughput ?? GP3_THROUGHPUT }
      : {}),
    ...(group.volumeEncrypted === undefined ? {} : { Encrypted: group.volumeEncrypted }),
  }
}
