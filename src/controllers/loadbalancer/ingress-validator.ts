// Owns the controller's webhook for Ingresses (webhooks/networking/ingress_validator.go): a class must be there.
import type { Ingress } from '../../../generated/kubernetes.d.ts'
import type { ControllerContext } from '../../reconcile/controller.ts'
import type { AdmissionRequest } from '../../kubernetes/server/ports.ts'
import { CHART } from '../../rules/load-balancer/edition.ts'
import { claimOf } from './ingress-classes.ts'

/** Looks at an Ingress as it is to be. Rejects with a BuildError where its class cannot be read. */
export type IngressValidator = (request: AdmissionRequest) => Promise<void>

/** The vingress webhook. */
export function createIngressValidator(context: ControllerContext): IngressValidator {
  return async ({ operation, object }) => {
    // One that is going must be let go, even when its class has gone before it.
    if (operation === 'DELETE' || !object || object.metadata.deletionTimestamp) return
    // The webhook is registered for Ingresses alone.
    await claimOf(context, object as Ingress, CHART)
  }
}
