// Owns the words `kubectl get pods` shows for the state of a pod.
// Source: kubernetes pkg/printers/internalversion/printers.go, printPod.
import type { ContainerStatus, Pod } from '../../../generated/kubernetes.d.ts'
import { humanDuration } from './columns.ts'
import { isConditionTrue } from '../../rules/kubernetes/conditions.ts'

/** How many containers of a pod are ready, sidecars among them: `1/2`. */
export function podReady(pod: Pod): string {
  const sidecars = sidecarNames(pod)
  const ready = longRunning(pod, sidecars).filter((s) => s.ready && s.state?.running).length
  return `${ready}/${pod.spec.containers.length + sidecars.size}`
}

/** The word for the state of a pod. */
export function podStatus(pod: Pod): string {
  return (
    deletionStatus(pod) ??
    initStatus(pod, sidecarNames(pod)) ??
    runningStatus(pod, pod.status?.containerStatuses ?? [])
  )
}

/** `0`, or `2 (5m ago)`. */
export function podRestarts(pod: Pod, nowMs: number): string {
  const sidecars = sidecarNames(pod)
  const isInitializing = initStatus(pod, sidecars) !== undefined
  const counted = isInitializing ? (pod.status?.initContainerStatuses ?? []) : longRunning(pod, sidecars)
  return restarts(counted, nowMs)
}

const NONE: ReadonlySet<string> = new Set()

function sidecarNames({ spec: { initContainers } }: Pod): ReadonlySet<string> {
  if (!initContainers?.length) return NONE
  return new Set(initContainers.filter((c) => c.restartPolicy === 'Always').map((c) => c.name))
}

/** The statuses of what runs beside each other. */
function longRunning({ status }: Pod, sidecars: ReadonlySet<string>): readonly ContainerStatus[] {
  const containers = status?.containerStatuses ?? []
  if (sidecars.size === 0) return containers
  return [...containers, ...(status?.initContainerStatuses ?? []).filter(({ name }) => sidecars.has(name))]
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
  if (count === 0) return '0'
  const finished = statuses.flatMap((status) => status.lastState?.terminated?.finishedAt ?? [])
  const last = finished.toSorted().at(-1)
  if (!last) return String(count)
  return `${count} (${humanDuration(nowMs - Date.parse(last))} ago)`
}
