// Owns where tags are: for each service, how its resources are listed with their tags, and how they get other ones.
import { parseArn } from '../../../base/arn.ts'

/** A resource and all its tags. */
export interface TaggedResource {
  readonly arn: string
  readonly tags: Readonly<Record<string, string>>
}

/** Asks other services, for the one who asks here. */
export type Ask = <Output>(service: string, operation: string, input?: object) => Promise<Output>

/** An operation with its input. */
export type Call = readonly [service: string, operation: string, input: object]

export interface Source {
  /** As in ARNs. */
  readonly service: string
  list(ask: Ask, place: Place): Promise<readonly TaggedResource[]>
  tag(arn: string, tags: Readonly<Record<string, string>>): Call
  untag(arn: string, keys: readonly string[]): Call
}

/** Where the resources are. */
export interface Place {
  readonly region: string
  readonly accountId: string
}

type TagListing = readonly { readonly Key?: string; readonly Value?: string }[]

function listOf(tags: Readonly<Record<string, string>>): TagListing {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }))
}

function recordOf(tags: TagListing = []): Record<string, string> {
  return Object.fromEntries(tags.map(({ Key = '', Value = '' }) => [Key, Value]))
}

/** All pages of a list whose answers go on at NextToken or nextToken. */
async function pages<T>(
  ask: Ask,
  [service, operation, input]: Call,
  read: (answer: never) => readonly T[] | undefined,
): Promise<T[]> {
  const found: T[] = []
  let token: string | undefined
  const member = service === 'eks' || service === 'logs' || service === 'ecr' ? 'nextToken' : 'NextToken'
  do {
    const answer = await ask<Record<string, unknown>>(service, operation, {
      ...input,
      ...(token === undefined ? {} : { [member]: token }),
    })
    found.push(...(read(answer as never) ?? []))
    token = answer[member] as string | undefined
  } while (token)
  return found
}

const ec2: Source = {
  service: 'ec2',
  async list(ask, { region, accountId }) {
    type Row = { ResourceId: string; ResourceType: string; Key: string; Value: string }
    const rows = await pages<Row>(ask, ['ec2', 'DescribeTags', {}], ({ Tags }: { Tags: Row[] }) => Tags)
    const byId = Map.groupBy(rows, ({ ResourceId, ResourceType }) => `${ResourceType}/${ResourceId}`)
    return [...byId].map(([resource, tags]) => ({
      arn: `arn:aws:ec2:${region}:${accountId}:${resource}`,
      tags: recordOf(tags),
    }))
  },
  tag: (arn, tags) => ['ec2', 'CreateTags', { Resources: [idOf(arn)], Tags: listOf(tags) }],
  untag: (arn, keys) => ['ec2', 'DeleteTags', { Resources: [idOf(arn)], Tags: keys.map((Key) => ({ Key })) }],
}

/** What follows the last slash of an ARN. */
function idOf(arn: string): string {
  return arn.split('/').at(-1) ?? ''
}

// Below a cluster: how they are listed, how one is looked at, and what its answer is called.
const OF_CLUSTERS = [
  ['ListNodegroups', 'nodegroups', 'DescribeNodegroup', 'nodegroupName', 'nodegroup', 'nodegroupArn'],
  [
    'ListFargateProfiles',
    'fargateProfileNames',
    'DescribeFargateProfile',
    'fargateProfileName',
    'fargateProfile',
    'fargateProfileArn',
  ],
  ['ListAddons', 'addons', 'DescribeAddon', 'addonName', 'addon', 'addonArn'],
] as const

const eks: Source = {
  service: 'eks',
  async list(ask) {
    type Shown = Record<string, { tags?: Record<string, string> } & Record<string, unknown>>
    const look = async (call: Call, member: string, arn: string): Promise<TaggedResource> => {
      const [service, operation, input] = call
      const found = (await ask<Shown>(service, operation, input))[member]
      return { arn: String(found?.[arn]), tags: found?.tags ?? {} }
    }
    const names = await pages<string>(
      ask,
      ['eks', 'ListClusters', {}],
      (a: { clusters: string[] }) => a.clusters,
    )
    const found: TaggedResource[] = []
    for (const clusterName of names) {
      found.push(await look(['eks', 'DescribeCluster', { name: clusterName }], 'cluster', 'arn'))
      for (const [listing, member, describe, key, shown, arn] of OF_CLUSTERS) {
        const children = await pages<string>(
          ask,
          ['eks', listing, { clusterName }],
          (answer: Record<string, string[]>) => answer[member],
        )
        for (const name of children) {
          found.push(await look(['eks', describe, { clusterName, [key]: name }], shown, arn))
        }
      }
    }
    return found
  },
  tag: (arn, tags) => ['eks', 'TagResource', { resourceArn: arn, tags }],
  untag: (arn, tagKeys) => ['eks', 'UntagResource', { resourceArn: arn, tagKeys }],
}

/** DescribeTags of ELBv2 takes so many ARNs. */
const ELB_TAGS = 20

const balancers: Source = {
  service: 'elasticloadbalancing',
  async list(ask, place) {
    type Balancers = { LoadBalancers?: { LoadBalancerArn?: string }[] }
    type Groups = { TargetGroups?: { TargetGroupArn?: string }[] }
    const { LoadBalancers = [] } = await ask<Balancers>('elbv2', 'DescribeLoadBalancers')
    const { TargetGroups = [] } = await ask<Groups>('elbv2', 'DescribeTargetGroups')
    const arns = [
      ...LoadBalancers.map(({ LoadBalancerArn = '' }) => LoadBalancerArn),
      ...TargetGroups.map(({ TargetGroupArn = '' }) => TargetGroupArn),
    ]
    const found: TaggedResource[] = []
    for (let at = 0; at < arns.length; at += ELB_TAGS) {
      type Answer = { TagDescriptions?: { ResourceArn?: string; Tags?: TagListing }[] }
      const ResourceArns = arns.slice(at, at + ELB_TAGS)
      const { TagDescriptions = [] } = await ask<Answer>('elbv2', 'DescribeTags', { ResourceArns })
      found.push(...TagDescriptions.map(({ ResourceArn: arn = '', Tags }) => ({ arn, tags: recordOf(Tags) })))
    }
    return [...found, ...(await classicBalancers(ask, place))]
  },
  tag: (arn, tags) => {
    const name = classicName(arn)
    const Tags = listOf(tags)
    if (name !== undefined) return ['elb', 'AddTags', { LoadBalancerNames: [name], Tags }]
    return ['elbv2', 'AddTags', { ResourceArns: [arn], Tags }]
  },
  untag: (arn, TagKeys) => {
    const name = classicName(arn)
    if (name === undefined) return ['elbv2', 'RemoveTags', { ResourceArns: [arn], TagKeys }]
    const Tags = TagKeys.map((Key) => ({ Key }))
    return ['elb', 'RemoveTags', { LoadBalancerNames: [name], Tags }]
  },
}

// Those of the other kinds have `app/`, `net/` or `gwy/` before their names.
function classicName(arn: string): string | undefined {
  return /:loadbalancer\/([^/]+)$/.exec(arn)?.[1]
}

async function classicBalancers(
  ask: Ask,
  { region, accountId }: Parameters<Source['list']>[1],
): Promise<TaggedResource[]> {
  type Balancers = { LoadBalancerDescriptions?: { LoadBalancerName?: string }[] }
  const { LoadBalancerDescriptions = [] } = await ask<Balancers>('elb', 'DescribeLoadBalancers')
  const names = LoadBalancerDescriptions.map(({ LoadBalancerName = '' }) => LoadBalancerName)
  const found: TaggedResource[] = []
  for (let at = 0; at < names.length; at += ELB_TAGS) {
    type Answer = { TagDescriptions?: { LoadBalancerName?: string; Tags?: TagListing }[] }
    const LoadBalancerNames = names.slice(at, at + ELB_TAGS)
    const { TagDescriptions = [] } = await ask<Answer>('elb', 'DescribeTags', { LoadBalancerNames })
    found.push(
      ...TagDescriptions.map(({ LoadBalancerName, Tags }) => ({
        arn: `arn:aws:elasticloadbalancing:${region}:${accountId}:loadbalancer/${LoadBalancerName}`,
        tags: recordOf(Tags),
      })),
    )
  }
  return found
}

const logGroups: Source = {
  service: 'logs',
  async list(ask) {
    type Group = { arn?: string }
    const groups = await pages<Group>(
      ask,
      ['logs', 'DescribeLogGroups', {}],
      (answer: { logGroups?: Group[] }) => answer.logGroups,
    )
    return await Promise.all(
      groups.map(async ({ arn = '' }) => {
        const resourceArn = arn.replace(/:\*$/, '')
        const { tags = {} } = await ask<{ tags?: Record<string, string> }>('logs', 'ListTagsForResource', {
          resourceArn,
        })
        return { arn: resourceArn, tags }
      }),
    )
  },
  tag: (arn, tags) => ['logs', 'TagResource', { resourceArn: arn, tags }],
  untag: (arn, tagKeys) => ['logs', 'UntagResource', { resourceArn: arn, tagKeys }],
}

const keys: Source = {
  service: 'kms',
  async list(ask) {
    type Key = { KeyId?: string; KeyArn?: string }
    const { Keys = [] } = await ask<{ Keys?: Key[] }>('kms', 'ListKeys', { Limit: 1000 })
    return await Promise.all(
      Keys.map(async ({ KeyId, KeyArn: arn = '' }) => {
        type Answer = { Tags?: { TagKey?: string; TagValue?: string }[] }
        const { Tags = [] } = await ask<Answer>('kms', 'ListResourceTags', { KeyId })
        const tags = Tags.map(({ TagKey = '', TagValue = '' }) => [TagKey, TagValue] as const)
        return { arn, tags: Object.fromEntries(tags) }
      }),
    )
  },
  tag: (arn, tags) => {
    const Tags = Object.entries(tags).map(([TagKey, TagValue]) => ({ TagKey, TagValue }))
    return ['kms', 'TagResource', { KeyId: idOf(arn), Tags }]
  },
  untag: (arn, TagKeys) => ['kms', 'UntagResource', { KeyId: idOf(arn), TagKeys }],
}

const repositories: Source = {
  service: 'ecr',
  async list(ask) {
    type Repository = { repositoryArn?: string }
    const all = await pages<Repository>(
      ask,
      ['ecr', 'DescribeRepositories', {}],
      (answer: { repositories?: Repository[] }) => answer.repositories,
    )
    return await Promise.all(
      all.map(async ({ repositoryArn: arn = '' }) => {
        const { tags } = await ask<{ tags?: TagListing }>('ecr', 'ListTagsForResource', { resourceArn: arn })
        return { arn, tags: recordOf(tags) }
      }),
    )
  },
  tag: (arn, tags) => ['ecr', 'TagResource', { resourceArn: arn, tags: listOf(tags) }],
  untag: (arn, tagKeys) => ['ecr', 'UntagResource', { resourceArn: arn, tagKeys }],
}

const parameters: Source = {
  service: 'ssm',
  async list(ask, { region, accountId }) {
    type Parameter = { Name?: string }
    const all = await pages<Parameter>(
      ask,
      ['ssm', 'DescribeParameters', {}],
      (answer: { Parameters?: Parameter[] }) => answer.Parameters,
    )
    return await Promise.all(
      all.map(async ({ Name = '' }) => {
        const ofParameter = { ResourceType: 'Parameter', ResourceId: Name }
        const { TagList } = await ask<{ TagList?: TagListing }>('ssm', 'ListTagsForResource', ofParameter)
        const path = Name.startsWith('/') ? Name : `/${Name}`
        return { arn: `arn:aws:ssm:${region}:${accountId}:parameter${path}`, tags: recordOf(TagList) }
      }),
    )
  },
  tag: (arn, tags) => ['ssm', 'AddTagsToResource', { ...parameterOf(arn), Tags: listOf(tags) }],
  untag: (arn, TagKeys) => ['ssm', 'RemoveTagsFromResource', { ...parameterOf(arn), TagKeys }],
}

// The ARN of `name` and that of `/name` are one; a name with further slashes has to begin with one.
function parameterOf(arn: string): object {
  const path = (parseArn(arn)?.resource ?? '').replace(/^parameter/, '')
  return { ResourceType: 'Parameter', ResourceId: path.lastIndexOf('/') > 0 ? path : path.slice(1) }
}

const certificates: Source = {
  service: 'acm',
  async list(ask) {
    type Certificate = { CertificateArn?: string }
    const all = await pages<Certificate>(
      ask,
      ['acm', 'ListCertificates', {}],
      (answer: { CertificateSummaryList?: Certificate[] }) => answer.CertificateSummaryList,
    )
    return await Promise.all(
      all.map(async ({ CertificateArn: arn = '' }) => {
        const { Tags } = await ask<{ Tags?: TagListing }>('acm', 'ListTagsForCertificate', {
          CertificateArn: arn,
        })
        return { arn, tags: recordOf(Tags) }
      }),
    )
  },
  tag: (arn, tags) => ['acm', 'AddTagsToCertificate', { CertificateArn: arn, Tags: listOf(tags) }],
  untag: (arn, gone) => {
    const Tags = gone.map((Key) => ({ Key }))
    return ['acm', 'RemoveTagsFromCertificate', { CertificateArn: arn, Tags }]
  },
}

// "TagResources and UntagResources work as documented with Auto Scaling groups. However, GetTagKeys, GetTagValues and
// GetResources return an empty response for this service" (Tagging API reference, "Services that support …").
const scalingGroups: Source = {
  service: 'autoscaling',
  list: () => Promise.resolve([]),
  tag: (arn, tags) => ['autoscaling', 'CreateOrUpdateTags', { Tags: ofGroup(arn, listOf(tags)) }],
  untag: (arn, keys) => {
    const gone = keys.map((Key) => ({ Key }))
    return ['autoscaling', 'DeleteTags', { Tags: ofGroup(arn, gone) }]
  },
}

function ofGroup(arn: string, tags: TagListing): object[] {
  const group = { ResourceId: idOf(arn), ResourceType: 'auto-scaling-group' }
  return tags.map((tag) => ({ ...tag, ...group }))
}

const SOURCES: readonly Source[] = [
  scalingGroups,
  certificates,
  ec2,
  repositories,
  eks,
  balancers,
  keys,
  logGroups,
  parameters,
]

/** The services whose resources are found by their tags here. */
export function sources(): readonly Source[] {
  return SOURCES
}

/** Where the tags of a resource are; undefined when its service is not among them. */
export function sourceOf(arn: string): Source | undefined {
  const service = parseArn(arn)?.service
  return SOURCES.find((source) => source.service === service)
}
