// Owns the controller's webhook for Services (webhooks/core/service_mutator.go).
import type { Service } from '../../../generated/kubernetes.d.ts'
import type { KubernetesObject } from '../../kubernetes/client/client.ts'
import type { MutatingPlugin } from '../../kubernetes/server/ports.ts'
import { getsClass, LOAD_BALANCER_CLASS } from '../../rules/load-balancer/claim.ts'

/** The mservice webhook: Services of type LoadBalancer get the controller's class on CREATE when they have none. */
export function createServiceMutator(): MutatingPlugin {
  return {
    name: 'mservice.elbv2.k8s.aws',
    async admit({ operation, group, resource, subresource, object }) {
      const isService = group === '' && resource === 'services' && subresource === ''
      if (operation !== 'CREATE' || !isService || !object) return undefined
      // The resource says what the object is.
      const service = object as KubernetesObject & Service
      if (!getsClass(service)) return undefined
      return {
        ...service,
        spec: { ...service.spec, loadBalancerClass: LOAD_BALANCER_CLASS },
      } as KubernetesObject
    },
  }
}
