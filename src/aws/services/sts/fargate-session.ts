// Owns the sessions that Fargate opens of a pod execution role, for the log router of a pod.
// Source: Amazon EKS User Guide, "Amazon EKS Pod execution IAM role" (its trust policy); the user names of such nodes,
// system:node:{{SessionName}}.
import type { Credentials } from '@aws-sdk/client-sts'

import { AwsError } from '../../../base/errors.ts'
import { trustsFargate } from '../../../rules/iam/service-trust.ts'
import { openSession } from './assume-role.ts'
import type { Sts } from './sts.ts'

export interface FargateSessionRequest {
  readonly roleArn: string
  readonly profileArn: string
  readonly nodeName: string
}

/** @throws AwsError AccessDenied when the role is not there, or doesn't let Fargate assume it for the profile */
export async function openFargateSession(
  sts: Sts,
  { roleArn, profileArn, nodeName }: FargateSessionRequest,
): Promise<Credentials> {
  const role = sts.ports.roles.role(roleArn)
  if (!role || !trustsFargate(role.trust, profileArn)) {
    const message = `Fargate is not authorized to perform: sts:AssumeRole on resource: ${roleArn}`
    throw new AwsError('AccessDenied', message, { status: 403 })
  }
  const { Credentials: credentials } = await openSession(sts, role, { name: nodeName })
  return credentials
}
