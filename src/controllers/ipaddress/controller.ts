// Owns the IPAddress objects of Services: one for each of their cluster IPs.
// Source: kubernetes pkg/registry/core/service/ipallocator/{ipallocator,controller/repairip}.go; there they come with the
// address, here right after it.
import type { IPAddress, Service } from '../../../generated/kubernetes.d.ts'
import { isIP } from 'node:net'

import { familyOf } from '../../base/address-range.ts'
import { isAlreadyExists, isConflict, isNotFound } from '../../base/errors.ts'
import { deepEqual } from '../../base/json.ts'
import { ipAddresses, services } from '../../kubernetes/client/resources.ts'
import type { Controller, ControllerContext } from '../../reconcile/controller.ts'

const BY_IP = 'ipaddress/cluster-ip'
const FAMILY = 'ipaddress.kubernetes.io/ip-family'
const MANAGED_BY = 'ipaddress.kubernetes.io/managed-by'
const ALLOCATOR = 'ipallocator.k8s.io'

/** The control loop of the addresses of Services. Keys are addresses. */
export function createIpAddressController(context: ControllerContext): Controller {
  const all = context.informer(services)
  const addresses = context.informer(ipAddresses)
  all.addIndex(BY_IP, clusterIpsOf)
  return {
    name: 'ipaddress',
    sources: [all.source(clusterIpsOf), addresses.source()],
    async reconcile(ip) {
      const [service] = all.byIndex(BY_IP, ip)
      const address = addresses.get(ip)
      try {
        await settle(context, { ip, service, address })
      } catch (error) {
        // Somebody else was first: that wakes the key again.
        if (!isConflict(error) && !isNotFound(error) && !isAlreadyExists(error)) throw error
      }
    },
  }
}

function clusterIpsOf({ spec }: Service): string[] {
  return (spec.clusterIPs ?? []).filter((ip) => isIP(ip) !== 0)
}

interface Settled {
  readonly ip: string
  readonly service: Service | undefined
  readonly address: IPAddress | undefined
}

async function settle(context: ControllerContext, { ip, service, address }: Settled): Promise<void> {
  if (address?.metadata.deletionTimestamp) return
  const isOurs = address?.metadata.labels?.[MANAGED_BY] === ALLOCATOR
  const parentRef = service && {
    group: '',
    resource: 'services',
    namespace: service.metadata.namespace ?? '',
    name: service.metadata.name,
  }
  // What others made is theirs.
  if (address && !isOurs) return
  if (address && parentRef && namesSame(address, parentRef)) return
  if (address) {
    // A reference never changes: the object of an address that another Service has now is made anew.
    const { uid } = address.metadata
    await context.client.delete(ipAddresses, { name: ip }, { preconditions: { uid } })
  }
  if (!parentRef) return
  const labels = { [FAMILY]: familyOf(ip), [MANAGED_BY]: ALLOCATOR }
  await context.client.create(ipAddresses, { metadata: { name: ip, labels }, spec: { parentRef } })
}

function namesSame({ spec }: IPAddress, wanted: object): boolean {
  return deepEqual({ group: '', ...spec?.parentRef }, wanted)
}
