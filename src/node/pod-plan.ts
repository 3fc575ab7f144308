// Owns what a node does next for a pod: a pure function of what is wanted and what is known.
import type { Pod } from '../../generated/kubernetes.d.ts'
import type { Rejection } from './admission.ts'
import { hasEnded, isInitDone, isRunning, isSidecar, type ContainerState } from './container-state.ts'
import { hasInitialized, podPhase } from './pod-status.ts'
import type { PodFailure } from './pod-failure.ts'
import { everyContainer, isStarting, type PodState } from './pod-state.ts'
import type { ProbeKind } from './prober.ts'

export interface DesiredPod {
  /** The newest version that the API delivered. */
  readonly pod: Pod
  /**
   * `remove`: the object or the machine has gone; `halt`: the machine is switched off, and its files stay; `leave`: the
   * agent stops, the containers go on.
   */
  readonly mode: 'drive' | 'remove' | 'halt' | 'leave'
  /** Why the node does not take the pod. */
  readonly rejection: Rejection | undefined
  /** Ports by which Services reach the pod without its declaring them. */
  readonly servicePorts: readonly number[]
}

export type PodAction =
  | { readonly type: 'mountVolumes' | 'createSandbox' | 'removeSandbox' | 'release' | 'deleteObject' }
  | { readonly type: 'giveUp'; readonly failure: PodFailure }
  | { readonly type: 'startContainer' | 'resizeContainer'; readonly name: string }
  | { readonly type: 'exposePorts'; readonly name: string; readonly ports: readonly number[] }
  | {
      readonly type: 'stopContainer'
      readonly name: string
      readonly graceMs: number
      /** What wants it ended: a probe, or a resize that it has to start anew for; without one it ends with its pod. */
      readonly why?: 'liveness' | 'startup' | 'resize'
    }

/** Something to keep an eye on while it is in the plan. */
export interface Watch {
  readonly type: 'exit' | ProbeKind
  readonly name: string
  readonly id: string
}

export interface PodPlan {
  /** To begin now. */
  readonly actions: readonly PodAction[]
  readonly watches: readonly Watch[]
  /** When to plan again although nothing has happened, in epoch ms. */
  readonly wakeAtMs: number | undefined
}

interface Intent {
  readonly actions: readonly PodAction[]
  readonly watches?: readonly Watch[]
  readonly wakeAtMs?: number | undefined
}

const DEFAULT_GRACE_SECONDS = 30
/** pkg/kubelet/kuberuntime: minimumGracePeriodInSeconds. */
const SHORTEST_GRACE_MS = 2000
/** pkg/kubelet/active_deadline.go */
const DEADLINE_EXCEEDED: PodFailure = {
  reason: 'DeadlineExceeded',
  message: 'Pod was active on the node longer than the specified deadline',
}
const NOTHING: Intent = { actions: [] }

/** What an action is known by while it is carried out; one of a key at a time. */
export function actionKey(action: PodAction): string {
  return 'name' in action ? `${action.type}/${action.name}` : action.type
}

/** The next steps. Actions that are under way, or failed and wait for their time, are left out. */
export function podPlan(desired: DesiredPod, state: PodState, nowMs: number): PodPlan {
  const { actions, watches = [], wakeAtMs } = intentOf(desired, state, nowMs)
  const open = actions.filter((action) => !state.underway.has(actionKey(action)))
  const retryAtMs = (action: PodAction): number => state.retries[actionKey(action)]?.atMs ?? 0
  const waiting = open.map(retryAtMs).filter((atMs) => atMs > nowMs)
  const times = wakeAtMs === undefined ? waiting : [...waiting, wakeAtMs]
  return {
    actions: open.filter((action) => retryAtMs(action) <= nowMs),
    watches,
    wakeAtMs: times.length === 0 ? undefined : Math.min(...times),
  }
}

function intentOf(desired: DesiredPod, state: PodState, nowMs: number): Intent {
  const { pod, mode, rejection } = desired
  if (mode === 'leave' || state.isGone) return NOTHING
  if (mode === 'remove' || mode === 'halt') return removal(state)
  if (pod.metadata.deletionTimestamp) return termination(pod, state, nowMs)
  if (rejection) return NOTHING
  if (isOver(pod, state)) return conclusion(pod, state)
  const { activeDeadlineSeconds } = pod.spec
  if (activeDeadlineSeconds === undefined) return progress(desired, state, nowMs)
  const endsAtMs = state.startedAtMs + activeDeadlineSeconds * 1000
  if (nowMs >= endsAtMs) return { actions: [{ type: 'giveUp', failure: DEADLINE_EXCEEDED }] }
  const { wakeAtMs = endsAtMs, ...intent } = progress(desired, state, nowMs)
  return { ...intent, wakeAtMs: Math.min(wakeAtMs, endsAtMs) }
}

/** Every container of it ended for good. What the API says counts too: it may know of a run that is forgotten here. */
function isOver(pod: Pod, { containers, failure }: PodState): boolean {
  if (failure) return true
  const phases = [pod.status?.phase, podPhase(pod, containers)]
  return phases.some((phase) => phase === 'Succeeded' || phase === 'Failed')
}

function removal(state: PodState): Intent {
  if (!state.isRemoved) return { actions: [{ type: 'removeSandbox' }] }
  // Only now: an address that is given back may belong to another pod a moment later.
  return state.isReleased ? NOTHING : { actions: [{ type: 'release' }] }
}

// The object goes last, so that its name is free only then.
function termination(pod: Pod, state: PodState, nowMs: number): Intent {
  const { deletionTimestamp = '', deletionGracePeriodSeconds = DEFAULT_GRACE_SECONDS } = pod.metadata
  const endsAtMs = Date.parse(deletionTimestamp) || nowMs
  const running = everyContainer(state).filter(isRunning)
  if (running.length > 0) {
    const firstGraceMs = deletionGracePeriodSeconds * 1000
    const left = { firstGraceMs, laterGraceMs: endsAtMs - nowMs }
    return { actions: stops(running, left), watches: running.map((one) => watch('exit', one)) }
  }
  // A start that cannot be called back is waited for, as long as a container would be.
  if (isStarting(state) && nowMs < endsAtMs) return { actions: [], wakeAtMs: endsAtMs }
  const { actions } = removal(state)
  return { actions: actions.length > 0 ? actions : [{ type: 'deleteObject' }] }
}

// Sidecars outlive the others and end in reverse order, in what is left of the time (KEP-753).
function stops(
  running: readonly ContainerState[],
  { firstGraceMs, laterGraceMs }: { firstGraceMs: number; laterGraceMs: number },
): PodAction[] {
  const others = running.filter((one) => !isSidecar(one))
  const last = running.findLast(isSidecar)
  if (others.length === 0 && last) return [stop(last, laterGraceMs)]
  return others.map((one) => stop(one, firstGraceMs))
}

function stop({ spec }: ContainerState, graceMs: number): PodAction {
  return { type: 'stopContainer', name: spec.name, graceMs: Math.max(SHORTEST_GRACE_MS, graceMs) }
}

// The sandbox stays, and with it the logs, until the object is deleted.
function conclusion(pod: Pod, state: PodState): Intent {
  const running = everyContainer(state).filter(isRunning)
  if (running.length > 0) {
    const graceMs = state.failure?.graceMs ?? podGraceMs(pod)
    const actions = stops(running, { firstGraceMs: graceMs, laterGraceMs: graceMs })
    return { actions, watches: running.map((one) => watch('exit', one)) }
  }
  return state.isReleased ? NOTHING : { actions: [{ type: 'release' }] }
}

function progress(desired: DesiredPod, state: PodState, nowMs: number): Intent {
  const { pod } = desired
  if (!state.isMounted) return { actions: [{ type: 'mountVolumes' }] }
  if (state.ip === undefined) return { actions: [{ type: 'createSandbox' }] }
  const running = everyContainer(state).filter(isRunning)
  // Those for debugging wait for nothing, not even for init containers.
  const wanted = [...state.ephemeral, ...containersToRun(state.containers)].filter(
    ({ startAtMs }) => startAtMs !== undefined,
  )
  const starts = wanted
    .filter(({ startAtMs = 0 }) => startAtMs <= nowMs)
    .map(({ spec }): PodAction => ({ type: 'startContainer', name: spec.name }))
  const later = wanted.map(({ startAtMs = 0 }) => startAtMs).filter((atMs) => atMs > nowMs)
  return {
    actions: [
      ...starts,
      ...probeStops(pod, running),
      ...running.flatMap((one) => resizeOf(pod, one)),
      ...exposures(desired, state),
    ],
    watches: running.flatMap(watchesOf),
    wakeAtMs: later.length === 0 ? undefined : Math.min(...later),
  }
}

/** One init container after the other; the rest once all of those are done with, and from then on. */
function containersToRun(containers: readonly ContainerState[]): readonly ContainerState[] {
  if (hasInitialized(containers)) return containers.filter((one) => !one.isInit || isSidecar(one))
  const current = containers.findIndex((one) => one.isInit && !isInitDone(one))
  // A sidecar that ended before its turn is over comes back as well.
  return current < 0 ? containers.filter((one) => !hasEnded(one)) : containers.slice(0, current + 1)
}

function probeStops(pod: Pod, running: readonly ContainerState[]): PodAction[] {
  return running.flatMap(({ spec, failedProbe }): PodAction[] => {
    if (!failedProbe) return []
    const probe = failedProbe === 'liveness' ? spec.livenessProbe : spec.startupProbe
    const own = probe?.terminationGracePeriodSeconds
    const graceMs = own === undefined ? podGraceMs(pod) : own * 1000
    return [{ type: 'stopContainer', name: spec.name, graceMs, why: failedProbe }]
  })
}

function resizeOf(pod: Pod, { spec, resizing, failedProbe }: ContainerState): PodAction[] {
  const { name } = spec
  if (!resizing || failedProbe) return []
  if (resizing.how === 'inPlace') return [{ type: 'resizeContainer', name }]
  return [{ type: 'stopContainer', name, graceMs: podGraceMs(pod), why: 'resize' }]
}

function exposures({ servicePorts }: DesiredPod, { containers, exposed }: PodState): PodAction[] {
  const first = containers.find((one) => !one.isInit && isRunning(one))
  const ports = servicePorts.filter((port) => !exposed.includes(port))
  return first && ports.length > 0 ? [{ type: 'exposePorts', name: first.spec.name, ports }] : []
}

function watchesOf(container: ContainerState): Watch[] {
  const { spec, isInit, isStarted, failedProbe } = container
  const watches = [watch('exit', container)]
  // The API takes probes of sidecars and of no other init container.
  if (failedProbe || (isInit && !isSidecar(container))) return watches
  if (!isStarted) return spec.startupProbe ? [...watches, watch('startup', container)] : watches
  if (spec.readinessProbe) watches.push(watch('readiness', container))
  if (spec.livenessProbe) watches.push(watch('liveness', container))
  return watches
}

function watch(type: Watch['type'], { spec, id = '' }: ContainerState): Watch {
  return { type, name: spec.name, id }
}

/** How long the containers of a pod have to end when it does not end itself, in ms. */
export function podGraceMs(pod: Pod): number {
  return (pod.spec.terminationGracePeriodSeconds ?? DEFAULT_GRACE_SECONDS) * 1000
}
