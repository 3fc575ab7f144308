// Owns which ports of datagrams will hardly have a healthy target: health checks never use UDP.
// Source: NLB user guide, "Health checks for your target groups" (TCP, HTTP and HTTPS are all there is).
import type { Service } from '../../../generated/kubernetes.d.ts'
import { targetTypeOf } from './claim.ts'
import { healthCheckOf } from './health-check.ts'
import { listenerPorts } from './listener-ports.ts'

/** Ports of UDP alone whose targets are asked by TCP at the same port. @throws BuildError as the controller would */
export function portsCheckedByTcp(service: Service): number[] {
  const targetType = targetTypeOf(service.metadata.annotations)
  if (healthCheckOf(service, targetType).HealthCheckPort !== 'traffic-port') return []
  // At the node port of a UDP port nobody listens by TCP.
  const isTcp = (targetPort: unknown): boolean =>
    targetType === 'ip' &&
    (service.spec.ports ?? []).some(
      (other) => (other.protocol ?? 'TCP') === 'TCP' && (other.targetPort ?? other.port) === targetPort,
    )
  return listenerPorts(service)
    .filter(({ port, listener }) => listener.protocol === 'UDP' && !isTcp(port.targetPort ?? port.port))
    .map(({ port }) => port.port)
}
