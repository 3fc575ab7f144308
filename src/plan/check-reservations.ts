// Owns the warning that capacity which the config has reserved is none that a near region needs.
import { problem, type Problem } from '../config/problem.ts'
import type { PlanFacts } from './checks.ts'

/** Reports groups with a capacity reservation. */
export function checkReservations({ located }: PlanFacts): Problem[] {
  return (['managedNodeGroups', 'nodeGroups'] as const).flatMap((field) =>
    (located.config[field] ?? []).flatMap(({ name, capacityReservation }, index) => {
      if (!capacityReservation) return []
      const message = `node group ${name}: a near region reserves no capacity, and has room without`
      return [
        problem('reservation-not-near', message, located.locateKey([field, index, 'capacityReservation'])),
      ]
    }),
  )
}
