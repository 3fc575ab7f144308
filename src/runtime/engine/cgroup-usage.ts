// Owns reading what a process's control groups have used, from the kernel: it costs an engine nothing.
import { readFileSync } from 'node:fs'

import type { ContainerUsage } from '../runtime.ts'

const ROOT = '/sys/fs/cgroup'

/** Reads what has been used so far; undefined where the groups have gone. */
export type UsageReader = () => ContainerUsage | undefined

/**
 * Finds the control groups of a container, once: it stays in them for as long as it runs.
 * @param containerId part of the names of its groups: those of a container that has none are another's
 * @returns undefined where the kernel does not tell
 */
export function usageReader(
  pid: number,
  containerId: string,
  { root = ROOT, proc = '/proc' }: { readonly root?: string; readonly proc?: string } = {},
): UsageReader | undefined {
  const groups = groupsIn(textOf(`${proc}/${pid}/cgroup`) ?? '')
  const { unified, memory } = groups
  if (!(memory ?? unified ?? '').includes(containerId)) return undefined
  return memory !== undefined || unified === undefined
    ? () => versionOne(root, groups)
    : () => versionTwo(root, unified)
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

function versionOne(root: string, { memory, cpuacct }: Groups): ContainerUsage | undefined {
  const used = textOf(`${root}/memory${memory}/memory.usage_in_bytes`)
  const stat = textOf(`${root}/memory${memory}/memory.stat`)
  const cpu = textOf(`${root}/cpuacct${cpuacct}/cpuacct.usage`)
  if (used === undefined || stat === undefined || cpu === undefined) return undefined
  return {
    cpuNanos: Number(cpu),
    memoryBytes: workingSet(Number(used), valueIn(stat, 'total_inactive_file')),
  }
}

function versionTwo(root: string, path: string): ContainerUsage | undefined {
  const used = textOf(`${root}${path}/memory.current`)
  const stat = textOf(`${root}${path}/memory.stat`)
  const cpu = textOf(`${root}${path}/cpu.stat`)
  if (used === undefined || stat === undefined || cpu === undefined) return undefined
  return {
    cpuNanos: valueIn(cpu, 'usage_usec') * 1000,
    memoryBytes: workingSet(Number(used), valueIn(stat, 'inactive_file')),
  }
}

// At once: these files are in the kernel's memory, and a reading that waits costs ten times as much. Read every 15 s for each
// container, they are most of what a region does whose pods are idle.
function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    // It has ended, or this is another system.
    return undefined
  }
}

// What the kubelet reports (cadvisor, setMemoryStats): pages that could be given back at once do not count.
function workingSet(used: number, inactive: number): number {
  return Math.max(0, used - inactive)
}

function valueIn(stat: string, name: string): number {
  return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(stat)?.[1] ?? 0)
}
