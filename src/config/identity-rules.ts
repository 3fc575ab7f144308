// Owns what eksctl refuses of the rights that a config gives to pods, beyond the types of the fields.
// Source: eksctl pkg/apis/eksctl.io/v1alpha5 (addon.go, validation.go), pkg/ctl/cmdutils (configfile.go).
import type { AddonConfig, ClusterConfig, PodIdentityConfig } from './cluster-config.ts'
import { problem, type Position, type Problem } from './problem.ts'
import type { Path } from './yaml.ts'

export const POD_IDENTITY_AGENT = 'eks-pod-identity-agent'

type Locate = (path: Path) => Position
/** A message, and the field below the one that was looked at. */
interface Fault {
  readonly message: string
  readonly at?: Path
}

/** The rules about service accounts, pod identity and the roles of add-ons that a config breaks. */
export function identityRulesBroken(config: ClusterConfig, locate: Locate): Problem[] {
  const invalid = (message: string, path: Path): Problem => problem('invalid-value', message, locate(path))
  const accounts = config.iam?.serviceAccounts ?? []
  const associations = config.iam?.podIdentityAssociations ?? []
  return [
    ...addonsWithoutProvider(config, locate),
    ...(accounts.length > 0 && config.iam?.withOIDC !== true
      ? [invalid('iam.withOIDC must be true when iam.serviceAccounts is given', ['iam', 'serviceAccounts'])]
      : []),
    ...agentMissing(config, locate),
    ...associations.flatMap((association, index) => {
      const path = ['iam', 'podIdentityAssociations', index]
      return associationFaults(association).map(({ message, at = [] }) =>
        invalid(`iam.podIdentityAssociations[${index}]: ${message}`, [...path, ...at]),
      )
    }),
    ...(config.addons ?? []).flatMap((addon, index) =>
      addonFaults(addon).map(({ message, at = [] }) =>
        invalid(`add-on ${addon.name}: ${message}`, ['addons', index, ...at]),
      ),
    ),
  ]
}

function hasPolicies(flags: Readonly<Record<string, boolean>> | undefined): boolean {
  return Object.values(flags ?? {}).includes(true)
}

/** True when the add-on has policies of the file for a role that trusts the cluster's issuer. */
export function hasIrsaPolicies({
  attachPolicy,
  attachPolicyARNs = [],
  wellKnownPolicies,
}: AddonConfig): boolean {
  return attachPolicy !== undefined || attachPolicyARNs.length > 0 || hasPolicies(wellKnownPolicies)
}

/** True when an association of its own, or a default one, is asked for somewhere in the config. */
function wantsPodIdentity({ iam, addons = [], addonsConfig }: ClusterConfig): Path | undefined {
  if ((iam?.podIdentityAssociations ?? []).length > 0) return ['iam', 'podIdentityAssociations']
  const index = addons.findIndex(
    (addon) =>
      addon.useDefaultPodIdentityAssociations === true || (addon.podIdentityAssociations ?? []).length > 0,
  )
  if (index >= 0) return ['addons', index]
  const isApplied = addonsConfig?.autoApplyPodIdentityAssociations === true && addons.length > 0
  return isApplied ? ['addonsConfig', 'autoApplyPodIdentityAssociations'] : undefined
}

// Without the agent on the nodes no pod gets credentials.
function agentMissing(config: ClusterConfig, locate: Locate): Problem[] {
  const path = wantsPodIdentity(config)
  if (!path || config.addons?.some(({ name }) => name === POD_IDENTITY_AGENT)) return []
  const message = `the "${POD_IDENTITY_AGENT}" addon must be installed to create pod identity associations`
  return [problem('invalid-value', message, locate(path), `Add "- name: ${POD_IDENTITY_AGENT}" to addons.`)]
}

function associationFaults(association: PodIdentityConfig): readonly Fault[] {
  const { roleARN, permissionPolicy, permissionPolicyARNs = [], permissionPolicyName } = association
  const given = [
    ...(permissionPolicy === undefined ? [] : ['permissionPolicy']),
    ...(permissionPolicyARNs.length === 0 ? [] : ['permissionPolicyARNs']),
    ...(hasPolicies(association.wellKnownPolicies) ? ['wellKnownPolicies'] : []),
  ]
  const faults: Fault[] = []
  if (roleARN === undefined && given.length === 0)
    faults.push({
      message: 'one of roleARN, permissionPolicy, permissionPolicyARNs, wellKnownPolicies must be given',
    })
  if (roleARN !== undefined)
    faults.push(
      ...given.map((field) => ({ message: `${field} cannot be given beside roleARN`, at: [field] })),
    )
  if (permissionPolicyName !== undefined && permissionPolicy === undefined)
    faults.push({ message: 'permissionPolicyName needs permissionPolicy', at: ['permissionPolicyName'] })
  else if (permissionPolicyName !== undefined && !/[a-zA-Z0-9]/.test(permissionPolicyName))
    faults.push({ message: 'permissionPolicyName needs a letter or digit', at: ['permissionPolicyName'] })
  // EKS itself refuses it (CreatePodIdentityAssociation, `policy`).
  if (association.policy !== undefined && association.disableSessionTags !== true)
    faults.push({ message: 'policy needs disableSessionTags: true', at: ['policy'] })
  return faults
}

function addonFaults(addon: AddonConfig): readonly Fault[] {
  const { podIdentityAssociations: associations = [], useDefaultPodIdentityAssociations } = addon
  const hasIrsa = hasIrsaPolicies(addon) || addon.serviceAccountRoleARN !== undefined
  const faults: Fault[] = []
  if (associations.length > 0 && addon.name === POD_IDENTITY_AGENT)
    faults.push({ message: 'it cannot have pod identity associations itself' })
  if (associations.length > 0 && hasIrsa)
    faults.push({ message: 'its policies or role and podIdentityAssociations cannot be given at once' })
  if (useDefaultPodIdentityAssociations === true && associations.length > 0)
    faults.push({
      message: 'useDefaultPodIdentityAssociations and podIdentityAssociations cannot be given at once',
    })
  if (useDefaultPodIdentityAssociations === true && hasIrsa)
    faults.push({ message: 'no policies or role can be given beside useDefaultPodIdentityAssociations' })
  for (const [index, association] of associations.entries()) {
    const at = ['podIdentityAssociations', index]
    if (hasPolicies(association.wellKnownPolicies))
      faults.push({
        message:
          'wellKnownPolicies serves no association of an add-on; use useDefaultPodIdentityAssociations',
        at,
      })
    if (association.tags !== undefined)
      faults.push({ message: 'associations of an add-on have no tags of their own', at })
    faults.push(
      ...associationFaults(association).map((fault) => ({ ...fault, at: [...at, ...(fault.at ?? [])] })),
    )
  }
  return faults
}

// eksctl warns of them, too: without a provider an add-on has the rights of its nodes.
function addonsWithoutProvider(config: ClusterConfig, locate: Locate): Problem[] {
  if (config.iam?.withOIDC === true) return []
  return (config.addons ?? []).flatMap((addon, index) => {
    if (!hasIrsaPolicies(addon)) return []
    const message = `add-on ${addon.name}: its policies have no effect without iam.withOIDC`
    const help = 'Set iam.withOIDC: true, or attach the policies to the node roles.'
    return [problem('field-ignored', message, locate(['addons', index]), help)]
  })
}
