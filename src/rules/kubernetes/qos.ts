// Owns the quality-of-service class of a pod (pkg/apis/core/v1/helper/qos).
import type { Pod } from '../../../generated/kubernetes.d.ts'
import { parseMilli } from '../../base/quantity.ts'

const COMPUTE = ['cpu', 'memory'] as const

/** Guaranteed: every container limits cpu and memory and requests the same; BestEffort: nothing is asked for. */
export function qosClass(pod: Pod): 'BestEffort' | 'Burstable' | 'Guaranteed' {
  const containers = [...(pod.spec.initContainers ?? []), ...pod.spec.containers]
  const resources = containers.map((container) => container.resources ?? {})
  const asksAnything = resources.some(({ requests, limits }) =>
    COMPUTE.some((name) => isPositive(requests?.[name]) || isPositive(limits?.[name])),
  )
  if (!asksAnything) return 'BestEffort'
  const isGuaranteed = resources.every(({ requests, limits }) =>
    COMPUTE.every((name) => {
      const limit = limits?.[name]
      if (limit === undefined || !isPositive(limit)) return false
      return parseMilli(requests?.[name] ?? limit) === parseMilli(limit)
    }),
  )
  return isGuaranteed ? 'Guaranteed' : 'Burstable'
}

function isPositive(quantity: string | undefined): boolean {
  return quantity !== undefined && parseMilli(quantity) > 0n
}
