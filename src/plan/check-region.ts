// Owns the problems of a cluster's region: names that are none, and regions that cannot be emulated.
import type { Problem } from '../config/problem.ts'
import { problem } from '../config/problem.ts'
import { refuseRegion } from '../rules/regions/region-names.ts'
import type { PlanFacts } from './checks.ts'

/** Reports a region in which no near region can be started. */
export function checkRegion({ located }: PlanFacts): Problem[] {
  const { region } = located.config.metadata
  const refusal = refuseRegion(region)
  if (refusal === undefined) return []
  return [problem('region-not-emulated', `${region} ${refusal}`, located.locate(['metadata', 'region']))]
}
