// Owns the control groups that are limited here: that above all containers of a pod, for what they have together, and
// that of a container which is given more or less while it runs.
// The engine makes it, because containers are put below it by name; its limits are written to the kernel here, as no
// engine has a way to set them.
import { readdir, readFile, rmdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { RuntimeError, type PodLimits } from '../runtime.ts'
import { controllersIn } from './cgroup-usage.ts'

const ROOT = '/sys/fs/cgroup'
const PERIOD_MICROS = 100_000
const NO_SWAP = '0'

/** How an engine makes control groups, as its `/info` says; `none`: it has no right to make any. */
export type CgroupDriver = 'cgroupfs' | 'systemd' | 'none'

/** The name of a pod's group, as an engine takes it for the parent of a container; undefined: there can be none. */
export function podCgroup(driver: CgroupDriver, sandboxId: string): string | undefined {
  if (driver === 'none') return undefined
  // In the name of a slice a dash stands for a level.
  return driver === 'systemd'
    ? `neargate-pod${sandboxId.replaceAll('-', '_')}.slice`
    : `/neargate/pod${sandboxId}`
}

export interface CgroupLimits extends PodLimits {
  /** The weight beside other groups: `cpu.shares` of version 1. */
  readonly cpuShares?: number
}

/** A group, in each hierarchy that the kernel has. */
export interface Cgroup {
  readonly limit: (limits: CgroupLimits) => Promise<void>
  /** Removes what is left of it once no process is in it. */
  readonly remove: () => Promise<void>
}

/**
 * Finds the group by a process in it or below.
 * @param name what the engine was given for a pod, or the id of a container, which is part of the name of its group
 * @throws RuntimeError NotSupported when there is none
 */
export async function findCgroup(
  pid: number,
  name: string,
  { root = ROOT, proc = '/proc' }: { readonly root?: string; readonly proc?: string } = {},
): Promise<Cgroup> {
  const rows = controllersIn(await readFile(join(proc, String(pid), 'cgroup'), 'utf8'))
  const segment = name.split('/').at(-1) ?? name
  const directories = new Map(
    rows.flatMap(({ controller, path }) => {
      const at = path.indexOf(segment)
      if (at < 0) return []
      const end = path.indexOf('/', at + segment.length)
      const mount = mountOf(controller, rows.length > 1)
      return [[controller, join(root, mount, end < 0 ? path : path.slice(0, end))]]
    }),
  )
  if (directories.size === 0)
    throw new RuntimeError('NotSupported', `process ${pid} is in no group of its own`)
  return {
    limit: (limits) => write(directories, limits),
    async remove() {
      for (const directory of new Set(directories.values())) await removeEmpty(directory)
    },
  }
}

/** Where a hierarchy is mounted: beside those of version 1 the one of version 2 has a place of its own. */
function mountOf(controller: string, isHybrid: boolean): string {
  if (controller === 'unified') return isHybrid ? controller : ''
  return controller.replace(/^name=/, '')
}

// Podman leaves groups of what watched over containers. The kernel removes none that has a process in it.
async function removeEmpty(directory: string): Promise<void> {
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => [])
  for (const entry of entries) if (entry.isDirectory()) await removeEmpty(join(directory, entry.name))
  // Gone with its last process, or still another's: systemd removes its own slices.
  await rmdir(directory).catch(() => undefined)
}

async function write(directories: ReadonlyMap<string, string>, limits: CgroupLimits): Promise<void> {
  const memory = directories.get('memory')
  const cpu = directories.get('cpu')
  if (memory !== undefined && cpu !== undefined) return await writeVersionOne({ memory, cpu }, limits)
  const unified = directories.get('unified')
  if (unified !== undefined) await writeVersionTwo(unified, limits)
}

async function writeVersionOne(
  { memory, cpu }: { readonly memory: string; readonly cpu: string },
  { cpuMilli, memoryBytes, cpuShares }: CgroupLimits,
): Promise<void> {
  if (memoryBytes !== undefined) {
    const swapFile = join(memory, 'memory.memsw.limit_in_bytes')
    // Absent where the kernel does not account for swap. It may not be below the other: more is said here first, and less
    // only after that.
    await writeFile(swapFile, String(memoryBytes)).catch(() => undefined)
    await writeFile(join(memory, 'memory.limit_in_bytes'), String(memoryBytes))
    await writeFile(swapFile, String(memoryBytes)).catch(() => undefined)
  }
  if (cpuShares !== undefined) await writeFile(join(cpu, 'cpu.shares'), String(cpuShares))
  if (cpuMilli !== undefined) {
    await writeFile(join(cpu, 'cpu.cfs_period_us'), String(PERIOD_MICROS))
    await writeFile(join(cpu, 'cpu.cfs_quota_us'), String(quotaOf(cpuMilli)))
  }
}

async function writeVersionTwo(
  directory: string,
  { cpuMilli, memoryBytes, cpuShares }: CgroupLimits,
): Promise<void> {
  if (memoryBytes !== undefined) {
    await writeFile(join(directory, 'memory.max'), String(memoryBytes))
    await writeFile(join(directory, 'memory.swap.max'), NO_SWAP).catch(() => undefined)
  }
  if (cpuMilli !== undefined) {
    await writeFile(join(directory, 'cpu.max'), `${quotaOf(cpuMilli)} ${PERIOD_MICROS}`)
  }
  if (cpuShares !== undefined) await writeFile(join(directory, 'cpu.weight'), String(weightOf(cpuShares)))
}

// As runc turns shares (2 to 262144) into weights (1 to 10000).
function weightOf(shares: number): number {
  return 1 + Math.floor(((shares - 2) * 9999) / 262_142)
}

function quotaOf(cpuMilli: number): number {
  return Math.round((cpuMilli * PERIOD_MICROS) / 1000)
}
