// Owns the roles of add-ons: without one the VPC CNI has no rights once the nodes have handed theirs over to it.
// Source: eksctl pkg/actions/addon/create.go (setRecommendedPoliciesForIRSA, getKnownServiceAccountLocation).
import type { ClusterConfig } from '../config/cluster-config.ts'
import { addonStackName } from '../rules/eksctl/stack-names.ts'
import { isIpv6 } from '../config/ip-family.ts'
import { ipv6CniPolicy } from '../rules/eksctl/ipv6-cni-policy.ts'
import { ADDON_NAME_TAG } from '../rules/eksctl/tags.ts'
import { hasPodIdentity } from './addon-identities.ts'
import { stackTags } from './context.ts'
import type { StackPlan } from './stack-plan.ts'
import { addonRoleTemplate, type AddonRole } from './templates/roles.ts'

interface Known {
  readonly namespace: string
  readonly serviceAccount: string
  /** Names of AWS-managed policies that the add-on cannot do without. */
  readonly policies: readonly string[]
}

// Where pods of add-ons run as whom. Others get a role that any account of the cluster may take on, as eksctl makes it.
const KNOWN: Readonly<Record<string, Known>> = {
  'vpc-cni': { namespace: 'kube-system', serviceAccount: 'aws-node', policies: ['AmazonEKS_CNI_Policy'] },
  'aws-ebs-csi-driver': {
    namespace: 'kube-system',
    serviceAccount: 'ebs-csi-controller-sa',
    policies: ['service-role/AmazonEBSCSIDriverPolicy'],
  },
  'aws-efs-csi-driver': {
    namespace: 'kube-system',
    serviceAccount: 'efs-csi-controller-sa',
    policies: ['service-role/AmazonEFSCSIDriverPolicy'],
  },
}

/**
 * The stack of the role that eksctl makes for the add-on; undefined when it makes none: without an OIDC provider
 * (then the nodes have the rights), and for an add-on that needs none, brings its own, or has pod identity.
 */
export function addonRoleStack(config: ClusterConfig, addon: string, issuer: string): StackPlan | undefined {
  const given = config.addons?.find((each) => each.name === addon)
  const role = roleOf(config, addon)
  if (config.iam?.withOIDC !== true || !role || given?.serviceAccountRoleARN !== undefined) return undefined
  if (hasPodIdentity(config, addon)) return undefined
  const cluster = config.metadata.name
  return {
    name: addonStackName(cluster, addon),
    cluster,
    template: addonRoleTemplate(role, issuer),
    capabilities: ['CAPABILITY_IAM'],
    tags: stackTags(config, { ...given?.tags, [ADDON_NAME_TAG]: addon }),
  }
}

// Policies of the file take the place of the recommended ones.
function roleOf(config: ClusterConfig, addon: string): AddonRole | undefined {
  const given = config.addons?.find((each) => each.name === addon)
  const known = KNOWN[addon]
  const account = known && { namespace: known.namespace, name: known.serviceAccount }
  const { attachPolicy, attachPolicyARNs = [], wellKnownPolicies = {}, permissionsBoundary } = given ?? {}
  const isGiven =
    attachPolicy !== undefined ||
    attachPolicyARNs.length > 0 ||
    Object.values(wellKnownPolicies).includes(true)
  if (!isGiven && !known) return undefined
  const isIpv6Cni = !isGiven && addon === 'vpc-cni' && isIpv6(config)
  return {
    addon,
    account,
    policies: isGiven || isIpv6Cni ? [] : (known?.policies ?? []),
    attachPolicyARNs,
    attachPolicy: isIpv6Cni ? ipv6CniPolicy(config.metadata.region) : attachPolicy,
    wellKnownPolicies,
    permissionsBoundary,
  }
}
