// Owns the way from a Service to one of its endpoints, as the API server itself takes it.
// Source: apiserver pkg/util/proxy/proxy.go (ResolveEndpoint): EKS routes to endpoints, not to cluster addresses.
import type { EndpointSlice } from '../../../../generated/kubernetes.d.ts'
import type { Storage } from '../../registry/storage.ts'
import { endpointSliceKind } from '../../resources/endpoint-slice.ts'
import { serviceKind } from '../../resources/service.ts'
import { OutboundError } from './go-words.ts'

const SERVICE_NAME = 'kubernetes.io/service-name'
const ROUTABLE: ReadonlySet<string> = new Set(['ClusterIP', 'LoadBalancer', 'NodePort'])

/** A Service and one of its ports, by the number that the Service gives it. */
export interface ServiceReference {
  readonly namespace: string
  readonly name: string
  readonly port: number
}

/** An address in the cluster's network. */
export interface EndpointAddress {
  readonly ip: string
  readonly port: number
}

/**
 * A ready endpoint of a Service.
 * @param pick chooses where the search among n endpoints starts: a number from 0 to n - 1.
 * @throws OutboundError in the resolver's words.
 */
export function resolveEndpoint(
  storage: Storage,
  { namespace, name, port }: ServiceReference,
  pick: (n: number) => number,
): EndpointAddress {
  const quoted = JSON.stringify(name)
  const service = storage.get(serviceKind, { namespace, name })
  if (!service) throw new OutboundError(`service ${quoted} not found`)
  const type = service.spec.type ?? 'ClusterIP'
  if (!ROUTABLE.has(type)) throw new OutboundError(`unsupported service type ${JSON.stringify(type)}`)
  const served = service.spec.ports?.find((each) => each.port === port)
  if (!served) throw new OutboundError(`no service port ${port} found for service ${quoted}`)
  const slices = storage
    .list(endpointSliceKind, { namespace })
    .items.filter(({ metadata }) => metadata.labels?.[SERVICE_NAME] === name)
  for (const slice of slices) {
    const address = readyAddress(slice, served.name ?? '', pick)
    if (address) return address
  }
  throw new OutboundError(`no endpoints available for service ${quoted}`)
}

function readyAddress(
  { endpoints, ports }: EndpointSlice,
  portName: string,
  pick: (n: number) => number,
): EndpointAddress | undefined {
  const port = ports?.find((each) => (each.name ?? '') === portName)?.port
  const all = endpoints ?? []
  if (port === undefined || all.length === 0) return undefined
  const offset = pick(all.length)
  const ready = [...all.slice(offset), ...all.slice(0, offset)].find(
    ({ conditions }) => conditions?.ready ?? true,
  )
  const ip = ready?.addresses[0]
  return ip === undefined ? undefined : { ip, port }
}
