// Owns measuring what a pod has on the disk of this machine: its emptyDir volumes, what its containers wrote, their logs.
import { lstat, opendir } from 'node:fs/promises'
import { join } from 'node:path'

import type { Pod } from '../../generated/kubernetes.d.ts'
import { RuntimeError, type Runtime } from '../runtime/runtime.ts'
import { isNotFoundFile } from './file-errors.ts'
import type { StorageUsage } from './eviction.ts'
import { emptyDirPath, type PodDirectories } from './volume-files.ts'

/** A block as lstat(2) counts them. */
const BLOCK_BYTES = 512

export interface Measured {
  readonly pod: Pod
  readonly directories: PodDirectories
  readonly runtime: Runtime
  /** The runtime's id of a container; undefined for one that was never started. */
  readonly containerId: (name: string) => string | undefined
}

/** Looks at everything that counts; what goes meanwhile counts as nothing. */
export async function storageUsage({
  pod,
  directories,
  runtime,
  containerId,
}: Measured): Promise<StorageUsage> {
  const { volumes = [], initContainers = [], containers } = pod.spec
  const written = async (name: string): Promise<[string, number]> => {
    const id = containerId(name)
    return [name, id === undefined ? 0 : await runtime.written(id).catch(nothing)]
  }
  const [onDisk, byContainers] = await Promise.all([
    Promise.all(
      volumes
        .filter(({ emptyDir }) => emptyDir)
        .map(async (volume) => {
          const isInMemory = volume.emptyDir?.medium === 'Memory'
          return [
            volume.name,
            { bytes: await usedBelow(emptyDirPath(volume, directories, pod)), isInMemory },
          ] as const
        }),
    ),
    Promise.all([...initContainers, ...containers].map(({ name }) => written(name))),
  ])
  return { volumes: new Map(onDisk), containers: new Map(byContainers) }
}

function nothing(error: unknown): number {
  // It has ended and gone, or its engine does not answer: it is looked at again soon.
  if (error instanceof RuntimeError) return 0
  throw error
}

/** Blocks of a directory and all in it, as du(1) counts; a file of several names counts once for each. */
async function usedBelow(path: string): Promise<number> {
  try {
    const { blocks } = await lstat(path)
    let total = blocks * BLOCK_BYTES
    for await (const entry of await opendir(path)) {
      const below = join(path, entry.name)
      if (entry.isDirectory()) total += await usedBelow(below)
      else if (entry.isFile()) total += await usedBy(below)
    }
    return total
  } catch (error) {
    if (isNotFoundFile(error)) return 0
    throw error
  }
}

async function usedBy(file: string): Promise<number> {
  try {
    return (await lstat(file)).blocks * BLOCK_BYTES
  } catch (error) {
    if (isNotFoundFile(error)) return 0
    throw error
  }
}
