// Owns the choice of instance types by what they have: `instanceSelector` of a node group.
// Source: eksctl pkg/eks/nodegroup_service.go (expandInstanceSelector), aws/amazon-ec2-instance-selector (bytequantity, selector).
import { instanceType, instanceTypeNames, typeDetails } from '../nodes/instance-types.ts'

/** What the instances of a group are to have; what is left out doesn't matter. */
export interface InstanceSelector {
  readonly vCPUs?: number
  /** `4`, `4GiB`, `512MiB`, `1TiB`: GiB where no unit is given. */
  readonly memory?: string
  readonly gpus?: number
  readonly neuron_devices?: number
  /** `x86_64` where absent; `amd64` means the same. */
  readonly cpuArchitecture?: string
  /** Regular expressions of names. */
  readonly allow?: string
  readonly deny?: string
}

/** More than these eksctl doesn't take. */
const MOST_TYPES = 40
const MIB: Readonly<Record<string, number>> = { m: 1, g: 1024, t: 1024 * 1024 }

/** The types that fit, in the order of their names; or why no group can be made of them, in eksctl's words. */
export function selectInstanceTypes(
  selector: InstanceSelector,
): { readonly types: readonly [string, ...string[]] } | { readonly fault: string } {
  const memoryMiB = selector.memory === undefined ? undefined : memoryOf(selector.memory)
  if (selector.memory !== undefined && memoryMiB === undefined)
    return { fault: `invalid value "${selector.memory}" for instanceSelector.memory` }
  const allow = patternOf(selector.allow)
  const deny = patternOf(selector.deny)
  for (const [field, pattern] of [['allow', allow] as const, ['deny', deny] as const])
    if (pattern === null) return { fault: `invalid value "${selector[field]}" for instanceSelector.${field}` }
  const arch = selector.cpuArchitecture === 'arm64' ? 'arm64' : 'amd64'
  const [first, ...rest] = instanceTypeNames()
    .filter((name) => {
      const type = instanceType(name)
      return (
        type?.arch === arch &&
        (selector.vCPUs === undefined || selector.vCPUs === 0 || type.vcpu === selector.vCPUs) &&
        (memoryMiB === undefined || type.memoryMiB === memoryMiB) &&
        hasAccelerators(name, selector) &&
        (!allow || allow.test(name)) &&
        !deny?.test(name)
      )
    })
    .toSorted()
  if (first === undefined)
    return {
      fault:
        'instance selector criteria matched no instances; consider broadening your criteria so that more instance types are returned',
    }
  const count = rest.length + 1
  if (count > MOST_TYPES)
    return {
      fault: `instance selector filters resulted in ${count} instance types, which is greater than the maximum of ${MOST_TYPES}, please set more selector options`,
    }
  return { types: [first, ...rest] }
}

// Without GPUs means without Neuron devices too (eksctl's IsGPUInstanceType).
function hasAccelerators(name: string, { gpus, neuron_devices: neuron }: InstanceSelector): boolean {
  const details = typeDetails(name)
  const has = { gpus: details.gpus?.[0] ?? 0, neuron: details.neuron?.[0] ?? 0 }
  if (gpus !== undefined && (has.gpus !== gpus || (gpus === 0 && has.neuron > 0))) return false
  return neuron === undefined || has.neuron === neuron
}

function memoryOf(text: string): number | undefined {
  const [, number, unit = 'g'] = /^(\d+(?:\.\d+)?) ?([mgt])?(?:i?b)?$/.exec(text.toLowerCase().trim()) ?? []
  const factor = MIB[unit]
  return number === undefined || factor === undefined ? undefined : Math.floor(Number(number) * factor)
}

// null: it is no pattern.
function patternOf(text: string | undefined): RegExp | null | undefined {
  if (text === undefined) return undefined
  try {
    return new RegExp(text)
  } catch {
    return null
  }
}
