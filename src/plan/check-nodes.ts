// Owns the problems of pods that stay on EC2: nodes that are missing, too small or too few.
import type { Problem } from '../config/problem.ts'
import type { Path } from '../config/yaml.ts'
import { problem } from '../config/problem.ts'
import { instanceType, instanceTypeNames } from '../rules/nodes/instance-types.ts'
import { nearest } from '../config/nearest.ts'
import { formatBytes, formatCpu } from '../base/quantity.ts'
import type { AutoNodesPlan } from './auto-nodes.ts'
import { makesNodes } from './check-karpenter.ts'
import type { PlanFacts } from './checks.ts'
import { nameOf } from './checks.ts'
import { type Candidate, candidatesFor } from './candidates.ts'
import type { Allocatable } from '../rules/nodes/allocatable.ts'
import { nodeCapacity, totalCapacity } from './node-groups.ts'
import type { PlacedWorkload } from './placement.ts'

const MiB = 1024 ** 2

/** Reports workloads that no node of the config can hold, in the scheduler's own words for each node group. */
export function checkNodes(facts: PlanFacts): Problem[] {
  const { groups, placed, auto } = facts
  if (auto) return withoutPool(placed, auto)
  // What no group holds may get nodes of Karpenter's, which checkKarpenter says.
  if (makesNodes(facts)) return []
  return placed.flatMap((each) => {
    const { workload, placement, sizing } = each
    if (placement.compute !== 'ec2' || workload.kind === 'DaemonSet' || !sizing || workload.replicas === 0)
      return []
    // Asked only of what is told: it reads the document again.
    const at = () => workload.manifest.locateKey(workload.specPath)
    const usable = groups.filter((group) => group.max > 0)
    if (usable.length === 0) {
      const message = `${nameOf(each)} has nowhere to run: ${placement.reason}, and there is no node group`
      return [problem('no-nodes', message, at())]
    }
    const candidates = candidatesFor(workload, usable)
    if (candidates.some(({ rejection }) => !rejection)) return []
    const tooSmall = candidates.filter(isTooSmall).map(({ group }) => nodeCapacity(group))
    if (tooSmall.length > 0) return [problem('pod-exceeds-nodes', sizeMessage(each, tooSmall), at())]
    const reasons = candidates.map(
      ({ group, rejection }) => `${group.name}: ${rejection?.reasons.join(', ')}`,
    )
    return [problem('no-nodes', `${nameOf(each)} has nowhere to run: ${reasons.join('; ')}`, at())]
  })
}

/** In Auto Mode what the groups don't hold gets nodes of its own, unless no pool takes it. */
function withoutPool(placed: readonly PlacedWorkload[], { unplaced }: AutoNodesPlan): Problem[] {
  return placed.flatMap((each) => {
    const { workload } = each
    const why = unplaced.get(workload)
    if (why === undefined) return []
    const at = workload.manifest.locateKey(workload.specPath)
    return [problem('no-nodes', `${nameOf(each)} has nowhere to run: ${why}`, at)]
  })
}

/** True when nothing but CPU or memory keeps the pod off. */
function isTooSmall({ rejection }: Candidate): boolean {
  return (rejection?.reasons ?? []).every((reason) => /^Insufficient (cpu|memory)$/.test(reason))
}

function sizeMessage(each: PlacedWorkload, capacities: readonly (Allocatable | undefined)[]): string {
  const best = capacities.reduce((a, b) => ((a?.memoryMiB ?? 0) >= (b?.memoryMiB ?? 0) ? a : b))
  const { cpuMilli = 0, memoryBytes = 0 } = each.sizing?.requests ?? {}
  const wants = `cpu ${formatCpu(cpuMilli)} and memory ${formatBytes(memoryBytes)}`
  const has = best && `cpu ${formatCpu(best.cpuMilli)} and memory ${best.memoryMiB}Mi`
  return `${nameOf(each)} requests ${wants} a pod; the largest node has ${has} for pods`
}

/** Reports instance types of which no node can be made. */
export function checkInstanceTypes({ located }: PlanFacts): Problem[] {
  const { managedNodeGroups = [], nodeGroups = [] } = located.config
  const named = [
    ...managedNodeGroups.flatMap((group, index) =>
      typesOf(['managedNodeGroups', index], group, ['instanceTypes'], group.instanceTypes),
    ),
    ...nodeGroups.flatMap((group, index) => {
      const list = ['instancesDistribution', 'instanceTypes']
      return typesOf(['nodeGroups', index], group, list, group.instancesDistribution?.instanceTypes)
    }),
  ]
  return named.flatMap(({ group, type, path }) => {
    if (instanceType(type)) return []
    const meant = nearest(type, instanceTypeNames())
    const guess = meant === undefined ? '' : `; did you mean "${meant}"?`
    const message = `node group ${group}: instance type ${type} is not known${guess}`
    return [problem('instance-type-unknown', message, located.locate(path))]
  })
}

interface NamedType {
  readonly group: string
  readonly type: string
  readonly path: Path
}

function typesOf(
  at: Path,
  { name, instanceType: single }: { readonly name: string; readonly instanceType?: string },
  field: Path,
  list: readonly string[] | undefined,
): readonly NamedType[] {
  if (list) return list.map((type, index) => ({ group: name, type, path: [...at, ...field, index] }))
  return single === undefined ? [] : [{ group: name, type: single, path: [...at, 'instanceType'] }]
}

/** Reports when everything that stays on EC2 is more than the node groups can ever hold. */
export function checkFullness(facts: PlanFacts): Problem[] {
  const { located, groups, placed, auto } = facts
  if (auto || makesNodes(facts)) return []
  const capacity = totalCapacity(groups)
  const wanted = placed.reduce(addRequests, { cpuMilli: 0, memoryMiB: 0, pods: 0 })
  if (!capacity || groups.length === 0) return []
  const over = (['cpuMilli', 'memoryMiB', 'pods'] as const).filter((key) => wanted[key] > capacity[key])
  if (over.length === 0) return []
  const text = over.map((key) => `${amount(key, wanted[key])} of ${amount(key, capacity[key])}`).join(', ')
  const message = `the workloads on EC2 need ${text} that the node groups offer at maxSize`
  return [problem('nodes-too-full', message, located.locateKey(['managedNodeGroups']))]
}

function addRequests(sum: Allocatable, { workload, placement, sizing }: PlacedWorkload): Allocatable {
  if (placement.compute !== 'ec2' || !sizing || !workload.lasting) return sum
  const { cpuMilli, memoryBytes } = sizing.requests
  return {
    cpuMilli: sum.cpuMilli + cpuMilli * workload.replicas,
    memoryMiB: sum.memoryMiB + Math.ceil((memoryBytes / MiB) * workload.replicas),
    pods: sum.pods + workload.replicas,
  }
}

function amount(key: keyof Allocatable, value: number): string {
  if (key === 'pods') return `${value} pods`
  return key === 'cpuMilli' ? `cpu ${formatCpu(value)}` : `memory ${value}Mi`
}
