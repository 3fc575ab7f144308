// Owns the problems of container images whose name is none.
import { valueHint } from '../config/text-hint.ts'
import { problem, type Problem } from '../config/problem.ts'
import { fullImageName } from '../rules/kubernetes/image-name.ts'
import { nameOf, type PlanFacts } from './checks.ts'
import { podSpecOf } from './workload.ts'

/** Reports images that no kubelet can read: the container waits with InvalidImageName. */
export function checkImageNames({ placed }: PlanFacts): Problem[] {
  return placed.flatMap((each) => {
    const { workload } = each
    const spec = podSpecOf(workload)
    return (['initContainers', 'containers'] as const).flatMap((list) =>
      (spec[list] ?? []).flatMap(({ image = '' }, index) => {
        // Without any it is refused when it is applied.
        if (image === '' || fullImageName(image) !== undefined) return []
        const message = `${nameOf(each)}: couldn't parse image name ${JSON.stringify(image)}: invalid reference format`
        const at = workload.manifest.locate([...workload.specPath, list, index, 'image'])
        return [problem('image-name-invalid', message, at, valueHint(image))]
      }),
    )
  })
}
