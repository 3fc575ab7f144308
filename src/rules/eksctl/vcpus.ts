// Owns how many vCPUs the node groups of a config start with, by the quota of EC2 that counts them.
// Source: EC2 user guide, "Amazon EC2 service quotas" (On-Demand Instance quotas); Spot has quotas of its own.
import { instanceType } from '../nodes/instance-types.ts'
import { instanceTypesOf, scalingOf, type NodeGroupShape } from './node-group-defaults.ts'

// By the letters before the generation. Families that are not here have quotas that are not known here.
const QUOTAS: readonly (readonly [family: RegExp, code: string])[] = [
  [/^(g|gr|vt)\d/, 'L-DB2E81BA'],
  [/^p\d/, 'L-417A185B'],
  [/^inf\d/, 'L-1945791B'],
  [/^trn\d/, 'L-2C3B7624'],
  [/^x\d/, 'L-7295265B'],
  [/^(a|c|d|h|i|im|is|m|r|t|z)\d/, 'L-1216C47A'],
]

interface Group extends NodeGroupShape {
  readonly spot?: boolean
  readonly instancesDistribution?: Distribution & NonNullable<NodeGroupShape['instancesDistribution']>
  readonly capacityReservation?: object
}

interface Groups {
  readonly managedNodeGroups?: readonly Group[]
  readonly nodeGroups?: readonly Group[]
}

interface Distribution {
  readonly onDemandBaseCapacity?: number
  readonly onDemandPercentageAboveBaseCapacity?: number
}

// The rest of a mixed group is Spot (Auto Scaling API reference, InstancesDistribution, with its defaults).
function onDemandOf(group: Group): number {
  const { desiredSize } = scalingOf(group)
  const { onDemandBaseCapacity: base = 0, onDemandPercentageAboveBaseCapacity: percent = 100 } =
    group.instancesDistribution ?? {}
  return Math.min(desiredSize, base + Math.ceil((Math.max(0, desiredSize - base) * percent) / 100))
}

/** What counts against a quota of vCPUs, and the group that has the most of it. */
export interface CountedVcpus {
  readonly takes: number
  readonly most: readonly [list: 'managedNodeGroups' | 'nodeGroups', index: number]
}

/**
 * vCPUs by quota code, of the first type of each group: which of several AWS takes is not known beforehand. Neither Spot
 * nor reserved capacity counts.
 */
export function vcpusOf({
  managedNodeGroups = [],
  nodeGroups = [],
}: Groups): ReadonlyMap<string, CountedVcpus> {
  const counted = new Map<string, CountedVcpus & { readonly largest: number }>()
  const count = (group: Group, at: CountedVcpus['most']): void => {
    if (group.spot === true || group.capacityReservation !== undefined) return
    const [type] = instanceTypesOf(group)
    const code = QUOTAS.find(([family]) => family.test(type))?.[1]
    const cpus = (instanceType(type)?.vcpu ?? 0) * onDemandOf(group)
    if (code === undefined || cpus === 0) return
    const { takes, largest, most } = counted.get(code) ?? { takes: 0, largest: 0, most: at }
    counted.set(code, {
      takes: takes + cpus,
      largest: Math.max(largest, cpus),
      most: cpus > largest ? at : most,
    })
  }
  for (const [index, group] of managedNodeGroups.entries()) count(group, ['managedNodeGroups', index])
  for (const [index, group] of nodeGroups.entries()) count(group, ['nodeGroups', index])
  return counted
}
