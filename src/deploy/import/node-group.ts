// Owns reading a managed node group that runs into what a ClusterConfig says of it.
import { DescribeNodegroupCommand, type Nodegroup } from '@aws-sdk/client-eks'

import type { ManagedNodeGroup } from '../../config/cluster-config.ts'
import { nodeGroupStackName } from '../../rules/eksctl/stack-names.ts'
import { required, type Cloud } from '../cloud.ts'
import { findStack } from '../stacks.ts'
import { ownTags } from './tags.ts'

/** What was read, and what of it no file says. */
export interface Imported<T> {
  readonly value: T
  readonly notes: readonly string[]
}

// Amazon EKS API Reference, Nodegroup, amiType; eksctl's families (schema.json, amiFamily).
const FAMILIES: readonly (readonly [prefix: string, family: string])[] = [
  ['AL2023_', 'AmazonLinux2023'],
  ['AL2_', 'AmazonLinux2'],
  ['BOTTLEROCKET_', 'Bottlerocket'],
  ['WINDOWS_CORE_2019', 'WindowsServer2019CoreContainer'],
  ['WINDOWS_FULL_2019', 'WindowsServer2019FullContainer'],
  ['WINDOWS_CORE_2022', 'WindowsServer2022CoreContainer'],
  ['WINDOWS_FULL_2022', 'WindowsServer2022FullContainer'],
]
// eksctl writes these taints' effects; EKS its own.
const EFFECTS = {
  NO_SCHEDULE: 'NoSchedule',
  NO_EXECUTE: 'NoExecute',
  PREFER_NO_SCHEDULE: 'PreferNoSchedule',
} as const

/** @param privateSubnets ids of the cluster's private subnets */
export async function importNodeGroup(
  cloud: Cloud,
  name: { readonly cluster: string; readonly group: string },
  privateSubnets: ReadonlySet<string>,
): Promise<Imported<ManagedNodeGroup>> {
  const { nodegroup } = await cloud.eks.send(
    new DescribeNodegroupCommand({ clusterName: name.cluster, nodegroupName: name.group }),
  )
  const found = required(nodegroup, 'DescribeNodegroup without a node group')
  const machine = await machineOf(cloud, found)
  const role = await roleOf(cloud, name, found)
  const { scalingConfig: scaling = {}, subnets = [], updateConfig } = found
  const labels = ownTags(found.labels)
  const tags = ownTags(found.tags)
  const family = FAMILIES.find(([prefix]) => found.amiType?.startsWith(prefix))?.[1]
  const value: ManagedNodeGroup = {
    name: name.group,
    ...(family === undefined ? {} : { amiFamily: family }),
    ...machine,
    ...(found.capacityType === 'SPOT' ? { spot: true } : {}),
    ...(scaling.minSize === undefined ? {} : { minSize: scaling.minSize }),
    ...(scaling.desiredSize === undefined ? {} : { desiredCapacity: scaling.desiredSize }),
    ...(scaling.maxSize === undefined ? {} : { maxSize: scaling.maxSize }),
    ...(subnets.every((id) => privateSubnets.has(id)) ? { privateNetworking: true } : {}),
    ...(Object.keys(labels).length === 0 ? {} : { labels }),
    ...(Object.keys(tags).length === 0 ? {} : { tags }),
    ...(found.taints === undefined || found.taints.length === 0 ? {} : { taints: taintsOf(found) }),
    ...(updateConfig?.maxUnavailable === undefined
      ? {}
      : { updateConfig: { maxUnavailable: updateConfig.maxUnavailable } }),
    ...role.value,
  }
  const custom = found.amiType === 'CUSTOM' ? [`node group ${name.group} runs an image of its own`] : []
  return { value, notes: [...custom, ...role.notes] }
}

function taintsOf({ taints = [] }: Nodegroup): NonNullable<ManagedNodeGroup['taints']> {
  return taints.map(({ key = '', value = '', effect = 'NO_SCHEDULE' }) => ({
    key,
    value,
    effect: EFFECTS[effect],
  }))
}

// eksctl and `up` put type and volume into a launch template; EKS shows what it was told itself.
async function machineOf(cloud: Cloud, group: Nodegroup): Promise<Partial<ManagedNodeGroup>> {
  const template = group.launchTemplate?.id === undefined ? undefined : await templateOf(cloud, group)
  const types = group.instanceTypes ?? []
  const [only] = types
  const type = only ?? template?.instanceType
  const volume = template?.volume
  const size = volume?.VolumeSize ?? group.diskSize
  return {
    ...(types.length > 1 ? { instanceTypes: types } : type === undefined ? {} : { instanceType: type }),
    ...(size === undefined ? {} : { volumeSize: size }),
    ...(volume?.VolumeType === undefined || volume.VolumeType === 'standard'
      ? {}
      : { volumeType: volume.VolumeType }),
  }
}

async function templateOf(cloud: Cloud, { launchTemplate }: Nodegroup) {
  const { DescribeLaunchTemplateVersionsCommand } = await import('@aws-sdk/client-ec2')
  const { id, version } = launchTemplate ?? {}
  const { LaunchTemplateVersions = [] } = await (
    await cloud.ec2()
  ).send(
    new DescribeLaunchTemplateVersionsCommand({
      LaunchTemplateId: id,
      Versions: [version ?? '$Default'],
    }),
  )
  const data = LaunchTemplateVersions[0]?.LaunchTemplateData
  return {
    instanceType: data?.InstanceType,
    volume: data?.BlockDeviceMappings?.find(({ Ebs }) => Ebs?.VolumeSize !== undefined)?.Ebs,
  }
}

// A role that the group's own stack made is made anew with it; any other is named.
async function roleOf(
  cloud: Cloud,
  { cluster, group }: { readonly cluster: string; readonly group: string },
  { nodeRole }: Nodegroup,
): Promise<Imported<Pick<ManagedNodeGroup, 'iam'>>> {
  const stack = await findStack({ cloud }, nodeGroupStackName(cluster, group))
  if (stack) {
    return {
      value: {},
      notes: [`node group ${group}: policies that were added to its role are not in the file`],
    }
  }
  return { value: nodeRole === undefined ? {} : { iam: { instanceRoleARN: nodeRole } }, notes: [] }
}
