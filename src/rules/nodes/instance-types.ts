// Owns facts about EC2 instance types.
import { packageText } from '../../base/package-files.ts'

export interface InstanceType {
  /** `t3.xlarge` */
  readonly name: string
  readonly vcpu: number
  readonly memoryMiB: number
  /** Most network interfaces. */
  readonly enis: number
  /** Most IPv4 addresses of one interface. */
  readonly ipv4PerEni: number
  readonly arch: 'amd64' | 'arm64'
}

/** What sets a type apart from a current Nitro type without accelerators and disks of its own. */
export interface TypeDetails {
  /** AWS offers newer ones in its place. */
  readonly previous?: true
  readonly hypervisor?: 'xen'
  /** Where it isn't one for each vCPU (arm64) or each two of them (amd64). */
  readonly cores?: number
  /** Count, maker, name, and memory of one in MiB. */
  readonly gpus?: readonly [count: number, manufacturer: string, name: string, memoryMiB: number]
  /** Count, name, cores of one, and memory of one in MiB. */
  readonly neuron?: readonly [count: number, name: string, cores: number, memoryMiB: number]
  /** Disks of the machine's own. */
  readonly disks?: readonly [count: number, sizeGB: number, type: 'ssd' | 'hdd']
  /** Runs 32-bit systems too. */
  readonly i386?: true
  readonly burstable?: true
  readonly noSpot?: true
  readonly noIpv6?: true
  readonly efa?: true
  /** Network cards; one where nothing is said. */
  readonly cards?: number
  /** Volumes that it attaches at most, and whether network interfaces count among them; 27 shared ones where nothing is said. */
  readonly attachments?: readonly [count: number, kind: 'shared' | 'dedicated']
  /** Interfaces with security groups of their own that its pods may have together; none where nothing is said. */
  readonly branches?: number
  /** `Up to 5 Gigabit` */
  readonly network?: string
}

type Row = readonly [
  vcpu: number,
  memoryMiB: number,
  enis: number,
  ipv4PerEni: number,
  arch: 'amd64' | 'arm64',
  more: TypeDetails,
]

interface TypeTable {
  readonly types: Readonly<Record<string, Row>>
}

// Part of the package; instance-types.test.ts checks its shape.
const table = JSON.parse(packageText('data/instance-types.json')) as TypeTable

function rowOf(name: string): Row | undefined {
  return Object.hasOwn(table.types, name) ? table.types[name] : undefined
}

/** The type of that name, or undefined when it is not in data/instance-types.json. */
export function instanceType(name: string): InstanceType | undefined {
  const row = rowOf(name)
  if (!row) return undefined
  const [vcpu, memoryMiB, enis, ipv4PerEni, arch] = row
  return { name, vcpu, memoryMiB, enis, ipv4PerEni, arch }
}

/** What is special about a type; nothing for one that is not known. */
export function typeDetails(name: string): TypeDetails {
  return rowOf(name)?.[5] ?? {}
}

/** Network cards of a type. */
export function networkCardsOf(name: string): number {
  return typeDetails(name).cards ?? 1
}

/** The accelerators of a type that need drivers in the image; undefined for a type without, or with those of others. */
export function acceleratorOf(name: string): 'nvidia' | 'neuron' | undefined {
  const { gpus, neuron } = typeDetails(name)
  if (neuron) return 'neuron'
  return gpus?.[1].toLowerCase() === 'nvidia' ? 'nvidia' : undefined
}

/** Physical cores of a type. */
export function coresOf({ name, vcpu, arch }: Pick<InstanceType, 'name' | 'vcpu' | 'arch'>): number {
  return typeDetails(name).cores ?? (arch === 'arm64' ? vcpu : Math.max(1, Math.floor(vcpu / 2)))
}

/** Names of all types in the table. */
export function instanceTypeNames(): string[] {
  return Object.keys(table.types)
}
