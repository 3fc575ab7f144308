// Owns the words `kubectl get pods` shows for the state of a pod.
// Source: kubernetes pkg/printers/internalversion/printers.go, printPod.
import type { ContainerStatus, Pod } from '../../../generated/kubernetes.d.ts'
import { humanDuration } from './columns.ts'
import { isConditionTrue } from '../../rules/kubernetes/conditions.ts'

export interface PodSummary {
  readonly ready: string
  readonly status: string
  /** `0`, or `2 (5m ago)`. */
  readonly restarts: string
}

/** Readiness, status word and restarts of a pod. */
export function summarizePod(pod: Pod, nowMs: number): PodSummary {
  const sidecars = sidecarNames(pod)
  const statuses = pod.status?.containerStatuses ?? []
  const initializing = initStatus(pod, sidecars)
  const running = initializing ?? runningStatus(pod, statuses)
  const sidecarStatuses = (pod.status?.initContainerStatuses ?? []).filter((s) => sidecars.has(s.name))
  const ready = [...statuses, ...sidecarStatuses].filter((s) => s.ready && s.state?.running).length
  const counted =
    initializing === undefined ? [...statuses, ...sidecarStatuses] : (pod.status?.initContainerStatuses ?? [])
  return {
    ready: `${ready}/${pod.spec.containers.length + sidecars.size}`,
    status: deletionStatus(pod) ?? running,
    restarts: restarts(counted, nowMs),
  }
}

function sidecarNames(pod: Pod): ReadonlySet<string> {
  const containers = pod.spec.initContainers ?? []
  return new Set(containers.filter((c) => c.restartPolicy === 'Always').map((c) => c.name))
}

function deletionStatus(pod: Pod): string | undefined {
  if (!pod.metadata.deletionTimestamp) return undefined
  if (pod.status?.reason === 'NodeLost') return 'Unknown'
  const finished = pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed'
  return finished ? undefined : 'Terminating'
}

function initStatus(pod: Pod, sidecars: ReadonlySet<string>): string | undefined {
  const total = pod.spec.initContainers?.length ?? 0
  for (const [index, status] of (pod.status?.initContainerStatuses ?? []).entries()) {
    const terminated = status.state?.terminated
    const waiting = status.state?.waiting
    if (terminated && terminated.exitCode === 0) continue
    if (sidecars.has(status.name) && status.started) continue
    if (terminated) return `Init:${terminationReason(terminated)}`
    if (waiting?.reason && waiting.reason !== 'PodInitializing') return `Init:${waiting.reason}`
    return `Init:${index}/${total}`
  }
  return undefined
}

function runningStatus(pod: Pod, statuses: readonly ContainerStatus[]): string {
  const gated = pod.status?.conditions?.some(
    (c) => c.type === 'PodScheduled' && c.reason === 'SchedulingGated',
  )
  let status = gated ? 'SchedulingGated' : (pod.status?.reason ?? pod.status?.phase ?? 'Unknown')
  if (pod.status?.reason === '') status = pod.status.phase ?? 'Unknown'
  let hasRunning = false
  for (const { state, ready } of statuses.toReversed()) {
    if (state?.waiting?.reason) status = state.waiting.reason
    else if (state?.terminated) status = terminationReason(state.terminated)
    else if (ready && state?.running) hasRunning = true
  }
  if (status !== 'Completed' || !hasRunning) return status
  const isReady = isConditionTrue(pod.status?.conditions, 'Ready')
  return isReady ? 'Running' : 'NotReady'
}

function terminationReason(terminated: { reason?: string; signal?: number; exitCode: number }): string {
  if (terminated.reason) return terminated.reason
  return terminated.signal ? `Signal:${terminated.signal}` : `ExitCode:${terminated.exitCode}`
}

function restarts(statuses: readonly ContainerStatus[], nowMs: number): string {
  const count = statuses.reduce((sum, status) => sum + status.restartCount, 0)
  const finished = statuses.flatMap((status) => status.lastState?.terminated?.finishedAt ?? [])
  const last = finished.toSorted().at(-1)
  if (count === 0 || !last) return String(count)
  return `${count} (${humanDuration(nowMs - Date.parse(last))} ago)`
}
