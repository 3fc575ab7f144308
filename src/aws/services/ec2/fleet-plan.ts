// Owns which machines a fleet launches: its pools in the order of its strategy. Pure.
// Source: Amazon EC2 user guide, "Use allocation strategies to determine how EC2 Fleet or Spot Fleet fulfills Spot and
// On-Demand capacity".

/** One pool: a launch template with what an override changes of it. */
export interface Pool {
  readonly template: { readonly id: string; readonly version: string }
  readonly override: PoolOverride | undefined
  /** The override's, or the template's. */
  readonly instanceType: string
  /** In base64; the template's where the fleet gives none. */
  readonly userData?: string | undefined
}

export interface PoolOverride {
  readonly InstanceType?: string | undefined
  readonly SubnetId?: string | undefined
  readonly AvailabilityZone?: string | undefined
  readonly ImageId?: string | undefined
  readonly MaxPrice?: string | undefined
  readonly Priority?: number | undefined
  readonly WeightedCapacity?: number | undefined
}

/** How many units of each kind a fleet wants. */
export interface Capacity {
  readonly onDemand: number
  readonly spot: number
}

/** The units of a target: what neither kind names goes to the default one. */
export function capacityOf(target: {
  readonly total: number
  readonly onDemand: number | undefined
  readonly spot: number | undefined
  readonly fallback: string | undefined
}): Capacity {
  const { total, fallback = 'on-demand' } = target
  const { onDemand = 0, spot = 0 } = target
  const rest = Math.max(0, total - onDemand - spot)
  return fallback === 'spot' ? { onDemand, spot: spot + rest } : { onDemand: onDemand + rest, spot }
}

const BY_PRIORITY = new Set(['prioritized', 'capacity-optimized-prioritized'])

/**
 * Pools, best first. Prices of Spot capacity are not known and there is always capacity: where a strategy goes by either,
 * On-Demand prices decide. A pool without a known price comes after all that have one.
 * @param priceOf USD an hour
 */
export function inOrder<P extends Pool>(
  pools: readonly P[],
  strategy: string | undefined,
  priceOf: (instanceType: string) => number | undefined,
): readonly P[] {
  const rank = (pool: Pool): number =>
    (BY_PRIORITY.has(strategy ?? '') ? pool.override?.Priority : priceOf(pool.instanceType)) ??
    Number.POSITIVE_INFINITY
  return pools.toSorted((a, b) => {
    const [first, second] = [rank(a), rank(b)]
    return first === second ? 0 : first - second
  })
}
