// Owns the choice of a target for a flow.
import type { Minimum } from '../load-balancer.ts'
import type { Flow } from './proxy-protocol.ts'

/**
 * A number that is the same for all datagrams of a flow and spreads over flows, as the hash of an NLB over protocol,
 * addresses and ports does (NLB user guide, "Flow hash algorithm"). FNV-1a with a final mix.
 */
export function flowHash(flow: Omit<Flow, 'destinationIp'>): number {
  return hashOf(`${flow.sourceIp}:${flow.sourcePort}>${flow.destinationPort}`)
}

/** A number that is the same for all flows of a client: stickiness of type `source_ip`. */
export function addressHash({ sourceIp }: Flow): number {
  return hashOf(sourceIp)
}

function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  }
  // Consecutive source ports differ in the last bits only: spread them over the whole number.
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

/** An NLB fails open with no healthy target unless it is told otherwise. */
export const ONE: Minimum = { count: 1 }

export interface Candidate {
  readonly zone: string
  readonly isHealthy: boolean
}

/** The zone of targets that get traffic from every zone (ELBv2 API reference, TargetDescription). */
export const ALL_ZONES = 'all'

export interface Route {
  readonly hash: number
  readonly zones: readonly string[]
  readonly crossZone: boolean
  /** The zone whose address the client connected to, where it has chosen one. */
  readonly entered?: string | undefined
  /** With fewer healthy targets than this all get traffic; one when absent. */
  readonly fewest?: Minimum | undefined
}

/** How many of so many targets have to be healthy. */
export function fewestOf({ count, percentage = 0 }: Minimum, targets: number): number {
  return Math.max(count, Math.ceil((targets * percentage) / 100))
}

/**
 * Targets in the order in which a flow tries them: healthy ones, rotated by the flow's hash. Without cross-zone
 * balancing those of the zone that the flow entered through. When none is healthy, all of them: an NLB fails open.
 */
export function orderFor<T extends Candidate>(targets: readonly T[], route: Route): T[] {
  const { hash, crossZone, entered } = route
  const near = crossZone
    ? usableOf(targets, route)
    : entered === undefined
      ? inSomeZone(targets, route)
      : usableOf(
          targets.filter((target) => isIn(target, entered)),
          route,
        )
  const start = Math.floor(hash / 7) % Math.max(1, near.length)
  return [...near.slice(start), ...near.slice(0, start)]
}

function isIn(target: Candidate, zone: string): boolean {
  return target.zone === zone || target.zone === ALL_ZONES
}

function usableOf<T extends Candidate>(targets: readonly T[], { fewest = ONE }: Route): readonly T[] {
  const healthy = targets.filter(({ isHealthy }) => isHealthy)
  return healthy.length >= fewestOf(fewest, targets.length) ? healthy : targets
}

// DNS drops zones without a healthy target, so a flow that follows it enters only where there is one.
function inSomeZone<T extends Candidate>(targets: readonly T[], route: Route): readonly T[] {
  const { hash, zones } = route
  const usable = usableOf(targets, route)
  const open = zones.filter((zone) => usable.some((target) => isIn(target, zone)))
  const zone = open[hash % Math.max(1, open.length)]
  return zone === undefined ? usable : usable.filter((target) => isIn(target, zone))
}
