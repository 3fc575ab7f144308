// Owns the control group above all containers of a pod, where what they have together is limited.
// The engine makes it, because containers are put below it by name; its limits are written to the kernel here, as no
// engine has a way to set them.
import { readFile, rmdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import type { PodLimits } from '../runtime.ts'
import { controllersIn } from './cgroup-usage.ts'

const ROOT = '/sys/fs/cgroup'
const PERIOD_MICROS = 100_000
const NO_SWAP = '0'

/** How an engine makes control groups, as its `/info` says. */
export type CgroupDriver = 'cgroupfs' | 'systemd'

/** The name of a pod's group, as an engine takes it for the parent of a container. */
export function podCgroup(driver: CgroupDriver, sandboxId: string): string {
  // In the name of a slice a dash stands for a level.
  return driver === 'systemd'
    ? `neargate-pod${sandboxId.replaceAll('-', '_')}.slice`
    : `/neargate/pod${sandboxId}`
}

/** The group of a pod, in each hierarchy that the kernel has. */
export interface PodCgroup {
  readonly limit: (limits: PodLimits) => Promise<void>
  /** Removes what is left of it once no process is in it. */
  readonly remove: () => Promise<void>
}

/**
 * Finds the group by a process of the pod.
 * @param name what the engine was given
 */
export async function findPodCgroup(
  pid: number,
  name: string,
  { root = ROOT, proc = '/proc' }: { readonly root?: string; readonly proc?: string } = {},
): Promise<PodCgroup> {
  const rows = controllersIn(await readFile(join(proc, String(pid), 'cgroup'), 'utf8'))
  const segment = name.split('/').at(-1) ?? name
  const directories = new Map(
    rows.flatMap(({ controller, path }) => {
      const end = path.indexOf(segment)
      if (end < 0) return []
      const mount = controller === 'unified' ? '' : controller
      return [[controller, join(root, mount, path.slice(0, end + segment.length))]]
    }),
  )
  return {
    limit: (limits) => write(directories, limits),
    async remove() {
      for (const directory of new Set(directories.values())) {
        // Gone with its last process, or still another's: systemd removes its own slices.
        await rmdir(directory).catch(() => undefined)
      }
    },
  }
}

async function write(directories: ReadonlyMap<string, string>, limits: PodLimits): Promise<void> {
  const memory = directories.get('memory')
  const cpu = directories.get('cpu')
  if (memory !== undefined && cpu !== undefined) return await writeVersionOne({ memory, cpu }, limits)
  const unified = directories.get('unified')
  if (unified !== undefined) await writeVersionTwo(unified, limits)
}

async function writeVersionOne(
  { memory, cpu }: { readonly memory: string; readonly cpu: string },
  { cpuMilli, memoryBytes }: PodLimits,
): Promise<void> {
  if (memoryBytes !== undefined) {
    await writeFile(join(memory, 'memory.limit_in_bytes'), String(memoryBytes))
    // Absent where the kernel does not account for swap.
    await writeFile(join(memory, 'memory.memsw.limit_in_bytes'), String(memoryBytes)).catch(() => undefined)
  }
  if (cpuMilli !== undefined) {
    await writeFile(join(cpu, 'cpu.cfs_period_us'), String(PERIOD_MICROS))
    await writeFile(join(cpu, 'cpu.cfs_quota_us'), String(quotaOf(cpuMilli)))
  }
}

async function writeVersionTwo(directory: string, { cpuMilli, memoryBytes }: PodLimits): Promise<void> {
  if (memoryBytes !== undefined) {
    await writeFile(join(directory, 'memory.max'), String(memoryBytes))
    await writeFile(join(directory, 'memory.swap.max'), NO_SWAP).catch(() => undefined)
  }
  if (cpuMilli !== undefined) {
    await writeFile(join(directory, 'cpu.max'), `${quotaOf(cpuMilli)} ${PERIOD_MICROS}`)
  }
}

function quotaOf(cpuMilli: number): number {
  return Math.round((cpuMilli * PERIOD_MICROS) / 1000)
}
