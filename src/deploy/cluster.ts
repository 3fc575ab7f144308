// Owns the control plane: its stack, its record in EKS, its log retention and its OIDC provider.
import { PutRetentionPolicyCommand } from '@aws-sdk/client-cloudwatch-logs'
import { DescribeClusterCommand, type Cluster } from '@aws-sdk/client-eks'
import { CreateOpenIDConnectProviderCommand, GetOpenIDConnectProviderCommand } from '@aws-sdk/client-iam'

import { isAwsCode } from '../base/errors.ts'
import { clusterStackName } from '../rules/eksctl/stack-names.ts'
import { CLUSTER_OIDC_ENABLED_TAG } from '../rules/eksctl/tags.ts'
import { accountOf, required } from './cloud.ts'
import { stackTags, type DeployContext } from './context.ts'
import { resolveNetwork } from './network.ts'
import type { StepResult } from './progress.ts'
import { ensureStack } from './stacks.ts'
import { clusterTemplate } from './templates/cluster.ts'

// sha1 of the root that EKS issuers chain to; IAM has ignored it since it trusts the public roots itself.
const EKS_ROOT_THUMBPRINT = '9e99a48a9960b14926bb7f3b02e22da2b0ab7280'

/** What later steps need to know of the cluster. */
export interface DeployedCluster {
  readonly name: string
  readonly endpoint: string
  readonly certificateAuthorityData: string
  /** `https://oidc.eks.REGION.amazonaws.com/id/…` */
  readonly issuer: string
  readonly vpcId: string
}

/** Brings the stack `eksctl-CLUSTER-cluster` to what the file says. */
export async function ensureClusterStack(
  context: DeployContext,
  version: string,
  detail: (text: string) => void,
): Promise<StepResult> {
  const { config } = context
  const template = clusterTemplate(config, await resolveNetwork(context), version)
  const withOidc = String(config.iam?.withOIDC === true)
  return ensureStack(
    context,
    {
      name: clusterStackName(config.metadata.name),
      template,
      capabilities: ['CAPABILITY_IAM'],
      tags: stackTags(config, { [CLUSTER_OIDC_ENABLED_TAG]: withOidc }),
    },
    detail,
  )
}

/** The cluster as EKS describes it; undefined when there is none. */
export async function findCluster(
  context: Pick<DeployContext, 'cloud'>,
  name: string,
): Promise<DeployedCluster | undefined> {
  try {
    const { cluster } = await context.cloud.eks.send(new DescribeClusterCommand({ name }))
    return cluster && describe(cluster)
  } catch (error) {
    if (isAwsCode(error, 'ResourceNotFoundException')) return undefined
    throw error
  }
}

function describe(cluster: Cluster): DeployedCluster | undefined {
  // Until it is ACTIVE a cluster has neither endpoint nor certificate.
  if (cluster.endpoint === undefined || cluster.certificateAuthority?.data === undefined) return undefined
  return {
    name: required(cluster.name, 'a cluster without a name'),
    endpoint: cluster.endpoint,
    certificateAuthorityData: cluster.certificateAuthority.data,
    issuer: required(cluster.identity?.oidc?.issuer, 'a cluster without an issuer'),
    vpcId: required(cluster.resourcesVpcConfig?.vpcId, 'a cluster without a VPC'),
  }
}

/** Sets how long control-plane logs are kept, when the file says. */
export async function ensureLogRetention(context: DeployContext): Promise<StepResult> {
  const days = context.config.cloudWatch?.clusterLogging?.logRetentionInDays
  if (days === undefined) return { outcome: 'skipped' }
  const logGroupName = `/aws/eks/${context.config.metadata.name}/cluster`
  await context.cloud.logs.send(new PutRetentionPolicyCommand({ logGroupName, retentionInDays: days }))
  return { outcome: 'done', detail: `${logGroupName}, ${days} days` }
}

/** Registers the cluster's issuer with IAM, so that service accounts can take on roles. */
export async function ensureOidcProvider(
  context: DeployContext,
  cluster: DeployedCluster,
): Promise<StepResult> {
  const account = await accountOf(context.cloud)
  const arn = oidcProviderArn(cluster, account, context.cloud.region)
  try {
    await context.cloud.iam.send(new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: arn }))
    return { outcome: 'unchanged' }
  } catch (error) {
    if (!isAwsCode(error, 'NoSuchEntity', 'NoSuchEntityException')) throw error
  }
  await context.cloud.iam.send(
    new CreateOpenIDConnectProviderCommand({
      Url: cluster.issuer,
      ClientIDList: ['sts.amazonaws.com'],
      ThumbprintList: [EKS_ROOT_THUMBPRINT],
      Tags: Object.entries(stackTags(context.config)).map(([Key, Value]) => ({ Key, Value })),
    }),
  )
  return { outcome: 'created' }
}

/** ARN under which IAM keeps the issuer of a cluster. */
export function oidcProviderArn(cluster: DeployedCluster, account: string, region: string): string {
  const partition = region.startsWith('cn-') ? 'aws-cn' : 'aws'
  return `arn:${partition}:iam::${account}:oidc-provider/${cluster.issuer.replace('https://', '')}`
}
