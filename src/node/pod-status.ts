// Owns the status of a pod: its phase and conditions, derived from its containers as the kubelet does.
import type { Pod, PodCondition, PodStatus } from '../../generated/kubernetes.d.ts'
import { formatTimestamp } from '../base/clock.ts'
import { qosClass } from '../rules/kubernetes/qos.ts'
import { restartsAfter } from './backoff.ts'
import {
  isInitDone,
  isReady,
  isRunning,
  isSidecar,
  lostExit,
  withEnd,
  type ContainerState,
} from './container-state.ts'
import { containerStatus } from './container-status.ts'
import type { PodFailure } from './pod-failure.ts'
import { transitionTime } from '../rules/kubernetes/conditions.ts'

export interface PodView {
  readonly pod: Pod
  readonly containers: readonly ContainerState[]
  readonly ephemeral: readonly ContainerState[]
  readonly hostIp: string
  /** Undefined until the sandbox is there. */
  readonly podIp: string | undefined
  readonly startedAtMs: number
  readonly nowMs: number
  /** A container is being started. */
  readonly isStarting?: boolean
  /** Why a resize has not been carried out. */
  readonly pendingResize?: PodFailure
  /** Why the node has not taken the pod. */
  readonly rejection?: PodFailure
  /** Why the kubelet has given it up as a whole. */
  readonly failure?: PodFailure
}

type Phase = NonNullable<PodStatus['phase']>

/** The phase of a pod (pkg/kubelet/kubelet_pods.go getPhase). */
export function podPhase(pod: Pod, containers: readonly ContainerState[]): Phase {
  if (!hasInitialized(containers)) return hasFailedInit(pod, containers) ? 'Failed' : 'Pending'
  const main = containers.filter(({ isInit }) => !isInit)
  const waiting = main.filter((one) => one.phase.type === 'waiting' && !one.last)
  if (waiting.length > 0) return 'Pending'
  if (main.some(isRunning)) return 'Running'
  const codes = main.map(
    ({ phase, last }) => (phase.type === 'terminated' ? phase : last?.phase)?.exitCode ?? 0,
  )
  if (main.some((one, index) => restartsAfter(one, pod, codes[index] ?? 0))) return 'Running'
  return codes.every((code) => code === 0) ? 'Succeeded' : 'Failed'
}

/** Init containers hold nothing up once one of the others has started: a sidecar that ends later comes back beside. */
export function hasInitialized(containers: readonly ContainerState[]): boolean {
  return containers.every((one) => !one.isInit || isInitDone(one)) || hasStartedMain(containers)
}

function hasStartedMain(containers: readonly ContainerState[]): boolean {
  return containers.some(({ isInit, id }) => !isInit && id !== undefined)
}

function hasFailedInit(pod: Pod, containers: readonly ContainerState[]): boolean {
  return containers.some((one) => {
    const { isInit, phase } = one
    if (!isInit || isSidecar(one) || phase.type !== 'terminated' || phase.exitCode === 0) return false
    return !restartsAfter(one, pod, phase.exitCode)
  })
}

// A pod is not over for the API while one of its containers runs (pkg/kubelet/status mergePodStatus).
function shownPhase({ pod, containers, rejection, failure, isStarting }: PodView): Phase {
  if (rejection) return 'Failed'
  const phase = failure ? 'Failed' : podPhase(pod, containers)
  const isOver = phase === 'Succeeded' || phase === 'Failed'
  if (isOver && containers.some(isRunning)) return 'Running'
  // The end of what is being started would be told to nobody.
  return isOver && isStarting ? podPhase(pod, containers) : phase
}

// Nothing of a pod that was given up waits any more (pkg/kubelet/status TerminatePod).
function concluded(container: ContainerState, { containers, nowMs }: PodView): ContainerState {
  const { phase, last, isInit } = container
  if (phase.type !== 'waiting') return container
  if (last) return { ...container, phase: last.phase, id: last.id, last: undefined }
  return isInit || !hasInitialized(containers)
    ? container
    : withEnd(container, { ...lostExit(nowMs), message: NOT_LOCATED })
}

const NOT_LOCATED = 'The container could not be located when the pod was terminated'

/** The whole status; transition times are kept where a condition did not change. */
export function podStatus(view: PodView): PodStatus {
  const { pod, containers, hostIp, podIp } = view
  const phase = shownPhase(view)
  const isGivenUp = phase === 'Failed' && view.failure !== undefined
  const shown = isGivenUp ? containers.map((one) => concluded(one, view)) : containers
  const init = shown.filter(({ isInit }) => isInit)
  const main = shown.filter(({ isInit }) => !isInit)
  return {
    ...(pod.metadata.generation !== undefined && { observedGeneration: pod.metadata.generation }),
    phase,
    conditions: conditions(view, phase),
    ...(phase === 'Failed' && shownFailure(view)),
    hostIP: hostIp,
    hostIPs: [{ ip: hostIp }],
    ...(podIp !== undefined && { podIP: podIp, podIPs: [{ ip: podIp }] }),
    startTime: formatTimestamp(view.startedAtMs),
    ...(init.length > 0 && { initContainerStatuses: init.map(containerStatus) }),
    ...(!view.rejection && { containerStatuses: main.map(containerStatus) }),
    ...(view.ephemeral.length > 0 && { ephemeralContainerStatuses: view.ephemeral.map(containerStatus) }),
    qosClass: qosClass(pod),
  }
}

function shownFailure({ rejection, failure }: PodView): Pick<PodStatus, 'reason' | 'message'> | undefined {
  const cause = rejection ?? failure
  return cause && { reason: cause.reason, message: cause.message }
}

interface Verdict {
  readonly type: string
  readonly isTrue: boolean
  readonly reason?: string
  readonly message?: string
}

function conditions(view: PodView, phase: Phase): PodCondition[] {
  const { pod, containers, podIp, nowMs } = view
  const current = pod.status?.conditions ?? []
  const isOver = phase === 'Succeeded' || phase === 'Failed'
  const containersReady = containersVerdict(containers, phase)
  const own: Verdict[] = [
    { type: 'PodReadyToStartContainers', isTrue: podIp !== undefined && !isOver },
    initializedVerdict(containers, phase),
    readyVerdict(pod, containersReady),
    containersReady,
    { type: 'PodScheduled', isTrue: true },
  ]
  if (view.failure?.isDisruption) {
    const { message } = view.failure
    own.push({ type: 'DisruptionTarget', isTrue: true, reason: 'TerminationByKubelet', message })
  }
  if (view.pendingResize) own.push({ type: 'PodResizePending', isTrue: true, ...view.pendingResize })
  own.push(...resizeVerdicts(containers))
  const isOwn = (type: string): boolean =>
    RESIZE_CONDITIONS.includes(type) || own.some((verdict) => verdict.type === type)
  const foreign = current.filter(({ type }) => !isOwn(type))
  return [...foreign, ...own.map((verdict) => toCondition(verdict, current, nowMs))]
}

const RESIZE_CONDITIONS: readonly string[] = ['PodResizePending', 'PodResizeInProgress']

/** Says so while what containers have is not what they were allocated (pkg/kubelet/status SetPodResizeInProgressCondition). */
function resizeVerdicts(containers: readonly ContainerState[]): Verdict[] {
  const open = containers.flatMap(({ resizing }) => resizing ?? [])
  if (open.length === 0) return []
  const message = open.find(({ problem }) => problem !== undefined)?.problem
  const error = message === undefined ? {} : { reason: 'Error', message }
  return [{ type: 'PodResizeInProgress', isTrue: true, ...error }]
}

function toCondition(verdict: Verdict, current: readonly PodCondition[], nowMs: number): PodCondition {
  const status = verdict.isTrue ? 'True' : 'False'
  const before = current.find(({ type }) => type === verdict.type)
  return {
    type: verdict.type,
    status,
    lastTransitionTime: transitionTime(before, status, formatTimestamp(nowMs)),
    ...(verdict.reason !== undefined && { reason: verdict.reason }),
    ...(verdict.message !== undefined && { message: verdict.message }),
  }
}

function initializedVerdict(containers: readonly ContainerState[], phase: Phase): Verdict {
  const incomplete = hasStartedMain(containers)
    ? []
    : containers.filter((one) => one.isInit && !isInitDone(one))
  if (phase === 'Succeeded') return { type: 'Initialized', isTrue: true, reason: 'PodCompleted' }
  if (incomplete.length === 0) return { type: 'Initialized', isTrue: true }
  return {
    type: 'Initialized',
    isTrue: false,
    reason: 'ContainersNotInitialized',
    message: `containers with incomplete status: [${names(incomplete)}]`,
  }
}

// Texts of pkg/kubelet/status/generate.go.
function containersVerdict(containers: readonly ContainerState[], phase: Phase): Verdict {
  const type = 'ContainersReady'
  if (phase === 'Succeeded') return { type, isTrue: false, reason: 'PodCompleted' }
  if (phase === 'Failed') return { type, isTrue: false, reason: 'PodFailed' }
  const relevant = containers.filter((one) => !one.isInit || isSidecar(one))
  const unready = relevant.filter((one) => !isReady(one))
  if (unready.length === 0) return { type, isTrue: true }
  const message = `containers with unready status: [${names(unready)}]`
  return { type, isTrue: false, reason: 'ContainersNotReady', message }
}

function readyVerdict(pod: Pod, containersReady: Verdict): Verdict {
  if (!containersReady.isTrue) return { ...containersReady, type: 'Ready' }
  const messages = (pod.spec.readinessGates ?? []).flatMap(({ conditionType }) => {
    const gate = pod.status?.conditions?.find(({ type }) => type === conditionType)
    if (!gate) return [`corresponding condition of pod readiness gate "${conditionType}" does not exist.`]
    if (gate.status === 'True') return []
    return [`the status of pod readiness gate "${conditionType}" is not "True", but ${gate.status}`]
  })
  if (messages.length === 0) return { type: 'Ready', isTrue: true }
  return { type: 'Ready', isTrue: false, reason: 'ReadinessGatesNotReady', message: messages.join(', ') }
}

function names(containers: readonly ContainerState[]): string {
  return containers.map(({ spec }) => spec.name).join(' ')
}
