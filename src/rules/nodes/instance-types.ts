// Owns facts about EC2 instance types.
import { readFileSync } from 'node:fs'

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

interface TypeTable {
  readonly types: Readonly<Record<string, readonly [number, number, number, number, 'amd64' | 'arm64']>>
}

// Part of the package; instance-types.test.ts checks its shape.
const table = JSON.parse(
  readFileSync(new URL('../../../data/instance-types.json', import.meta.url), 'utf8'),
) as TypeTable

/** The type of that name, or undefined when it is not in data/instance-types.json. */
export function instanceType(name: string): InstanceType | undefined {
  const row = Object.hasOwn(table.types, name) ? table.types[name] : undefined
  if (!row) return undefined
  const [vcpu, memoryMiB, enis, ipv4PerEni, arch] = row
  return { name, vcpu, memoryMiB, enis, ipv4PerEni, arch }
}

/** Names of all types in the table. */
export function instanceTypeNames(): string[] {
  return Object.keys(table.types)
}
