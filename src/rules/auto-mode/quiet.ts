// Owns when a node has been left alone for long enough to be ended or moved.
// Source: kubernetes-sigs/karpenter pkg/controllers/disruption (consolidateAfter) and pkg/controllers/state/statenode.go
// (nominations).
import { parseGoDuration } from '../../base/go-duration.ts'

// A node that was started for pods is theirs for so long (twice the longest batch): they are bound only once it is up.
const NOMINATION_MS = 20_000

/** True when a node may be consolidated; never for one whose pool says `Never`. Times in milliseconds. */
export function isQuiet(node: {
  readonly nowMs: number
  readonly initializedAtMs: number
  /** When a pod came or went last. */
  readonly lastPodMs: number
  /** `30s`; at once when absent. */
  readonly consolidateAfter?: string | undefined
}): boolean {
  const { nowMs, initializedAtMs, lastPodMs, consolidateAfter = '0s' } = node
  const afterMs = parseGoDuration(consolidateAfter)
  if (afterMs === undefined || nowMs - initializedAtMs < NOMINATION_MS) return false
  return nowMs - Math.max(lastPodMs, initializedAtMs) >= afterMs
}
