// Owns asking the services for what a request doesn't say: the whole ARN of a resource, and its tags.
import { own } from '../../base/json.ts'
import type { AwsCaller } from '../protocol/service.ts'
import { readTags, type Tags } from './request-keys.ts'
import type { InputValues } from './input-values.ts'

interface ArnLookup {
  readonly service: string
  readonly operation: string
  /** The operation's members; the request has them by the same names. */
  readonly members: readonly string[]
  readonly path: string
}

// By `prefix:type`: of these the ARN holds what no request names, a path or an id.
const ARNS: Readonly<Record<string, ArnLookup>> = {
  'autoscaling:autoscalinggroup': {
    service: 'autoscaling',
    operation: 'DescribeAutoScalingGroups',
    members: ['AutoScalingGroupNames'],
    path: 'AutoScalingGroups.0.AutoScalingGroupARN',
  },
  'eks:addon': lookup('DescribeAddon', ['clusterName', 'addonName'], 'addon.addonArn'),
  'eks:access-entry': lookup(
    'DescribeAccessEntry',
    ['clusterName', 'principalArn'],
    'accessEntry.accessEntryArn',
  ),
  'eks:fargateprofile': lookup(
    'DescribeFargateProfile',
    ['clusterName', 'fargateProfileName'],
    'fargateProfile.fargateProfileArn',
  ),
  'eks:nodegroup': lookup('DescribeNodegroup', ['clusterName', 'nodegroupName'], 'nodegroup.nodegroupArn'),
  'iam:group': { service: 'iam', operation: 'GetGroup', members: ['GroupName'], path: 'Group.Arn' },
  'iam:instance-profile': {
    service: 'iam',
    operation: 'GetInstanceProfile',
    members: ['InstanceProfileName'],
    path: 'InstanceProfile.Arn',
  },
  'iam:role': { service: 'iam', operation: 'GetRole', members: ['RoleName'], path: 'Role.Arn' },
  'iam:user': { service: 'iam', operation: 'GetUser', members: ['UserName'], path: 'User.Arn' },
}

function lookup(operation: string, members: readonly string[], path: string): ArnLookup {
  return { service: 'eks', operation, members, path }
}

/** The ARN of the one resource of a type that a request names; undefined when there is none, or nothing to look up. */
export async function findArn(
  caller: AwsCaller,
  kind: string,
  values: InputValues,
): Promise<string | undefined> {
  const row = own(ARNS, kind)
  if (!row) return undefined
  const input: Record<string, string | readonly string[]> = {}
  for (const member of row.members) {
    const [value] = values.of([member, member.replace(/s$/, '')])
    if (value === undefined) return undefined
    input[member] = member.endsWith('Names') ? [value] : value
  }
  const output = await ask(caller, [row.service, row.operation], input)
  const arn = read(output, row.path)
  return typeof arn === 'string' ? arn : undefined
}

type TagLookup = readonly [
  service: string,
  operation: string,
  input: (arn: string, id: string) => object,
  path: string,
]

// By prefix.
const TAGS: Readonly<Record<string, TagLookup>> = {
  acm: ['acm', 'ListTagsForCertificate', (arn) => ({ CertificateArn: arn }), 'Tags'],
  autoscaling: [
    'autoscaling',
    'DescribeTags',
    (_, id) => ({ Filters: [{ Name: 'auto-scaling-group', Values: [id] }] }),
    'Tags',
  ],
  cloudformation: ['cloudformation', 'DescribeStacks', (_, id) => ({ StackName: id }), 'Stacks.0.Tags'],
  ec2: ['ec2', 'DescribeTags', (_, id) => ({ Filters: [{ Name: 'resource-id', Values: [id] }] }), 'Tags'],
  ecr: ['ecr', 'ListTagsForResource', (arn) => ({ resourceArn: arn }), 'tags'],
  eks: ['eks', 'ListTagsForResource', (arn) => ({ resourceArn: arn }), 'tags'],
  elasticloadbalancing: [
    'elbv2',
    'DescribeTags',
    (arn) => ({ ResourceArns: [arn] }),
    'TagDescriptions.0.Tags',
  ],
  'iam:role': ['iam', 'ListRoleTags', (_, id) => ({ RoleName: id }), 'Tags'],
  'iam:user': ['iam', 'ListUserTags', (_, id) => ({ UserName: id }), 'Tags'],
  'iam:policy': ['iam', 'ListPolicyTags', (arn) => ({ PolicyArn: arn }), 'Tags'],
  kms: ['kms', 'ListResourceTags', (_, id) => ({ KeyId: id }), 'Tags'],
  logs: ['logs', 'ListTagsForResource', (arn) => ({ resourceArn: arn }), 'tags'],
}

/** The tags of a resource; none of one that is not there or is not known yet. @param kind `ec2:subnet` */
export async function findTags(caller: AwsCaller, kind: string, arn: string): Promise<Tags> {
  const row = own(TAGS, kind) ?? own(TAGS, kind.split(':')[0] ?? '')
  if (!row || arn.includes('*')) return {}
  const [service, operation, input, path] = row
  const parts = arn.split('/')
  const id = (kind.startsWith('cloudformation') ? parts[1] : parts.at(-1)) ?? ''
  return readTags(read(await ask(caller, [service, operation], input(arn, id)), path))
}

// What the service refuses to show is not there; nothing is granted by what could not be read.
async function ask(
  caller: AwsCaller,
  [service, operation]: readonly [string, string],
  input: object,
): Promise<unknown> {
  return await caller.call(service, operation, input).catch(() => undefined)
}

function read(value: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((at, part) => (at as Record<string, unknown> | undefined)?.[part], value)
}
