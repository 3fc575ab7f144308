// Owns what the kubelets know of the use of resources: CPU time and memory of every container that runs.
import type { Pod } from '../../generated/kubernetes.d.ts'
import { RuntimeError, type ContainerUsage, type Runtime } from '../runtime/runtime.ts'
import type { PodWorker } from './pod-worker.ts'

/** The containers of one pod that run, with what each has used so far. */
export interface PodUsage {
  readonly pod: Pod
  readonly nodeName: string
  readonly containers: readonly (ContainerUsage & { readonly name: string })[]
}

/** Reads the usage of a pod's running containers; those that end meanwhile are left out. */
export async function readUsage(
  runtime: Runtime,
  nodeName: string,
  worker: Pick<PodWorker, 'pod' | 'containerId'>,
): Promise<PodUsage> {
  const { pod } = worker
  const running = (pod.status?.containerStatuses ?? []).filter(({ state }) => state?.running)
  const containers = await Promise.all(
    running.map(async ({ name }) => {
      const id = worker.containerId(name)
      const usage = id === undefined ? undefined : await usageOf(runtime, id)
      return usage ? [{ name, ...usage }] : []
    }),
  )
  return { pod, nodeName, containers: containers.flat() }
}

async function usageOf(runtime: Runtime, id: string): Promise<ContainerUsage | undefined> {
  try {
    return await runtime.usage(id)
  } catch (error) {
    if (error instanceof RuntimeError) return undefined
    throw error
  }
}
