// Owns self-managed node groups: their stacks, and letting their role in where the stack cannot.
import { CreateAccessEntryCommand } from '@aws-sdk/client-eks'

import type { ClusterConfig, SelfManagedNodeGroup } from '../config/cluster-config.ts'
import { isAwsCode } from '../base/errors.ts'
import type { KubernetesClient } from '../kubernetes/client/client.ts'
import { isWindows } from '../rules/eksctl/ami-families.ts'
import { nodeGroupStackName } from '../rules/eksctl/stack-names.ts'
import { selfManagedNodeGroupTags } from '../rules/eksctl/tags.ts'
import { ensureMappings, nodeMapping } from './aws-auth.ts'
import { stackTags, type DeployContext } from './context.ts'
import { nodeImage } from './node-images.ts'
import { subnetsFor } from './node-subnets.ts'
import { nodesReady, type NodeFacts } from './nodegroups.ts'
import type { StepResult } from './progress.ts'
import type { StackPlan } from './stack-plan.ts'
import { ensureStack, outputsOf } from './stacks.ts'
import type { DeployedCluster } from './up-result.ts'
import { selfManagedTemplate } from './templates/self-managed-group.ts'
import { suspendOfStack } from './suspended-processes.ts'

function hasAccessEntries(config: ClusterConfig): boolean {
  return config.accessConfig?.authenticationMode !== 'CONFIG_MAP'
}

/** The stack of an entry of `nodeGroups`. @throws UserError when subnets or zones it names are none of the cluster's. */
export function selfManagedStack(
  config: ClusterConfig,
  group: SelfManagedNodeGroup,
  { cluster, imageId }: NodeFacts,
): StackPlan {
  const { name } = config.metadata
  return {
    name: nodeGroupStackName(name, group.name),
    cluster: name,
    template: selfManagedTemplate(config, group, {
      cluster,
      imageId,
      subnets: subnetsFor(config, group),
      hasAccessEntries: hasAccessEntries(config),
    }),
    capabilities: [group.iam?.instanceRoleName === undefined ? 'CAPABILITY_IAM' : 'CAPABILITY_NAMED_IAM'],
    tags: stackTags(config, { ...group.tags, ...selfManagedNodeGroupTags(group.name) }),
  }
}

export interface SelfManagedTarget {
  readonly cluster: DeployedCluster
  readonly kubernetes: KubernetesClient
  readonly version: string
}

/** Brings the stack of a group up, lets its role in, and waits for its nodes. */
export async function ensureSelfManagedGroup(
  context: DeployContext,
  group: SelfManagedNodeGroup,
  { cluster, kubernetes, version }: SelfManagedTarget,
  detail: (text: string) => void,
): Promise<StepResult> {
  const imageId = await nodeImage(context, group, version)
  const wanted = selfManagedStack(context.config, group, { cluster, imageId })
  const { stack, outcome } = await ensureStack(context, wanted, detail)
  await admitRole(context, group, { kubernetes, roleArn: outputsOf(stack)['InstanceRoleARN'] ?? '' })
  const count = await nodesReady(context, kubernetes, group)
  await suspendOfStack(context, group, wanted.name)
  return { outcome, detail: `${count} nodes ready` }
}

// The stack has an access entry for the role that it makes. One role can have several groups, and so no stack.
async function admitRole(
  { cloud, config }: DeployContext,
  { iam, amiFamily = '' }: SelfManagedNodeGroup,
  { kubernetes, roleArn }: { readonly kubernetes: KubernetesClient; readonly roleArn: string },
): Promise<void> {
  if (!hasAccessEntries(config)) {
    await ensureMappings(kubernetes, [nodeMapping(roleArn, isWindows(amiFamily))])
    return
  }
  if (iam?.instanceRoleARN === undefined) return
  const clusterName = config.metadata.name
  const type = isWindows(amiFamily) ? 'EC2_WINDOWS' : 'EC2_LINUX'
  try {
    await cloud.eks.send(new CreateAccessEntryCommand({ clusterName, principalArn: roleArn, type }))
  } catch (error) {
    if (!isAwsCode(error, 'ResourceInUseException')) throw error
  }
}
