// Owns who is let into a cluster by the file: access entries of EKS, and identity mappings in aws-auth.
// Source: eksctl pkg/actions/accessentry, pkg/actions/identitymapping, pkg/apis/eksctl.io/v1alpha5/iam_mapping.go.
import { AssociateAccessPolicyCommand, CreateAccessEntryCommand, type AccessScope } from '@aws-sdk/client-eks'

import type { AccessEntryConfig, IdentityMapping } from '../config/cluster-config.ts'
import { isAwsCode } from '../base/errors.ts'
import type { KubernetesClient } from '../kubernetes/client/client.ts'
import { ensureMappings, type Mapping } from './aws-auth.ts'
import type { DeployContext } from './context.ts'
import { projectTags } from './ownership.ts'
import type { StepResult } from './progress.ts'

/** Makes the access entry and associates its policies; what is there already is left as it is. */
export async function ensureAccessEntry(
  { cloud, config }: DeployContext,
  entry: AccessEntryConfig,
): Promise<StepResult> {
  const clusterName = config.metadata.name
  const principalArn = entry.principalARN
  let outcome: StepResult['outcome'] = 'created'
  try {
    await cloud.eks.send(
      new CreateAccessEntryCommand({
        clusterName,
        principalArn,
        tags: { ...projectTags(clusterName) },
        ...(entry.type === undefined ? {} : { type: entry.type }),
        ...(entry.kubernetesGroups === undefined ? {} : { kubernetesGroups: [...entry.kubernetesGroups] }),
        ...(entry.kubernetesUsername === undefined ? {} : { username: entry.kubernetesUsername }),
      }),
    )
  } catch (error) {
    if (!isAwsCode(error, 'ResourceInUseException')) throw error
    outcome = 'unchanged'
  }
  for (const { policyARN, accessScope } of entry.accessPolicies ?? []) {
    const scope: AccessScope = {
      type: accessScope.type,
      ...(accessScope.namespaces === undefined ? {} : { namespaces: [...accessScope.namespaces] }),
    }
    // Associating again is taken as it is.
    await cloud.eks.send(
      new AssociateAccessPolicyCommand({
        clusterName,
        principalArn,
        policyArn: policyARN,
        accessScope: scope,
      }),
    )
  }
  return { outcome }
}

/** Puts the mappings of the file into aws-auth. */
export function ensureIdentityMappings(
  kubernetes: KubernetesClient,
  mappings: readonly IdentityMapping[],
): Promise<StepResult> {
  return ensureMappings(
    kubernetes,
    mappings.map((each) => mappingOf(each)),
  )
}

function mappingOf({ account, arn = '', username, groups = [] }: IdentityMapping): Mapping {
  if (account !== undefined) return { list: 'mapAccounts', entry: account }
  const [, , , , , resource = ''] = arn.split(':')
  const rest = groups.length === 0 ? {} : { groups: [...groups] }
  const name = username === undefined ? {} : { username }
  if (resource.startsWith('user/')) return { list: 'mapUsers', entry: { ...rest, userarn: arn, ...name } }
  return { list: 'mapRoles', entry: { ...rest, rolearn: arn, ...name } }
}
