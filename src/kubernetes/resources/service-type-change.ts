// Owns what a service leaves behind when its type changes: fields that only the old type had and nobody changed.
// Source: pkg/registry/core/service/strategy.go (dropTypeDependentFields).
import type { Service, ServiceSpec } from '../../../generated/kubernetes.d.ts'
import { deepEqual } from '../../base/json.ts'

type Wish = Pick<ServiceSpec, 'type' | 'externalTrafficPolicy'>

function hasClusterIp({ type }: Wish): boolean {
  return type !== 'ExternalName'
}

function isBalanced({ type }: Wish): boolean {
  return type === 'LoadBalancer'
}

function isExternal({ type }: Wish): boolean {
  return type === 'LoadBalancer' || type === 'NodePort'
}

// Fields by the question that the old type answered with yes and the new one with no.
const fieldsOf: readonly (readonly [(spec: Wish) => boolean, readonly (keyof ServiceSpec)[]])[] = [
  [hasClusterIp, ['clusterIP', 'clusterIPs']],
  [hasClusterIp, ['ipFamilies']],
  [hasClusterIp, ['ipFamilyPolicy']],
  [isBalanced, ['allocateLoadBalancerNodePorts']],
  [isBalanced, ['loadBalancerClass']],
  [isExternal, ['externalTrafficPolicy']],
]

/** The service without what its new type has no use for; what was changed along with the type is left to validation. */
export function withoutFieldsOfOldType(service: Service, { spec: old }: Service): Service {
  const spec: ServiceSpec = { ...service.spec }
  for (const [isNeeded, fields] of fieldsOf) {
    const isLeft = isNeeded(old) && !isNeeded(service.spec)
    if (!isLeft || !fields.every((field) => deepEqual(spec[field] ?? null, old[field] ?? null))) continue
    for (const field of fields) delete spec[field]
  }
  if (isBalanced(spec)) return { ...service, spec }
  return { ...service, spec, ...(service.status ? { status: { ...service.status, loadBalancer: {} } } : {}) }
}
