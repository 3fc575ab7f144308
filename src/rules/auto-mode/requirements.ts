// Owns the requirements of node pools: which labels of a node they admit, and which labels of their own they give.
// Source: karpenter.sh/v1 NodePool spec.template.spec.requirements (pkg/scheduling/requirement.go).

import { admits } from '../scheduling/node-affinity.ts'

/** One demand on the labels of a node. */
export interface Requirement {
  readonly key: string
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist' | 'Gt' | 'Lt' | 'Gte' | 'Lte'
  readonly values?: readonly string[]
  /** So many different values there must be among the machines to choose from. */
  readonly minValues?: number
}

/** True when a label with this value (undefined: none) is what the requirement asks for. */
export function admitsValue({ operator, values = [] }: Requirement, value: string | undefined): boolean {
  if (operator !== 'Gte' && operator !== 'Lte') return admits({ operator, values }, value)
  const [bound = ''] = values
  if (value === undefined || !/^\d+$/.test(value) || !/^\d+$/.test(bound)) return false
  return operator === 'Gte' ? Number(value) >= Number(bound) : Number(value) <= Number(bound)
}

/** True when the labels meet every requirement about one of these keys. */
export function meets(
  labels: Readonly<Record<string, string>>,
  requirements: readonly Requirement[],
  isAbout: (key: string) => boolean = () => true,
): boolean {
  return requirements.every((each) => !isAbout(each.key) || admitsValue(each, labels[each.key]))
}

/**
 * The labels of which there are fewer different values among machines than the requirements ask for, by `minValues`
 * (pkg/cloudprovider/types.go, SatisfiesMinValues); labels that no machine has are not looked at.
 */
export function missingVariety(
  machines: readonly Readonly<Record<string, string>>[],
  requirements: readonly Requirement[],
): readonly string[] {
  return requirements.flatMap(({ key, minValues = 0 }) => {
    const values = new Set(machines.flatMap((labels) => labels[key] ?? []))
    return values.size > 0 && values.size < minValues ? [key] : []
  })
}

// Domains whose labels follow from the machine; a pool cannot give them.
const OF_MACHINES = /(?:^|\.)(?:kubernetes\.io|k8s\.io|karpenter\.sh|eks\.amazonaws\.com)\//

/** True for labels that say what a machine is; false for those that a pool gives to its nodes. */
export function isOfMachine(key: string): boolean {
  return OF_MACHINES.test(key)
}

// More of them are more than anybody means.
const MOST_VARIANTS = 32

/**
 * The sets of labels that nodes of a pool can have by requirements of its own labels: one for each choice among the values
 * of `In`, because a pod may ask for any of them.
 */
export function ownLabelSets(requirements: readonly Requirement[]): readonly Record<string, string>[] {
  let sets: Record<string, string>[] = [{}]
  for (const { key, operator, values = [] } of requirements) {
    if (isOfMachine(key) || operator !== 'In') continue
    sets = sets.flatMap((set) => values.map((value) => ({ ...set, [key]: value }))).slice(0, MOST_VARIANTS)
  }
  return sets
}
