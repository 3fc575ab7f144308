// Owns the built-in EFS CSI driver: while a pod of its controller runs, it tells claims that there are no file systems.
import { createRefusingProvisioner } from '../controllers/volume/refusing-provisioner.ts'
import { EFS_DRIVER, NO_FILE_SYSTEMS } from '../rules/kubernetes/csi.ts'
import { Supervisor } from '../base/supervisor.ts'
import { runController } from '../reconcile/run-controller.ts'
import { isRepository, type BuiltinImage } from '../runtime/standin/builtins.ts'
import type { EbsBuiltinOptions } from './ebs-builtin.ts'
import { Leader } from './leader.ts'

/** The image of the EFS CSI driver; volumes of it that were made by hand are bound as any other. */
export function efsBuiltin({
  context,
  clock,
  log,
}: Pick<EbsBuiltinOptions, 'context' | 'clock' | 'log'>): BuiltinImage {
  const leader = new Leader((replica) => {
    const supervisor = new Supervisor(log)
    const options = { driver: EFS_DRIVER, podName: replica.sandbox.name, why: NO_FILE_SYSTEMS }
    runController(createRefusingProvisioner(context, options), { clock, log, supervisor })
    replica.context.log(
      `neargate built-in aws-efs-csi-driver: it provisions no volumes, since ${NO_FILE_SYSTEMS}; volumes made by hand are bound`,
    )
    return () => supervisor.stop()
  })
  return {
    name: 'aws-efs-csi-driver',
    isReplaceable: false,
    matches: (image) =>
      isRepository(image, 'eks/aws-efs-csi-driver', 'efs-csi-driver/amazon/aws-efs-csi-driver'),
    async start(sandbox, container, reporter) {
      if (container.args.includes('controller')) return leader.join({ sandbox, container, context: reporter })
      reporter.log('neargate built-in aws-efs-csi-driver: there are no file systems to mount')
      return { stop: async () => undefined }
    },
  }
}
