// Owns the further rights that a call needs: to pass roles, and to give tags to what it makes.
// Source: IAM User Guide, "Grant a user permissions to pass a role to an AWS service"; EC2 user guide, "Grant
// permission to tag Amazon EC2 resources during creation"; Elastic Load Balancing, "Resource-based tagging".
import { isObject, own } from '../../base/json.ts'
import { decodeText } from '../protocol/message.ts'
import type { InputValues } from './input-values.ts'
import { tagsOf, type Keys } from './request-keys.ts'
import type { PublishedAction } from './published.ts'

export interface Dependent {
  /** `iam:PassRole` */
  readonly action: string
  /** The resource; where it is of the call's own, the type of those (`subnet`), undefined for all. */
  readonly on: { readonly arn: string } | { readonly type: string | undefined }
  readonly keys: Keys
}

interface Passing {
  readonly members: readonly string[]
  /** iam:PassedToService. AWS doesn't publish which of them EKS sends: policies that name either are honored. */
  readonly to: readonly string[]
}

const EKS = 'eks.amazonaws.com'
const EC2 = 'ec2.amazonaws.com'
const STACK: Passing = { members: ['RoleARN'], to: ['cloudformation.amazonaws.com'] }
const ADDON: Passing = {
  members: ['serviceAccountRoleArn', 'podIdentityAssociations.roleArn'],
  to: [EKS, 'pods.eks.amazonaws.com'],
}

/** By action: the members that hold roles, and to whom these are passed. */
const PASSING: Readonly<Record<string, Passing>> = {
  'cloudformation:CreateChangeSet': STACK,
  'cloudformation:CreateStack': STACK,
  'cloudformation:DeleteStack': STACK,
  'cloudformation:UpdateStack': STACK,
  'eks:CreateAddon': ADDON,
  'eks:CreateCluster': { members: ['roleArn'], to: [EKS] },
  'eks:CreateFargateProfile': {
    members: ['podExecutionRoleArn'],
    to: [EKS, 'eks-fargate-pods.amazonaws.com'],
  },
  'eks:CreateNodegroup': { members: ['nodeRole'], to: [EKS, EC2] },
  'eks:CreatePodIdentityAssociation': { members: ['roleArn'], to: [EKS, 'pods.eks.amazonaws.com'] },
  'eks:UpdateAddon': ADDON,
  'eks:UpdatePodIdentityAssociation': { members: ['roleArn'], to: [EKS, 'pods.eks.amazonaws.com'] },
}

/** By action: calls that pass the role of an instance profile, which has to be looked up, or one by its name. */
export const PASSING_PROFILE: ReadonlySet<string> = new Set([
  'ec2:AssociateIamInstanceProfile',
  'ec2:CreateFleet',
  'ec2:ReplaceIamInstanceProfileAssociation',
  'ec2:RunInstances',
])

/** What instances are passed. */
export function passedToInstances(roleArn: string): Dependent {
  return { action: 'iam:PassRole', on: { arn: roleArn }, keys: { 'iam:PassedToService': EC2 } }
}

/** The further rights that a call needs, as far as its input says. */
export function dependentsOf(
  action: PublishedAction,
  input: object,
  values: InputValues,
): readonly Dependent[] {
  const passing = own(PASSING, action.name)
  const roles = passing ? values.of(passing.members).filter((role) => role.startsWith('arn:')) : []
  const passed = roles.map((arn) => ({
    action: 'iam:PassRole',
    on: { arn },
    keys: { 'iam:PassedToService': passing?.to ?? [] },
  }))
  return [
    ...passed,
    ...copied(action, input),
    ...tagging(action, input, values),
    ...sessionRights(action, input, values),
  ]
}

// "You must have read access to the source object and write access to the destination" (API_CopyObject).
function copied(action: PublishedAction, input: object): readonly Dependent[] {
  if (action.name !== 's3:PutObject' || !('CopySource' in input)) return []
  const path = String(input.CopySource).split('?')[0]?.replace(/^\//, '') ?? ''
  return [{ action: 's3:GetObject', on: { arn: `arn:aws:s3:::${decodeText(path)}` }, keys: {} }]
}

// "Passing session tags in AWS STS": the tags and the source identity of a session are rights of their own.
function sessionRights(action: PublishedAction, input: object, values: InputValues): readonly Dependent[] {
  if (action.name !== 'sts:AssumeRole') return []
  const rights: string[] = []
  if (Object.keys(tagsOf(input)).length > 0) rights.push('sts:TagSession')
  if (values.of(['SourceIdentity']).length > 0) rights.push('sts:SetSourceIdentity')
  return rights.map((right) => ({ action: right, on: { type: undefined }, keys: {} }))
}

/** By prefix and beginning of the operation: the action that gives tags. */
const TAGGING: Readonly<Record<string, string>> = {
  'ec2:Create': 'ec2:CreateTags',
  'ec2:Run': 'ec2:CreateTags',
  'ec2:Allocate': 'ec2:CreateTags',
  'ec2:Import': 'ec2:CreateTags',
  'eks:Create': 'eks:TagResource',
  'elasticloadbalancing:Create': 'elasticloadbalancing:AddTags',
  'iam:CreateRole': 'iam:TagRole',
  'iam:CreateUser': 'iam:TagUser',
  'iam:CreatePolicy': 'iam:TagPolicy',
  'iam:CreateInstanceProfile': 'iam:TagInstanceProfile',
  'iam:CreateOpenIDConnectProvider': 'iam:TagOpenIDConnectProvider',
}

/** By action: the member that holds the ARN of what the new thing belongs to, and the kinds in both ARNs. */
const TAGGED_BELOW: Readonly<Record<string, readonly [member: string, owner: string, kind: string]>> = {
  'elasticloadbalancing:CreateListener': ['LoadBalancerArn', ':loadbalancer/', ':listener/'],
  'elasticloadbalancing:CreateRule': ['ListenerArn', ':listener/', ':listener-rule/'],
}

function tagging(
  { prefix, name }: PublishedAction,
  input: object,
  values: InputValues,
): readonly Dependent[] {
  const start = Object.keys(TAGGING).find(
    (key) => name === key || (!key.startsWith('iam:') && name.startsWith(key)),
  )
  const action = start === undefined || name === 'ec2:CreateTags' ? undefined : TAGGING[start]
  if (action === undefined || Object.keys(tagsOf(input)).length === 0) return []
  const keys = { [`${prefix}:CreateAction`]: name.slice(prefix.length + 1) }
  // The listener that is made gets the tags, not the load balancer, which is what CreateListener is asked about.
  const below = own(TAGGED_BELOW, name)
  if (below) {
    const [member, owner, kind] = below
    return values.of([member]).map((arn) => ({ action, on: { arn: `${arn.replace(owner, kind)}/*` }, keys }))
  }
  return taggedTypes(input).map((type) => ({ action, on: { type }, keys }))
}

function taggedTypes(input: object): readonly (string | undefined)[] {
  const specifications = Object.entries(input).find(
    ([member]) => member === 'TagSpecifications',
  )?.[1] as unknown
  if (!Array.isArray(specifications)) return [undefined]
  return specifications.flatMap((each: unknown) =>
    isObject(each) && typeof each['ResourceType'] === 'string' ? [each['ResourceType']] : [],
  )
}
