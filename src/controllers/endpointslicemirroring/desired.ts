// Owns which endpoints mirror an Endpoints object that somebody else keeps. Pure.
// Source: kubernetes pkg/controller/endpointslicemirroring/{reconciler,reconciler_helpers,utils}.go.
import { isIP } from 'node:net'

import type {
  DiscoveryEndpointPort,
  Endpoint,
  EndpointAddress,
  Endpoints,
} from '../../../generated/kubernetes.d.ts'
import type { EndpointGroup } from '../endpointslice/desired.ts'

// --mirroring-max-endpoints-per-subset
const MAXIMUM_OF_SUBSET = 1000

export interface Mirrored {
  readonly groups: readonly EndpointGroup[]
  /** Addresses that are none. */
  readonly invalid: number
  /** All that were left out, those that are none included. */
  readonly skipped: number
}

/** The endpoints of every subset, grouped by family and ports. */
export function mirroredGroups({ subsets = [] }: Endpoints): Mirrored {
  const groups = new Map<string, EndpointGroup & { readonly endpoints: Endpoint[] }>()
  let invalid = 0
  let skipped = 0
  for (const { addresses = [], notReadyAddresses = [], ports: own = [] } of subsets) {
    const ports = own.map(({ name = '', port, protocol = 'TCP', appProtocol }): DiscoveryEndpointPort => ({
      name,
      port,
      protocol,
      ...(appProtocol === undefined ? {} : { appProtocol }),
    }))
    const all = [
      ...addresses.map((address) => ({ address, ready: true })),
      ...notReadyAddresses.map((address) => ({ address, ready: false })),
    ]
    let added = 0
    for (const { address, ready } of all) {
      if (added >= MAXIMUM_OF_SUBSET) break
      const family = isIP(address.ip)
      if (family === 0) {
        invalid += 1
        continue
      }
      const addressType = family === 4 ? 'IPv4' : 'IPv6'
      const key = JSON.stringify([addressType, ports])
      const group = groups.get(key) ?? { addressType, ports, endpoints: [] }
      group.endpoints.push(endpointOf(address, ready))
      groups.set(key, group)
      added += 1
    }
    skipped += all.length - added
  }
  return { groups: [...groups.values()], invalid, skipped }
}

function endpointOf({ ip, nodeName, hostname, targetRef }: EndpointAddress, ready: boolean): Endpoint {
  return {
    addresses: [ip],
    conditions: { ready },
    ...(hostname ? { hostname } : {}),
    ...(targetRef ? { targetRef } : {}),
    ...(nodeName ? { nodeName } : {}),
  }
}
