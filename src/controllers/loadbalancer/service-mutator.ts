// Owns the controller's webhook for Services (webhooks/core/service_mutator.go).
import type { Service } from '../../../generated/kubernetes.d.ts'
import type { KubernetesObject } from '../../kubernetes/client/client.ts'
import type { MutatingPlugin } from '../../kubernetes/server/ports.ts'
import { getsClass } from '../../rules/load-balancer/claim.ts'
import { CHART, type Edition } from '../../rules/load-balancer/edition.ts'

/** The mservice webhook: Services of type LoadBalancer get the controller's class on CREATE when they have none. */
export function createServiceMutator(edition: Edition = CHART): MutatingPlugin {
  return {
    name: `mservice.${edition.shared}`,
    admit({ operation, group, resource, subresource, object }) {
      const isService = group === '' && resource === 'services' && subresource === ''
      if (operation !== 'CREATE' || !isService || !object) return undefined
      // The resource says what the object is.
      const service = object as KubernetesObject & Service
      if (!getsClass(service)) return undefined
      return {
        ...service,
        spec: { ...service.spec, loadBalancerClass: edition.loadBalancerClass },
      } as KubernetesObject
    },
  }
}
