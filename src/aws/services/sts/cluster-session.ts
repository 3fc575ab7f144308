// Owns the sessions that EKS opens of a cluster's role, to act for the cluster: tagged with its name.
// Source: EKS user guide, "Amazon EKS Auto Mode cluster IAM role" (sts:TagSession); AmazonEKSComputePolicy, which compares
// tags of requests with that of the session.
import type { Credentials } from '@aws-sdk/client-sts'

import { AwsError } from '../../../base/errors.ts'
import { trusts } from '../../../rules/iam/trust.ts'
import { openSession } from './assume-role.ts'
import type { Sts } from './sts.ts'

const EKS = { service: 'eks.amazonaws.com' } as const
const CLUSTER_TAG = 'eks:eks-cluster-name'

/** @throws AwsError AccessDenied when the role is not there, or doesn't let EKS assume it and tag the session */
export async function openClusterSession(
  sts: Sts,
  { roleArn, clusterName }: { readonly roleArn: string; readonly clusterName: string },
): Promise<Credentials> {
  const role = sts.ports.roles.role(roleArn)
  const tags = { [CLUSTER_TAG]: clusterName }
  const context = { [`aws:RequestTag/${CLUSTER_TAG}`]: clusterName, 'aws:TagKeys': [CLUSTER_TAG] }
  const refused = (['sts:AssumeRole', 'sts:TagSession'] as const).find(
    (action) => !role || !trusts(role.trust, { action, principal: EKS, context }),
  )
  if (!role || refused) {
    const message = `EKS is not authorized to perform: ${refused ?? 'sts:AssumeRole'} on resource: ${roleArn}`
    throw new AwsError('AccessDenied', message, { status: 403 })
  }
  const { Credentials: credentials } = await openSession(sts, role, { name: clusterName, session: { tags } })
  return credentials
}
