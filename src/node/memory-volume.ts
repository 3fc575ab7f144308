// Owns emptyDir volumes in memory: how much each may hold, and the file system that holds it to that.
// Source: kubernetes pkg/volume/emptydir/empty_dir.go (calculateEmptyDirMemorySize, setupTmpfs).
import { readdir, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'

import type { Pod, Volume } from '../../generated/kubernetes.d.ts'
import { bytes } from '../base/quantity.ts'
import { CommandError, runCommand } from '../network/vpc/command.ts'
import { podResources } from '../rules/kubernetes/pod-resources.ts'
import { isNotFoundFile } from './file-errors.ts'

const MEMORY = 'memory'

/**
 * The least of its own limit, that of its pod, and what its node has for pods.
 * @returns bytes; undefined where the node says nothing of its memory and nothing else limits it
 */
export function memoryVolumeBytes(
  { emptyDir }: Volume,
  pod: Pod,
  allocatable: Readonly<Record<string, string>>,
): number | undefined {
  const limits = [emptyDir?.sizeLimit, memoryOf(pod), allocatable[MEMORY]]
    .map((limit) => (limit === undefined ? 0 : bytes(limit)))
    .filter((limit) => limit > 0)
  return limits.length === 0 ? undefined : Math.min(...limits)
}

// pkg/kubelet/cm/helpers_linux.go ResourceConfigForPod: a pod of which one container has no limit has none.
function memoryOf(pod: Pod): string | undefined {
  const { spec } = pod
  const isLimited = [...(spec.initContainers ?? []), ...spec.containers].every(
    ({ resources }) => resources?.limits?.[MEMORY] !== undefined,
  )
  return isLimited || spec.resources?.limits?.[MEMORY] !== undefined
    ? podResources(pod, 'limits')[MEMORY]
    : undefined
}

/**
 * Mounts a file system in memory of that size at a directory, unless one is there. Where this process may not mount, the
 * directory stays as it is, in memory already, and only the look at usage every ten seconds limits it.
 */
export async function mountMemory(directory: string, size: number | undefined): Promise<void> {
  if (await isMountPoint(directory)) return
  const options = size === undefined ? 'mode=0777' : `mode=0777,size=${size}`
  await runCommand('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', directory]).catch(notPermitted)
}

/** Removes the directory of a pod, with the file systems that `mountMemory` has put in `volumes/` below it. */
export async function removeMemory(directory: string): Promise<void> {
  const volumes = join(directory, 'volumes')
  for (const name of await namesIn(volumes)) {
    const path = join(volumes, name)
    // A process that hangs may hold it yet: it goes with that one, and is out of the way now.
    if (await isMountPoint(path)) await runCommand('umount', ['-l', path])
  }
  await rm(directory, { recursive: true, force: true })
}

/** Removes what `removeMemory` removes for every pod below a directory, and that directory. */
export async function removeAllMemory(directory: string): Promise<void> {
  const pods = await namesIn(directory)
  await Promise.all(pods.map((pod) => removeMemory(join(directory, pod))))
  await rm(directory, { recursive: true, force: true })
}

async function isMountPoint(path: string): Promise<boolean> {
  const [own, parent] = await Promise.all([stat(path), stat(dirname(path))])
  return own.dev !== parent.dev
}

async function namesIn(directory: string): Promise<string[]> {
  try {
    return await readdir(directory)
  } catch (error) {
    if (isNotFoundFile(error)) return []
    throw error
  }
}

function notPermitted(error: unknown): void {
  if (!(error instanceof CommandError)) throw error
}
