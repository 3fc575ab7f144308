// Owns the control plane: its stack, its record in EKS and its log retention.
import { PutRetentionPolicyCommand } from '@aws-sdk/client-cloudwatch-logs'
import { DescribeClusterCommand, UpdateClusterConfigCommand, type Cluster } from '@aws-sdk/client-eks'

import { isAwsCode } from '../base/errors.ts'
import { serviceCidrOf } from '../rules/eks/cluster-network.ts'
import { clusterStackName } from '../rules/eksctl/stack-names.ts'
import { CLUSTER_OIDC_ENABLED_TAG } from '../rules/eksctl/tags.ts'
import type { ClusterConfig } from '../config/cluster-config.ts'
import { required } from './cloud.ts'
import { stackTags, type DeployContext } from './context.ts'
import type { StepResult } from './progress.ts'
import type { StackPlan } from './stack-plan.ts'
import { waitFor } from './wait.ts'
import type { DeployedCluster } from './up-result.ts'
import { clusterTemplate, type ClusterNetwork } from './templates/cluster.ts'

/** The stack of the control plane. `version` is the Kubernetes version to create. */
export function clusterStack(config: ClusterConfig, network: ClusterNetwork, version: string): StackPlan {
  const cluster = config.metadata.name
  return {
    name: clusterStackName(cluster),
    cluster,
    template: clusterTemplate(config, network, version),
    capabilities: ['CAPABILITY_IAM'],
    tags: stackTags(config, { [CLUSTER_OIDC_ENABLED_TAG]: String(config.iam?.withOIDC === true) }),
  }
}

/** The cluster as EKS describes it; undefined when there is none. */
export async function describeCluster(
  { cloud }: Pick<DeployContext, 'cloud'>,
  name: string,
): Promise<Cluster | undefined> {
  try {
    return (await cloud.eks.send(new DescribeClusterCommand({ name }))).cluster
  } catch (error) {
    if (isAwsCode(error, 'ResourceNotFoundException')) return undefined
    throw error
  }
}

/** What later steps need to know of the cluster; undefined when there is none, or none that answers yet. */
export async function findCluster(
  context: Pick<DeployContext, 'cloud'>,
  name: string,
): Promise<DeployedCluster | undefined> {
  const cluster = await describeCluster(context, name)
  return cluster && answering(cluster)
}

/** The same of a cluster that was described; undefined until it is ACTIVE: then it has an endpoint and a certificate. */
export function answering(cluster: Cluster): DeployedCluster | undefined {
  if (cluster.endpoint === undefined || cluster.certificateAuthority?.data === undefined) return undefined
  return {
    name: required(cluster.name, 'a cluster without a name'),
    endpoint: cluster.endpoint,
    certificateAuthorityData: cluster.certificateAuthority.data,
    issuer: required(cluster.identity?.oidc?.issuer, 'a cluster without an issuer'),
    serviceCidr: serviceCidrOf(cluster.kubernetesNetworkConfig ?? {}),
    vpcId: required(cluster.resourcesVpcConfig?.vpcId, 'a cluster without a VPC'),
  }
}

/** Sets how long control-plane logs are kept, when the file says. */
export async function ensureLogRetention(context: DeployContext): Promise<StepResult> {
  const { logRetentionInDays: days, enableTypes = [] } = context.config.cloudWatch?.clusterLogging ?? {}
  if (days === undefined) return { outcome: 'skipped' }
  const { cloud, clock, pace, config } = context
  const logGroupName = logGroupOf(config.metadata.name)
  const set = async (): Promise<true | undefined> => {
    try {
      await cloud.logs.send(new PutRetentionPolicyCommand({ logGroupName, retentionInDays: days }))
      return true
    } catch (error) {
      // EKS makes it when it has something to write, which may be after the cluster is there.
      if (enableTypes.length > 0 && isAwsCode(error, 'ResourceNotFoundException')) return undefined
      throw error
    }
  }
  await waitFor(set, {
    clock,
    pace,
    timeoutMs: LOG_GROUP_TIMEOUT_MS,
    describe: () => ({
      message: `EKS has made no log group ${logGroupName}`,
      help: 'Does the role of the cluster, or a policy of the organization, forbid it? Run the same command again later.',
    }),
  })
  return { outcome: 'done', detail: `${logGroupName}, ${days} days` }
}

const LOG_GROUP_TIMEOUT_MS = 5 * 60_000

/** Where EKS writes the logs of a control plane. It makes the group itself, and keeps it after the cluster. */
export function logGroupOf(cluster: string): string {
  return `/aws/eks/${cluster}/cluster`
}

const CLOSING_TIMEOUT_MS = 20 * 60_000

/** Shuts the public endpoint of a private cluster, once all is made, and waits until it is shut. */
export async function closePublicEndpoint(context: DeployContext): Promise<StepResult> {
  const { cloud, clock, pace, config } = context
  const { name } = config.metadata
  const isClosed = async (): Promise<boolean> => {
    const cluster = await describeCluster(context, name)
    return cluster?.resourcesVpcConfig?.endpointPublicAccess === false && cluster.status === 'ACTIVE'
  }
  if (await isClosed()) return { outcome: 'unchanged' }
  const resourcesVpcConfig = { endpointPublicAccess: false, endpointPrivateAccess: true }
  await cloud.eks.send(new UpdateClusterConfigCommand({ name, resourcesVpcConfig }))
  return waitFor(async () => ((await isClosed()) ? { outcome: 'updated' } : undefined), {
    clock,
    pace,
    timeoutMs: CLOSING_TIMEOUT_MS,
    describe: () => ({ message: `the public endpoint of ${name} is still open` }),
  })
}
