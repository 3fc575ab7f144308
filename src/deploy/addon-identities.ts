// Owns the pod identity associations that add-ons are installed with: those of the file, or those that EKS recommends.
// Source: eksctl pkg/actions/addon/create.go.
import {
  DescribeAddonConfigurationCommand,
  DescribePodIdentityAssociationCommand,
  type Addon,
  type AddonPodIdentityAssociations,
} from '@aws-sdk/client-eks'

import type { AddonConfig, ClusterConfig, PodIdentityConfig } from '../config/cluster-config.ts'
import { hasIrsaPolicies } from '../config/identity-rules.ts'
import { isIpv6 } from '../config/ip-family.ts'
import { factsOfAddon } from '../rules/eks/addons.ts'
import { ipv6CniPolicy } from '../rules/eksctl/ipv6-cni-policy.ts'
import { addonPodIdentityStackName } from '../rules/eksctl/stack-names.ts'
import type { DeployContext } from './context.ts'
import { ensurePodRole, podIdentityStack } from './pod-identity.ts'
import type { StackPlan } from './stack-plan.ts'

function askedFor(config: ClusterConfig, addon: string): AddonConfig | undefined {
  return config.addons?.find(({ name }) => name === addon)
}

/** True when the add-on is to have what EKS recommends for it, if it recommends anything. */
function wantsDefaults(config: ClusterConfig, addon: string): boolean {
  const asked = askedFor(config, addon)
  if ((asked?.podIdentityAssociations ?? []).length > 0) return false
  if (asked && (hasIrsaPolicies(asked) || asked.serviceAccountRoleARN !== undefined)) return false
  return (
    asked?.useDefaultPodIdentityAssociations === true ||
    config.addonsConfig?.autoApplyPodIdentityAssociations === true
  )
}

/** True when the add-on gets its rights by pod identity, so that it needs no role that trusts the issuer. */
export function hasPodIdentity(config: ClusterConfig, addon: string): boolean {
  if ((askedFor(config, addon)?.podIdentityAssociations ?? []).length > 0) return true
  return wantsDefaults(config, addon) && factsOfAddon(addon)?.identity !== undefined
}

/** The stacks of roles of associations that the file gives to an add-on. */
export function addonIdentityStacks(config: ClusterConfig, addon: string): readonly StackPlan[] {
  const given = askedFor(config, addon)?.podIdentityAssociations ?? []
  return given.flatMap((association) => podIdentityStack(config, association, addon) ?? [])
}

/** The names of all stacks of roles that associations of an add-on have, as far as they are known without EKS. */
export function addonIdentityStackNames(config: ClusterConfig, addon: string): readonly string[] {
  const account = factsOfAddon(addon)?.identity?.serviceAccount
  if (account !== undefined && wantsDefaults(config, addon))
    return [addonPodIdentityStackName(config.metadata.name, addon, account)]
  return addonIdentityStacks(config, addon).map(({ name }) => name)
}

/**
 * Makes the roles of an add-on's associations.
 * @param addon its name and the version that is installed
 * @returns the associations as EKS takes them; none where the add-on gets its rights another way, or needs none
 */
export async function addonIdentities(
  context: DeployContext,
  addon: { readonly name: string; readonly version: string },
  detail: (text: string) => void,
): Promise<readonly AddonPodIdentityAssociations[]> {
  const { config } = context
  const wanted = wantsDefaults(config, addon.name)
    ? await recommended(context, addon)
    : (askedFor(config, addon.name)?.podIdentityAssociations ?? [])
  return Promise.all(
    wanted.map(async (association) => {
      const { roleArn } = await ensurePodRole(context, association, { addon: addon.name, detail })
      return { serviceAccount: association.serviceAccountName, roleArn }
    }),
  )
}

// What EKS recommends for the VPC CNI is of IPv4 alone.
async function recommended(
  { cloud, config }: DeployContext,
  { name: addonName, version: addonVersion }: { readonly name: string; readonly version: string },
): Promise<readonly PodIdentityConfig[]> {
  const { podIdentityConfiguration = [] } = await cloud.eks.send(
    new DescribeAddonConfigurationCommand({ addonName, addonVersion }),
  )
  const isIpv6Cni = addonName === 'vpc-cni' && isIpv6(config)
  return podIdentityConfiguration.map(({ serviceAccount = '', recommendedManagedPolicies = [] }) => ({
    // EKS knows the namespace of its add-on, and eksctl leaves it out too.
    namespace: '',
    serviceAccountName: serviceAccount,
    ...(isIpv6Cni
      ? { permissionPolicy: ipv6CniPolicy(config.metadata.region) }
      : { permissionPolicyARNs: recommendedManagedPolicies }),
  }))
}

/** True when an installed add-on has exactly these associations. */
export async function hasIdentities(
  { cloud }: DeployContext,
  { clusterName, podIdentityAssociations = [] }: Addon,
  wanted: readonly AddonPodIdentityAssociations[],
): Promise<boolean> {
  if (podIdentityAssociations.length !== wanted.length) return false
  const present = await Promise.all(
    podIdentityAssociations.map(async (arn) => {
      const associationId = arn.slice(arn.lastIndexOf('/') + 1)
      const command = new DescribePodIdentityAssociationCommand({ clusterName, associationId })
      return (await cloud.eks.send(command)).association
    }),
  )
  return wanted.every(({ serviceAccount, roleArn }) =>
    present.some((each) => each?.serviceAccount === serviceAccount && each?.roleArn === roleArn),
  )
}
