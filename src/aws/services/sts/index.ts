// Owns the surface of STS: its operation table and the credentials it has given out.
import type { Credentials } from '@aws-sdk/client-sts'

import type { CredentialSource } from '../../protocol/credentials.ts'
import { bindOperations } from '../../protocol/operation.ts'
import type { AwsService, ServiceDeps } from '../../protocol/service.ts'
import { defineService } from '../../protocol/services.ts'
import { assumeRole } from './assume-role.ts'
import { openClusterSession } from './cluster-session.ts'
import { openFargateSession, type FargateSessionRequest } from './fargate-session.ts'
import { getFederationToken, getSessionToken } from './federation.ts'
import { decodeMessage, getAccessKeyInfo, getCallerIdentity, instanceSession } from './operations.ts'
import { openPodSession } from './pod-session.ts'
import type { StsPorts } from './ports.ts'
import type { PodSession, PodSessionRequest } from '../eks-auth/ports.ts'
import { Sessions } from './sessions.ts'
import type { Sts } from './sts.ts'
import { assumeRoleWithWebIdentity } from './web-identity.ts'

export type { StsPorts, WebIdentity, WebIdentityVerifier } from './ports.ts'

export interface StsService extends CredentialSource {
  readonly service: AwsService
  /** Keys of a role for an instance, as its metadata service gives them. @throws AwsError AccessDenied. */
  instanceSession(roleArn: string, instanceId: string): Promise<Credentials>
  /** Keys of a cluster's role for EKS, tagged with the cluster. @throws AwsError AccessDenied. */
  clusterSession(of: { readonly roleArn: string; readonly clusterName: string }): Promise<Credentials>
  /** Keys of a pod execution role for the log router of a pod. @throws AwsError AccessDenied. */
  fargateSession(request: FargateSessionRequest): Promise<Credentials>
  /** Keys of a role for a pod, as EKS Pod Identity gives them; undefined when the role doesn't trust it. */
  podSession(request: PodSessionRequest): Promise<PodSession | undefined>
}

/** Builds STS; `find` knows the temporary credentials it has issued. */
export function createSts(deps: ServiceDeps, ports: StsPorts): StsService {
  const sessions = new Sessions(deps)
  const sts: Sts = { sessions, ports, accountId: deps.accountId, nowMs: () => deps.clock.now() }
  return {
    service: defineService('sts', () =>
      bindOperations(sts, {
        AssumeRole: assumeRole,
        AssumeRoleWithWebIdentity: assumeRoleWithWebIdentity,
        DecodeAuthorizationMessage: decodeMessage,
        GetAccessKeyInfo: getAccessKeyInfo,
        GetCallerIdentity: getCallerIdentity,
        GetFederationToken: getFederationToken,
        GetSessionToken: getSessionToken,
      }),
    ),
    instanceSession: (roleArn, instanceId) => instanceSession(sts, roleArn, instanceId),
    clusterSession: (of) => openClusterSession(sts, of),
    fargateSession: (request) => openFargateSession(sts, request),
    podSession: (request) => openPodSession(sts, request),
    find: (accessKeyId) => sessions.find(accessKeyId),
  }
}
