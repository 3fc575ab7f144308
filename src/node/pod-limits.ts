// Owns what the containers of a pod have together: by the pod's own word, and by its machine's; pure.
// Source: kubernetes pkg/kubelet/cm/helpers_linux.go (ResourceConfigForPod), pod-level resources.
import type { Pod } from '../../generated/kubernetes.d.ts'
import { bytes, milliCores } from '../base/quantity.ts'
import type { PodLimits } from '../runtime/runtime.ts'
import type { Machine } from './ports.ts'

/** @returns undefined where nothing limits the pod as a whole: the limits of its containers are their own */
export function podLimits({ spec }: Pod, machine: Pick<Machine, 'podLimits'>): PodLimits | undefined {
  const { limits } = spec.resources ?? {}
  const cpuMilli = least(
    limits?.['cpu'] === undefined ? undefined : milliCores(limits['cpu']),
    machine.podLimits?.cpuMilli,
  )
  const memoryBytes = least(
    limits?.['memory'] === undefined ? undefined : bytes(limits['memory']),
    machine.podLimits?.memoryBytes,
  )
  if (cpuMilli === undefined && memoryBytes === undefined) return undefined
  return { ...(cpuMilli !== undefined && { cpuMilli }), ...(memoryBytes !== undefined && { memoryBytes }) }
}

function least(...values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined)
  return known.length === 0 ? undefined : Math.min(...known)
}
