// Owns what works and is probably not meant: sizes that are no sizes, features without effect, bills that go on.
import type { Container } from '../../generated/kubernetes.d.ts'
import { bytes, milliCores } from '../base/quantity.ts'
import type { Path } from '../config/yaml.ts'
import type { Problem } from '../config/problem.ts'
import { problem } from '../config/problem.ts'
import { formatCapacity } from '../rules/fargate/size.ts'
import type { PlanFacts } from './checks.ts'
import { nameOf } from './checks.ts'
import type { PlacedWorkload } from './placement.ts'
import { podSpecOf, valueAt } from './workload.ts'

const MiB = 1024 ** 2
/** Fargate's own annotation: it says what a pod got, and is written over whatever stands there. */
const CAPACITY = 'CapacityProvisioned'

/** Reports memory quantities below a mebibyte: `512m` is half a byte. */
export function checkQuantities({ placed }: PlanFacts): Problem[] {
  return placed.flatMap((each) => {
    if (each.quantityFault !== undefined) return []
    return containersOf(each).flatMap(({ container, path }) =>
      (['requests', 'limits'] as const).flatMap((side) => {
        const text = container.resources?.[side]?.['memory']
        const amount = bytes(text)
        if (text === undefined || amount === 0 || amount >= MiB) return []
        const size = amount === 1 ? '1 byte' : `${amount} bytes`
        const message = `${nameOf(each)}: memory ${text} in ${side} of ${container.name} means ${size}`
        const at = each.workload.manifest.locate([...path, 'resources', side, 'memory'])
        return [problem('quantity-tiny', message, at)]
      }),
    )
  })
}

/** Reports what pods on Fargate ask for in vain, and limits that their nodes cannot hold. */
export function checkFargateAdvice({ placed }: PlanFacts): Problem[] {
  return placed.flatMap((each) => {
    if (each.placement.compute !== 'fargate') return []
    return [...withoutEffect(each), ...limitsAboveSize(each), ...jobsThatStay(each)]
  })
}

/** Every Fargate node holds one pod, so what speaks of other pods on a node or of the node has nothing to choose from. */
function withoutEffect(each: PlacedWorkload): Problem[] {
  const { manifest, specPath, pod } = each.workload
  const { topologySpreadConstraints = [], affinity } = podSpecOf(each.workload)
  const podPath = specPath.slice(0, -1)
  const said: [boolean, string, Path][] = [
    [
      topologySpreadConstraints.length > 0,
      'topologySpreadConstraints have no effect on Fargate: it chooses the zone by the subnets of the profile',
      [...specPath, 'topologySpreadConstraints'],
    ],
    [
      affinity?.podAffinity !== undefined || affinity?.podAntiAffinity !== undefined,
      'affinity to other pods has no effect on Fargate: each node holds one pod',
      [...specPath, 'affinity'],
    ],
    [
      pod.metadata.annotations?.[CAPACITY] !== undefined,
      `the annotation ${CAPACITY} does not size the pod: Fargate writes it, from the requests`,
      [...podPath, 'metadata', 'annotations', CAPACITY],
    ],
  ]
  return said
    .filter(([applies]) => applies)
    .map(([, text, path]) =>
      problem('fargate-no-effect', `${nameOf(each)}: ${text}`, manifest.locateKey(path)),
    )
}

/** Seen on AWS: runc fails to write the quota (containers-roadmap issues 1864 and 1890). */
function limitsAboveSize(each: PlacedWorkload): Problem[] {
  const { sizing } = each
  if (!sizing?.fits) return []
  return containersOf(each).flatMap(({ container, path }) => {
    const limit = container.resources?.limits?.['cpu']
    if (limit === undefined || milliCores(limit) <= sizing.size.vcpu * 1000) return []
    const size = formatCapacity(sizing.size)
    const message = `${nameOf(each)}: CPU limit ${limit} of ${container.name} is more than the pod has (${size})`
    return [
      problem(
        'fargate-limit',
        message,
        each.workload.manifest.locate([...path, 'resources', 'limits', 'cpu']),
      ),
    ]
  })
}

/** Fargate bills a pod until it is deleted (containers-roadmap issue 1284). */
function jobsThatStay(each: PlacedWorkload): Problem[] {
  const { kind, manifest } = each.workload
  const path = kind === 'Job' ? ['spec'] : ['spec', 'jobTemplate', 'spec']
  if (kind !== 'Job' && kind !== 'CronJob') return []
  if (typeof valueAt(manifest.object, [...path, 'ttlSecondsAfterFinished']) === 'number') return []
  const message = `${nameOf(each)} has no ttlSecondsAfterFinished: its pods are billed until they are deleted`
  return [problem('fargate-job-bills-on', message, manifest.locateKey(path))]
}

function containersOf(each: PlacedWorkload): { readonly container: Container; readonly path: Path }[] {
  const { specPath } = each.workload
  const spec = podSpecOf(each.workload)
  return (['initContainers', 'containers'] as const).flatMap((list) =>
    (spec[list] ?? []).map((container, index) => ({ container, path: [...specPath, list, index] })),
  )
}
