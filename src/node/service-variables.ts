// Owns the variables by which containers find Services (pkg/kubelet/envvars).
import { hostPort } from '../base/host-port.ts'
import type { Service } from '../../generated/kubernetes.d.ts'

/**
 * `NAME_SERVICE_HOST`, `NAME_SERVICE_PORT` and the Docker-style `NAME_PORT…` ones.
 * @param services those of the pod's namespace; the `kubernetes` Service of `default` is always among them.
 */
export function serviceVariables(services: readonly Service[]): Record<string, string> {
  return Object.assign({}, ...services.map(variablesOf)) as Record<string, string>
}

function variablesOf({ metadata, spec }: Service): Record<string, string> {
  const { clusterIP, ports = [] } = spec
  const [first] = ports
  if (!clusterIP || clusterIP === 'None' || !first) return {}
  const prefix = toVariable(metadata.name)
  const result: Record<string, string> = {
    [`${prefix}_SERVICE_HOST`]: clusterIP,
    [`${prefix}_SERVICE_PORT`]: String(first.port),
    [`${prefix}_PORT`]: urlOf(clusterIP, first),
  }
  for (const port of ports) {
    if (port.name) result[`${prefix}_SERVICE_PORT_${toVariable(port.name)}`] = String(port.port)
    const protocol = (port.protocol ?? 'TCP').toLowerCase()
    const own = `${prefix}_PORT_${port.port}_${protocol.toUpperCase()}`
    result[own] = urlOf(clusterIP, port)
    result[`${own}_PROTO`] = protocol
    result[`${own}_PORT`] = String(port.port)
    result[`${own}_ADDR`] = clusterIP
  }
  return result
}

function urlOf(ip: string, { port, protocol }: { port: number; protocol?: string }): string {
  return `${(protocol ?? 'TCP').toLowerCase()}://${hostPort(ip, port)}`
}

function toVariable(name: string): string {
  return name.toUpperCase().replaceAll('-', '_')
}
