// Owns the agent of EKS Pod Identity as pods find it on their node: it exchanges the token of their service account for
// the keys of the role that an association gives it. Source: aws/eks-pod-identity-agent (api, handlers).
import { AwsError, messageOf } from '../base/errors.ts'
import type { Session } from './instance-credentials.ts'
import type { MetadataAnswer } from './instance-metadata.ts'
import type { OpenAws } from './pod-session.ts'
import type { PodRequest } from './vpc-services.ts'

/** A pod that asks, as its cluster knows it. */
export interface AskingPod {
  readonly clusterName: string
  readonly nodeName: string
  /** Whether the add-on's pod is ready on its node. */
  hasAgent(): Promise<boolean>
}

export interface PodIdentityAgentOptions {
  podAt(vpcId: string, ip: string): AskingPod | undefined
  readonly aws: OpenAws
  nodeSession(node: { readonly vpcId: string; readonly nodeName: string }): Promise<Session>
}

interface Answer {
  readonly credentials: Session & { readonly expiration: Date | string }
  readonly assumedRoleUser?: { readonly arn: string }
}

/** What the agent answers; undefined where none listens: the add-on is not ready on the pod's node. */
export async function answerPodIdentity(
  { path, headers, vpcId, from }: PodRequest,
  options: PodIdentityAgentOptions,
): Promise<MetadataAnswer | undefined> {
  const pod = options.podAt(vpcId, from)
  if (!pod || !(await pod.hasAgent())) return undefined
  if (path !== '/v1/credentials') return { status: 404, body: '404 page not found' }
  const token = headers['authorization']
  if (!token) return { status: 400, body: 'Service account token cannot be empty' }
  const { clusterName, nodeName } = pod
  try {
    const asNode = options.aws({ credentials: () => options.nodeSession({ vpcId, nodeName }) })
    const input = { clusterName, token }
    const { credentials, assumedRoleUser } = await asNode.call<Answer>(
      'eks-auth',
      'AssumeRoleForPodIdentity',
      input,
    )
    const body = {
      AccessKeyId: credentials.accessKeyId,
      SecretAccessKey: credentials.secretAccessKey,
      Token: credentials.sessionToken,
      AccountId: assumedRoleUser?.arn.split(':')[4] ?? '',
      Expiration: new Date(credentials.expiration).toISOString(),
    }
    return { status: 200, body: JSON.stringify(body) }
  } catch (error) {
    return { status: error instanceof AwsError ? error.status : 500, body: messageOf(error) }
  }
}
