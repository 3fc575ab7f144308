// Owns the sessions with AWS that a pod's SDK would open: of its service account's role, by EKS Pod Identity or by its
// token, else of its node's.
import type { Pod } from '../../generated/kubernetes.d.ts'
import type { AwsCaller } from '../aws/protocol/service.ts'
import type { Clock } from '../base/clock.ts'
import { InternalError, messageOf } from '../base/errors.ts'
import { POD_IDENTITY_AUDIENCE, POD_IDENTITY_URL } from '../controllers/irsa/admission.ts'
import { isConditionTrue } from '../rules/kubernetes/conditions.ts'
import type { ControllerContext } from '../reconcile/controller.ts'
import { pods, serviceAccounts } from '../kubernetes/client/resources.ts'
import type { BuiltinContext } from '../runtime/standin/builtins.ts'
import type { ContainerSpec, SandboxSpec } from '../runtime/runtime.ts'
import type { Session } from './instance-credentials.ts'
import { keptSession } from './kept-session.ts'

/** Opens the road to AWS that every other client takes; without credentials, requests go unsigned. */
export type OpenAws = (options: { readonly credentials?: () => Promise<Session> }) => AwsCaller

export interface PodSessionOptions {
  readonly clusterName: string
  readonly context: ControllerContext
  readonly clock: Clock
  readonly aws: OpenAws
  /** The role of a node, for pods that have none by their service account. */
  nodeSession(nodeName: string): Promise<Session>
}

/** One container of a pod that a built-in stands for. */
export interface Replica {
  readonly sandbox: SandboxSpec
  readonly container: ContainerSpec
  readonly context: BuiltinContext
}

const TOKEN_SECONDS = 3600
const STS_AUDIENCE = 'sts.amazonaws.com'

/** A road to AWS with the rights of a pod. */
export function awsOfPod(options: PodSessionOptions, replica: Replica): AwsCaller {
  return options.aws({ credentials: sessionOf(options, replica) })
}

function sessionOf(options: PodSessionOptions, replica: Replica): () => Promise<Session> {
  return keptSession(options.clock, async () => {
    try {
      return await openSession(options, replica)
    } catch (error) {
      replica.context.log(`cannot take on its role: ${messageOf(error)}`)
      throw error
    }
  })
}

async function openSession(options: PodSessionOptions, { sandbox, container }: Replica): Promise<Session> {
  // The default chain of the SDKs asks for a web identity before it asks a container's credential service.
  const roleArn = container.env['AWS_ROLE_ARN']
  if (roleArn === undefined) {
    return container.env['AWS_CONTAINER_CREDENTIALS_FULL_URI'] === POD_IDENTITY_URL
      ? await askAgent(options, sandbox)
      : await options.nodeSession(sandbox.node)
  }
  const token = await serviceAccountToken(options.context, sandbox, STS_AUDIENCE)
  const anonymous = options.aws({})
  type Answer = {
    readonly Credentials?: {
      readonly AccessKeyId?: string
      readonly SecretAccessKey?: string
      readonly SessionToken?: string
    }
  }
  const { Credentials } = await anonymous.call<Answer>('sts', 'AssumeRoleWithWebIdentity', {
    RoleArn: roleArn,
    RoleSessionName: sandbox.name,
    WebIdentityToken: token,
  })
  return {
    accessKeyId: Credentials?.AccessKeyId ?? '',
    secretAccessKey: Credentials?.SecretAccessKey ?? '',
    sessionToken: Credentials?.SessionToken ?? '',
  }
}

/** What the agent of EKS Pod Identity on the pod's node does: it asks EKS Auth with the rights of the node. */
async function askAgent(options: PodSessionOptions, sandbox: SandboxSpec): Promise<Session> {
  const { context, aws, clusterName } = options
  if (!(await hasAgent(context, sandbox.node))) {
    throw new InternalError(
      `nothing answers at ${POD_IDENTITY_URL}: no pod of the add-on eks-pod-identity-agent is ready on ${sandbox.node}`,
    )
  }
  const token = await serviceAccountToken(context, sandbox, POD_IDENTITY_AUDIENCE)
  const asNode = aws({ credentials: () => options.nodeSession(sandbox.node) })
  const input = { clusterName, token }
  const answer = await asNode.call<{ readonly credentials: Session }>(
    'eks-auth',
    'AssumeRoleForPodIdentity',
    input,
  )
  return answer.credentials
}

/** Whether the add-on eks-pod-identity-agent has a ready pod on the node. */
export async function hasAgent({ client }: ControllerContext, nodeName: string): Promise<boolean> {
  const { items } = await client.list<Pod>(pods, {
    namespace: 'kube-system',
    labelSelector: 'app.kubernetes.io/name=eks-pod-identity-agent',
  })
  return items.some(
    ({ spec, status }) => spec.nodeName === nodeName && isConditionTrue(status?.conditions, 'Ready'),
  )
}

async function serviceAccountToken(
  { client }: ControllerContext,
  { namespace, name, id: uid }: SandboxSpec,
  audience: string,
): Promise<string> {
  const pod = await client.get(pods, { namespace, name })
  const account = { namespace, name: pod.spec.serviceAccountName ?? 'default' }
  // The API answers a TokenRequest with a TokenRequest.
  const answer = (await client.createSubresource(serviceAccounts, account, 'token', {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: {
      audiences: [audience],
      expirationSeconds: TOKEN_SECONDS,
      boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name, uid },
    },
  })) as { readonly status: { readonly token: string } }
  return answer.status.token
}
