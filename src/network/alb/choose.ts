// Owns the choice of a target group by weight, and of a target by the group's algorithm.
// Source: ALB user guide, "Routing algorithms", "Slow start mode", "Weighted target groups".
import type { RequestSettings } from './plan.ts'

/** A target that may get requests. */
export interface Candidate {
  /** `ip:port` */
  readonly key: string
  readonly isHealthy: boolean
  readonly outstanding: number
  /** When it became healthy while another was healthy already; undefined: it gets its full share. */
  readonly warmingSinceMs?: number
}

/** A number from 0 up to 1, without 1. */
export type Random = () => number

/** One of the groups by their weights; those of weight 0 get nothing. Undefined when all have weight 0. */
export function chooseGroup<G extends { readonly weight: number }>(
  groups: readonly G[],
  random: Random,
): G | undefined {
  const sum = groups.reduce((total, { weight }) => total + weight, 0)
  let at = random() * sum
  return groups.find(({ weight }) => {
    at -= weight
    return weight > 0 && at < 0
  })
}

/** The turns of one target group. */
export class Turns {
  #next = 0

  /**
   * The target of the next request: among the healthy ones, and among all when none is healthy (fail open),
   * unless the group fails closed. Undefined when there is none.
   */
  choose<C extends Candidate>(
    candidates: readonly C[],
    settings: Pick<RequestSettings, 'algorithm' | 'slowStartSeconds' | 'failsClosed'>,
    { nowMs, random }: { readonly nowMs: number; readonly random: Random },
  ): C | undefined {
    const healthy = candidates.filter(({ isHealthy }) => isHealthy)
    const usable = healthy.length > 0 || settings.failsClosed === true ? healthy : candidates
    if (usable.length <= 1) return usable[0]
    if (settings.algorithm === 'weighted_random') return usable[Math.floor(random() * usable.length)]
    const turn = this.#next++
    const inTurn = usable
      .map((_, index) => usable[(turn + index) % usable.length])
      .flatMap((each) => each ?? [])
    if (settings.algorithm === 'least_outstanding_requests') {
      return inTurn.reduce((best, each) => (each.outstanding < best.outstanding ? each : best))
    }
    const share = (each: C): number => shareOf(each, settings.slowStartSeconds, nowMs)
    return inTurn.find((each) => random() < share(each)) ?? inTurn[0]
  }
}

// Linear from nothing to the full share.
function shareOf({ warmingSinceMs }: Candidate, slowStartSeconds: number, nowMs: number): number {
  if (warmingSinceMs === undefined || slowStartSeconds === 0) return 1
  return Math.min(1, (nowMs - warmingSinceMs) / (slowStartSeconds * 1000))
}
