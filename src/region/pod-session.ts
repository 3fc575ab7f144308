// Owns the sessions with AWS that a pod's SDK would open: of its service account's role, else of its node's.
import type { AwsCaller } from '../aws/protocol/service.ts'
import type { Clock } from '../base/clock.ts'
import { messageOf } from '../base/errors.ts'
import type { ControllerContext } from '../reconcile/controller.ts'
import { pods, serviceAccounts } from '../kubernetes/client/resources.ts'
import type { BuiltinContext } from '../runtime/standin/builtins.ts'
import type { ContainerSpec, SandboxSpec } from '../runtime/runtime.ts'
import type { Session } from './instance-credentials.ts'

/** Opens the road to AWS that every other client takes; without credentials, requests go unsigned. */
export type OpenAws = (options: { readonly credentials?: () => Promise<Session> }) => AwsCaller

export interface PodSessionOptions {
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

// STS gives an hour; a new session is opened well before the old one ends.
const SESSION_MS = 45 * 60_000
const TOKEN_SECONDS = 3600

/** A road to AWS with the rights of a pod. */
export function awsOfPod(options: PodSessionOptions, replica: Replica): AwsCaller {
  return options.aws({ credentials: sessionOf(options, replica) })
}

function sessionOf(options: PodSessionOptions, replica: Replica): () => Promise<Session> {
  let current: { readonly session: Promise<Session>; readonly untilMs: number } | undefined
  return () => {
    const now = options.clock.now()
    if (!current || current.untilMs < now) {
      current = { session: openSession(options, replica), untilMs: now + SESSION_MS }
      current.session.catch((error: unknown) => {
        current = undefined
        replica.context.log(`cannot take on its role: ${messageOf(error)}`)
      })
    }
    return current.session
  }
}

async function openSession(options: PodSessionOptions, { sandbox, container }: Replica): Promise<Session> {
  const roleArn = container.env['AWS_ROLE_ARN']
  if (roleArn === undefined) return await options.nodeSession(sandbox.node)
  const token = await serviceAccountToken(options.context, sandbox)
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

async function serviceAccountToken(
  { client }: ControllerContext,
  { namespace, name }: SandboxSpec,
): Promise<string> {
  const pod = await client.get(pods, { namespace, name })
  const account = { namespace, name: pod.spec.serviceAccountName ?? 'default' }
  // The API answers a TokenRequest with a TokenRequest.
  const answer = (await client.createSubresource(serviceAccounts, account, 'token', {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: { audiences: ['sts.amazonaws.com'], expirationSeconds: TOKEN_SECONDS },
  })) as { readonly status: { readonly token: string } }
  return answer.status.token
}
