// Owns whether NetworkPolicies are enforced in a cluster of EKS: by the VPC CNI alone, and only where it is told to.
// Source: EKS user guide, "Limit Pod traffic with Kubernetes network policies"; amazon-vpc-cni-k8s charts/aws-vpc-cni.
import type { DaemonSet } from '../../../generated/kubernetes.d.ts'

/** The container of the DaemonSet `aws-node` that enforces policies on its node. */
export const NODE_AGENT = 'aws-eks-nodeagent'
const ENABLE = '--enable-network-policy'

/** The value of the vpc-cni add-on's configuration that turns policies on. */
export function isNetworkPolicyEnabled(values: Readonly<Record<string, unknown>>): boolean {
  return values['enableNetworkPolicy'] === 'true'
}

/** What the node agent is told on its command line. */
export function nodeAgentArgument(isEnabled: boolean): string {
  return `${ENABLE}=${isEnabled}`
}

/** Whether the DaemonSet `aws-node` of a cluster enforces policies, however it was installed. */
export function enforcesNetworkPolicies(awsNode: DaemonSet | undefined): boolean {
  const containers = awsNode?.spec?.template.spec?.containers ?? []
  const agent = containers.find(({ name }) => name === NODE_AGENT)
  return [...(agent?.command ?? []), ...(agent?.args ?? [])].includes(nodeAgentArgument(true))
}
