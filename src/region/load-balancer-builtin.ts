// Owns the built-in load balancer controller: it works while a pod of its image runs, with the role of that pod.
import type { AwsCaller } from '../aws/protocol/service.ts'
import type { Clock } from '../base/clock.ts'
import { messageOf } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import { Supervisor } from '../base/supervisor.ts'
import type { ControllerContext } from '../reconcile/controller.ts'
import { runController } from '../reconcile/run-controller.ts'
import {
  createReadinessGateInjector,
  createServiceController,
  createServiceMutator,
} from '../controllers/loadbalancer/index.ts'
import { pods, serviceAccounts } from '../kubernetes/client/resources.ts'
import type { AdmissionPlugin } from '../kubernetes/server/ports.ts'
import { CONTROLLER_NAME } from '../rules/load-balancer/controller-role.ts'
import {
  isRepository,
  type Builtin,
  type BuiltinContext,
  type BuiltinImage,
} from '../runtime/standin/builtins.ts'
import type { ContainerSpec, SandboxSpec } from '../runtime/runtime.ts'
import type { Session } from './instance-credentials.ts'

/** Opens the road to AWS that every other client takes; without credentials, requests go unsigned. */
export type OpenAws = (options: { readonly credentials?: () => Promise<Session> }) => AwsCaller

export interface LoadBalancerBuiltinOptions {
  readonly context: ControllerContext
  readonly clock: Clock
  readonly log: Log
  readonly region: string
  readonly aws: OpenAws
  /** The role of a node, for pods that have none by their service account. */
  nodeSession(nodeName: string): Promise<Session>
  addAdmission(plugin: AdmissionPlugin): () => void
}

interface Replica {
  readonly sandbox: SandboxSpec
  readonly container: ContainerSpec
  readonly context: BuiltinContext
}

// STS gives an hour; a new session is opened well before the old one ends.
const SESSION_MS = 45 * 60_000
const TOKEN_SECONDS = 3600

/** The image of the AWS Load Balancer Controller. Of several replicas the one that started first leads. */
export function loadBalancerBuiltin(options: LoadBalancerBuiltinOptions): BuiltinImage {
  const replicas: Replica[] = []
  let leading: { readonly replica: Replica; readonly stop: () => Promise<void> } | undefined

  const elect = async (): Promise<void> => {
    const [first] = replicas
    if (leading?.replica === first) return
    const former = leading
    leading = first && { replica: first, stop: lead(options, first) }
    await former?.stop()
  }

  return {
    name: CONTROLLER_NAME,
    matches: (image) => isRepository(image, CONTROLLER_NAME),
    async start(sandbox, container, context): Promise<Builtin> {
      const replica: Replica = { sandbox, container, context }
      replicas.push(replica)
      await elect()
      return {
        async stop() {
          replicas.splice(replicas.indexOf(replica), 1)
          await elect()
        },
      }
    },
  }
}

/** Runs the control loops for one replica. @returns a function that ends them. */
function lead(options: LoadBalancerBuiltinOptions, replica: Replica): () => Promise<void> {
  const { context, clock, log } = options
  const supervisor = new Supervisor(log)
  const clusterName = flag(replica.container, 'cluster-name')
  const vpcId = flag(replica.container, 'aws-vpc-id')
  const region =
    flag(replica.container, 'aws-region') ?? replica.container.env['AWS_REGION'] ?? options.region
  if (clusterName === undefined || vpcId === undefined) {
    // The real controller asks the instance's metadata service, which nothing here has.
    replica.context.log('unable to initialize AWS cloud: --cluster-name and --aws-vpc-id are required')
    return async () => undefined
  }
  const aws = options.aws({ credentials: sessionOf(options, replica) })
  const admissions = [
    options.addAdmission(createServiceMutator()),
    options.addAdmission(createReadinessGateInjector({ context, clusterName })),
  ]
  for (const controller of createServiceController({ context, aws, clusterName, vpcId, region })) {
    runController(controller, { clock, log, supervisor })
  }
  replica.context.log(`leading: reconciling Services of cluster ${clusterName} in ${vpcId}`)
  return async () => {
    for (const remove of admissions) remove()
    await supervisor.stop()
  }
}

function flag({ args }: ContainerSpec, name: string): string | undefined {
  const prefix = `--${name}=`
  return args.find((arg) => arg.startsWith(prefix))?.slice(prefix.length)
}

/** Sessions as an SDK in the pod would open them: of its service account's role, else of its node's. */
function sessionOf(options: LoadBalancerBuiltinOptions, replica: Replica): () => Promise<Session> {
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

async function openSession(
  options: LoadBalancerBuiltinOptions,
  { sandbox, container }: Replica,
): Promise<Session> {
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
