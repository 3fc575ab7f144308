// Owns which pods a node group is for, and how much of a node each of them takes. Pure.
import type { Allocatable } from '../../rules/nodes/allocatable.ts'
import type { Sizing } from '../../rules/fargate/size.ts'
import { candidatesFor } from '../candidates.ts'
import type { NodeGroupPlan } from '../node-groups.ts'
import type { PlacedWorkload } from '../placement.ts'

const MiB = 1024 ** 2

/** What one pod asks for. */
export interface Asked {
  readonly cpuMilli: number
  readonly memoryMiB: number
}

/** The pods of a workload that a group is for. */
export interface GroupPods extends Asked {
  readonly workload: string
  readonly count: number
  readonly sizing: Sizing
}

export interface Grouped {
  readonly groups: readonly NodeGroupPlan[]
  readonly placed: readonly PlacedWorkload[]
}

/**
 * Pods that stay and run on EC2 where the first group that takes them is this one: the scheduler spreads them over all that
 * do. DaemonSets are left out, as they come with every node.
 */
export function groupPods(group: NodeGroupPlan, { groups, placed }: Grouped): readonly GroupPods[] {
  return placed.flatMap(({ workload, placement, sizing }) => {
    if (placement.compute !== 'ec2' || !sizing || !workload.lasting || workload.kind === 'DaemonSet')
      return []
    const first = candidatesFor(workload, groups).find(({ rejection }) => !rejection)
    if (first?.group !== group || workload.replicas === 0) return []
    return [
      {
        workload: `${workload.namespace}/${workload.name}`,
        count: workload.replicas,
        sizing,
        ...askedBy(sizing),
      },
    ]
  })
}

function askedBy({ requests }: Sizing): Asked {
  return { cpuMilli: requests.cpuMilli, memoryMiB: requests.memoryBytes / MiB }
}

/** The share of a node that a pod takes: of what it asks most of, or of the node's addresses. */
export function shareOf({ cpuMilli, memoryMiB }: Asked, capacity: Allocatable): number {
  return Math.max(cpuMilli / capacity.cpuMilli, memoryMiB / capacity.memoryMiB, 1 / capacity.pods)
}
