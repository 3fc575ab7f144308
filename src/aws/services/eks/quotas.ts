// Owns how many clusters, node groups and Fargate profiles there may be. Source: EKS User Guide, "View and manage Amazon
// EKS and Fargate service quotas".
import { AwsError } from '../../../base/errors.ts'
import { findQuota } from '../../../rules/quotas/quotas.ts'
import { appliedQuota } from '../../protocol/applied-quota.ts'
import type { Eks } from './state.ts'

const CODES = { clusters: 'L-1194D53C', nodegroups: 'L-6D54EA21', profiles: 'L-33415657' } as const

/** How many there may be: in the account, or in a cluster. */
export async function quotaFor({ deps }: Eks, kind: keyof typeof CODES): Promise<number> {
  return await appliedQuota(deps.caller, findQuota('eks', CODES[kind]))
}

/** CreateCluster's refusal, in AWS's words. */
export function tooManyClusters(): AwsError {
  return new AwsError('ResourceLimitExceededException', 'Cluster limit exceeded for account.')
}

/** CreateNodegroup's refusal: the code is the model's, the words are Neargate's. */
export function tooManyNodegroups(clusterName: string, most: number): AwsError {
  return new AwsError(
    'ResourceLimitExceededException',
    `Cluster ${clusterName} already has ${most} managed node groups`,
    { fields: { clusterName } },
  )
}
