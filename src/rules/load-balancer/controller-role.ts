// Owns who the AWS Load Balancer Controller runs as: its names, and what of a ClusterConfig lets it act.

/** Name of its Deployment and, in the installation guide, of its service account. */
export const CONTROLLER_NAME = 'aws-load-balancer-controller'

/** Where the installation guide puts it. */
export const CONTROLLER_NAMESPACE = 'kube-system'

type Flags = Readonly<Record<string, boolean | undefined>>

/** What decides of an entry of `iam.serviceAccounts`. */
interface ServiceAccount {
  readonly metadata: { readonly name: string }
  readonly wellKnownPolicies?: Flags
  readonly attachPolicyARNs?: readonly string[]
  readonly attachPolicy?: unknown
}

/** What decides of an entry of `managedNodeGroups`. */
interface NodeGroup {
  readonly iam?: { readonly withAddonPolicies?: Flags }
}

/**
 * The service account that may manage load balancers: one with eksctl's well-known policy, else the controller's own
 * with any policy. A name alone gives no rights: its role would be refused by ELBv2.
 */
export function controllerAccount<Account extends ServiceAccount>(
  accounts: readonly Account[] = [],
): Account | undefined {
  return (
    accounts.find(({ wellKnownPolicies }) => wellKnownPolicies?.['awsLoadBalancerController'] === true) ??
    accounts.find((account) => account.metadata.name === CONTROLLER_NAME && hasPolicy(account))
  )
}

/** True when nodes may manage load balancers, so that the controller needs no role of its own, as in older set-ups. */
export function nodesMayManage(groups: readonly NodeGroup[] = []): boolean {
  return groups.some(({ iam }) => {
    const policies = iam?.withAddonPolicies
    return policies?.['albIngress'] === true || policies?.['awsLoadBalancerController'] === true
  })
}

/** What decides of a ClusterConfig. */
interface Config {
  readonly iam?: { readonly serviceAccounts?: readonly ServiceAccount[] }
  readonly managedNodeGroups?: readonly NodeGroup[]
  readonly nodeGroups?: readonly NodeGroup[]
}

/** True when a service account or the nodes may manage load balancers, so that the controller can be installed. */
export function hasControllerRole({ iam, managedNodeGroups = [], nodeGroups = [] }: Config): boolean {
  const isAccount = controllerAccount(iam?.serviceAccounts) !== undefined
  return isAccount || nodesMayManage([...managedNodeGroups, ...nodeGroups])
}

function hasPolicy({ attachPolicyARNs = [], attachPolicy }: ServiceAccount): boolean {
  return attachPolicyARNs.length > 0 || (attachPolicy !== undefined && attachPolicy !== null)
}
