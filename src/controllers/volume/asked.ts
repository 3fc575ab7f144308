// Owns what provisioners have in common: which claims ask one for a volume, and how it tells them what becomes of that.
// Source: kubernetes-csi/external-provisioner pkg/controller/controller.go.
import type { PersistentVolumeClaim } from '../../../generated/kubernetes.d.ts'
import type { ControllerContext } from '../../reconcile/controller.ts'
import { PROVISIONER_ANNOTATIONS } from '../../rules/kubernetes/volume-binding.ts'

type Claim = PersistentVolumeClaim

/** True for a claim that waits for a volume of this driver. */
export function isAsked({ metadata, spec }: Claim, driver: string): boolean {
  return (
    !spec?.volumeName &&
    !metadata.deletionTimestamp &&
    PROVISIONER_ANNOTATIONS.some((name) => metadata.annotations?.[name] === driver)
  )
}

/** Tells a claim things, as the pod of the driver's controller that leads. */
export interface Teller {
  begin(): void
  /** Somebody else, who knows the claim's data source, makes the volume. */
  leaveToPopulator(): void
  fail(why: string): void
  succeed(volumeName: string): void
}

/** @param className the class of the claim */
export function tellerOf(
  context: ControllerContext,
  claim: Claim,
  {
    driver,
    podName,
    className,
  }: { readonly driver: string; readonly podName: string; readonly className: string },
): Teller {
  const from = `${driver}_${podName}`
  const { namespace, name } = claim.metadata
  const say = (type: 'Normal' | 'Warning', reason: string, message: string): void =>
    context.event(claim, { type, reason, message, from })
  return {
    begin: () =>
      say(
        'Normal',
        'Provisioning',
        `External provisioner is provisioning volume for claim "${namespace}/${name}"`,
      ),
    leaveToPopulator: () =>
      say('Normal', 'Provisioning', 'Assuming an external populator will provision the volume'),
    fail(why) {
      const of = JSON.stringify(className)
      say('Warning', 'ProvisioningFailed', `failed to provision volume with StorageClass ${of}: ${why}`)
    },
    succeed: (volume) => say('Normal', 'ProvisioningSucceeded', `Successfully provisioned volume ${volume}`),
  }
}
