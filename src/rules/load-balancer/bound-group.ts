// Owns what a TargetGroupBinding makes of the target group and the Service that it names.
// Source: aws-load-balancer-controller, pkg/targetgroupbinding/resource_manager.go, pkg/backend/endpoint_resolver.go.
import type { Service } from '../../../generated/kubernetes.d.ts'
import { BuildError } from './annotations.ts'
import { nodePortOf, numericTargetPort, type HealthCheckModel } from './health-check.ts'
import type { TargetGroupBindingSpec } from './target-group-binding.ts'
import type { TargetGroupModel } from './target-group.ts'

/** The parts of a target group that count. */
export interface BoundTargetGroup {
  readonly TargetGroupArn: string
  readonly TargetType: string
}

/** Not asked for: the target group is there already. */
const NO_CHECK: HealthCheckModel = {
  HealthCheckProtocol: 'TCP',
  HealthCheckPort: 'traffic-port',
  HealthCheckIntervalSeconds: 0,
  HealthCheckTimeoutSeconds: 0,
  HealthyThresholdCount: 0,
  UnhealthyThresholdCount: 0,
}

const NOT_EMULATED = ['multiClusterTargetGroup', 'iamRoleArnToAssume', 'assumeRoleExternalId'] as const

/** @throws BuildError with the controller's text, or Neargate's for what it does not emulate */
export function boundGroup(
  spec: TargetGroupBindingSpec,
  found: { readonly name: string; readonly service: Service; readonly group: BoundTargetGroup },
): TargetGroupModel {
  const { name, service, group } = found
  const { namespace = '', name: serviceName } = service.metadata
  const { port: wanted } = spec.serviceRef
  const refused = NOT_EMULATED.find((member) => spec[member] !== undefined && spec[member] !== false)
  if (refused !== undefined) {
    throw new BuildError(`${refused} of a TargetGroupBinding is not emulated by Neargate`, {
      isNotEmulated: true,
    })
  }
  const targetType = spec.targetType ?? (group.TargetType === 'ip' ? 'ip' : 'instance')
  if (targetType === 'ip' && spec.nodeSelector) {
    throw new BuildError('TargetGroupBinding cannot set NodeSelector when TargetType is ip')
  }
  const servicePort = service.spec.ports?.find((port) =>
    typeof wanted === 'number' ? port.port === wanted : port.name === wanted,
  )
  if (!servicePort) {
    throw new BuildError(
      `backend not found: unable to find port ${wanted} on service ${namespace}/${serviceName}`,
    )
  }
  const isNodePort = service.spec.type === 'NodePort' || service.spec.type === 'LoadBalancer'
  if (targetType === 'instance' && !isNodePort) {
    throw new BuildError(
      `service type must be either 'NodePort' or 'LoadBalancer': ${namespace}/${serviceName}`,
    )
  }
  return {
    name,
    resourceId: `${namespace}/${name}`,
    serviceKey: `${namespace}/${serviceName}`,
    portReference: wanted,
    servicePort,
    port:
      targetType === 'instance' ? nodePortOf(service, servicePort) : (numericTargetPort(servicePort) ?? 1),
    targetType,
    family: spec.ipAddressType === 'ipv6' ? 'ipv6' : 'ipv4',
    healthCheck: NO_CHECK,
    attributes: {},
    listenerAttributes: {},
    tags: {},
    nodeLabels: {},
    ...(spec.nodeSelector && { nodeSelector: spec.nodeSelector }),
  }
}
