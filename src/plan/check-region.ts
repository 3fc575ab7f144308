// Owns the problems of a cluster's region: names that are none, regions that cannot be emulated, and those without Fargate.
import type { Problem } from '../config/problem.ts'
import { problem } from '../config/problem.ts'
import { partitionOf } from '../rules/regions/partitions.ts'
import { refuseRegion } from '../rules/regions/region-names.ts'
import type { PlanFacts } from './checks.ts'

/** Reports a region in which no near region can be started. */
export function checkRegion({ located }: PlanFacts): Problem[] {
  const { region } = located.config.metadata
  const refusal = refuseRegion(region)
  if (refusal === undefined) return []
  return [problem('region-not-emulated', `${region} ${refusal}`, located.locate(['metadata', 'region']))]
}

/** Reports what the file's region on AWS itself is not, or does not have. */
export function checkFarRegion({ located }: PlanFacts): Problem[] {
  const { metadata, fargateProfiles = [] } = located.config
  const { region } = metadata
  const at = located.locate(['metadata', 'region'])
  const partition = partitionOf(region)
  if (!partition) return [problem('region-unknown', `${region} is not an AWS region`, at)]
  if (partition.hasFargate || fargateProfiles.length === 0) return []
  const where = `${region} (partition ${partition.name})`
  return [
    problem('region-without-fargate', `EKS has no Fargate in ${where}`, located.locate(['fargateProfiles'])),
  ]
}
