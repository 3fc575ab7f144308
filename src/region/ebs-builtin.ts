// Owns the built-in EBS CSI driver: it makes volumes while a pod of its controller runs, with the role of that pod.
import type { Log } from '../base/log.ts'
import { Supervisor } from '../base/supervisor.ts'
import { createEbsAttacher } from '../controllers/ebs/attacher.ts'
import { createEbsProvisioner } from '../controllers/ebs/provisioner.ts'
import { createEbsResizer } from '../controllers/ebs/resizer.ts'
import { runController } from '../reconcile/run-controller.ts'
import { isRepository, type BuiltinImage } from '../runtime/standin/builtins.ts'
import { Leader } from './leader.ts'
import { awsOfPod, type PodSessionOptions } from './pod-session.ts'

export interface EbsBuiltinOptions extends PodSessionOptions {
  readonly log: Log
}

/** The image of the EBS CSI driver: of the replicas of its controller one leads; its part on nodes has nothing to mount. */
export function ebsBuiltin(options: EbsBuiltinOptions): BuiltinImage {
  const { context, clock, log } = options
  const leader = new Leader((replica) => {
    const supervisor = new Supervisor(log)
    const aws = awsOfPod(options, replica)
    const controllers = [
      ...createEbsProvisioner(context, { aws, podName: replica.sandbox.name }),
      createEbsAttacher(context, aws),
      createEbsResizer(context, aws),
    ]
    for (const controller of controllers) runController(controller, { clock, log, supervisor })
    replica.context.log(
      'neargate built-in aws-ebs-csi-driver: makes volumes in EC2 for claims that ask for them, and attaches them',
    )
    return () => supervisor.stop()
  })
  return {
    name: 'aws-ebs-csi-driver',
    // Its part on nodes would mount devices, and there are none.
    isReplaceable: false,
    matches: (image) => isRepository(image, 'eks/aws-ebs-csi-driver', 'ebs-csi-driver/aws-ebs-csi-driver'),
    async start(sandbox, container, reporter) {
      if (container.args.includes('controller')) return leader.join({ sandbox, container, context: reporter })
      reporter.log('neargate built-in aws-ebs-csi-driver: volumes of stand-in pods are not mounted')
      return { stop: async () => undefined }
    },
  }
}
