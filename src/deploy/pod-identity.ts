// Owns pod identity associations of the file: a stack for the role, the account, and the record in EKS.
// Source: eksctl pkg/actions/podidentityassociation (creator.go, iam_role_creator.go).
import {
  CreatePodIdentityAssociationCommand,
  DescribePodIdentityAssociationCommand,
  ListPodIdentityAssociationsCommand,
  UpdatePodIdentityAssociationCommand,
  type PodIdentityAssociation,
} from '@aws-sdk/client-eks'

import type { ClusterConfig, PodIdentityConfig } from '../config/cluster-config.ts'
import type { KubernetesClient } from '../kubernetes/client/client.ts'
import { addonPodIdentityStackName, podIdentityStackName } from '../rules/eksctl/stack-names.ts'
import { ADDON_NAME_TAG, ADDON_POD_IDENTITY_NAME_TAG, POD_IDENTITY_NAME_TAG } from '../rules/eksctl/tags.ts'
import { stackTags, type DeployContext } from './context.ts'
import { isOurs, makerOf, projectTags } from './ownership.ts'
import type { StepResult } from './progress.ts'
import { ensureAccount } from './service-accounts.ts'
import type { StackPlan } from './stack-plan.ts'
import { ensureStack, outputsOf } from './stacks.ts'
import { podIdentityRoleTemplate } from './templates/roles.ts'

/** The stack of an association's role; undefined where the file names a role. `addon`: whose association it is. */
export function podIdentityStack(
  config: ClusterConfig,
  association: PodIdentityConfig,
  addon?: string,
): StackPlan | undefined {
  if (association.roleARN !== undefined) return undefined
  const cluster = config.metadata.name
  const { namespace, serviceAccountName: name } = association
  const id = `${namespace}/${name}`
  const tags =
    addon === undefined
      ? { [POD_IDENTITY_NAME_TAG]: id }
      : { [ADDON_NAME_TAG]: addon, [ADDON_POD_IDENTITY_NAME_TAG]: id }
  return {
    name:
      addon === undefined
        ? podIdentityStackName(cluster, { namespace, name })
        : addonPodIdentityStackName(cluster, addon, name),
    cluster,
    template: podIdentityRoleTemplate(association),
    capabilities: [association.roleName === undefined ? 'CAPABILITY_IAM' : 'CAPABILITY_NAMED_IAM'],
    tags: stackTags(config, { ...association.tags, ...tags }),
  }
}

/** Makes the role of an association where the file names none. @returns its ARN, and what became of the stack */
export async function ensurePodRole(
  context: DeployContext,
  association: PodIdentityConfig,
  { addon, detail }: { readonly addon?: string; readonly detail: (text: string) => void },
): Promise<{ readonly roleArn: string; readonly outcome: StepResult['outcome'] }> {
  const plan = podIdentityStack(context.config, association, addon)
  if (!plan) return { roleArn: association.roleARN ?? '', outcome: 'unchanged' }
  const { stack, outcome } = await ensureStack(context, plan, detail)
  return { roleArn: outputsOf(stack)['Role1'] ?? '', outcome }
}

/** Brings role, account and association to what the file says; an association of somebody else's is left as it is. */
export async function ensurePodIdentity(
  context: DeployContext,
  association: PodIdentityConfig,
  kubernetes: KubernetesClient,
  detail: (text: string) => void,
): Promise<StepResult> {
  const role = await ensurePodRole(context, association, { detail })
  const { namespace, serviceAccountName: name } = association
  const account =
    association.createServiceAccount === true
      ? await ensureAccount(kubernetes, { namespace, name }, context.config.metadata.name)
      : 'unchanged'
  const record = await ensureRecord(context, association, role.roleArn)
  const made = [record.outcome, account, role.outcome].find((outcome) => outcome !== 'unchanged')
  return { ...record, outcome: made ?? 'unchanged' }
}

async function ensureRecord(
  context: DeployContext,
  association: PodIdentityConfig,
  roleArn: string,
): Promise<StepResult> {
  const { eks } = context.cloud
  const clusterName = context.config.metadata.name
  const { namespace, serviceAccountName: serviceAccount, targetRoleARN, disableSessionTags } = association
  const wanted = {
    roleArn,
    ...(targetRoleARN === undefined ? {} : { targetRoleArn: targetRoleARN }),
    ...(disableSessionTags === undefined ? {} : { disableSessionTags }),
    ...(association.policy === undefined ? {} : { policy: association.policy }),
  }
  const present = await findRecord(context, { namespace, serviceAccount })
  if (!present) {
    const tags = { ...association.tags, ...projectTags(clusterName) }
    const account = { clusterName, namespace, serviceAccount }
    await eks.send(new CreatePodIdentityAssociationCommand({ ...account, ...wanted, tags }))
    return { outcome: 'created' }
  }
  if (!isOurs(present.tags, clusterName) && !context.consent.adopt) {
    return { outcome: 'unchanged', detail: `made by ${makerOf(present.tags ?? {})}, left as it is` }
  }
  const shown = new Map<string, unknown>(Object.entries(present))
  const isSame = Object.entries(wanted).every(([key, value]) => shown.get(key) === value)
  if (isSame) return { outcome: 'unchanged' }
  const { associationId } = present
  await eks.send(new UpdatePodIdentityAssociationCommand({ clusterName, associationId, ...wanted }))
  return { outcome: 'updated' }
}

async function findRecord(
  { cloud: { eks }, config }: DeployContext,
  account: { readonly namespace: string; readonly serviceAccount: string },
): Promise<PodIdentityAssociation | undefined> {
  const clusterName = config.metadata.name
  const { associations = [] } = await eks.send(
    new ListPodIdentityAssociationsCommand({ clusterName, ...account }),
  )
  const [first] = associations
  if (!first) return undefined
  const { associationId } = first
  const command = new DescribePodIdentityAssociationCommand({ clusterName, associationId })
  return (await eks.send(command)).association
}
