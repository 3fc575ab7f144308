// Owns what a service leaves behind when its type changes: fields that only the old type had and nobody changed.
// Source: pkg/registry/core/service/strategy.go (dropTypeDependentFields).
import type { Service, ServiceSpec } from '../../../generated/kubernetes.d.ts'
import { deepEqual } from '../../base/json.ts'

type Wish = Pick<ServiceSpec, 'type' | 'externalIPs' | 'allocateLoadBalancerNodePorts'>

function hasClusterIp({ type }: Wish): boolean {
  return type !== 'ExternalName'
}

function isBalanced({ type }: Wish): boolean {
  return type === 'LoadBalancer'
}

function isExternal({ type, externalIPs = [] }: Wish): boolean {
  return type === 'LoadBalancer' || type === 'NodePort' || externalIPs.length > 0
}

function hasNodePorts({ type, allocateLoadBalancerNodePorts: gets }: Wish): boolean {
  return type === 'NodePort' || (type === 'LoadBalancer' && gets !== false)
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

// Those that somebody named along with the new type are left to validation.
function withoutNodePorts(spec: ServiceSpec, old: ServiceSpec): ServiceSpec {
  const portsOf = ({ ports = [] }: ServiceSpec) => new Set(ports.flatMap(({ nodePort }) => nodePort || []))
  const [now, before] = [portsOf(spec), portsOf(old)]
  const isSame = now.size === before.size && [...now].every((port) => before.has(port))
  if (!hasNodePorts(old) || hasNodePorts(spec) || !isSame || !spec.ports) return { ...spec }
  return { ...spec, ports: spec.ports.map(({ nodePort: _given, ...port }) => port) }
}

/** The service without what its new type has no use for; what was changed along with the type is left to validation. */
export function withoutFieldsOfOldType(service: Service, { spec: old }: Service): Service {
  const spec: ServiceSpec = withoutNodePorts(service.spec, old)
  for (const [isNeeded, fields] of fieldsOf) {
    const isLeft = isNeeded(old) && !isNeeded(service.spec)
    if (!isLeft || !fields.every((field) => deepEqual(spec[field] ?? null, old[field] ?? null))) continue
    for (const field of fields) delete spec[field]
  }
  if (isBalanced(spec)) return { ...service, spec }
  return { ...service, spec, ...(service.status ? { status: { ...service.status, loadBalancer: {} } } : {}) }
}
