// Owns the warning that nodes start near from an image of which nothing is known here: on AWS it has to be there.
import { problem, type Problem } from '../config/problem.ts'
import { ownImage } from '../rules/eksctl/ami-families.ts'
import { machineImage } from '../rules/nodes/machine-images.ts'
import type { PlanFacts } from './checks.ts'

/** Reports groups with an image of somebody's own: only their account on AWS can tell whether there is one. */
export function checkImages({ located }: PlanFacts): Problem[] {
  return (['managedNodeGroups', 'nodeGroups'] as const).flatMap((list) =>
    (located.config[list] ?? []).flatMap((group, index) => {
      const image = ownImage(group)
      if (image === undefined || machineImage(image)) return []
      const text = `node group ${group.name}: whether there is an image ${image} in ${located.config.metadata.region} is not known here: near, its nodes start all the same; on AWS none does where there is none`
      return [problem('image-not-known', text, located.locate([list, index, 'ami']))]
    }),
  )
}
