// Owns the question whether the caller may do what `up` will do, asked of IAM before anything is made.
// Source: IAM API reference, SimulatePrincipalPolicy: a yes is no promise (session and organization policies), a no is one.
import { GetRoleCommand, SimulatePrincipalPolicyCommand, type EvaluationResult } from '@aws-sdk/client-iam'

import type { ClusterConfig } from '../../config/cluster-config.ts'
import type { Cloud } from '../../deploy/cloud.ts'
import { eksIssuerHost } from '../../rules/iam/issuer.ts'
import type { Account } from '../account.ts'
import { error, lineOf, warning, type Finding } from '../../deploy/finding.ts'

const EVERYWHERE = [
  'cloudformation:CreateStack',
  'cloudformation:DescribeStacks',
  'cloudformation:DescribeStackEvents',
  'cloudformation:CreateChangeSet',
  'cloudformation:UpdateTerminationProtection',
  'eks:CreateCluster',
  'eks:DescribeCluster',
  'eks:TagResource',
  'eks:CreateAddon',
  'ec2:DescribeSubnets',
  'ec2:CreateSecurityGroup',
  'ec2:CreateTags',
  'iam:CreateRole',
  'iam:AttachRolePolicy',
  'iam:PutRolePolicy',
  'iam:TagRole',
]
const FOR_NETWORK = [
  'ec2:CreateVpc',
  'ec2:CreateSubnet',
  'ec2:CreateInternetGateway',
  'ec2:CreateNatGateway',
  'ec2:AllocateAddress',
]
const FOR_NODES = ['eks:CreateNodegroup', 'ec2:CreateLaunchTemplate', 'ec2:RunInstances']
const FOR_OWN_NODES = [
  'autoscaling:CreateAutoScalingGroup',
  'ec2:CreateLaunchTemplate',
  'ec2:RunInstances',
  'iam:CreateInstanceProfile',
]

/** The actions that building the config takes, each once. */
export function neededActions(config: ClusterConfig): readonly string[] {
  const hasOwnNetwork =
    Object.keys({ ...config.vpc?.subnets?.private, ...config.vpc?.subnets?.public }).length === 0
  return [
    ...new Set([
      ...EVERYWHERE,
      ...(hasOwnNetwork ? FOR_NETWORK : []),
      ...((config.managedNodeGroups ?? []).length > 0 ? FOR_NODES : []),
      ...((config.nodeGroups ?? []).length > 0 ? FOR_OWN_NODES : []),
      ...((config.fargateProfiles ?? []).length > 0 ? ['eks:CreateFargateProfile'] : []),
      ...(config.iam?.withOIDC === true ? ['iam:CreateOpenIDConnectProvider'] : []),
      ...(config.cloudWatch?.clusterLogging?.logRetentionInDays === undefined
        ? []
        : ['logs:PutRetentionPolicy']),
    ]),
  ]
}

/** Whom roles are handed to; to Fargate's the published data names no service. */
function servicesOf({ managedNodeGroups = [], nodeGroups = [] }: ClusterConfig): readonly string[] {
  return [
    'eks.amazonaws.com',
    ...(managedNodeGroups.length + nodeGroups.length > 0 ? ['ec2.amazonaws.com'] : []),
  ]
}

/** What the caller may not do. Where IAM may not be asked, a warning says so and nothing is known. */
export async function checkRights(
  cloud: Pick<Cloud, 'iam'>,
  account: Account,
  config: ClusterConfig,
): Promise<readonly Finding[]> {
  try {
    const source = await policySource(cloud, account.callerArn)
    // The root of an account may everything, and cannot be simulated.
    if (source === undefined) return []
    const resourceFor = (action: string): string => resourceOf(action, account, config.metadata)
    const denied: string[] = []
    for (const [resource, actions] of Map.groupBy(neededActions(config), resourceFor))
      denied.push(...(await simulate(cloud, { source, actions, resource })))
    const role = resourceFor('iam:PassRole')
    for (const passedTo of servicesOf(config))
      denied.push(...(await simulate(cloud, { source, actions: ['iam:PassRole'], resource: role, passedTo })))
    return findingsOf(denied, account)
  } catch (cause) {
    // Whatever it is, it keeps nobody from making a cluster.
    return [
      warning(
        `the rights of ${account.callerArn} could not be checked: ${lineOf(cause)}`,
        'Allow iam:SimulatePrincipalPolicy and iam:GetRole to have them checked beforehand.',
      ),
    ]
  }
}

function findingsOf(denied: readonly string[], { callerArn }: Account): readonly Finding[] {
  if (denied.length === 0) return []
  return [
    error(
      `${callerArn} may not ${denied.join(', ')}`,
      'Ask whoever manages the account to allow these, or use another role with --role-arn.',
    ),
  ]
}

/** The user or role whose policies are asked; a session has those of its role. */
async function policySource({ iam }: Pick<Cloud, 'iam'>, callerArn: string): Promise<string | undefined> {
  if (callerArn.endsWith(':root')) return undefined
  const session = /:assumed-role\/([^/]+)\//.exec(callerArn)
  if (!session) return callerArn
  // The ARN of a session leaves out the path of its role.
  const { Role } = await iam.send(new GetRoleCommand({ RoleName: session[1] }))
  return Role?.Arn
}

interface Simulation {
  readonly source: string
  readonly actions: readonly string[]
  readonly resource: string
  readonly passedTo?: string
}

async function simulate(
  { iam }: Pick<Cloud, 'iam'>,
  { source, actions, resource, passedTo }: Simulation,
): Promise<readonly string[]> {
  const { EvaluationResults = [] } = await iam.send(
    new SimulatePrincipalPolicyCommand({
      PolicySourceArn: source,
      ActionNames: [...actions],
      ResourceArns: [resource],
      ...(passedTo === undefined ? {} : { ContextEntries: [passing(passedTo)] }),
    }),
  )
  const refused = EvaluationResults.filter(isRefused).map(({ EvalActionName }) => EvalActionName ?? '')
  return refused.map((action) => (passedTo === undefined ? action : `${action} to ${passedTo}`))
}

function passing(service: string) {
  return {
    ContextKeyName: 'iam:PassedToService',
    ContextKeyType: 'string' as const,
    ContextKeyValues: [service],
  }
}

// A condition may want what is not known yet: that is no refusal.
function isRefused({ EvalDecision, MissingContextValues = [] }: EvaluationResult): boolean {
  return EvalDecision !== 'allowed' && MissingContextValues.length === 0
}

/** What a service's actions are asked about: what `up` will make has these names. */
function resourceOf(
  action: string,
  { id, partition }: Account,
  { name, region }: ClusterConfig['metadata'],
): string {
  if (action === 'iam:CreateOpenIDConnectProvider')
    return `arn:${partition}:iam::${id}:oidc-provider/${eksIssuerHost(region)}/id/EXAMPLE`
  if (action === 'iam:CreateInstanceProfile')
    return `arn:${partition}:iam::${id}:instance-profile/eksctl-${name}-nodegroup`
  const [service] = action.split(':')
  if (service === 'iam') return `arn:${partition}:iam::${id}:role/eksctl-${name}-cluster-ServiceRole`
  if (service === 'eks') return `arn:${partition}:eks:${region}:${id}:cluster/${name}`
  if (service === 'cloudformation')
    return `arn:${partition}:cloudformation:${region}:${id}:stack/eksctl-${name}-cluster/*`
  return '*'
}
