// Owns the AWS resources behind a node group: launch template, instance profile, Auto Scaling group.
import type { AutoScalingGroup, AutoScalingGroupsType } from '@aws-sdk/client-auto-scaling'
import type { DescribeLaunchTemplateVersionsResult, RequestLaunchTemplateData } from '@aws-sdk/client-ec2'

import { isAwsCode } from '../../../../base/errors.ts'
import { roleName } from '../lookup.ts'
import type { ClusterRecord, Eks, NodegroupRecord } from '../state.ts'
import { imageId } from './labels.ts'
import { ensureRemoteAccess, removeRemoteAccess } from './remote-access.ts'

/** The name of launch template and instance profile, `eks-UUID`. */
export function resourceName(record: NodegroupRecord): string {
  return `eks-${record.uuid}`
}

/** `eks-NODEGROUP-UUID` */
export function groupName(record: NodegroupRecord): string {
  return `eks-${record.nodegroup.nodegroupName}-${record.uuid}`
}

/** Makes whatever of the three is not there yet. */
export async function ensureMachines(
  eks: Eks,
  cluster: ClusterRecord,
  record: NodegroupRecord,
): Promise<void> {
  await ensureInstanceProfile(eks, record)
  await unless(['InvalidLaunchTemplateName.AlreadyExistsException'], () =>
    createTemplate(eks, cluster, record),
  )
  if (await findGroup(eks, record)) return
  await unless(['AlreadyExists', 'AlreadyExistsFault'], () => createGroup(eks, record))
}

async function ensureInstanceProfile(eks: Eks, record: NodegroupRecord): Promise<void> {
  const InstanceProfileName = resourceName(record)
  await unless(['EntityAlreadyExists', 'EntityAlreadyExistsException'], () =>
    eks.deps.caller.call('iam', 'CreateInstanceProfile', { InstanceProfileName, Path: '/' }),
  )
  await unless(['LimitExceeded', 'LimitExceededException', 'EntityAlreadyExists'], () =>
    eks.deps.caller.call('iam', 'AddRoleToInstanceProfile', {
      InstanceProfileName,
      RoleName: roleName(record.nodegroup.nodeRole ?? ''),
    }),
  )
}

async function createTemplate(eks: Eks, cluster: ClusterRecord, record: NodegroupRecord): Promise<void> {
  await eks.deps.caller.call('ec2', 'CreateLaunchTemplate', {
    LaunchTemplateName: resourceName(record),
    LaunchTemplateData: await templateData(eks, cluster, record),
    TagSpecifications: [{ ResourceType: 'launch-template', Tags: tagsOf(record) }],
  })
}

function tagsOf({ nodegroup }: NodegroupRecord): { Key: string; Value: string }[] {
  return [
    { Key: 'eks:cluster-name', Value: nodegroup.clusterName },
    { Key: 'eks:nodegroup-name', Value: nodegroup.nodegroupName },
  ]
}

/** What the group's machines are launched with: the caller's own template, completed by EKS. */
export async function templateData(
  eks: Eks,
  cluster: ClusterRecord,
  record: NodegroupRecord,
): Promise<RequestLaunchTemplateData> {
  const { nodegroup } = record
  const own = await ownTemplateData(eks, record)
  const clusterGroup = cluster.cluster.resourcesVpcConfig?.clusterSecurityGroupId
  const { remoteAccess } = nodegroup
  const sshGroup = await ensureRemoteAccess(eks, cluster, record)
  return {
    ...own,
    ImageId: own.ImageId ?? imageId(record),
    InstanceType: own.InstanceType ?? asInstanceType(nodegroup.instanceTypes?.[0]),
    IamInstanceProfile: { Name: resourceName(record) },
    ...(nodegroup.capacityType === 'SPOT' ? { InstanceMarketOptions: { MarketType: 'spot' as const } } : {}),
    ...securityGroups(own, [clusterGroup, sshGroup]),
    ...(remoteAccess?.ec2SshKey === undefined ? {} : { KeyName: remoteAccess.ec2SshKey }),
    BlockDeviceMappings: own.BlockDeviceMappings ?? [
      {
        DeviceName: nodegroup.amiType?.startsWith('WINDOWS') ? '/dev/sda1' : '/dev/xvda',
        Ebs: { VolumeSize: nodegroup.diskSize ?? 20, VolumeType: 'gp3', DeleteOnTermination: true },
      },
    ],
    MetadataOptions: own.MetadataOptions ?? { HttpPutResponseHopLimit: 2, HttpTokens: 'required' },
    TagSpecifications: (['instance', 'volume'] as const).map((ResourceType) => ({
      ResourceType,
      Tags: [
        ...(own.TagSpecifications?.find((spec) => spec.ResourceType === ResourceType)?.Tags ?? []),
        ...tagsOf(record),
      ],
    })),
  }
}

// Interfaces of the caller's own say their groups themselves.
function securityGroups(
  own: RequestLaunchTemplateData,
  usual: readonly (string | undefined)[],
): Pick<RequestLaunchTemplateData, 'SecurityGroupIds'> {
  if (own.NetworkInterfaces?.length) return {}
  if (own.SecurityGroupIds?.length) return { SecurityGroupIds: own.SecurityGroupIds }
  return { SecurityGroupIds: usual.filter((group) => group !== undefined) }
}

// Instance types are an open set on the wire and a union of a thousand literals in the SDK.
function asInstanceType(name: string | undefined): RequestLaunchTemplateData['InstanceType'] {
  return name as RequestLaunchTemplateData['InstanceType']
}

async function ownTemplateData(eks: Eks, record: NodegroupRecord): Promise<RequestLaunchTemplateData> {
  const { launchTemplate } = record.nodegroup
  if (!launchTemplate) return {}
  const answer = await eks.deps.caller.call<DescribeLaunchTemplateVersionsResult>(
    'ec2',
    'DescribeLaunchTemplateVersions',
    { LaunchTemplateId: launchTemplate.id, Versions: [launchTemplate.version] },
  )
  // A template's data is answered in the shape it was given in; the SDK types the two apart.
  return (answer.LaunchTemplateVersions?.[0]?.LaunchTemplateData ?? {}) as RequestLaunchTemplateData
}

async function createGroup(eks: Eks, record: NodegroupRecord): Promise<void> {
  const { nodegroup } = record
  const tags = {
    'eks:cluster-name': nodegroup.clusterName,
    'eks:nodegroup-name': nodegroup.nodegroupName,
    'k8s.io/cluster-autoscaler/enabled': 'true',
    [`k8s.io/cluster-autoscaler/${nodegroup.clusterName}`]: 'owned',
    [`kubernetes.io/cluster/${nodegroup.clusterName}`]: 'owned',
  }
  await eks.deps.caller.call('autoscaling', 'CreateAutoScalingGroup', {
    AutoScalingGroupName: groupName(record),
    LaunchTemplate: { LaunchTemplateName: resourceName(record), Version: '$Latest' },
    MinSize: nodegroup.scalingConfig?.minSize,
    MaxSize: nodegroup.scalingConfig?.maxSize,
    DesiredCapacity: nodegroup.scalingConfig?.desiredSize,
    VPCZoneIdentifier: (nodegroup.subnets ?? []).join(','),
    Tags: Object.entries(tags).map(([Key, Value]) => ({
      Key,
      Value,
      PropagateAtLaunch: true,
      ResourceId: groupName(record),
      ResourceType: 'auto-scaling-group',
    })),
  })
}

/** The group's Auto Scaling group as it is now; undefined when there is none. */
export async function findGroup(eks: Eks, record: NodegroupRecord): Promise<AutoScalingGroup | undefined> {
  const answer = await eks.deps.caller.call<AutoScalingGroupsType>(
    'autoscaling',
    'DescribeAutoScalingGroups',
    { AutoScalingGroupNames: [groupName(record)] },
  )
  return answer.AutoScalingGroups?.[0]
}

/** Gives the Auto Scaling group the sizes of the node group. */
export async function resizeGroup(eks: Eks, record: NodegroupRecord): Promise<void> {
  const scaling = record.nodegroup.scalingConfig
  await eks.deps.caller.call('autoscaling', 'UpdateAutoScalingGroup', {
    AutoScalingGroupName: groupName(record),
    MinSize: scaling?.minSize,
    MaxSize: scaling?.maxSize,
    DesiredCapacity: scaling?.desiredSize,
  })
}

/** Removes what is left of the three. @returns true once nothing is */
export async function removeMachines(eks: Eks, record: NodegroupRecord): Promise<boolean> {
  const group = await findGroup(eks, record)
  if (group) {
    await unless(['ScalingActivityInProgress', 'ResourceInUse', 'ValidationError'], () =>
      eks.deps.caller.call('autoscaling', 'DeleteAutoScalingGroup', {
        AutoScalingGroupName: groupName(record),
        ForceDelete: true,
      }),
    )
    if (await findGroup(eks, record)) return false
  }
  await removeRemoteAccess(eks, record)
  await unless(['InvalidLaunchTemplateName.NotFoundException'], () =>
    eks.deps.caller.call('ec2', 'DeleteLaunchTemplate', { LaunchTemplateName: resourceName(record) }),
  )
  const InstanceProfileName = resourceName(record)
  const RoleName = roleName(record.nodegroup.nodeRole ?? '')
  const gone = ['NoSuchEntity', 'NoSuchEntityException']
  await unless(gone, () =>
    eks.deps.caller.call('iam', 'RemoveRoleFromInstanceProfile', { InstanceProfileName, RoleName }),
  )
  await unless(gone, () => eks.deps.caller.call('iam', 'DeleteInstanceProfile', { InstanceProfileName }))
  return true
}

async function unless(codes: readonly string[], action: () => Promise<unknown>): Promise<void> {
  try {
    await action()
  } catch (error) {
    if (!isAwsCode(error, ...codes)) throw error
  }
}
