// Owns what a node knows of one container of a pod, and how each thing that happens to it changes that; pure.
import type { Container, ContainerStatus } from '../../generated/kubernetes.d.ts'
import type { ContainerExit, RunningContainer } from '../runtime/runtime.ts'

export type ContainerPhase =
  | { readonly type: 'waiting'; readonly reason: string; readonly message?: string }
  | { readonly type: 'running'; readonly startedAtMs: number }
  | TerminatedPhase

export interface TerminatedPhase {
  readonly type: 'terminated'
  readonly exitCode: number
  readonly reason: string
  readonly startedAtMs: number
  readonly finishedAtMs: number
  /** Its last word: the termination message. */
  readonly message?: string
}

/** Which probe wants a container ended. */
export type FatalProbe = 'liveness' | 'startup'

export interface ContainerState {
  readonly spec: Container
  /** Init containers come before the others; sidecars are init containers with restart policy Always. */
  readonly isInit: boolean
  /** Added to debug a pod that runs: started once, and nothing of the pod depends on it. */
  readonly isEphemeral?: true
  readonly phase: ContainerPhase
  /** The run before, once the container was or will be started again. */
  readonly last: { readonly phase: TerminatedPhase; readonly id: string } | undefined
  /** The runtime's id of the newest run; undefined before the first start. */
  readonly id: string | undefined
  /** Empty until the image was pulled. */
  readonly imageId: string
  readonly restarts: number
  /** The startup probe has succeeded, or there is none and it runs. */
  readonly isStarted: boolean
  /** The readiness probe says so, or there is none and it has started. */
  readonly isProbedReady: boolean
  /** When it is to be started (epoch ms, 0 for at once); undefined while it runs and once it has ended for good. */
  readonly startAtMs: number | undefined
  /** How long it waits after its next end, in ms. */
  readonly backoffMs: number
  readonly failedProbe: FatalProbe | undefined
  /** It is being given what its spec says, and has something else. */
  readonly resizing?: Resizing | undefined
  /** Pulling its image has failed, and is left alone for a while. */
  readonly pull?: PullBackoff | undefined
}

/** A resize of a running container that is not carried out yet. */
export interface Resizing {
  readonly how: 'inPlace' | 'restart'
  /** What it has. */
  readonly from: Container['resources']
  /** Why it did not work, so far. */
  readonly problem?: string
}

/** Pulling an image did not work. */
export interface PullBackoff {
  readonly waitMs: number
  /** Epoch ms. */
  readonly untilMs: number
  /** What went wrong. */
  readonly failure: string
}

/** A container that was never started. */
export function newContainer(spec: Container, isInit: boolean, waitsFor: string): ContainerState {
  return {
    spec,
    isInit,
    phase: { type: 'waiting', reason: waitsFor },
    last: undefined,
    id: undefined,
    imageId: '',
    restarts: 0,
    isStarted: false,
    isProbedReady: false,
    startAtMs: 0,
    backoffMs: 0,
    failedProbe: undefined,
  }
}

export function isSidecar({ isInit, spec }: ContainerState): boolean {
  return isInit && spec.restartPolicy === 'Always'
}

export function isBackingOff({ phase }: ContainerState): boolean {
  return phase.type === 'waiting' && phase.reason === 'CrashLoopBackOff'
}

export function isRunning({ phase }: ContainerState): boolean {
  return phase.type === 'running'
}

/** Ready as `status.containerStatuses[].ready` says: a plain init container is ready once it has succeeded. */
export function isReady(state: ContainerState): boolean {
  const { phase, isInit, isEphemeral, isStarted, isProbedReady } = state
  if (isEphemeral) return false
  if (isInit && !isSidecar(state)) return phase.type === 'terminated' && phase.exitCode === 0
  return phase.type === 'running' && isStarted && isProbedReady
}

/** An init container that holds nothing up any more. */
export function isInitDone(state: ContainerState): boolean {
  return isSidecar(state) ? state.isStarted : isReady(state)
}

/** A container that ended and is not started again. */
export function hasEnded({ phase, startAtMs }: ContainerState): boolean {
  return phase.type === 'terminated' && startAtMs === undefined
}

export function withStart(
  state: ContainerState,
  run: { readonly id: string; readonly imageId: string; readonly startedAtMs: number },
): ContainerState {
  const isStarted = !state.spec.startupProbe
  return {
    ...state,
    id: run.id,
    imageId: run.imageId,
    phase: { type: 'running', startedAtMs: run.startedAtMs },
    restarts: state.restarts + (state.last ? 1 : 0),
    isStarted,
    isProbedReady: isStarted && !state.spec.readinessProbe,
    startAtMs: undefined,
    failedProbe: undefined,
    resizing: undefined,
    pull: undefined,
  }
}

export function withFailedStart(
  state: ContainerState,
  failure: {
    readonly reason: string
    readonly message: string
    readonly imageId: string
    readonly retryAtMs: number
    readonly pull?: PullBackoff | undefined
  },
): ContainerState {
  const { reason, message, imageId, retryAtMs, pull } = failure
  return { ...state, imageId, phase: { type: 'waiting', reason, message }, startAtMs: retryAtMs, pull }
}

/** The container ended and stays so. */
export function withEnd(state: ContainerState, exit: ContainerExit): ContainerState {
  const startedAtMs = state.phase.type === 'running' ? state.phase.startedAtMs : exit.finishedAtMs
  return {
    ...state,
    phase: { type: 'terminated', ...exit, startedAtMs },
    isStarted: false,
    isProbedReady: false,
    startAtMs: undefined,
    failedProbe: undefined,
    resizing: undefined,
  }
}

/**
 * A container that ended is to be started again at `startAtMs`.
 * @param waiting what its status says until then; without it, it shows how it ended
 */
export function withRestart(
  state: ContainerState,
  restart: { readonly startAtMs: number; readonly backoffMs: number; readonly waiting?: string },
): ContainerState {
  const { startAtMs, backoffMs, waiting } = restart
  const { phase, id = '' } = state
  return {
    ...state,
    last: phase.type === 'terminated' ? { phase, id } : state.last,
    startAtMs,
    backoffMs,
    phase: waiting === undefined ? phase : { type: 'waiting', reason: 'CrashLoopBackOff', message: waiting },
  }
}

/** What a probe found, when that is news. */
export function withVerdict(
  state: ContainerState,
  kind: FatalProbe | 'readiness',
  isSuccess: boolean,
): ContainerState {
  if (kind === 'readiness') return { ...state, isProbedReady: isSuccess }
  if (!isSuccess) return { ...state, failedProbe: kind }
  if (kind === 'liveness') return state
  return { ...state, isStarted: true, isProbedReady: !state.spec.readinessProbe }
}

/**
 * Takes over a container from before a restart of Neargate.
 * @param status as the API has it
 * @param running what the runtime still runs
 */
export function adopted(
  state: ContainerState,
  known: {
    readonly status: ContainerStatus | undefined
    readonly running: RunningContainer | undefined
    readonly nowMs: number
  },
): ContainerState {
  const { status, running, nowMs } = known
  const restored = status ? fromStatus(state, status) : state
  if (running && !isEndKnown(status, running.id)) {
    const hasStarted = (status?.started ?? false) || !state.spec.startupProbe
    return {
      ...restored,
      id: running.id,
      phase: { type: 'running', startedAtMs: running.startedAtMs },
      isStarted: hasStarted,
      isProbedReady: (status?.ready ?? false) || (hasStarted && !state.spec.readinessProbe),
      startAtMs: undefined,
    }
  }
  const wasRunning = status?.state?.running
  if (!wasRunning) return restored
  // It ended while nobody looked (kubelet: ContainerStatusUnknown, exit code 137).
  const startedAtMs = Date.parse(wasRunning.startedAt ?? '') || nowMs
  return withEnd({ ...restored, phase: { type: 'running', startedAtMs } }, lostExit(nowMs))
}

// The runtime still has it, and its end was told before.
function isEndKnown(status: ContainerStatus | undefined, id: string): boolean {
  const ends = [status?.state?.terminated, status?.lastState?.terminated]
  return ends.some((end) => plainId(end?.containerID) === id)
}

/** How a container ended that the runtime does not know any more. */
export function lostExit(nowMs: number): ContainerExit {
  return { exitCode: 137, reason: 'ContainerStatusUnknown', finishedAtMs: nowMs }
}

function fromStatus(state: ContainerState, status: ContainerStatus): ContainerState {
  const ended = status.state?.terminated ?? status.lastState?.terminated
  const base = {
    ...state,
    restarts: status.restartCount,
    imageId: status.imageID,
    id: plainId(status.containerID),
  }
  if (!ended) return base
  const phase: TerminatedPhase = {
    type: 'terminated',
    exitCode: ended.exitCode,
    reason: ended.reason ?? 'Error',
    startedAtMs: Date.parse(ended.startedAt ?? '') || 0,
    finishedAtMs: Date.parse(ended.finishedAt ?? '') || 0,
    ...(ended.message === undefined ? {} : { message: ended.message }),
  }
  if (status.state?.terminated) return { ...base, phase, startAtMs: undefined }
  return { ...base, last: { phase, id: plainId(ended.containerID) ?? '' } }
}

function plainId(containerId: string | undefined): string | undefined {
  return containerId?.replace(/^[a-z-]+:\/\//, '')
}
