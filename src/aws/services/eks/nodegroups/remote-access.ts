// Owns remote access to the machines of a node group: the key pair, and the security group that EKS makes for SSH.
// Source: EKS API reference, "RemoteAccessConfig"; user guide, "Create a managed node group for your cluster".
import type { RemoteAccessConfig } from '@aws-sdk/client-eks'
import type { CreateSecurityGroupResult, DescribeSecurityGroupsResult } from '@aws-sdk/client-ec2'

import { isAwsCode } from '../../../../base/errors.ts'
import { invalidParameter } from '../errors.ts'
import type { ClusterRecord, Eks, NodegroupRecord } from '../state.ts'

const SSH_PORT = 22

/** Of a request: what it may name of remote access. */
export const REMOTE_ACCESS = ['remoteAccess.ec2SshKey', 'remoteAccess.sourceSecurityGroups'] as const

/**
 * The key pair has to be there, and source groups have to be. Words: terraform-aws-modules/terraform-aws-eks#2208, #2219.
 * @throws AwsError InvalidParameterException
 */
export async function checkRemoteAccess(
  eks: Eks,
  access: RemoteAccessConfig | undefined,
  hasTemplate: boolean,
): Promise<void> {
  if (!access) return
  if (hasTemplate) {
    throw invalidParameter('Remote access configuration cannot be specified with a launch template.')
  }
  const { ec2SshKey: key, sourceSecurityGroups: groups = [] } = access
  if (key !== undefined) {
    await insist('InvalidKeyPair.NotFound', `KeyPair ${key} not found`, () =>
      eks.deps.caller.call('ec2', 'DescribeKeyPairs', { KeyNames: [key] }),
    )
  }
  if (groups.length > 0) {
    // The words are Neargate's: those of AWS were not found.
    await insist('InvalidGroup.NotFound', `Security group(s) ${groups.join(', ')} not found`, () =>
      eks.deps.caller.call('ec2', 'DescribeSecurityGroups', { GroupIds: groups }),
    )
  }
}

async function insist(code: string, message: string, look: () => Promise<unknown>): Promise<void> {
  try {
    await look()
  } catch (error) {
    throw isAwsCode(error, code) ? invalidParameter(message) : error
  }
}

/** `eks-remoteAccess-UUID` */
function securityGroupName({ uuid }: NodegroupRecord): string {
  return `eks-remoteAccess-${uuid}`
}

/** Makes the group that lets SSH in, unless it is there. @returns its id; undefined for a group without remote access */
export async function ensureRemoteAccess(
  eks: Eks,
  cluster: ClusterRecord,
  record: NodegroupRecord,
): Promise<string | undefined> {
  const { remoteAccess: access, clusterName, nodegroupName } = record.nodegroup
  if (access?.ec2SshKey === undefined) return undefined
  const { caller } = eks.deps
  let groupId = await findGroup(eks, record)
  if (groupId === undefined) {
    const made = await caller.call<CreateSecurityGroupResult>('ec2', 'CreateSecurityGroup', {
      GroupName: securityGroupName(record),
      Description: 'Security group for all nodes in the nodeGroup to allow SSH access',
      VpcId: cluster.cluster.resourcesVpcConfig?.vpcId,
      TagSpecifications: [
        {
          ResourceType: 'security-group',
          Tags: [
            { Key: 'eks', Value: securityGroupName(record) },
            { Key: 'eks:nodegroup-name', Value: nodegroupName },
          ],
        },
      ],
    })
    groupId = made.GroupId ?? ''
  }
  const groups = access.sourceSecurityGroups ?? []
  const from =
    groups.length > 0
      ? { UserIdGroupPairs: groups.map((GroupId) => ({ GroupId })) }
      : // "If you specify an SSH key but no source security group, port 22 is opened to the internet."
        { IpRanges: [{ CidrIp: '0.0.0.0/0' }] }
  try {
    await caller.call('ec2', 'AuthorizeSecurityGroupIngress', {
      GroupId: groupId,
      IpPermissions: [{ IpProtocol: 'tcp', FromPort: SSH_PORT, ToPort: SSH_PORT, ...from }],
    })
  } catch (error) {
    if (!isAwsCode(error, 'InvalidPermission.Duplicate')) throw error
  }
  await eks.tables.nodegroups.update(`${clusterName}/${nodegroupName}`, (current) => ({
    ...current,
    nodegroup: {
      ...current.nodegroup,
      resources: { ...current.nodegroup.resources, remoteAccessSecurityGroup: groupId },
    },
  }))
  return groupId
}

async function findGroup(eks: Eks, record: NodegroupRecord): Promise<string | undefined> {
  const { SecurityGroups = [] } = await eks.deps.caller.call<DescribeSecurityGroupsResult>(
    'ec2',
    'DescribeSecurityGroups',
    { Filters: [{ Name: 'group-name', Values: [securityGroupName(record)] }] },
  )
  return SecurityGroups[0]?.GroupId
}

/** Removes the group that let SSH in, once no machine has it. */
export async function removeRemoteAccess(eks: Eks, record: NodegroupRecord): Promise<void> {
  if (!record.nodegroup.remoteAccess) return
  const GroupId = await findGroup(eks, record)
  if (GroupId !== undefined) await eks.deps.caller.call('ec2', 'DeleteSecurityGroup', { GroupId })
}
