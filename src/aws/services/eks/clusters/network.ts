// Owns a cluster's presence in its VPC: subnets checked, the cluster security group, the control plane's interfaces.
import type {
  CreateNetworkInterfaceResult,
  CreateSecurityGroupResult,
  DescribeNetworkInterfacesResult,
  DescribeSecurityGroupsResult,
  DescribeSubnetsResult,
  DescribeVpcsResult,
  Subnet,
} from '@aws-sdk/client-ec2'

import { AwsError, isAwsCode } from '../../../../base/errors.ts'
import { invalidParameter } from '../errors.ts'
import type { ClusterRecord, Eks } from '../state.ts'

export interface ClusterSubnets {
  readonly vpcId: string
  readonly subnets: readonly Subnet[]
}

/** The subnets, all in one VPC and in two zones at least. @throws AwsError InvalidParameterException */
export async function clusterSubnets(eks: Eks, subnetIds: readonly string[]): Promise<ClusterSubnets> {
  const subnets = await describeSubnets(eks, subnetIds)
  const vpcs = new Set(subnets.map((subnet) => subnet.VpcId))
  if (vpcs.size > 1) throw invalidParameter('Subnets specified must belong to the same VPC')
  if (new Set(subnets.map((subnet) => subnet.AvailabilityZone)).size < 2) {
    throw invalidParameter('Subnets specified must be in at least two different AZs')
  }
  return { vpcId: [...vpcs][0] ?? '', subnets }
}

/** The subnets with these ids. @throws AwsError InvalidParameterException when one is not there. */
export async function describeSubnets(eks: Eks, subnetIds: readonly string[]): Promise<readonly Subnet[]> {
  if (subnetIds.length === 0) return []
  try {
    const answer = await eks.deps.caller.call<DescribeSubnetsResult>('ec2', 'DescribeSubnets', {
      SubnetIds: subnetIds,
    })
    return answer.Subnets ?? []
  } catch (error) {
    // EKS passes EC2's own words on.
    if (error instanceof AwsError && error.code.startsWith('InvalidSubnet'))
      throw invalidParameter(error.message)
    throw error
  }
}

/** The IPv4 blocks of a VPC. */
export async function vpcCidrs(eks: Eks, vpcId: string): Promise<string[]> {
  const { Vpcs = [] } = await eks.deps.caller.call<DescribeVpcsResult>('ec2', 'DescribeVpcs', {
    VpcIds: [vpcId],
  })
  return (Vpcs[0]?.CidrBlockAssociationSet ?? []).flatMap(({ CidrBlock }) => CidrBlock ?? [])
}

/** Finds or makes the cluster security group. @returns its id */
export async function ensureSecurityGroup(eks: Eks, record: ClusterRecord): Promise<string> {
  const found = await findSecurityGroup(eks, record)
  const groupId = found?.id ?? (await createSecurityGroup(eks, record))
  if (!found?.hasSelfRule) await allowItself(eks, groupId)
  return groupId
}

async function findSecurityGroup(
  eks: Eks,
  record: ClusterRecord,
): Promise<{ id: string; hasSelfRule: boolean } | undefined> {
  const answer = await eks.deps.caller.call<DescribeSecurityGroupsResult>('ec2', 'DescribeSecurityGroups', {
    Filters: [
      { Name: 'vpc-id', Values: [record.cluster.resourcesVpcConfig?.vpcId ?? ''] },
      { Name: 'group-name', Values: [record.securityGroupName] },
    ],
  })
  const group = answer.SecurityGroups?.[0]
  if (!group?.GroupId) return undefined
  const id = group.GroupId
  const hasSelfRule = group.IpPermissions?.some((rule) =>
    rule.UserIdGroupPairs?.some((pair) => pair.GroupId === id),
  )
  return { id, hasSelfRule: hasSelfRule ?? false }
}

async function createSecurityGroup(eks: Eks, record: ClusterRecord): Promise<string> {
  const { name } = record.cluster
  const answer = await eks.deps.caller.call<CreateSecurityGroupResult>('ec2', 'CreateSecurityGroup', {
    GroupName: record.securityGroupName,
    Description:
      'EKS created security group applied to ENI that is attached to EKS Control Plane master nodes, as well as any managed workloads.',
    VpcId: record.cluster.resourcesVpcConfig?.vpcId,
    TagSpecifications: [
      {
        ResourceType: 'security-group',
        Tags: [
          { Key: 'Name', Value: record.securityGroupName },
          { Key: `kubernetes.io/cluster/${name}`, Value: 'owned' },
        ],
      },
    ],
  })
  return answer.GroupId ?? ''
}

async function allowItself(eks: Eks, groupId: string): Promise<void> {
  try {
    await eks.deps.caller.call('ec2', 'AuthorizeSecurityGroupIngress', {
      GroupId: groupId,
      IpPermissions: [{ IpProtocol: '-1', UserIdGroupPairs: [{ GroupId: groupId }] }],
    })
  } catch (error) {
    if (!isAwsCode(error, 'InvalidPermission.Duplicate')) throw error
  }
}

/** Finds or makes the control plane's interfaces: one in each of the first two subnets. */
export async function ensureInterfaces(eks: Eks, record: ClusterRecord, groupId: string): Promise<void> {
  const taken = new Set((await interfacesOf(eks, record)).map((item) => item.SubnetId))
  const subnetIds = record.cluster.resourcesVpcConfig?.subnetIds ?? []
  for (const SubnetId of subnetIds.slice(0, 2)) {
    if (taken.has(SubnetId)) continue
    await eks.deps.caller.call<CreateNetworkInterfaceResult>('ec2', 'CreateNetworkInterface', {
      SubnetId,
      Description: interfaceDescription(record),
      Groups: [groupId, ...(record.cluster.resourcesVpcConfig?.securityGroupIds ?? [])],
    })
  }
}

async function interfacesOf(eks: Eks, record: ClusterRecord) {
  const answer = await eks.deps.caller.call<DescribeNetworkInterfacesResult>(
    'ec2',
    'DescribeNetworkInterfaces',
    {
      Filters: [
        { Name: 'vpc-id', Values: [record.cluster.resourcesVpcConfig?.vpcId ?? ''] },
        { Name: 'description', Values: [interfaceDescription(record)] },
      ],
    },
  )
  return answer.NetworkInterfaces ?? []
}

// "Amazon EKS my-cluster": how the EKS user guide tells a control plane's interfaces.
function interfaceDescription(record: ClusterRecord): string {
  return `Amazon EKS ${record.cluster.name}`
}

/** Removes interfaces and security group; a group that something else still uses stays, as on AWS. */
export async function removeNetwork(eks: Eks, record: ClusterRecord): Promise<void> {
  for (const item of await interfacesOf(eks, record)) {
    await ignoring(['InvalidNetworkInterfaceID.NotFound'], () =>
      eks.deps.caller.call('ec2', 'DeleteNetworkInterface', { NetworkInterfaceId: item.NetworkInterfaceId }),
    )
  }
  const group = await findSecurityGroup(eks, record)
  if (!group) return
  await ignoring(['InvalidGroup.NotFound', 'DependencyViolation'], () =>
    eks.deps.caller.call('ec2', 'DeleteSecurityGroup', { GroupId: group.id }),
  )
}

async function ignoring(codes: readonly string[], action: () => Promise<unknown>): Promise<void> {
  try {
    await action()
  } catch (error) {
    if (!isAwsCode(error, ...codes)) throw error
  }
}
