// Owns the networks of regions: the edge that this machine reaches load balancers through, VPCs, their data plane.
import { ending } from '../base/ending.ts'
import type { Clock } from '../base/clock.ts'
import { messageOf, UserError } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import { createVpcs, type Vpcs } from '../network/dialer.ts'
import { createEdge, type Edge, type PortMemory } from '../network/edge/edge.ts'
import type { AddressMemory } from '../network/edge/own-addresses.ts'
import type { LoadBalancerPlane } from '../network/load-balancer.ts'
import { createLoadBalancerPlane } from '../network/nlb/plane.ts'
import { thisMachine, whyNoVpcNetwork } from '../network/vpc/privilege.ts'
import { createVpcNetworks, type VpcNetworks } from '../network/vpc/vpc-networks.ts'
import type { Store } from '../store/store.ts'
import { Table } from '../store/table.ts'

// A target that has not passed a check yet is looked at this often where nothing imitates AWS's pace.
const FAST_CHECK_MS = 20

export interface EdgeOptions {
  readonly store: Store
  readonly clock: Clock
  readonly log: Log
  /** Port that all load balancers share; 0 takes a free one. */
  readonly port: number
}

/** Opens the edge, which serves every region; `parts` ends it. @throws UserError when the port is taken. */
export async function startEdge(
  { store, clock, log, port }: EdgeOptions,
  parts: AsyncDisposableStack,
): Promise<Edge> {
  const edge = createEdge({
    clock,
    log,
    sharedPort: port,
    ports: portMemory(store, log),
    addresses: addressMemory(store),
  })
  parts.defer(ending('the edge', () => edge.close(), { clock, log }))
  try {
    await edge.start()
  } catch (error) {
    throw new UserError(messageOf(error), {
      help: 'Stop what uses the port, or choose other ones with --port (the load balancers take the port 14 above it).',
      cause: error,
    })
  }
  return edge
}

export interface NetworkOptions {
  readonly edge: Edge
  readonly clock: Clock
  readonly log: Log
  /** 0: as fast as the work allows; 1: as slow as AWS. */
  readonly pace: number
  /** What tells the region's things on this machine from those of others. */
  readonly key: string
}

export interface Network {
  readonly vpcs: Vpcs
  /** Real networks for real pods; where there can be none, why. */
  readonly podNetworks: VpcNetworks | { readonly missing: string }
  readonly plane: LoadBalancerPlane
  readonly edge: Edge
}

/** The network of one region behind the edge. */
export function createNetwork({ edge, clock, log, pace, key }: NetworkOptions): Network {
  const vpcs = createVpcs({ clock })
  const initialCheckIntervalMs = pace > 0 ? undefined : FAST_CHECK_MS
  const plane = createLoadBalancerPlane({
    vpcs,
    edge,
    clock,
    log,
    ...(initialCheckIntervalMs === undefined ? {} : { initialCheckIntervalMs }),
  })
  const missing = whyNoVpcNetwork(thisMachine())
  const podNetworks = missing === undefined ? createVpcNetworks({ key, clock }) : { missing }
  return { vpcs, plane, podNetworks, edge }
}

/** Dedicated ports of listeners stay the same over restarts. */
function portMemory(store: Store, log: Log): PortMemory {
  const table = new Table<number>(store, 'region/listener-ports')
  return {
    get: (arn) => table.get(arn),
    set: (arn, port) => {
      table
        .put(arn, port)
        .catch((error: unknown) => log.warn('a listener port was not remembered', { arn, error }))
    },
  }
}

/** Own addresses stay the same over restarts, and no two load balancers of any region of the directory share one. */
function addressMemory(store: Store): AddressMemory {
  const table = new Table<{ readonly address: string }, 'address'>(store, 'region/load-balancer-addresses', {
    unique: { address: ({ address }) => address },
  })
  return {
    get: (key) => table.get(key)?.address,
    keys: (arn) => table.rows(`${arn}/`).map(({ key }) => key),
    claim: async (key, address) =>
      await store.transact((tx) => {
        if (table.find('address', address)) return false
        table.putIn(tx, key, { address })
        return true
      }),
    release: (key) => table.delete(key),
  }
}
