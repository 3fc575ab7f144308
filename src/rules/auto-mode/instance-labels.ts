// Owns the instance types that EKS Auto Mode launches, and the labels by which node pools and pods choose among them.
// Source: EKS user guide, "Learn about Amazon EKS Auto Mode Managed instances" (supported instance reference) and "Create a
// Node Pool for EKS Auto Mode" (supported labels).
import { instanceType, instanceTypeNames, typeDetails, type InstanceType } from '../nodes/instance-types.ts'
import { instanceTypeLabels } from '../nodes/ec2-labels.ts'

const FAMILIES = new Set(
  [
    'c8g c7a c7g c7gn c7gd c7i c7i-flex c6a c6g c6i c6gn c6id c6in c6gd c5 c5a c5d c5ad c5n c4',
    'm8g m7i m7a m7g m7gd m7i-flex m6a m6i m6in m6g m6idn m6id m6gd m5 m5a m5ad m5n m5dn m5d m5zn m4',
    'r8g r7a r7iz r7gd r7i r7g r6a r6i r6id r6in r6idn r6g r6gd r5 r5n r5a r5dn r5b r5ad r5d r4',
    't4g t3 t3a t2',
    'z1d x8g x2gd',
    'i4g i4i i3 i3en is4gen d3 d3en im4gn',
    'p5 p4d p3 p3dn gr6 g6 g6e g5g g5 g4dn inf2 inf1 trn1 trn1n',
    'x2iezn x2iedn x2idn',
  ].flatMap((row) => row.split(' ')),
)
// "Only supports certain instances, and has minimum size requirements": more than one vCPU, and none of these sizes.
const TOO_SMALL = new Set(['nano', 'micro', 'small'])
const EKS = 'eks.amazonaws.com'

/** An instance type with what its nodes are labelled with. */
export interface AutoType {
  readonly type: InstanceType
  readonly labels: Readonly<Record<string, string>>
}

/** Every instance type that Auto Mode launches, of those in data/instance-types.json. */
export function autoModeTypes(): readonly AutoType[] {
  known ??= instanceTypeNames().flatMap((name) => {
    const type = instanceType(name)
    return type && isOffered(type) ? [{ type, labels: autoModeLabels(type) }] : []
  })
  return known
}
let known: readonly AutoType[] | undefined

function isOffered({ name, vcpu }: InstanceType): boolean {
  const [family = '', size = ''] = name.split('.')
  return FAMILIES.has(family) && vcpu > 1 && !TOO_SMALL.has(size)
}

/**
 * The labels of Auto Mode's nodes of a type. What the bandwidth of its network and volumes is, and whether traffic is
 * encrypted in transit, is not in our table of types: those labels are missing.
 */
export function autoModeLabels(type: InstanceType): Record<string, string> {
  const [family = '', size = ''] = type.name.split('.')
  const [, category = '', generation = ''] = /^([a-z]+)(\d+)/.exec(family) ?? []
  return {
    ...instanceTypeLabels(type),
    [`${EKS}/compute-type`]: 'auto',
    [`${EKS}/instance-category`]: category,
    [`${EKS}/instance-cpu`]: String(type.vcpu),
    [`${EKS}/instance-cpu-manufacturer`]: manufacturerOf(type),
    [`${EKS}/instance-family`]: family,
    [`${EKS}/instance-generation`]: generation,
    [`${EKS}/instance-hypervisor`]: typeDetails(type.name).hypervisor ?? 'nitro',
    [`${EKS}/instance-memory`]: String(type.memoryMiB),
    [`${EKS}/instance-size`]: size,
    ...deviceLabels(type.name),
  }
}

// AWS's naming of types: the letters behind the generation begin with the maker of the processor.
function manufacturerOf({ name, arch }: InstanceType): string {
  if (arch === 'arm64') return 'aws'
  return /^[a-z]+\d+a/.test(name) ? 'amd' : 'intel'
}

function deviceLabels(name: string): Record<string, string> {
  const { gpus, disks } = typeDetails(name)
  const [count, manufacturer, model, memoryMiB] = gpus ?? []
  return {
    ...(gpus
      ? {
          [`${EKS}/instance-gpu-count`]: String(count),
          [`${EKS}/instance-gpu-manufacturer`]: String(manufacturer).toLowerCase(),
          [`${EKS}/instance-gpu-memory`]: String(memoryMiB),
          [`${EKS}/instance-gpu-name`]: String(model).toLowerCase(),
        }
      : {}),
    ...(disks?.[2] === 'ssd' ? { [`${EKS}/instance-local-nvme`]: String(disks[0] * disks[1]) } : {}),
  }
}
