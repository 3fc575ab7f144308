// Owns reading what a process's control groups have used, from the kernel: it costs an engine nothing.
import { readFile } from 'node:fs/promises'

import type { ContainerUsage } from '../runtime.ts'

const ROOT = '/sys/fs/cgroup'

/**
 * @param containerId part of the names of its groups: those of a container that has none are another's
 * @returns what the control groups of a container have used; undefined where the kernel does not tell
 */
export async function cgroupUsage(
  pid: number,
  containerId: string,
  root = ROOT,
): Promise<ContainerUsage | undefined> {
  try {
    const groups = groupsIn(await readFile(`/proc/${pid}/cgroup`, 'utf8'))
    if (!(groups.memory ?? groups.unified ?? '').includes(containerId)) return undefined
    return groups.unified === undefined || groups.memory !== undefined
      ? await versionOne(root, groups)
      : await versionTwo(root, groups.unified)
  } catch {
    return undefined
  }
}

interface Groups {
  readonly unified?: string
  readonly memory?: string
  readonly cpuacct?: string
}

/** Paths by controller, of the text of `/proc/PID/cgroup`; that of version 2 is called `unified`. */
export function controllersIn(text: string): { readonly controller: string; readonly path: string }[] {
  const rows = text.trim().split('\n')
  return rows.flatMap((row) => {
    const [, controllers = '', ...path] = row.split(':')
    return controllers.split(',').map((name) => ({ controller: name || 'unified', path: path.join(':') }))
  })
}

/** The paths that tell of usage. */
export function groupsIn(text: string): Groups {
  return Object.fromEntries(controllersIn(text).map(({ controller, path }) => [controller, path])) as Groups
}

async function versionOne(root: string, { memory, cpuacct }: Groups): Promise<ContainerUsage> {
  const [used, stat, cpu] = await Promise.all([
    readFile(`${root}/memory${memory}/memory.usage_in_bytes`, 'utf8'),
    readFile(`${root}/memory${memory}/memory.stat`, 'utf8'),
    readFile(`${root}/cpuacct${cpuacct}/cpuacct.usage`, 'utf8'),
  ])
  const memoryBytes = workingSet(Number(used), valueIn(stat, 'total_inactive_file'))
  return { cpuNanos: Number(cpu), memoryBytes }
}

async function versionTwo(root: string, path: string): Promise<ContainerUsage> {
  const [used, stat, cpu] = await Promise.all([
    readFile(`${root}${path}/memory.current`, 'utf8'),
    readFile(`${root}${path}/memory.stat`, 'utf8'),
    readFile(`${root}${path}/cpu.stat`, 'utf8'),
  ])
  const memoryBytes = workingSet(Number(used), valueIn(stat, 'inactive_file'))
  return { cpuNanos: valueIn(cpu, 'usage_usec') * 1000, memoryBytes }
}

// What the kubelet reports (cadvisor, setMemoryStats): pages that could be given back at once do not count.
function workingSet(used: number, inactive: number): number {
  return Math.max(0, used - inactive)
}

function valueIn(stat: string, name: string): number {
  return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(stat)?.[1] ?? 0)
}
