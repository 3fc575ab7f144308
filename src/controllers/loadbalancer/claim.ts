// Owns which Services the controller takes care of (pkg/service/service_utils.go, webhooks/core/service_mutator.go).
import type { Service } from '../../../generated/kubernetes.d.ts'
import type { KubernetesObject } from '../../kubernetes/client/client.ts'
import type { AdmissionPlugin } from '../../kubernetes/server/ports.ts'
import { annotation } from './annotations.ts'

export const LOAD_BALANCER_CLASS = 'service.k8s.aws/nlb'
export const FINALIZER = 'service.k8s.aws/resources'

/** Whether a network load balancer is wanted from this controller. */
export function isClaimed(service: Service): boolean {
  if (service.metadata.deletionTimestamp || service.spec.type !== 'LoadBalancer') return false
  const { loadBalancerClass } = service.spec
  if (loadBalancerClass !== undefined) return loadBalancerClass === LOAD_BALANCER_CLASS
  const type = annotation(service, 'type')
  if (type === 'nlb-ip') return true
  const targetType = annotation(service, 'nlb-target-type')
  return type === 'external' && (targetType === 'ip' || targetType === 'instance')
}

/** The mservice webhook: Services of type LoadBalancer get the controller's class on CREATE when they have none. */
export function createServiceMutator(): AdmissionPlugin {
  return {
    name: 'mservice.elbv2.k8s.aws',
    async admit({ operation, group, resource, subresource, object }) {
      const isService = group === '' && resource === 'services' && subresource === ''
      if (operation !== 'CREATE' || !isService || !object) return undefined
      // The resource says what the object is.
      const service = object as KubernetesObject & Service
      if (service.spec?.type !== 'LoadBalancer' || service.spec.loadBalancerClass) return undefined
      return {
        ...service,
        spec: { ...service.spec, loadBalancerClass: LOAD_BALANCER_CLASS },
      } as KubernetesObject
    },
  }
}
