// Owns the security groups of the cloud controller's load balancers: one made for each, and the rules of nodes that let it in.
// Source: kubernetes/cloud-provider-aws, pkg/providers/v1/aws.go (createSecurityGroupRules, findSecurityGroupForInstance,
// updateInstanceSecurityGroupsForLoadBalancer, buildSecurityGroupsToDelete).
import type {
  CreateSecurityGroupResult,
  DescribeInstancesResult,
  DescribeSecurityGroupsResult,
  IpPermission,
  SecurityGroup,
} from '@aws-sdk/client-ec2'

import { isAwsCode } from '../../base/errors.ts'
import { deepEqual } from '../../base/json.ts'
import { BuildError } from '../../rules/load-balancer/annotations.ts'
import { toList } from '../loadbalancer/elbv2-provider.ts'
import type { CloudOptions, Wanted } from './cloud.ts'

/** The security groups of one cluster's load balancers. */
export class CloudSecurityGroups {
  readonly #options: CloudOptions

  constructor(options: CloudOptions) {
    this.#options = options
  }

  /** Those of a load balancer, the one that its nodes let in first. @throws AwsError */
  async ensure({ model, serviceName }: Wanted): Promise<string[]> {
    if (model.securityGroups.length > 0) return [...model.securityGroups, ...model.extraSecurityGroups]
    const group = await this.#own(model.name, {
      description: `Security group for Kubernetes ELB ${model.name} (${serviceName})`,
      tags: model.tags,
    })
    const ranges = model.sourceRanges.map((CidrIp) => ({ CidrIp }))
    const permissions = model.listeners.map(({ LoadBalancerPort: port }) => ({
      IpProtocol: 'tcp',
      FromPort: port,
      ToPort: port,
      IpRanges: ranges,
    }))
    // What tells of packets that are too big.
    const icmp = { IpProtocol: 'icmp', FromPort: 3, ToPort: 4, IpRanges: ranges }
    await this.#set(group, [...permissions, icmp])
    return [group.GroupId ?? '', ...model.extraSecurityGroups]
  }

  async #own(
    balancer: string,
    { description, tags }: { readonly description: string; readonly tags: Readonly<Record<string, string>> },
  ): Promise<SecurityGroup> {
    const there = await this.#named(balancer)
    if (there) return there
    const all = { ...tags, [this.#tag()]: 'owned' }
    const { GroupId } = await this.#ec2<CreateSecurityGroupResult>('CreateSecurityGroup', {
      GroupName: nameOf(balancer),
      Description: description,
      VpcId: this.#options.vpcId,
      TagSpecifications: [
        {
          ResourceType: 'security-group',
          Tags: toList(all),
        },
      ],
    })
    return { GroupId, IpPermissions: [] }
  }

  async #set({ GroupId, IpPermissions = [] }: SecurityGroup, wanted: readonly IpPermission[]): Promise<void> {
    const there = IpPermissions.map(plain)
    const gone = there.filter((each) => !wanted.some((other) => deepEqual(plain(other), each)))
    const missing = wanted.filter((each) => !there.some((other) => deepEqual(plain(each), other)))
    if (missing.length > 0) {
      await this.#ec2('AuthorizeSecurityGroupIngress', { GroupId, IpPermissions: missing })
    }
    if (gone.length > 0) await this.#ec2('RevokeSecurityGroupIngress', { GroupId, IpPermissions: gone })
  }

  /** Lets everything of the group into the groups of these instances, and into those of no others. @throws AwsError, BuildError */
  async open(groupId: string, instanceIds: readonly string[]): Promise<void> {
    const there = await this.#letting(groupId)
    const wanted = await this.groupsOf(instanceIds)
    const IpPermissions = everythingOf(groupId)
    for (const GroupId of wanted) {
      if (there.some((group) => group.GroupId === GroupId)) continue
      await this.#ec2('AuthorizeSecurityGroupIngress', { GroupId, IpPermissions })
    }
    // A rule in a group that is not the cluster's may be somebody's own.
    for (const group of there) {
      if (wanted.includes(group.GroupId ?? '') || !this.#isTagged(group)) continue
      await this.#ec2('RevokeSecurityGroupIngress', { GroupId: group.GroupId, IpPermissions })
    }
  }

  /** The groups that let the group in. */
  async #letting(groupId: string): Promise<readonly SecurityGroup[]> {
    return await this.#find('ip-permission.group-id', groupId)
  }

  /** Of each instance the group that is the cluster's, or its only one. @throws AwsError, BuildError */
  async groupsOf(instanceIds: readonly string[]): Promise<string[]> {
    if (instanceIds.length === 0) return []
    const { Reservations = [] } = await this.#ec2<DescribeInstancesResult>('DescribeInstances', {
      InstanceIds: instanceIds,
    })
    const tagged = new Set((await this.tagged()).map(({ GroupId }) => GroupId))
    const found = Reservations.flatMap(({ Instances = [] }) => Instances).flatMap((instance) => {
      const ids = (instance.SecurityGroups ?? []).flatMap(({ GroupId }) => GroupId ?? [])
      const own = ids.filter((id) => tagged.has(id))
      const [id, ...more] = own.length > 0 ? own : ids
      if (more.length === 0) return id ?? []
      const list = [id, ...more].join(' ')
      throw new BuildError(
        own.length > 0
          ? `Multiple tagged security groups found for instance ${instance.InstanceId}; ensure only the k8s security group is tagged; the tagged groups were ${list}`
          : `Multiple untagged security groups found for instance ${instance.InstanceId}; ensure the k8s security group is tagged`,
      )
    })
    return [...new Set(found)]
  }

  /** The groups that are the cluster's. @throws AwsError */
  async tagged(): Promise<readonly SecurityGroup[]> {
    return await this.#find('tag-key', this.#tag())
  }

  /** Removes the group that was made for a load balancer. @returns false while something still uses it @throws AwsError */
  async remove(balancer: string): Promise<boolean> {
    const group = await this.#named(balancer)
    if (!group || !this.#isTagged(group)) return true
    // AWS keeps a group that another one lets in.
    const IpPermissions = everythingOf(group.GroupId ?? '')
    for (const { GroupId } of await this.#letting(group.GroupId ?? '')) {
      await this.#ec2('RevokeSecurityGroupIngress', { GroupId, IpPermissions })
    }
    try {
      await this.#ec2('DeleteSecurityGroup', { GroupId: group.GroupId })
    } catch (error) {
      if (isAwsCode(error, 'DependencyViolation')) return false
      if (!isAwsCode(error, 'InvalidGroup.NotFound')) throw error
    }
    return true
  }

  async #named(balancer: string): Promise<SecurityGroup | undefined> {
    const [group] = await this.#find('group-name', nameOf(balancer))
    return group
  }

  async #find(filter: string, value: string): Promise<readonly SecurityGroup[]> {
    const { SecurityGroups = [] } = await this.#ec2<DescribeSecurityGroupsResult>('DescribeSecurityGroups', {
      Filters: [
        { Name: 'vpc-id', Values: [this.#options.vpcId] },
        { Name: filter, Values: [value] },
      ],
    })
    return SecurityGroups
  }

  #isTagged({ Tags = [] }: SecurityGroup): boolean {
    return Tags.some(({ Key }) => Key === this.#tag())
  }

  #tag(): string {
    return `kubernetes.io/cluster/${this.#options.clusterName}`
  }

  async #ec2<Output>(operation: string, input: object): Promise<Output> {
    return await this.#options.aws.call<Output>('ec2', operation, input)
  }
}

function everythingOf(GroupId: string): IpPermission[] {
  return [{ IpProtocol: '-1', UserIdGroupPairs: [{ GroupId }] }]
}

function nameOf(balancer: string): string {
  return `k8s-elb-${balancer}`
}

function plain({ IpProtocol, FromPort, ToPort, IpRanges = [] }: IpPermission): IpPermission {
  const cidrs = IpRanges.flatMap(({ CidrIp }) => CidrIp ?? []).toSorted((a, b) => a.localeCompare(b))
  return { IpProtocol, FromPort, ToPort, IpRanges: cidrs.map((CidrIp) => ({ CidrIp })) }
}
