// Owns the list of what `up` makes of a config: its stacks, and the objects that it puts into the cluster.
import type { ClusterConfig } from '../config/cluster-config.ts'
import { joinsByItself } from '../rules/eksctl/ami-families.ts'
import {
  addonStackName,
  clusterStackName,
  fargateStackName,
  nodeGroupStackName,
  serviceAccountStackName,
} from '../rules/eksctl/stack-names.ts'
import { addonIdentityStackNames, addonIdentityStacks } from './addon-identities.ts'
import { addonRoleStack } from './addon-role.ts'
import { addonRounds } from './addons.ts'
import type { SourcedObject } from './apply.ts'
import { clusterStack } from './cluster.ts'
import { fargateStack, needsFargateRole } from './fargate.ts'
import { accountOf, karpenterStacks } from './karpenter.ts'
import { nodeGroupStack } from './nodegroups.ts'
import { podIdentityStack } from './pod-identity.ts'
import { serviceAccountStack } from './service-accounts.ts'
import type { StackPlan } from './stack-plan.ts'
import type { ClusterNetwork } from './templates/cluster.ts'

/** What the templates need to know beside the config. */
export interface StackFacts {
  readonly network: ClusterNetwork
  /** The Kubernetes version to create, e.g. `1.35`. */
  readonly version: string
  /** The cluster's issuer, with its scheme; undefined while there is no cluster. */
  readonly issuer: string | undefined
}

/**
 * The stacks of a config, the cluster's first; without those of roles that trust the issuer while there is none, and those
 * of nodes that join by themselves (joining-stacks.ts).
 */
export function wantedStacks(config: ClusterConfig, facts: StackFacts): readonly StackPlan[] {
  const { network, version, issuer } = facts
  return [
    clusterStack(config, network, version),
    ...(config.managedNodeGroups ?? [])
      .filter((group) => !joinsByItself(group))
      .map((group) => nodeGroupStack(config, group)),
    ...(needsFargateRole(config) ? [fargateStack(config)] : []),
    ...karpenterStacks(config, issuer),
    ...associationStacks(config),
    ...addonNames(config).flatMap((name) => addonIdentityStacks(config, name)),
    ...(issuer === undefined ? [] : roleStacks(config, issuer)),
  ]
}

function associationStacks(config: ClusterConfig): readonly StackPlan[] {
  const associations = config.iam?.podIdentityAssociations ?? []
  return associations.flatMap((association) => podIdentityStack(config, association) ?? [])
}

function roleStacks(config: ClusterConfig, issuer: string): readonly StackPlan[] {
  const accounts = config.iam?.serviceAccounts ?? []
  return [
    ...accounts.flatMap((account) => serviceAccountStack(config, account, issuer) ?? []),
    ...addonNames(config).flatMap((name) => addonRoleStack(config, name, issuer) ?? []),
  ]
}

/** The names of those stacks, which are known before there is a network or a cluster. */
export function wantedStackNames(config: ClusterConfig): readonly string[] {
  const cluster = config.metadata.name
  return [
    clusterStackName(cluster),
    ...[...(config.nodeGroups ?? []), ...(config.managedNodeGroups ?? [])].map((group) =>
      nodeGroupStackName(cluster, group.name),
    ),
    ...(needsFargateRole(config) ? [fargateStackName(cluster)] : []),
    ...(config.iam?.serviceAccounts ?? [])
      .filter(({ attachRoleARN }) => attachRoleARN === undefined)
      .map(({ metadata: { name, namespace = 'default' } }) =>
        serviceAccountStackName(cluster, { namespace, name }),
      ),
    ...addonNames(config)
      .filter((name) => addonRoleStack(config, name, ''))
      .map((name) => addonStackName(cluster, name)),
    ...karpenterStacks(config, '').map(({ name }) => name),
    ...associationStacks(config).map(({ name }) => name),
    ...addonNames(config).flatMap((name) => addonIdentityStackNames(config, name)),
  ]
}

function addonNames(config: ClusterConfig): readonly string[] {
  const { beforeNodes, afterNodes } = addonRounds({ config })
  return [...beforeNodes, ...afterNodes]
}

/** The ServiceAccounts that a config asks for, as if they were in a manifest. */
export function wantedServiceAccounts(config: ClusterConfig): readonly SourcedObject[] {
  const accounts = config.iam?.serviceAccounts ?? []
  return [...accounts, ...(config.karpenter ? [accountOf(config)] : [])]
    .filter((account) => account.roleOnly !== true)
    .map(({ metadata: { name, namespace = 'default' } }) => ({
      object: { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace } },
      source: 'iam.serviceAccounts',
    }))
}
