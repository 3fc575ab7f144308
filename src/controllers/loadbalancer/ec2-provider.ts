// Owns the controller's traffic with EC2: subnets and security groups.
import { familyOf } from '../../base/address-range.ts'
import { isAwsCode } from '../../base/errors.ts'
import { annotationError } from '../../rules/load-balancer/annotations.ts'
import { CHART, type Edition } from '../../rules/load-balancer/edition.ts'
import type { NetworkModel } from '../../rules/load-balancer/network.ts'
import { backendSecurityGroupName } from '../../rules/load-balancer/names.ts'
import type { IngressRule, SecurityGroupsModel } from '../../rules/load-balancer/security-groups.ts'
import type { Tags } from '../../rules/load-balancer/target-group.ts'
import type { IpAddressType, TargetFamily } from '../../rules/load-balancer/ip-address-type.ts'
import type { Aws } from './aws.ts'
import { blocks6, chooseSubnets, type Subnet } from './subnets.ts'
import { tagChange } from './tag-change.ts'

/** One or more rules with the same protocol and ports. */
export interface Permission {
  readonly IpProtocol: string
  readonly FromPort?: number
  readonly ToPort?: number
  readonly IpRanges?: readonly { readonly CidrIp?: string; readonly Description?: string }[]
  readonly Ipv6Ranges?: readonly { readonly CidrIpv6?: string; readonly Description?: string }[]
  readonly PrefixListIds?: readonly { readonly PrefixListId?: string; readonly Description?: string }[]
  readonly UserIdGroupPairs?: readonly { readonly GroupId?: string; readonly Description?: string }[]
}

export interface SecurityGroup {
  readonly GroupId: string
  readonly GroupName: string
  readonly IpPermissions?: readonly Permission[]
  readonly Tags?: readonly { readonly Key: string; readonly Value: string }[]
}

interface Vpc {
  readonly CidrBlockAssociationSet?: readonly { readonly CidrBlock?: string }[]
  readonly Ipv6CidrBlockAssociationSet?: readonly { readonly Ipv6CidrBlock?: string }[]
}

interface Filter {
  readonly Name: string
  readonly Values: readonly string[]
}

export interface Ec2ProviderOptions {
  readonly aws: Aws
  readonly clusterName: string
  readonly vpcId: string
  /** That of the chart when absent. */
  readonly edition?: Edition
}

/** What the controller does in EC2. Rejections are AwsError or BuildError. */
export class Ec2Provider {
  readonly #options: Ec2ProviderOptions
  #findingBackend: Promise<string> | undefined

  constructor(options: Ec2ProviderOptions) {
    this.#options = options
  }

  /** Ids of the subnets for a new load balancer. */
  async subnets(
    model: Pick<NetworkModel, 'subnets' | 'subnetTags' | 'scheme' | 'ipAddressType'>,
  ): Promise<string[]> {
    const { clusterName, vpcId } = this.#options
    const { ipAddressType } = model
    if (model.subnets) return await this.#givenSubnets(model.subnets, ipAddressType)
    if (model.subnetTags) {
      const tags = Object.entries(model.subnetTags).map(([key, Values]) => ({ Name: `tag:${key}`, Values }))
      const chosen = await this.#describeSubnets([{ Name: 'vpc-id', Values: [vpcId] }, ...tags])
      return chooseSubnets(chosen, clusterName, ipAddressType).map(({ SubnetId }) => SubnetId)
    }
    const role = model.scheme === 'internal' ? 'internal-elb' : 'elb'
    const tagged = await this.#describeSubnets([
      { Name: 'vpc-id', Values: [vpcId] },
      { Name: `tag:kubernetes.io/role/${role}`, Values: ['', '1'] },
    ])
    const found = tagged.length > 0 ? tagged : await this.#subnetsByReachability(model.scheme)
    return chooseSubnets(found, clusterName, ipAddressType).map(({ SubnetId }) => SubnetId)
  }

  /** The security groups to attach, in order; `backend` is the cluster's shared one when it is among them. */
  async securityGroups(
    model: SecurityGroupsModel,
  ): Promise<{ readonly ids: readonly string[]; readonly backend: string | undefined }> {
    if (model.kind === 'none') return { ids: [], backend: undefined }
    const isGiven = model.kind === 'given'
    const front = isGiven ? await this.givenSecurityGroups(model.groups) : [await this.#managedGroup(model)]
    if (isGiven && !model.isBackendManaged) return { ids: front, backend: undefined }
    const backend = await this.#backendGroup()
    return { ids: [...front, backend], backend }
  }

  /** Deletes the managed security group of a Service; no error when there is none. */
  async deleteManagedGroup(stackTags: Tags): Promise<void> {
    const groups = await this.#describeGroups([
      { Name: 'vpc-id', Values: [this.#options.vpcId] },
      ...tagFilters(stackTags),
    ])
    // Nothing else in EC2 carries the tags of a stack.
    for (const { GroupId } of groups) await this.#deleteGroup(GroupId)
  }

  /** Deletes the shared security group; for when no load balancer is left. */
  async deleteBackendGroup(): Promise<void> {
    const groups = await this.#describeGroups(this.#backendFilters())
    for (const { GroupId } of groups) await this.#deleteGroup(GroupId)
  }

  async #givenSubnets(wanted: readonly string[], type: IpAddressType): Promise<string[]> {
    const { vpcId } = this.#options
    const all = await this.#describeSubnets([{ Name: 'vpc-id', Values: [vpcId] }])
    const named = (subnet: Subnet, text: string): boolean =>
      subnet.SubnetId === text ||
      (subnet.Tags ?? []).some(({ Key, Value }) => Key === 'Name' && Value === text)
    const found = wanted.flatMap((text) => all.find((subnet) => named(subnet, text)) ?? [])
    const ids = found.map(({ SubnetId }) => SubnetId)
    const missing = wanted.filter((text) => !all.some((subnet) => named(subnet, text)))
    if (missing.length > 0) {
      const isId = (text: string): boolean => text.startsWith('subnet-')
      const names = missing.filter((text) => !isId(text))
      const why =
        names.length > 0
          ? `missing names: [${names.join(' ')}]`
          : `want: [${wanted.filter(isId).join(' ')}], found: [${ids.filter(isId).join(' ')}]`
      throw annotationError(
        'subnets',
        `failed to list subnets by names or IDs: couldn't find all subnets, ${why}`,
      )
    }
    const zones = new Set(found.map(({ AvailabilityZone }) => AvailabilityZone))
    if (zones.size < found.length) {
      throw annotationError('subnets', `multiple subnets in same Availability Zone: [${ids.join(' ')}]`)
    }
    const without = found.filter((subnet) => blocks6(subnet).length === 0)
    if (type === 'dualstack' && without.length > 0) {
      const named = without.map(({ SubnetId }) => SubnetId).join(' ')
      throw annotationError(
        'subnets',
        `subnets [${named}] do not have an associated IPv6 CIDR block, which is required for ${type} load balancers`,
      )
    }
    return ids
  }

  // Gate SubnetDiscoveryByReachability: a subnet whose route table leads to an internet gateway is public.
  async #subnetsByReachability(scheme: string): Promise<Subnet[]> {
    const filters = [{ Name: 'vpc-id', Values: [this.#options.vpcId] }]
    const subnets = await this.#describeSubnets(filters)
    const { RouteTables = [] } = await this.#call<{
      RouteTables?: {
        Associations?: { SubnetId?: string; Main?: boolean }[]
        Routes?: { GatewayId?: string }[]
      }[]
    }>('DescribeRouteTables', { Filters: filters })
    const isPublic = ({ SubnetId }: Subnet): boolean => {
      const own = RouteTables.find(({ Associations = [] }) =>
        Associations.some((one) => one.SubnetId === SubnetId),
      )
      const main = RouteTables.find(({ Associations = [] }) => Associations.some(({ Main }) => Main))
      return (own ?? main)?.Routes?.some(({ GatewayId }) => GatewayId?.startsWith('igw-')) ?? false
    }
    return subnets.filter((subnet) => isPublic(subnet) === (scheme === 'internet-facing'))
  }

  /**
   * The ids of groups that are named by id or by their tag `Name` (pkg/networking/security_group_resolver.go).
   * @throws BuildError with the controller's text when one is not there
   */
  async givenSecurityGroups(wanted: readonly string[]): Promise<string[]> {
    const all = await this.#describeGroups([{ Name: 'vpc-id', Values: [this.#options.vpcId] }])
    const nameOf = ({ Tags = [] }: SecurityGroup): string | undefined =>
      Tags.find(({ Key }) => Key === 'Name')?.Value
    const isId = (text: string): boolean => text.startsWith('sg-')
    const ids = wanted.filter(isId)
    const names = [...new Set(wanted.filter((text) => !isId(text)))]
    const byId = all.filter(({ GroupId }) => ids.includes(GroupId))
    const byName = all.filter((group) => names.includes(nameOf(group) ?? ''))
    const found = [...new Set(byName.flatMap((group) => nameOf(group) ?? []))]
    const problems = [
      ...(byId.length < ids.length
        ? [`requested ids [${ids.join(', ')}] but found [${byId.map(({ GroupId }) => GroupId).join(', ')}]`]
        : []),
      ...(found.length < names.length
        ? [`requested names [${names.join(', ')}] but found [${found.join(', ')}]`]
        : []),
    ]
    if (problems.length === 0) return [...byId, ...byName].map(({ GroupId }) => GroupId)
    throw annotationError('security-groups', `couldn't find all security groups: ${problems.join(', ')}`)
  }

  async #managedGroup(model: Extract<SecurityGroupsModel, { kind: 'managed' }>): Promise<string> {
    const { name, tags, rules } = model
    const filters = [
      { Name: 'vpc-id', Values: [this.#options.vpcId] },
      { Name: 'group-name', Values: [name] },
    ]
    const [there] = await this.#describeGroups(filters)
    const id =
      there?.GroupId ?? (await this.#createGroup(name, '[k8s] Managed SecurityGroup for LoadBalancer', tags))
    if (there) await this.#ensureTags(there, tags)
    await this.ensureIngress(id, {
      current: there?.IpPermissions ?? [],
      wanted: rules.map(permissionOf),
    })
    return id
  }

  /** Brings the inbound rules of a group to what is wanted; what differs in its description only is left alone. */
  async ensureIngress(
    GroupId: string,
    {
      current,
      wanted,
      isKeeping = false,
    }: {
      readonly current: readonly Permission[]
      readonly wanted: readonly Permission[]
      /** Takes nothing away. */
      readonly isKeeping?: boolean
    },
  ): Promise<void> {
    const present = current.flatMap(bySource)
    const missing = wanted.filter((one) => !present.some((other) => isSamePermission(one, other)))
    const extra = present.filter((one) => !wanted.some((other) => isSamePermission(one, other)))
    if (missing.length > 0) {
      await this.#call('AuthorizeSecurityGroupIngress', { GroupId, IpPermissions: missing })
    }
    if (extra.length > 0 && !isKeeping)
      await this.#call('RevokeSecurityGroupIngress', { GroupId, IpPermissions: extra })
  }

  async #ensureTags({ GroupId, Tags = [] }: SecurityGroup, wanted: Tags): Promise<void> {
    const change = tagChange(Object.fromEntries(Tags.map(({ Key, Value }) => [Key, Value])), wanted)
    const Resources = [GroupId]
    if (change.added.length > 0) await this.#call('CreateTags', { Resources, Tags: change.added })
    if (change.removed.length > 0) {
      await this.#call('DeleteTags', { Resources, Tags: change.removed.map((Key) => ({ Key })) })
    }
  }

  #backendFilters(): Filter[] {
    const { clusterName, vpcId, edition } = this.#options
    return [{ Name: 'vpc-id', Values: [vpcId] }, ...tagFilters(backendTags(clusterName, edition))]
  }

  // Several Services are worked on at once, and all want the same group.
  async #backendGroup(): Promise<string> {
    this.#findingBackend ??= this.#findOrCreateBackend().finally(() => {
      this.#findingBackend = undefined
    })
    return await this.#findingBackend
  }

  async #findBackendGroup(): Promise<string | undefined> {
    const [there] = await this.#describeGroups(this.#backendFilters())
    return there?.GroupId
  }

  /** The groups of the VPC with a rule of this description, and those named. */
  async groupsDescribed(description: string, named: readonly string[]): Promise<readonly SecurityGroup[]> {
    const all = await this.#describeGroups([{ Name: 'vpc-id', Values: [this.#options.vpcId] }])
    const isDescribed = ({ IpRanges = [], Ipv6Ranges = [], UserIdGroupPairs = [] }: Permission): boolean =>
      [...IpRanges, ...Ipv6Ranges, ...UserIdGroupPairs].some(({ Description }) => Description === description)
    return all.filter(
      ({ GroupId, IpPermissions = [] }) => named.includes(GroupId) || IpPermissions.some(isDescribed),
    )
  }

  /** The address ranges of subnets, in their order. */
  async cidrsOf(subnetIds: readonly string[], family: TargetFamily): Promise<string[]> {
    const all = await this.#describeSubnets([{ Name: 'vpc-id', Values: [this.#options.vpcId] }])
    const chosen = subnetIds.flatMap((id) => all.find(({ SubnetId }) => SubnetId === id) ?? [])
    return chosen.flatMap((subnet) => (family === 'ipv6' ? blocks6(subnet) : (subnet.CidrBlock ?? [])))
  }

  /** The blocks of the VPC. */
  async vpcCidrs(family: TargetFamily): Promise<string[]> {
    const { Vpcs = [] } = await this.#options.aws.call<{ Vpcs?: readonly Vpc[] }>('ec2', 'DescribeVpcs', {
      VpcIds: [this.#options.vpcId],
    })
    return Vpcs.flatMap(({ CidrBlockAssociationSet = [], Ipv6CidrBlockAssociationSet = [] }) =>
      family === 'ipv6'
        ? Ipv6CidrBlockAssociationSet.flatMap(({ Ipv6CidrBlock }) => Ipv6CidrBlock ?? [])
        : CidrBlockAssociationSet.flatMap(({ CidrBlock }) => CidrBlock ?? []),
    )
  }

  async #findOrCreateBackend(): Promise<string> {
    const there = await this.#findBackendGroup()
    if (there !== undefined) return there
    const { clusterName, edition } = this.#options
    const description = '[k8s] Shared Backend SecurityGroup for LoadBalancer'
    return await this.#createGroup(
      backendSecurityGroupName(clusterName, edition),
      description,
      backendTags(clusterName, edition),
    )
  }

  async #createGroup(name: string, description: string, tags: Tags): Promise<string> {
    const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }))
    const { GroupId } = await this.#call<{ GroupId: string }>('CreateSecurityGroup', {
      GroupName: name,
      Description: description,
      VpcId: this.#options.vpcId,
      TagSpecifications: [{ ResourceType: 'security-group', Tags }],
    })
    return GroupId
  }

  async #deleteGroup(GroupId: string): Promise<void> {
    try {
      await this.#call('DeleteSecurityGroup', { GroupId })
    } catch (error) {
      if (!isAwsCode(error, 'InvalidGroup.NotFound')) throw error
    }
  }

  async #describeSubnets(Filters: readonly Filter[]): Promise<Subnet[]> {
    return (await this.#call<{ Subnets?: Subnet[] }>('DescribeSubnets', { Filters })).Subnets ?? []
  }

  async #describeGroups(Filters: readonly Filter[]): Promise<SecurityGroup[]> {
    const answer = await this.#call<{ SecurityGroups?: SecurityGroup[] }>('DescribeSecurityGroups', {
      Filters,
    })
    return answer.SecurityGroups ?? []
  }

  async #call<Output>(operation: string, input: object): Promise<Output> {
    return await this.#options.aws.call<Output>('ec2', operation, input)
  }
}

function backendTags(cluster: string, { clusterTag, sharedGroupTag }: Edition = CHART): Tags {
  return { [clusterTag]: cluster, [sharedGroupTag.key]: sharedGroupTag.value }
}

function tagFilters(tags: Tags): Filter[] {
  return Object.entries(tags).map(([key, value]) => ({ Name: `tag:${key}`, Values: [value] }))
}

// EC2 shows rules with the same protocol and ports as one permission.
function bySource(permission: Permission): Permission[] {
  const {
    IpProtocol,
    FromPort,
    ToPort,
    IpRanges = [],
    Ipv6Ranges = [],
    PrefixListIds = [],
    UserIdGroupPairs = [],
  } = permission
  const base = {
    IpProtocol,
    ...(FromPort !== undefined && { FromPort }),
    ...(ToPort !== undefined && { ToPort }),
  }
  return [
    ...IpRanges.map(({ CidrIp = '' }) => ({ ...base, IpRanges: [{ CidrIp }] })),
    ...Ipv6Ranges.map(({ CidrIpv6 = '' }) => ({ ...base, Ipv6Ranges: [{ CidrIpv6 }] })),
    ...PrefixListIds.map(({ PrefixListId = '' }) => ({ ...base, PrefixListIds: [{ PrefixListId }] })),
    ...UserIdGroupPairs.map(({ GroupId = '' }) => ({ ...base, UserIdGroupPairs: [{ GroupId }] })),
  ]
}

function permissionOf({ protocol, fromPort, toPort, source }: IngressRule): Permission {
  return {
    IpProtocol: protocol,
    FromPort: fromPort,
    ToPort: toPort,
    ...('cidr' in source ? rangeOf(source.cidr) : { PrefixListIds: [{ PrefixListId: source.prefixListId }] }),
  }
}

/** A block of either family as the source of a permission. */
export function rangeOf(cidr: string, Description?: string): Pick<Permission, 'IpRanges' | 'Ipv6Ranges'> {
  const described = Description === undefined ? {} : { Description }
  return familyOf(cidr) === 'IPv6'
    ? { Ipv6Ranges: [{ CidrIpv6: cidr, ...described }] }
    : { IpRanges: [{ CidrIp: cidr, ...described }] }
}

// Equal when protocol, ports and source are; descriptions do not count.
function isSamePermission(a: Permission, b: Permission): boolean {
  return (
    a.IpProtocol === b.IpProtocol &&
    a.FromPort === b.FromPort &&
    a.ToPort === b.ToPort &&
    a.IpRanges?.[0]?.CidrIp === b.IpRanges?.[0]?.CidrIp &&
    a.Ipv6Ranges?.[0]?.CidrIpv6 === b.Ipv6Ranges?.[0]?.CidrIpv6 &&
    a.PrefixListIds?.[0]?.PrefixListId === b.PrefixListIds?.[0]?.PrefixListId &&
    a.UserIdGroupPairs?.[0]?.GroupId === b.UserIdGroupPairs?.[0]?.GroupId
  )
}
