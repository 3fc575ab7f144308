// Owns the problems of pods that land on Fargate.
import type { Problem } from '../config/problem.ts'
import { problem } from '../config/problem.ts'
import { matchProfile } from '../rules/fargate/match.ts'
import { refusalOf } from '../rules/fargate/refuse.ts'
import type { Sizing } from '../rules/fargate/size.ts'
import { formatCapacity } from '../rules/fargate/size.ts'
import type { PlanFacts } from './checks.ts'
import { nameOf } from './checks.ts'
import type { PlacedWorkload } from './placement.ts'

const GiB = 1024 ** 3

/** Reports pods that Fargate refuses, has no size for, or rounds up to more than twice what they request. */
export function checkFargatePods({ placed }: PlanFacts): Problem[] {
  return placed.flatMap((each) => {
    const { workload, placement, sizing } = each
    // Asked only of what is told: it reads the document again.
    const at = () => workload.manifest.locateKey(workload.specPath)
    const invalid = each.quantityFault
    if (invalid !== undefined) return [problem('invalid-value', `${nameOf(each)}: ${invalid}`, at())]
    if (placement.compute === 'ec2' || !sizing) return []
    const problems: Problem[] = []
    const refusal = refusalOf(workload.pod.spec)
    if (refusal !== undefined)
      problems.push(problem('fargate-unsupported', `${nameOf(each)}: ${refusal}`, at()))
    if (!sizing.fits) problems.push(problem('fargate-no-size', `${nameOf(each)}: ${sizing.message}`, at()))
    else problems.push(...roundedUp(each, sizing))
    return problems
  })
}

/** Reports DaemonSets in namespaces whose other pods run on Fargate. */
export function checkDaemonSets({ placed, profiles }: PlanFacts): Problem[] {
  return placed.flatMap((each) => {
    const { workload } = each
    if (workload.kind !== 'DaemonSet') return []
    const { ownerReferences: _, ...metadata } = workload.pod.metadata
    const without = matchProfile({ ...workload.pod, metadata }, profiles)
    if (without.compute !== 'fargate') return []
    const message =
      `${nameOf(each)} has no pods on Fargate, although ${without.reason}: ` +
      'Fargate nodes are tainted, and each holds one pod'
    return [problem('daemonset-on-fargate', message, workload.manifest.locate(['kind']))]
  })
}

function roundedUp(each: PlacedWorkload, sizing: Extract<Sizing, { fits: true }>): Problem[] {
  const { cpuMilli, memoryBytes } = sizing.requests
  const cpuTimes = cpuMilli === 0 ? 1 : (sizing.size.vcpu * 1000) / cpuMilli
  const memoryTimes = memoryBytes === 0 ? 1 : (sizing.size.memoryGB * GiB) / memoryBytes
  if (Math.max(cpuTimes, memoryTimes) <= 2) return []
  const what = [
    ...(cpuTimes > 2 ? [`${times(cpuTimes)} the CPU`] : []),
    ...(memoryTimes > 2 ? [`${times(memoryTimes)} the memory`] : []),
  ]
  const message = `${nameOf(each)} gets ${formatCapacity(sizing.size)}, ${what.join(' and ')} it requests`
  const { manifest, specPath } = each.workload
  return [problem('fargate-rounds-up', message, manifest.locate([...specPath, 'containers', 0, 'resources']))]
}

function times(factor: number): string {
  return `${Math.round(factor * 10) / 10} times`
}
