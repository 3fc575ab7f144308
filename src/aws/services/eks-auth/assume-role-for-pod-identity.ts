// Owns AssumeRoleForPodIdentity: the credentials that the token of a pod's service account is exchanged for.
// Sources: API reference of Amazon EKS Auth; EKS user guide, "Learn how EKS Pod Identity grants pods access".
import { AwsError } from '../../../base/errors.ts'
import { operation } from '../../protocol/operation.ts'
import type { EksAuthPorts, PodToken } from './ports.ts'

export interface EksAuth {
  readonly ports: EksAuthPorts
  readonly region: string
  readonly accountId: string
}

/** The shapes of the published model; AWS's SDK for it is one package for this one operation. */
export interface AssumeRoleForPodIdentityRequest {
  clusterName: string | undefined
  token: string | undefined
}

export interface AssumeRoleForPodIdentityResponse {
  subject: { namespace: string; serviceAccount: string }
  audience: string
  podIdentityAssociation: { associationArn: string; associationId: string }
  assumedRoleUser: { arn: string; assumeRoleId: string }
  credentials: { sessionToken: string; secretAccessKey: string; accessKeyId: string; expiration: Date }
}

const AUDIENCE = 'pods.eks.amazonaws.com'

/** @throws AwsError InvalidToken-, ResourceNotFound-, AccessDeniedException */
export const assumeRoleForPodIdentity = operation<
  EksAuth,
  AssumeRoleForPodIdentityRequest,
  AssumeRoleForPodIdentityResponse
>()({
  honours: ['clusterName', 'token'],
  handle: async ({ clusterName = '', token = '' }, { ports, region, accountId }) => {
    const pod = await ports.verify(clusterName, token)
    if (!pod?.audiences.includes(AUDIENCE)) {
      throw refusal(
        'InvalidTokenException',
        `The token is not one of cluster ${clusterName} for ${AUDIENCE}.`,
      )
    }
    const { namespace, serviceAccount } = pod
    const association = ports.association({ clusterName, namespace, serviceAccount })
    if (!association) {
      const account = `${namespace}/${serviceAccount}`
      throw new AwsError(
        'ResourceNotFoundException',
        `No pod identity association of service account ${account} found in cluster ${clusterName}.`,
        { status: 404 },
      )
    }
    const clusterArn = `arn:aws:eks:${region}:${accountId}:cluster/${clusterName}`
    const session = await ports.openSession({
      roleArn: association.roleArn,
      name: sessionName(clusterName, pod),
      clusterArn,
      tags: association.disableSessionTags ? {} : sessionTags(clusterName, clusterArn, pod),
      ...(association.targetRoleArn
        ? { target: { roleArn: association.targetRoleArn, externalId: association.externalId ?? '' } }
        : {}),
      ...(association.policy ? { policy: association.policy } : {}),
    })
    if (!session) {
      throw refusal(
        'AccessDeniedException',
        'Unauthorized Exception! EKS does not have permissions to assume the associated role.',
      )
    }
    const { associationArn, associationId } = association
    return {
      subject: { namespace, serviceAccount },
      audience: AUDIENCE,
      podIdentityAssociation: { associationArn, associationId },
      ...session,
    }
  },
})

function refusal(code: string, message: string): AwsError {
  return new AwsError(code, message, { status: 400 })
}

const SESSION_NAME_LENGTH = 64

/** `eks-CLUSTER-POD-UID`, of which the first part gives way to the length that STS allows. */
function sessionName(clusterName: string, { podName, podUid }: PodToken): string {
  const prefix = `eks-${clusterName}-${podName}`.slice(0, SESSION_NAME_LENGTH - podUid.length - 1)
  return `${prefix}-${podUid}`
}

function sessionTags(clusterName: string, clusterArn: string, pod: PodToken): Record<string, string> {
  return {
    'eks-cluster-arn': clusterArn,
    'eks-cluster-name': clusterName,
    'kubernetes-namespace': pod.namespace,
    'kubernetes-service-account': pod.serviceAccount,
    'kubernetes-pod-name': pod.podName,
    'kubernetes-pod-uid': pod.podUid,
  }
}
