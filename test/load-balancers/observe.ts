// Owns what a load balancer controller has made, as text that is the same in every region: names for ids, order where
// AWS has none.
import {
  DescribeInstancesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  type IpPermission,
  type SecurityGroup,
} from '@aws-sdk/client-ec2'
import {
  DescribeListenerAttributesCommand,
  DescribeListenerCertificatesCommand,
  DescribeListenersCommand,
  DescribeLoadBalancerAttributesCommand,
  DescribeLoadBalancersCommand,
  DescribeRulesCommand,
  DescribeTagsCommand,
  DescribeTargetGroupAttributesCommand,
  DescribeTargetGroupsCommand,
  DescribeTargetHealthCommand,
  type Listener,
  type LoadBalancer,
  type Tag,
  type TargetGroup,
} from '@aws-sdk/client-elastic-load-balancing-v2'

import { gatewayView, isOfGateways } from './gateway-view.ts'
import type { Setting } from './setting.ts'

/** Anything that JSON has. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

/** What there is, by owner: `Service shop/web`, `Ingress web/game`, `stack shop/web`, `shared`. */
export type Observation = Readonly<Record<string, Json>>

type Tags = Readonly<Record<string, string>>

/** Looks at the objects of Kubernetes alone, which is soon done. */
export async function observeObjects(setting: Setting): Promise<Observation> {
  const names = new Map<string, string>()
  return readable(await kubernetesObjects(setting, names), names)
}

/** Looks at everything that a controller makes. */
export async function observe(setting: Setting): Promise<Observation> {
  const names = new Map<string, string>([
    [setting.vpcId, 'VPC'],
    [setting.certificateArn, 'CERTIFICATE'],
  ])
  const objects = await kubernetesObjects(setting, names)
  const stacks = await awsStacks(setting, names)
  return readable({ ...objects, ...stacks }, names)
}

// Ids become names; what hashes in names say of UIDs is proven elsewhere.
function readable(all: Readonly<Record<string, unknown>>, names: ReadonlyMap<string, string>): Observation {
  let text = JSON.stringify(all)
  for (const [id, name] of [...names].toSorted(([a], [b]) => b.length - a.length))
    text = text.replaceAll(id, name)
  text = text
    // Those that AWS has added to first: a number of ten digits of its own would pass for the hash.
    .replaceAll(
      /\b(k8s-[A-Za-z0-9]+(?:-[A-Za-z0-9]+)??)-[0-9a-f]{10}-(?:[0-9a-f]{16}|\d{8,})\b/g,
      '$1-HASH-ID',
    )
    .replaceAll(/\b(k8s-[A-Za-z0-9]+(?:-[A-Za-z0-9]+)?)-[0-9a-f]{10}\b/g, '$1-HASH')
    .replaceAll(
      /arn:aws:elasticloadbalancing:[^"/]*:(loadbalancer|targetgroup|listener|listener-rule)\//g,
      '$1/',
    )
    .replaceAll(/-HASH-[0-9a-f]{16}\b|-HASH-\d+\b/g, '-HASH-ID')
    .replaceAll(/\/[0-9a-f]{16}\b/g, '/ID')
    .replaceAll(/request ?id: [-0-9a-f]{36}/gi, 'request id: ID')
    .replaceAll(/subnet-[0-9a-f]{17}/g, 'SUBNET')
    // One in front of Ingresses, and a name of its own, with what AWS adds to it.
    .replaceAll(/-nlb-[0-9a-f]{16}\b/g, '-nlb-ID')
    .replaceAll(/(of-its-own)-[0-9a-f]{16}\b|(of-its-own)-\d+\b/g, '$1$2-ID')
    // What the SDK for Go says around the words of AWS.
    .replaceAll(
      /operation error [^:]*: \w+, https response error StatusCode: \d+, request id: ID, (?:api error )?[\w.]+: /g,
      '',
    )
    .replaceAll('(combined from similar events): ', '')
  return sortKeys(JSON.parse(text) as Json) as Observation
}

function sortKeys(value: Json): Json {
  if (Array.isArray(value)) return value.map(sortKeys)
  if (value === null || typeof value !== 'object') return value
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(entries.map(([key, each]) => [key, sortKeys(each)]))
}

interface Listed {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly finalizers?: string[]
    readonly labels?: Tags
    readonly annotations?: Tags
    readonly deletionTimestamp?: string
  }
  readonly spec: Readonly<Record<string, unknown>>
  readonly status?: { readonly loadBalancer?: unknown; readonly podIP?: string }
}

interface ListedEvent {
  readonly involvedObject: { readonly kind: string; readonly namespace: string; readonly name: string }
  readonly type: string
  readonly reason: string
  readonly message: string
  readonly source: { readonly component?: string }
}

async function kubernetesObjects(
  setting: Setting,
  names: Map<string, string>,
): Promise<Record<string, unknown>> {
  const { namespaces, resources } = setting.suite
  const wanted = [...resources, 'pods', 'targetgroupbindings', 'events'].join(',')
  const text = await setting.call('kubectl', 'get', wanted, '--all-namespaces', '-o', 'json')
  // Kinds tell the two apart.
  const { items } = JSON.parse(text) as { items: readonly (Listed & ListedEvent)[] }
  const byKind = Map.groupBy(items, ({ kind }) => kind)
  const { Pod: pods = [], TargetGroupBinding: bindings = [], Event: events = [] } = Object.fromEntries(byKind)
  for (const { metadata, status } of pods) {
    if (status?.podIP && metadata.labels?.['app'] === 'web')
      names.set(`"${status.podIP}"`, `"pod in ${metadata.namespace}"`)
  }
  const told = (kind: string, namespace: string, name: string): string[] => {
    const about = events.filter(
      ({ involvedObject: is }) => is.kind === kind && is.namespace === namespace && is.name === name,
    )
    const texts = about.map(
      ({ type, reason, message, source }) => `${type} ${reason} ${source.component}: ${message}`,
    )
    return [...new Set(texts)].toSorted()
  }
  const seen = items.filter(
    ({ kind, metadata: { namespace } }) =>
      !['Pod', 'TargetGroupBinding', 'Event'].includes(kind) &&
      (namespace === undefined || namespaces.includes(namespace)),
  )
  const shown = seen.map((object): [string, unknown] => {
    const { kind, metadata, spec, status } = object
    const { namespace, name, finalizers = [], deletionTimestamp } = metadata
    return [
      `${kind} ${namespace}/${name}`,
      {
        ...(isOfGateways(object)
          ? gatewayView(object)
          : { class: spec['loadBalancerClass'] ?? null, status: status?.loadBalancer ?? {} }),
        finalizers,
        events: told(kind, namespace ?? '', name),
        ...(deletionTimestamp && { deleted: true }),
      },
    ]
  })
  const bound = bindings.map(({ metadata, spec }): [string, unknown] => {
    const { name, finalizers = [], labels = {}, annotations = {} } = metadata
    const own = Object.entries(annotations).filter(([key]) => !key.includes('elbv2.k8s.aws/'))
    const view = { name, finalizers, labels, spec }
    return [stackOf(labels), own.length > 0 ? { ...view, annotations: Object.fromEntries(own) } : view]
  })
  const byStack = [...Map.groupBy(bound, ([stack]) => stack)].map(([stack, each]): [string, unknown] => [
    `bindings of ${stack}`,
    inOrder(each.map(([, view]) => view)),
  ])
  return { ...Object.fromEntries(shown), ...Object.fromEntries(byStack) }
}

/** What the tags of those who have load balancers begin with. */
const OWNERS = ['service.k8s.aws', 'ingress.k8s.aws', 'gateway.k8s.aws.alb', 'gateway.k8s.aws.nlb']

function stackOf(labels: Tags): string {
  for (const prefix of OWNERS) {
    const name = labels[`${prefix}/stack-name`]
    if (name !== undefined) return `${labels[`${prefix}/stack-namespace`]}/${name}`
  }
  return labels['ingress.k8s.aws/stack'] ?? 'nobody'
}

// Names differ from region to region, so what stands in the list decides, once they are alike.
function inOrder(views: readonly unknown[]): readonly unknown[] {
  const text = (view: unknown): string => JSON.stringify(view).replaceAll(/[0-9a-f]{10,}/g, '')
  return views.toSorted((a, b) => (text(a) < text(b) ? -1 : 1))
}

async function awsStacks(setting: Setting, names: Map<string, string>): Promise<Record<string, unknown>> {
  const { ec2, elbv2, vpcId } = setting
  const inVpc = [{ Name: 'vpc-id', Values: [vpcId] }]
  const [groups, subnets, instances] = await Promise.all([
    ec2.send(new DescribeSecurityGroupsCommand({ Filters: inVpc })),
    ec2.send(new DescribeSubnetsCommand({ Filters: inVpc })),
    ec2.send(new DescribeInstancesCommand({})),
  ])
  for (const { GroupId = '', GroupName = '' } of groups.SecurityGroups ?? []) {
    // Stacks give names of their own to the groups of the cluster.
    const name = /^eksctl|^eks-/.test(GroupName)
      ? GroupName.replaceAll(/-[0-9A-Za-z]{12}$|-\d+$/g, '')
      : GroupName
    names.set(GroupId, name)
    if (name !== GroupName) names.set(GroupName, name)
  }
  for (const { SubnetId = '', Tags = [] } of subnets.Subnets ?? []) {
    names.set(SubnetId, (Tags.find(({ Key }) => Key === 'Name')?.Value ?? '').split('/').at(-1) ?? '')
  }
  for (const { Instances = [] } of instances.Reservations ?? []) {
    for (const { InstanceId = '' } of Instances) names.set(InstanceId, 'INSTANCE')
  }
  const { LoadBalancers = [] } = await elbv2.send(new DescribeLoadBalancersCommand({}))
  const { TargetGroups = [] } = await elbv2.send(new DescribeTargetGroupsCommand({}))
  const stacks: Record<string, Record<string, unknown[]>> = {}
  const add = (tags: Tags, kind: string, value: unknown): void => {
    const stack = stackIn(tags) ?? 'nobody'
    const all = (stacks[`stack ${stack}`] ??= {})
    ;(all[kind] ??= []).push(value)
  }
  // One of each type at most belongs to a stack.
  for (const balancer of LoadBalancers.toSorted((a, b) => ((a.Type ?? '') < (b.Type ?? '') ? -1 : 1))) {
    const tags = await tagsOf(setting, balancer.LoadBalancerArn)
    add(tags, 'balancers', await balancerView(setting, balancer, tags))
  }
  for (const group of TargetGroups.toSorted(byName)) {
    const tags = await tagsOf(setting, group.TargetGroupArn)
    add(tags, 'targetGroups', await groupView(setting, group, tags))
  }
  const shared: unknown[] = []
  for (const group of groups.SecurityGroups ?? []) {
    const tags = toMap(group.Tags)
    const view = securityView(group)
    if (stackIn(tags) !== undefined) add(tags, 'securityGroups', view)
    else if (group.GroupName !== 'front' && view.rules.some((rule) => rule.includes('elbv2')))
      shared.push(view)
    else if (tags['elbv2.k8s.aws/resource']) shared.push(view)
  }
  return { ...stacks, shared: inOrder(shared) }
}

function stackIn(tags: Tags): string | undefined {
  return OWNERS.map((prefix) => tags[`${prefix}/stack`]).find((stack) => stack !== undefined)
}

function byName(a: TargetGroup, b: TargetGroup): number {
  return (a.Port ?? 0) - (b.Port ?? 0) || ((a.TargetGroupName ?? '') < (b.TargetGroupName ?? '') ? -1 : 1)
}

function toMap(
  tags: readonly { readonly Key?: string | undefined; readonly Value?: string | undefined }[] = [],
): Record<string, string> {
  return Object.fromEntries(tags.map(({ Key = '', Value = '' }) => [Key, Value]))
}

async function tagsOf({ elbv2 }: Setting, arn = ''): Promise<Record<string, string>> {
  const { TagDescriptions = [] } = await elbv2.send(new DescribeTagsCommand({ ResourceArns: [arn] }))
  return toMap(TagDescriptions[0]?.Tags as Tag[])
}

async function balancerView(setting: Setting, balancer: LoadBalancer, tags: Tags): Promise<unknown> {
  const { elbv2 } = setting
  const LoadBalancerArn = balancer.LoadBalancerArn
  const { Attributes = [] } = await elbv2.send(new DescribeLoadBalancerAttributesCommand({ LoadBalancerArn }))
  const { Listeners = [] } = await elbv2.send(new DescribeListenersCommand({ LoadBalancerArn }))
  const ordered = Listeners.toSorted((a, b) => (a.Port ?? 0) - (b.Port ?? 0))
  const {
    LoadBalancerName,
    Type,
    Scheme,
    IpAddressType,
    AvailabilityZones = [],
    SecurityGroups = [],
  } = balancer
  return {
    LoadBalancerName,
    Type,
    Scheme,
    IpAddressType,
    subnets: AvailabilityZones.map(({ SubnetId }) => SubnetId).length,
    SecurityGroups,
    privateLink: balancer.EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic ?? null,
    Attributes: toMap(Attributes),
    listeners: await Promise.all(ordered.map((listener) => listenerView(setting, listener))),
    tags,
  }
}

async function listenerView(setting: Setting, listener: Listener): Promise<unknown> {
  const { elbv2 } = setting
  const { ListenerArn, Port, Protocol, SslPolicy, AlpnPolicy, DefaultActions, Certificates } = listener
  const { MutualAuthentication } = listener
  const { Attributes = [] } = await elbv2.send(new DescribeListenerAttributesCommand({ ListenerArn }))
  const { Rules = [] } = await elbv2.send(new DescribeRulesCommand({ ListenerArn }))
  const isSecure = Protocol === 'TLS' || Protocol === 'HTTPS'
  const listed = isSecure
    ? await elbv2.send(new DescribeListenerCertificatesCommand({ ListenerArn }))
    : undefined
  const rules = Rules.filter(({ IsDefault }) => !IsDefault)
  return {
    Port,
    Protocol,
    SslPolicy: SslPolicy ?? null,
    AlpnPolicy: AlpnPolicy ?? null,
    ...(MutualAuthentication && { MutualAuthentication }),
    Certificates: Certificates ?? null,
    listed: listed?.Certificates ?? null,
    DefaultActions,
    Attributes: toMap(Attributes),
    tags: await tagsOf(setting, ListenerArn),
    rules: await Promise.all(
      rules.map(async ({ RuleArn, Priority, Conditions, Actions, Transforms }) => ({
        Priority,
        Conditions,
        Actions,
        Transforms: Transforms ?? null,
        tags: await tagsOf(setting, RuleArn),
      })),
    ),
  }
}

async function groupView(setting: Setting, group: TargetGroup, tags: Tags): Promise<unknown> {
  const { elbv2 } = setting
  const { TargetGroupArn, LoadBalancerArns = [], ...rest } = group
  const { Attributes = [] } = await elbv2.send(new DescribeTargetGroupAttributesCommand({ TargetGroupArn }))
  const { TargetHealthDescriptions = [] } = await elbv2.send(
    new DescribeTargetHealthCommand({ TargetGroupArn }),
  )
  // Those that leave are gone soon.
  const targets = TargetHealthDescriptions.filter(({ TargetHealth }) => TargetHealth?.State !== 'draining')
  return {
    ...rest,
    balancers: LoadBalancerArns.length,
    Attributes: toMap(Attributes),
    targets: targets.map(({ Target }) => ({ Id: Target?.Id, Port: Target?.Port })),
    tags,
  }
}

interface SecurityView {
  readonly GroupName: string | undefined
  readonly Description: string | undefined
  readonly rules: readonly string[]
  readonly tags: Tags
}

function securityView({ GroupName, Description, IpPermissions = [], Tags }: SecurityGroup): SecurityView {
  return { GroupName, Description, rules: IpPermissions.flatMap(ruleTexts).toSorted(), tags: toMap(Tags) }
}

function ruleTexts({
  IpProtocol,
  FromPort,
  ToPort,
  IpRanges = [],
  PrefixListIds = [],
  UserIdGroupPairs = [],
}: IpPermission): string[] {
  const sources = [
    ...IpRanges.map(({ CidrIp, Description = '' }) => `${CidrIp} ${Description}`),
    ...PrefixListIds.map(({ PrefixListId, Description = '' }) => `${PrefixListId} ${Description}`),
    ...UserIdGroupPairs.map(({ GroupId, Description = '' }) => `${GroupId} ${Description}`),
  ]
  return sources.map((source) => `${IpProtocol} ${FromPort}-${ToPort} from ${source}`.trim())
}
