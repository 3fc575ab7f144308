// Owns a small EC2 and ELBv2 for tests of the controller: records calls, keeps what they make, injects errors.
import { AwsError } from '../../../base/errors.ts'
import type { Aws } from '../aws.ts'

type Item = Record<string, unknown>
interface Tag {
  Key: string
  Value: string
}
interface FakeTarget {
  Id: string
  Port: number
}

/** Members of all inputs together; each handler reads those of its operation. */
interface Input {
  Name: string
  Type?: string
  Scheme: string
  Tags: Tag[]
  TagSpecifications: { Tags: Tag[] }[]
  Filters: { Name: string; Values: string[] }[]
  SubnetMappings: Item[]
  SecurityGroups: string[]
  IpPermissions: Item[]
  Attributes: Tag[]
  Resources: string[]
  TagKeys: string[]
  Targets: FakeTarget[]
  ResourceArns: string[]
  GroupId: string
  GroupIds?: string[]
  InstanceIds: string[]
  LoadBalancerArn: string
  TargetGroupArn: string
  ListenerArn: string
  Certificates: Item[]
}

export interface FakeCall {
  readonly operation: string
  readonly input: Item
}

/** Answers with what earlier calls made; health of targets is what the test says. */
export class FakeAws implements Aws {
  readonly calls: FakeCall[] = []
  readonly subnets: Item[] = []
  /** Security groups of all pods and nodes. */
  groupsOfTargets: string[] = [CLUSTER_GROUP]
  readonly loadBalancers = new Map<string, Item>()
  readonly targetGroups = new Map<string, Item>()
  readonly listeners = new Map<string, Item>()
  /** Beside the default ones, by listener. */
  readonly certificates = new Map<string, Item[]>()
  /** With the one that stands before all pods and nodes. */
  readonly securityGroups = new Map<string, Item>([[CLUSTER_GROUP, clusterGroup()]])
  readonly tags = new Map<string, Tag[]>()
  /** By target group ARN, then `id:port`. */
  readonly targets = new Map<string, Map<string, string>>()
  readonly #failures = new Map<string, AwsError>()
  #count = 0

  /** The next call of the operation is refused. */
  failNext(operation: string, error: AwsError): void {
    this.#failures.set(operation, error)
  }

  /** Names of the operations that were called and change something. */
  writes(): string[] {
    return this.calls.map(({ operation }) => operation).filter((name) => !name.startsWith('Describe'))
  }

  async call<Output>(_service: string, operation: string, input: object): Promise<Output> {
    this.calls.push({ operation, input: input as Item })
    const failure = this.#failures.get(operation)
    this.#failures.delete(operation)
    if (failure) throw failure
    const handler = this.#handlers[operation]
    if (!handler) throw new AwsError('InvalidAction', `${operation} is not part of the fake`)
    // What the controller sends has the members that the handler of the operation reads.
    return handler(input as Input) as Output
  }

  readonly #handlers: Record<string, (input: Input) => unknown> = {
    DescribeSubnets: ({ Filters }) => ({
      Subnets: this.subnets.filter((one) => this.#matches(one, Filters)),
    }),
    DescribeSecurityGroups: ({ Filters, GroupIds }) => ({
      SecurityGroups: [...this.securityGroups.values()].filter(
        (one) => this.#matches(one, Filters) && (!GroupIds || GroupIds.includes(String(one['GroupId']))),
      ),
    }),
    // Every address and every instance is there.
    DescribeNetworkInterfaces: ({ Filters }) => ({
      NetworkInterfaces: (Filters.find(({ Name }) => Name.startsWith('addresses.'))?.Values ?? []).map(
        (ip) => ({
          NetworkInterfaceId: `eni-${ip}`,
          Groups: this.groupsOfTargets.map((GroupId) => ({ GroupId })),
          PrivateIpAddresses: [{ PrivateIpAddress: ip }],
        }),
      ),
    }),
    DescribeInstances: ({ InstanceIds }) => ({
      Reservations: InstanceIds.map((InstanceId) => ({
        Instances: [
          {
            InstanceId,
            NetworkInterfaces: [{ Groups: this.groupsOfTargets.map((GroupId) => ({ GroupId })) }],
          },
        ],
      })),
    }),
    CreateSecurityGroup: ({ TagSpecifications, ...input }) => {
      const GroupId = this.#id('sg')
      const Tags = TagSpecifications[0]?.Tags
      this.securityGroups.set(GroupId, { ...input, GroupId, Tags, IpPermissions: [] })
      return { GroupId }
    },
    AuthorizeSecurityGroupIngress: ({ GroupId, IpPermissions }) => {
      const group = this.securityGroups.get(GroupId) as { IpPermissions: unknown[] }
      group.IpPermissions.push(...IpPermissions)
    },
    RevokeSecurityGroupIngress: ({ GroupId, IpPermissions }) => {
      const group = this.securityGroups.get(GroupId) as { IpPermissions: unknown[] }
      // Descriptions do not count.
      const text = (one: unknown): string =>
        JSON.stringify(one, (key, value: unknown) => (key === 'Description' ? undefined : value))
      const gone = new Set(IpPermissions.map(text))
      group.IpPermissions = group.IpPermissions.filter((one) => !gone.has(text(one)))
    },
    CreateTags: ({ Resources, Tags }) => {
      for (const id of Resources) {
        const group = this.securityGroups.get(id) as { Tags: Tag[] }
        group.Tags = merged(group.Tags, Tags)
      }
    },
    DeleteTags: ({ Resources, Tags }) => {
      for (const id of Resources) {
        const group = this.securityGroups.get(id) as { Tags: Tag[] }
        group.Tags = group.Tags.filter(({ Key }) => !Tags.some((tag) => tag.Key === Key))
      }
    },
    AddTags: ({ ResourceArns, Tags }) => {
      for (const arn of ResourceArns) this.tags.set(arn, merged(this.tags.get(arn), Tags))
    },
    RemoveTags: ({ ResourceArns, TagKeys }) => {
      for (const arn of ResourceArns) {
        this.tags.set(
          arn,
          (this.tags.get(arn) ?? []).filter(({ Key }) => !TagKeys.includes(Key)),
        )
      }
    },
    SetSecurityGroups: ({ LoadBalancerArn, ...change }) => {
      this.loadBalancers.set(LoadBalancerArn, { ...this.loadBalancers.get(LoadBalancerArn), ...change })
    },
    DeleteSecurityGroup: ({ GroupId }) => {
      const others = [...this.securityGroups.values()].filter((one) => one['GroupId'] !== GroupId)
      if (others.some(({ IpPermissions }) => JSON.stringify(IpPermissions).includes(GroupId)))
        throw new AwsError('DependencyViolation', `resource ${GroupId} has a dependent object`)
      this.securityGroups.delete(GroupId)
    },
    // Rules are recorded among the calls, and asked for by nobody.
    CreateRule: () => ({ Rules: [] }),
    DescribeRules: () => ({ Rules: [{ RuleArn: 'arn:rule', IsDefault: true, Priority: 'default' }] }),
    DescribeLoadBalancers: () => ({ LoadBalancers: [...this.loadBalancers.values()] }),
    CreateLoadBalancer: ({ Name, Type, Scheme, SubnetMappings, SecurityGroups, Tags }) => {
      const LoadBalancerArn = this.#id('arn:lb')
      const AvailabilityZones = SubnetMappings
      const DNSName = `${Name}-0123456789ABCDEF.elb.eu-west-1.localhost`
      const made = {
        LoadBalancerArn,
        LoadBalancerName: Name,
        DNSName,
        Type,
        Scheme,
        VpcId: VPC,
        AvailabilityZones,
        SecurityGroups,
      }
      this.loadBalancers.set(LoadBalancerArn, made)
      this.tags.set(LoadBalancerArn, Tags)
      return { LoadBalancers: [made] }
    },
    DeleteLoadBalancer: ({ LoadBalancerArn }) => {
      const attributes = (this.loadBalancers.get(LoadBalancerArn)?.['Attributes'] ?? []) as Tag[]
      if (attributes.some(({ Key, Value }) => Key === 'deletion_protection.enabled' && Value === 'true')) {
        throw new AwsError('OperationNotPermitted', 'deletion protection is enabled')
      }
      this.loadBalancers.delete(LoadBalancerArn)
      for (const [arn, listener] of this.listeners) {
        if (listener['LoadBalancerArn'] === LoadBalancerArn) this.listeners.delete(arn)
      }
    },
    DescribeTargetGroups: () => ({ TargetGroups: [...this.targetGroups.values()] }),
    CreateTargetGroup: ({ Tags, Name, ...input }) => {
      const TargetGroupArn = this.#id('arn:tg')
      const made = { ...input, TargetGroupArn, TargetGroupName: Name }
      this.targetGroups.set(TargetGroupArn, made)
      this.targets.set(TargetGroupArn, new Map())
      this.tags.set(TargetGroupArn, Tags)
      return { TargetGroups: [made] }
    },
    ModifyTargetGroup: (input) => {
      const { TargetGroupArn } = input
      this.targetGroups.set(TargetGroupArn, { ...this.targetGroups.get(TargetGroupArn), ...input })
    },
    DeleteTargetGroup: ({ TargetGroupArn }) => void this.targetGroups.delete(TargetGroupArn),
    DescribeLoadBalancerAttributes: ({ LoadBalancerArn }) => ({
      Attributes: this.loadBalancers.get(LoadBalancerArn)?.['Attributes'] ?? [],
    }),
    ModifyLoadBalancerAttributes: ({ LoadBalancerArn, Attributes }) => {
      this.loadBalancers.set(LoadBalancerArn, { ...this.loadBalancers.get(LoadBalancerArn), Attributes })
    },
    DescribeListenerAttributes: ({ ListenerArn }) => ({
      Attributes: this.listeners.get(ListenerArn)?.['Attributes'] ?? [],
    }),
    ModifyListenerAttributes: ({ ListenerArn, Attributes }) => {
      this.listeners.set(ListenerArn, { ...this.listeners.get(ListenerArn), Attributes })
    },
    DescribeTargetGroupAttributes: ({ TargetGroupArn }) => ({
      Attributes: this.targetGroups.get(TargetGroupArn)?.['Attributes'] ?? [
        { Key: 'proxy_protocol_v2.enabled', Value: 'false' },
      ],
    }),
    ModifyTargetGroupAttributes: ({ TargetGroupArn, Attributes }) => {
      this.targetGroups.set(TargetGroupArn, { ...this.targetGroups.get(TargetGroupArn), Attributes })
    },
    DescribeTags: ({ ResourceArns }) => ({
      TagDescriptions: ResourceArns.map((ResourceArn) => ({
        ResourceArn,
        Tags: this.tags.get(ResourceArn) ?? [],
      })),
    }),
    DescribeListeners: ({ LoadBalancerArn }) => ({
      Listeners: [...this.listeners.values()].filter((one) => one['LoadBalancerArn'] === LoadBalancerArn),
    }),
    CreateListener: (input) => {
      const ListenerArn = this.#id('arn:listener')
      const made = { ...input, ListenerArn }
      this.listeners.set(ListenerArn, made)
      this.tags.set(ListenerArn, input.Tags)
      return { Listeners: [made] }
    },
    ModifyListener: (input) => {
      const { ListenerArn } = input
      this.listeners.set(ListenerArn, { ...this.listeners.get(ListenerArn), ...input })
    },
    DescribeListenerCertificates: ({ ListenerArn }) => {
      const [first] = (this.listeners.get(ListenerArn)?.['Certificates'] ?? []) as Item[]
      const others = this.certificates.get(ListenerArn) ?? []
      return {
        Certificates: [{ ...first, IsDefault: true }, ...others.map((one) => ({ ...one, IsDefault: false }))],
      }
    },
    AddListenerCertificates: ({ ListenerArn, Certificates }) => {
      this.certificates.set(ListenerArn, [...(this.certificates.get(ListenerArn) ?? []), ...Certificates])
    },
    RemoveListenerCertificates: ({ ListenerArn, Certificates }) => {
      const gone = new Set(Certificates.map((one) => one['CertificateArn']))
      const left = (this.certificates.get(ListenerArn) ?? []).filter(
        (one) => !gone.has(one['CertificateArn']),
      )
      this.certificates.set(ListenerArn, left)
    },
    DeleteListener: ({ ListenerArn }) => void this.listeners.delete(ListenerArn),
    DescribeTargetHealth: ({ TargetGroupArn }) => ({
      TargetHealthDescriptions: [...(this.targets.get(TargetGroupArn) ?? [])].map(([key, State]) => {
        // A target may be an ARN.
        const at = key.lastIndexOf(':')
        const Reason = State === 'initial' ? 'Elb.InitialHealthChecking' : undefined
        return {
          Target: { Id: key.slice(0, at), Port: Number(key.slice(at + 1)) },
          TargetHealth: { State, Reason },
        }
      }),
    }),
    RegisterTargets: ({ TargetGroupArn, Targets }) => {
      for (const { Id, Port } of Targets) {
        this.targets.get(TargetGroupArn)?.set(`${Id}:${Port}`, 'initial')
      }
    },
    DeregisterTargets: ({ TargetGroupArn, Targets }) => {
      for (const { Id, Port } of Targets) {
        this.targets.get(TargetGroupArn)?.delete(`${Id}:${Port}`)
      }
    },
  }

  #id(prefix: string): string {
    return `${prefix}-${++this.#count}`
  }

  #matches(item: Item, filters: readonly { Name: string; Values: string[] }[] = []): boolean {
    const tags = (item['Tags'] ?? []) as Tag[]
    return filters.every(({ Name, Values }) => {
      if (Name === 'vpc-id') return true
      if (Name === 'group-name') return Values.includes(String(item['GroupName']))
      if (Name === 'group-id') return Values.includes(String(item['GroupId']))
      if (Name === 'ip-permission.group-id') {
        const text = JSON.stringify(item['IpPermissions'])
        return Values.some((id) => text.includes(`"GroupId":"${id}"`))
      }
      return tags.some(({ Key, Value }) => `tag:${Key}` === Name && Values.includes(Value))
    })
  }
}

function merged(current: readonly Tag[] = [], added: readonly Tag[]): Tag[] {
  return [...current.filter(({ Key }) => !added.some((tag) => tag.Key === Key)), ...added]
}

/** The security group that stands before all pods and nodes. */
export const CLUSTER_GROUP = 'sg-cluster'

function clusterGroup(): Item {
  const Tags = [{ Key: 'kubernetes.io/cluster/demo', Value: 'owned' }]
  return { GroupId: CLUSTER_GROUP, GroupName: 'cluster', IpPermissions: [], Tags }
}

/** The VPC of everything in the fake. */
export const VPC = 'vpc-0123456789abcdef0'
