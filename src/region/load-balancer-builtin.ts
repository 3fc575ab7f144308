// Owns the built-in load balancer controller: it works while a pod of its image runs, with the role of that pod.
import { messageOf } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import { Supervisor } from '../base/supervisor.ts'
import { runController } from '../reconcile/run-controller.ts'
import {
  createIngressValidator,
  createReadinessGateInjector,
  createServiceController,
  createServiceMutator,
  createWebhooks,
  findServedGateways,
  isBindingServed,
} from '../controllers/loadbalancer/index.ts'
import type { AdmissionPlugin } from '../kubernetes/server/ports.ts'
import { CONTROLLER_NAME } from '../rules/load-balancer/controller-role.ts'
import { isRepository, type BuiltinImage, type BuiltinServer } from '../runtime/standin/builtins.ts'
import type { ContainerSpec } from '../runtime/runtime.ts'
import { Leader } from './leader.ts'
import { servingCertificate } from './mounted-certificate.ts'
import { awsOfPod, type PodSessionOptions, type Replica } from './pod-session.ts'

export interface LoadBalancerBuiltinOptions extends PodSessionOptions {
  readonly log: Log
  readonly region: string
  addAdmission(plugin: AdmissionPlugin): () => void
  /** The VPC that the metadata service of a node names to its pods. @throws InternalError where there is none. */
  vpcOfNode(nodeName: string): string
}

/** What the controller has to know of where it runs. */
interface Place {
  readonly clusterName: string
  readonly vpcId: string
  readonly region: string
  /** Whether API requests come to it by webhooks, as its chart sets up; else it looks at them as a part of the API. */
  readonly hasWebhooks: boolean
}

// webhook-cert-dir and webhook-bind-port of pkg/config/runtime_config.go.
const CERTIFICATES = '/tmp/k8s-webhook-server/serving-certs'
const WEBHOOK_PORT = 9443

/** The image of the AWS Load Balancer Controller. Of several replicas the one that started first leads. */
export function loadBalancerBuiltin(options: LoadBalancerBuiltinOptions): BuiltinImage {
  const places = new WeakMap<Replica, Place>()
  const leader = new Leader((replica) => {
    const place = places.get(replica)
    return place ? lead(options, replica, place) : async () => undefined
  })
  return {
    name: CONTROLLER_NAME,
    isReplaceable: true,
    matches: (image) => isRepository(image, CONTROLLER_NAME),
    async start(sandbox, container, context) {
      const replica: Replica = { sandbox, container, context }
      const server = webhookServer(options, replica)
      const certificate = await server.certificate?.()
      const place = findPlace(options, replica, certificate !== undefined)
      if (typeof place === 'string') {
        // As main.go does: its log says why, and the pod is started again.
        context.log(`unable to initialize AWS cloud: ${place}`)
        context.exit(1)
        return { stop: async () => undefined }
      }
      places.set(replica, place)
      return { ...(await leader.join(replica)), server }
    },
  }
}

/** @returns why it cannot be known, when it cannot */
function findPlace(
  options: LoadBalancerBuiltinOptions,
  { container, sandbox }: Replica,
  hasWebhooks: boolean,
): Place | string {
  const clusterName = flag(container, 'cluster-name')
  if (clusterName === undefined) return '--cluster-name is required'
  const region = flag(container, 'aws-region') ?? container.env['AWS_REGION'] ?? options.region
  try {
    const vpcId = flag(container, 'aws-vpc-id') ?? options.vpcOfNode(sandbox.node)
    return { clusterName, vpcId, region, hasWebhooks }
  } catch (error) {
    return `failed to get VPC ID: failed to fetch VPC ID from instance metadata: ${messageOf(error)}`
  }
}

/** Runs the control loops for one replica. @returns a function that ends them. */
function lead(options: LoadBalancerBuiltinOptions, replica: Replica, place: Place): () => Promise<void> {
  const { context, clock, log } = options
  const { clusterName, vpcId, region } = place
  const supervisor = new Supervisor(log)
  const aws = awsOfPod(options, replica)
  const admissions = place.hasWebhooks
    ? []
    : Object.values(pluginsOf(options)).map((plugin) => options.addAdmission(plugin))
  supervisor.run('kinds of the load balancer controller', async (signal) => {
    const hasBindings = await isBindingServed(context.client)
    const served = await findServedGateways(context.client, (line) => replica.context.log(line))
    if (signal.aborted) return
    const what = { context, aws, clusterName, vpcId, region, hasBindings, served }
    for (const controller of createServiceController(what)) {
      runController(controller, { clock, log, supervisor })
    }
  })
  replica.context.log(`leading: reconciling Services of cluster ${clusterName} in ${vpcId}`)
  return async () => {
    for (const remove of admissions) remove()
    await supervisor.stop()
  }
}

function pluginsOf({ context }: LoadBalancerBuiltinOptions) {
  return {
    serviceMutator: createServiceMutator(),
    gateInjector: createReadinessGateInjector({ context }),
  }
}

/** Every replica answers the API server's webhooks, with the certificate that its chart has made. */
function webhookServer(options: LoadBalancerBuiltinOptions, replica: Replica): BuiltinServer {
  const { sandbox, container } = replica
  const webhooks = createWebhooks({
    ...pluginsOf(options),
    ingressValidator: createIngressValidator(options.context),
  })
  const directory = flag(container, 'webhook-cert-dir') ?? CERTIFICATES
  return {
    port: Number(flag(container, 'webhook-bind-port') ?? WEBHOOK_PORT),
    certificate: () => servingCertificate(options.context.client, { sandbox, container, directory }),
    async answer(path, body) {
      const review = await webhooks(path, JSON.parse(body))
      return review && { status: 200, body: review }
    },
  }
}

function flag({ args }: ContainerSpec, name: string): string | undefined {
  const prefix = `--${name}=`
  return args.find((arg) => arg.startsWith(prefix))?.slice(prefix.length)
}
