// Owns the roles of add-ons: without one the VPC CNI has no rights once the nodes have handed theirs over to it.
// Source: eksctl pkg/actions/addon/create.go (setRecommendedPoliciesForIRSA, getKnownServiceAccountLocation).
import type { ClusterConfig } from '../config/cluster-config.ts'
import { addonStackName } from '../rules/eksctl/stack-names.ts'
import { ADDON_NAME_TAG } from '../rules/eksctl/tags.ts'
import { stackTags } from './context.ts'
import type { StackPlan } from './stack-plan.ts'
import { addonRoleTemplate, type AddonRole } from './templates/roles.ts'

const RECOMMENDED: readonly AddonRole[] = [
  {
    addon: 'vpc-cni',
    namespace: 'kube-system',
    serviceAccount: 'aws-node',
    policies: ['AmazonEKS_CNI_Policy'],
  },
]

/**
 * The stack of the role that eksctl makes for the add-on; undefined when it makes none: without an OIDC provider
 * (then the nodes have the rights), and for an add-on that needs none or brings its own.
 */
export function addonRoleStack(config: ClusterConfig, addon: string, issuer: string): StackPlan | undefined {
  const role = RECOMMENDED.find((each) => each.addon === addon)
  const given = config.addons?.find((each) => each.name === addon)?.serviceAccountRoleARN
  if (config.iam?.withOIDC !== true || !role || given !== undefined) return undefined
  const cluster = config.metadata.name
  return {
    name: addonStackName(cluster, addon),
    cluster,
    template: addonRoleTemplate(role, issuer),
    capabilities: ['CAPABILITY_IAM'],
    tags: stackTags(config, { [ADDON_NAME_TAG]: addon }),
  }
}
