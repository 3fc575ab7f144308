// Owns telling what the container engine of this machine cannot do for the pods of a plan.
import { problem, type Problem } from '../config/problem.ts'
import type { PlanFacts } from './checks.ts'

/** Reports what the engine lacks, once, where there are pods to run. */
export function checkEngine({ located, placed, engineLacks }: PlanFacts): Problem[] {
  if (engineLacks === undefined || placed.length === 0) return []
  return [problem('engine-lacks', engineLacks, located.locateKey(['metadata']))]
}
