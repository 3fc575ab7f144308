// Owns the stack of a self-managed node group: role, security group, launch template, Auto Scaling group, access entry.
// Source: eksctl pkg/cfn/builder/nodegroup.go.
import type { ClusterConfig, SelfManagedNodeGroup } from '../../config/cluster-config.ts'
import { isWindows } from '../../rules/eksctl/ami-families.ts'
import { amiFamilyOf, instanceTypesOf, scalingOf, taintsOf } from '../../rules/eksctl/node-group-defaults.ts'
import { clusterStackName } from '../../rules/eksctl/stack-names.ts'
import { autoscalerTags, nodeLabels } from '../../rules/eksctl/tags.ts'
import {
  efaInterfaces,
  efaPlacementGroup,
  efaSecurityGroup,
  needsEfaGroup,
  placement,
  reservation,
} from './launch-hardware.ts'
import { blockDevices, instanceName, launchTags, metadataOptions, nodeRole } from './node-role.ts'
import { keyOf, sshIngress } from './ssh-access.ts'
import {
  exported,
  getAtt,
  importValue,
  ref,
  servicePrincipals,
  sub,
  type Resources,
  type Template,
  type TemplateOutput,
  type Value,
} from './template.ts'
import { joiningUserData, type BootstrapCluster } from './user-data.ts'

/** What the stack of a self-managed group needs to know beside the config. */
export interface SelfManagedFacts {
  readonly cluster: BootstrapCluster
  readonly imageId: string
  /** Ids or references. */
  readonly subnets: Value
  /** False in authentication mode CONFIG_MAP, where `aws-auth` lets the role in. */
  readonly hasAccessEntries: boolean
}

/** The template of the stack `eksctl-CLUSTER-nodegroup-NAME` of an entry of `nodeGroups`. */
export function selfManagedTemplate(
  config: ClusterConfig,
  group: SelfManagedNodeGroup,
  facts: SelfManagedFacts,
): Template {
  const role = group.iam?.instanceRoleARN
  const hasEntry = facts.hasAccessEntries && role === undefined
  return {
    AWSTemplateFormatVersion: '2010-09-09',
    Description: `EKS nodes (AMI family: ${amiFamilyOf(group)}, SSH access: ${group.ssh?.found !== undefined}, private networking: ${group.privateNetworking === true}) [created by neargate]`,
    Mappings: servicePrincipals,
    Resources: {
      ...(role === undefined ? nodeRole(config, group, { isManaged: false }) : {}),
      ...(group.iam?.instanceProfileARN === undefined ? { NodeInstanceProfile: instanceProfile(role) } : {}),
      ...(group.securityGroups?.withLocal === false ? {} : localSecurityGroup(config, group)),
      ...(hasEfaGroup(group) ? efaSecurityGroup(group, importOf(config, 'VPC')) : {}),
      ...efaPlacementGroup(group),
      ...(hasEntry ? { AccessEntry: accessEntry(config, isWindows(amiFamilyOf(group))) } : {}),
      NodeGroupLaunchTemplate: launchTemplate(config, group, facts),
      NodeGroup: autoScalingGroup(config, group, facts.subnets),
    },
    Outputs: outputs(group, role, facts.hasAccessEntries),
  }
}

function instanceProfile(role: string | undefined): Resources[string] {
  const name = role === undefined ? ref('NodeInstanceRole') : role.slice(role.lastIndexOf('/') + 1)
  return { Type: 'AWS::IAM::InstanceProfile', Properties: { Path: '/', Roles: [name] } }
}

function profileArn({ iam }: SelfManagedNodeGroup): Value {
  return iam?.instanceProfileARN ?? getAtt('NodeInstanceProfile', 'Arn')
}

// It belongs to the group's own one: what takes that away takes both.
function hasEfaGroup(group: SelfManagedNodeGroup): boolean {
  return needsEfaGroup(group) && group.securityGroups?.withLocal !== false
}

function importOf(config: ClusterConfig, output: string): Value {
  return importValue(`${clusterStackName(config.metadata.name)}::${output}`)
}

function accessEntry(config: ClusterConfig, windows: boolean): Resources[string] {
  return {
    Type: 'AWS::EKS::AccessEntry',
    Properties: {
      ClusterName: config.metadata.name,
      PrincipalArn: getAtt('NodeInstanceRole', 'Arn'),
      Type: windows ? 'EC2_WINDOWS' : 'EC2_LINUX',
    },
  }
}

// Ports of the kubelet and of workloads, and the one of APIs that pods serve.
const WORKLOADS = { IpProtocol: 'tcp', FromPort: 1025, ToPort: 65535 }
const HTTPS = { IpProtocol: 'tcp', FromPort: 443, ToPort: 443 }

function localSecurityGroup(config: ClusterConfig, group: SelfManagedNodeGroup): Resources {
  const nodes = `worker nodes in group ${group.name}`
  const controlPlane = importOf(config, 'SecurityGroup')
  const towards = `Allow control plane to communicate with ${nodes}`
  const from = `Allow ${nodes} to communicate with control plane`
  const workloads = '(kubelet and workload TCP ports)'
  const apis = '(workloads using HTTPS port, commonly used with extension API servers)'
  return {
    SG: {
      Type: 'AWS::EC2::SecurityGroup',
      Properties: {
        VpcId: importOf(config, 'VPC'),
        GroupDescription: `Communication between the control plane and ${nodes}`,
        Tags: [
          { Key: `kubernetes.io/cluster/${config.metadata.name}`, Value: 'owned' },
          { Key: 'Name', Value: sub('${AWS::StackName}/SG') },
        ],
        SecurityGroupIngress: [
          {
            ...WORKLOADS,
            SourceSecurityGroupId: controlPlane,
            Description: `[IngressInterCluster] ${from} ${workloads}`,
          },
          {
            ...HTTPS,
            SourceSecurityGroupId: controlPlane,
            Description: `[IngressInterClusterAPI] ${from} ${apis}`,
          },
          ...sshIngress(group, nodes),
        ],
      },
    },
    EgressInterCluster: egress(controlPlane, { ...WORKLOADS, Description: `${towards} ${workloads}` }),
    EgressInterClusterAPI: egress(controlPlane, { ...HTTPS, Description: `${towards} ${apis}` }),
    IngressInterClusterCP: {
      Type: 'AWS::EC2::SecurityGroupIngress',
      Properties: {
        GroupId: controlPlane,
        SourceSecurityGroupId: ref('SG'),
        ...HTTPS,
        Description: `Allow control plane to receive API requests from ${nodes}`,
      },
    },
  }
}

function egress(controlPlane: Value, rule: Readonly<Record<string, Value>>): Resources[string] {
  return {
    Type: 'AWS::EC2::SecurityGroupEgress',
    Properties: { GroupId: controlPlane, DestinationSecurityGroupId: ref('SG'), ...rule },
  }
}

function launchTemplate(
  config: ClusterConfig,
  group: SelfManagedNodeGroup,
  { cluster, imageId }: SelfManagedFacts,
): Resources[string] {
  const { attachIDs = [], withShared, withLocal } = group.securityGroups ?? {}
  const labels = { ...group.labels, ...nodeLabels(config.metadata.name, group.name) }
  const groups = [
    ...attachIDs,
    ...(withShared === false ? [] : [importOf(config, 'SharedNodeSecurityGroup')]),
    ...(withLocal === false ? [] : [ref('SG')]),
    ...(hasEfaGroup(group) ? [ref('EFASG')] : []),
  ]
  return {
    Type: 'AWS::EC2::LaunchTemplate',
    Properties: {
      LaunchTemplateName: sub('${AWS::StackName}'),
      LaunchTemplateData: {
        IamInstanceProfile: { Arn: profileArn(group) },
        ImageId: imageId,
        InstanceType: instanceTypesOf(group)[0],
        UserData: joiningUserData(group, cluster, labels),
        BlockDeviceMappings: blockDevices(group),
        MetadataOptions: metadataOptions(group),
        ...placement(group),
        ...keyOf(group),
        ...reservation(group),
        NetworkInterfaces:
          group.efaEnabled === true ? efaInterfaces(group, groups) : [{ DeviceIndex: 0, Groups: groups }],
        TagSpecifications: launchTags(config, group, {}),
        ...(group.ebsOptimized === undefined ? {} : { EbsOptimized: group.ebsOptimized }),
        ...(group.enableDetailedMonitoring === undefined
          ? {}
          : { Monitoring: { Enabled: group.enableDetailedMonitoring } }),
        ...(group.cpuCredits === undefined
          ? {}
          : { CreditSpecification: { CpuCredits: group.cpuCredits.toLowerCase() } }),
        ...(group.enclaveEnabled === true ? { EnclaveOptions: { Enabled: true } } : {}),
      },
    },
  }
}

function autoScalingGroup(
  config: ClusterConfig,
  group: SelfManagedNodeGroup,
  subnets: Value,
): Resources[string] {
  const { minSize, maxSize, desiredSize } = scalingOf(group)
  const template = {
    LaunchTemplateName: sub('${AWS::StackName}'),
    Version: getAtt('NodeGroupLaunchTemplate', 'LatestVersionNumber'),
  }
  const { capacityRebalance } = group.instancesDistribution ?? {}
  return {
    Type: 'AWS::AutoScaling::AutoScalingGroup',
    Properties: {
      MinSize: String(minSize),
      MaxSize: String(maxSize),
      DesiredCapacity: String(desiredSize),
      VPCZoneIdentifier: subnets,
      MaxInstanceLifetime: group.maxInstanceLifetime,
      TargetGroupARNs: group.targetGroupARNs,
      MetricsCollection: group.asgMetricsCollection?.map(({ granularity, metrics }) => ({
        Granularity: granularity,
        Metrics: metrics,
      })),
      ...(capacityRebalance === true ? { CapacityRebalance: true } : {}),
      ...(group.instancesDistribution
        ? { MixedInstancesPolicy: mixedInstances(group.instancesDistribution, template) }
        : { LaunchTemplate: template }),
      Tags: Object.entries(groupTags(config, group)).map(([Key, value]) => ({
        Key,
        Value: value,
        PropagateAtLaunch: true,
      })),
    },
  }
}

function mixedInstances(
  distribution: NonNullable<SelfManagedNodeGroup['instancesDistribution']>,
  template: Value,
): Value {
  const text = (value: number | undefined): string | undefined =>
    value === undefined ? undefined : String(value)
  return {
    LaunchTemplate: {
      LaunchTemplateSpecification: template,
      Overrides: distribution.instanceTypes.map((InstanceType) => ({ InstanceType })),
    },
    InstancesDistribution: {
      SpotMaxPrice: distribution.maxPrice?.toFixed(6),
      OnDemandBaseCapacity: text(distribution.onDemandBaseCapacity),
      OnDemandPercentageAboveBaseCapacity: text(distribution.onDemandPercentageAboveBaseCapacity),
      SpotInstancePools: text(distribution.spotInstancePools),
      SpotAllocationStrategy: distribution.spotAllocationStrategy,
    },
  }
}

function groupTags(config: ClusterConfig, group: SelfManagedNodeGroup): Readonly<Record<string, string>> {
  const cluster = config.metadata.name
  return {
    Name: instanceName(config, group),
    [`kubernetes.io/cluster/${cluster}`]: 'owned',
    ...(group.iam?.withAddonPolicies?.['autoScaler'] === true
      ? { 'k8s.io/cluster-autoscaler/enabled': 'true', [`k8s.io/cluster-autoscaler/${cluster}`]: 'owned' }
      : {}),
    ...(group.propagateASGTags === true
      ? autoscalerTags({ ...group.labels, ...nodeLabels(cluster, group.name) }, taintsOf(group))
      : {}),
  }
}

function outputs(
  group: SelfManagedNodeGroup,
  role: string | undefined,
  hasAccessEntries: boolean,
): Record<string, TemplateOutput> {
  const { withShared, withLocal } = group.securityGroups ?? {}
  return {
    FeaturePrivateNetworking: { Value: group.privateNetworking === true },
    FeatureSharedSecurityGroup: { Value: withShared !== false },
    FeatureLocalSecurityGroup: { Value: withLocal !== false },
    InstanceProfileARN: exported('InstanceProfileARN', profileArn(group)),
    InstanceRoleARN: exported('InstanceRoleARN', role ?? getAtt('NodeInstanceRole', 'Arn')),
    ...(hasAccessEntries ? { NodeGroupUsesAccessEntry: { Value: true } } : {}),
  }
}
