// Owns whether this process may give pods a network of their own.
import { accessSync, constants, readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'

// linux/capability.h
const CAP_NET_ADMIN = 12n
const CAP_SYS_ADMIN = 21n

const PROGRAMS: Readonly<Record<string, string>> = { ip: 'iproute2', nsenter: 'util-linux', nft: 'nftables' }

/** What is looked at: `thisMachine`, outside of tests. */
export interface Machine {
  readonly platform: string
  /** Effective capabilities, a bit each; 0 where there are none. */
  readonly capabilities: bigint
  has(program: string): boolean
}

/**
 * Why pods cannot have a network of their own here: what is missing, and the package that has it.
 * @returns undefined when they can
 */
export function whyNoVpcNetwork(machine: Machine): string | undefined {
  if (machine.platform !== 'linux') return 'network namespaces are Linux only'
  if (!mayMakeNetworks(machine)) return 'network namespaces take root, or CAP_NET_ADMIN and CAP_SYS_ADMIN'
  return whyNoPrograms(machine)
}

/** Which of the programs that make networks are missing, and the packages that have them; undefined: none. */
export function whyNoPrograms(machine: Machine): string | undefined {
  const missing = Object.entries(PROGRAMS).filter(([program]) => !machine.has(program))
  if (missing.length === 0) return undefined
  const names = missing.map(([program, name]) => `${program} (package ${name})`)
  return `${names.join(', ')} ${names.length === 1 ? 'is' : 'are'} not installed`
}

/** The process has the rights to make networks, whether the programs for it are there or not. */
export function mayMakeNetworks({ capabilities }: Machine): boolean {
  return [CAP_NET_ADMIN, CAP_SYS_ADMIN].every((bit) => ((capabilities >> bit) & 1n) === 1n)
}

/** What this process may do. */
export function thisMachine(): Machine {
  const { platform } = process
  return {
    platform,
    capabilities: platform === 'linux' ? effectiveCapabilities() : 0n,
    has: (program) => searchPath().some((directory) => isExecutable(join(directory, program))),
  }
}

/**
 * Whether this process is in a user namespace, as that of a rootless engine: root there is a user of the machine.
 * @param map text of `/proc/self/uid_map`; in the first namespace every id is itself (user_namespaces(7))
 */
export function isInUserNamespace(map = uidMap()): boolean {
  return map.trim() !== '' && !/^\s*0\s+0\s+4294967295\s*$/.test(map)
}

function uidMap(): string {
  try {
    return readFileSync('/proc/self/uid_map', 'utf8')
  } catch {
    // Another system, or a kernel without user namespaces.
    return ''
  }
}

function effectiveCapabilities(): bigint {
  const [, hex = '0'] = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? []
  return BigInt(`0x${hex}`)
}

// Administrators' programs are not on everybody's path.
function searchPath(): string[] {
  return [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin', '/usr/bin', '/bin']
}

function isExecutable(path: string): boolean {
  return isAccessible(path, constants.X_OK)
}

/** Whether this process may make entries in a directory. */
export function isWritable(directory: string): boolean {
  return isAccessible(directory, constants.W_OK)
}

function isAccessible(path: string, mode: number): boolean {
  try {
    accessSync(path, mode)
    return true
  } catch {
    return false
  }
}
