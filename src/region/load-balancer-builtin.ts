// Owns the built-in load balancer controller: it works while a pod of its image runs, with the role of that pod.
import type { Log } from '../base/log.ts'
import { Supervisor } from '../base/supervisor.ts'
import { runController } from '../reconcile/run-controller.ts'
import {
  createReadinessGateInjector,
  createServiceController,
  createServiceMutator,
} from '../controllers/loadbalancer/index.ts'
import type { AdmissionPlugin } from '../kubernetes/server/ports.ts'
import { CONTROLLER_NAME } from '../rules/load-balancer/controller-role.ts'
import { isRepository, type BuiltinImage } from '../runtime/standin/builtins.ts'
import type { ContainerSpec } from '../runtime/runtime.ts'
import { Leader } from './leader.ts'
import { awsOfPod, type PodSessionOptions, type Replica } from './pod-session.ts'

export interface LoadBalancerBuiltinOptions extends PodSessionOptions {
  readonly log: Log
  readonly region: string
  addAdmission(plugin: AdmissionPlugin): () => void
}

/** The image of the AWS Load Balancer Controller. Of several replicas the one that started first leads. */
export function loadBalancerBuiltin(options: LoadBalancerBuiltinOptions): BuiltinImage {
  const leader = new Leader((replica) => lead(options, replica))
  return {
    name: CONTROLLER_NAME,
    matches: (image) => isRepository(image, CONTROLLER_NAME),
    start: (sandbox, container, context) => leader.join({ sandbox, container, context }),
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
  const aws = awsOfPod(options, replica)
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
