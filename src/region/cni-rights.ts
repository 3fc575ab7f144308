// Owns whether the VPC CNI of a node gets under way: it reads the network interfaces of its instance first, with the role
// of `aws-node` where that has one, else with the node's.
// Source: amazon-vpc-cni-k8s, docs/iam-policy.md; "ipamd init: failed to retrieve attached ENIs info" in its log.
import type { IpFamily } from '../base/address-range.ts'
import { isNotFound } from '../base/errors.ts'
import type { KubernetesClient } from '../kubernetes/client/client.ts'
import { serviceAccounts } from '../kubernetes/client/resources.ts'
import { decide, type AppliedPolicies } from '../rules/iam/evaluate.ts'

const ACCOUNT = { namespace: 'kube-system', name: 'aws-node' } as const
const ROLE_ANNOTATION = 'eks.amazonaws.com/role-arn'
const FIRST_CALL = 'ec2:DescribeNetworkInterfaces'
// In a cluster of IPv6 the node needs a prefix next.
const PREFIX_CALL = 'ec2:AssignIpv6Addresses'

export interface CniRightsOptions {
  readonly client: Pick<KubernetesClient, 'get'>
  /** Of the cluster's pods. */
  readonly ipFamily: IpFamily
  /** The role that EKS Pod Identity gives to a service account; undefined without an association. */
  podIdentity(account: { readonly namespace: string; readonly name: string }): string | undefined
  /** The role of the node. */
  nodeRole(): Promise<string | undefined>
  /** What a role has been given. */
  policiesOf(roleArn: string): AppliedPolicies
}

/** True when the CNI may make the first of its calls. An association goes before an annotation. */
export async function mayStartCni(options: CniRightsOptions): Promise<boolean> {
  const roleArn =
    options.podIdentity(ACCOUNT) ?? (await annotatedRole(options.client)) ?? (await options.nodeRole())
  if (roleArn === undefined) return false
  const keys = { 'aws:PrincipalArn': roleArn }
  const policies = options.policiesOf(roleArn)
  const calls = options.ipFamily === 'IPv6' ? [FIRST_CALL, PREFIX_CALL] : [FIRST_CALL]
  return calls.every((action) => decide({ action, resource: '*', keys }, policies).allowed)
}

async function annotatedRole(client: Pick<KubernetesClient, 'get'>): Promise<string | undefined> {
  try {
    const account = await client.get(serviceAccounts, ACCOUNT)
    return account.metadata.annotations?.[ROLE_ANNOTATION]
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}
