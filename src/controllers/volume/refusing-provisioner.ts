// Owns the provisioner of a driver whose storage is not emulated: it says so of each claim that asks it for a volume.
import { persistentVolumeClaims } from '../../kubernetes/client/resources.ts'
import type { Controller, ControllerContext } from '../../reconcile/controller.ts'
import { classNameOf } from '../../rules/kubernetes/storage.ts'
import { isAsked, tellerOf } from './asked.ts'

export interface RefusingProvisionerOptions {
  readonly driver: string
  /** Who reports events: the pod of the driver's controller. */
  readonly podName: string
  /** What there is not, as the end of an event. */
  readonly why: string
}

/** The control loop of the claims that ask for such a volume. Keys are claims. */
export function createRefusingProvisioner(
  context: ControllerContext,
  { driver, podName, why }: RefusingProvisionerOptions,
): Controller {
  const claims = context.informer(persistentVolumeClaims)
  return {
    name: `refusing-provisioner ${driver}`,
    sources: [claims.source()],
    async reconcile(key) {
      const claim = claims.get(key)
      if (!claim || !isAsked(claim, driver)) return
      const teller = tellerOf(context, claim, { driver, podName, className: classNameOf(claim) })
      teller.begin()
      teller.fail(`rpc error: code = Unimplemented desc = ${why}`)
    },
  }
}
