// Owns when the kubelet starts a container again that ended, and how long it waits before that.
import type { Pod } from '../../generated/kubernetes.d.ts'
import { containerRestarts } from '../rules/kubernetes/container-restart.ts'
import { isSidecar, type ContainerState } from './container-state.ts'

const FIRST_MS = 10_000
const LONGEST_MS = 300_000
/** A container that ran this long starts over with the shortest wait (client-go flowcontrol: twice the longest). */
const FORGOTTEN_AFTER_MS = 2 * LONGEST_MS

/** Whether a container that ended with this code is started again; an init container that has done its work is not. */
export function restartsAfter(container: ContainerState, { spec: pod }: Pod, exitCode: number): boolean {
  const { spec, isInit } = container
  if (isInit && !isSidecar(container) && exitCode === 0) return false
  return containerRestarts(spec, pod, exitCode)
}

/**
 * CrashLoopBackOff of one container: at once, then 10 s, 20 s, … 5 min (pkg/kubelet/kubelet.go).
 * @param backoffMs `nextMs` of the end before, 0 at first
 * @param ranMs how long the run that just ended took
 */
export function crashBackoff(backoffMs: number, ranMs: number): { waitMs: number; nextMs: number } {
  const waitMs = ranMs >= FORGOTTEN_AFTER_MS ? 0 : backoffMs
  return { waitMs, nextMs: waitMs === 0 ? FIRST_MS : Math.min(LONGEST_MS, waitMs * 2) }
}

/** `850ms`, `1.25s`, `1m20s`, `5m0s`: a duration as Go prints it. */
export function goDuration(ms: number): string {
  const whole = Math.round(ms)
  if (whole > 0 && whole < 1000) return `${whole}ms`
  const minutes = Math.floor(whole / 60_000)
  const seconds = `${(whole % 60_000) / 1000}s`
  return minutes === 0 ? seconds : `${minutes}m${seconds}`
}
