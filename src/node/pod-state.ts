// Owns what a node knows of one pod, and how each thing that happens changes that; pure.
import type { Pod } from '../../generated/kubernetes.d.ts'
import { deepEqual } from '../base/json.ts'
import type { ContainerExit, RunningContainer } from '../runtime/runtime.ts'
import { crashBackoff, goDuration, restartsAfter } from './backoff.ts'
import {
  adopted,
  hasEnded,
  isReady,
  isRunning,
  newContainer,
  withEnd,
  withFailedStart,
  withRestart,
  withStart,
  withVerdict,
  type ContainerState,
  type PullBackoff,
} from './container-state.ts'
import type { PodFailure } from './pod-failure.ts'
import type { ProbeKind } from './prober.ts'
import { resizeRestarts } from './resize.ts'

/** An action that failed and when it is tried again. */
export interface Retry {
  readonly failures: number
  readonly atMs: number
}

export interface PodState {
  /** When the node took the pod. */
  readonly startedAtMs: number
  readonly failure: PodFailure | undefined
  /** Init containers first, in the order of the spec. */
  readonly containers: readonly ContainerState[]
  readonly ephemeral: readonly ContainerState[]
  /** Every volume is there. */
  readonly isMounted: boolean
  /** The address of the sandbox; undefined until it is there. */
  readonly ip: string | undefined
  /** Ports that were opened because a Service names them. */
  readonly exposed: readonly number[]
  /** Address and route are given back. */
  readonly isReleased: boolean
  /** The runtime has nothing of the pod any more. */
  readonly isRemoved: boolean
  /** The pod is no longer in the API. */
  readonly isGone: boolean
  /** Keys of the actions that are being carried out. */
  readonly underway: ReadonlySet<string>
  readonly retries: Readonly<Record<string, Retry>>
}

/** What can happen to a pod on its node. */
export type PodFact =
  | { readonly type: 'mounted' | 'released' | 'removed' | 'gone' }
  | { readonly type: 'sandboxed'; readonly ip: string }
  | { readonly type: 'givenUp'; readonly failure: PodFailure }
  | { readonly type: 'exposed'; readonly ports: readonly number[] }
  | {
      readonly type: 'started'
      readonly name: string
      readonly id: string
      readonly imageId: string
      readonly startedAtMs: number
      /** Ports that are open because Services name them, when this is the container that opens them. */
      readonly exposed?: readonly number[]
    }
  | {
      readonly type: 'notStarted'
      readonly name: string
      readonly reason: string
      readonly message: string
      readonly imageId: string
      readonly retryAtMs: number
      readonly pull?: PullBackoff | undefined
    }
  /** It was made, and its process could not be started: that counts as a run that has ended. */
  | {
      readonly type: 'startFailed'
      readonly name: string
      readonly id: string
      readonly imageId: string
      readonly exit: ContainerExit
      /** What its status says instead of its end until it is started again. */
      readonly waiting?: { readonly reason: string; readonly message: string }
    }
  | { readonly type: 'exited'; readonly name: string; readonly id: string; readonly exit: ContainerExit }
  | {
      readonly type: 'probed'
      readonly name: string
      readonly id: string
      readonly kind: ProbeKind
      readonly isSuccess: boolean
    }
  | { readonly type: 'resized'; readonly name: string }
  /** The action did not work, or was given up. */
  | {
      readonly type: 'failed'
      readonly retryAtMs: number
      /** What a container could not be given, and why. */
      readonly resize?: { readonly name: string; readonly problem: string }
    }

/**
 * What is known of a pod when its node begins to drive it.
 * @param running what the runtime still runs of it from before a restart of Neargate
 */
export function initialState(pod: Pod, running: readonly RunningContainer[], nowMs: number): PodState {
  const known = { pod, running, nowMs }
  const { initContainers = [], containers } = pod.spec
  const { containerStatuses = [], initContainerStatuses = [] } = pod.status ?? {}
  const statuses = [...initContainerStatuses, ...containerStatuses]
  // The kubelet's default while nothing else is known (kubelet_pods.go convertToAPIContainerStatuses).
  const waitsFor = initContainers.length > 0 ? 'PodInitializing' : 'ContainerCreating'
  const states = [
    ...initContainers.map((spec) => newContainer(spec, true, waitsFor)),
    ...containers.map((spec) => newContainer(spec, false, waitsFor)),
  ].map((fresh) => {
    const { name } = fresh.spec
    const state = adopted(fresh, {
      status: statuses.find((one) => one.name === name),
      running: running.find((one) => one.name === name),
      nowMs,
    })
    return state.phase.type === 'terminated' && restartsAfter(state, pod, state.phase.exitCode)
      ? withRestart(state, { startAtMs: 0, backoffMs: 0 })
      : state
  })
  return {
    startedAtMs: Date.parse(pod.status?.startTime ?? '') || nowMs,
    failure: undefined,
    containers: states,
    ephemeral: (pod.spec.ephemeralContainers ?? []).map((spec) => newEphemeral(spec, known)),
    // The kubelet does not stop what runs because a volume's source has gone since; where nothing runs the volumes may have
    // gone with the machine, or with a stop of the region.
    isMounted: states.some(isRunning),
    ip: undefined,
    exposed: [],
    isReleased: false,
    isRemoved: false,
    isGone: false,
    underway: new Set(),
    retries: {},
  }
}

interface Known {
  readonly pod: Pod
  readonly running: readonly RunningContainer[]
  readonly nowMs: number
}

type EphemeralSpec = NonNullable<Pod['spec']['ephemeralContainers']>[number]

function newEphemeral(spec: EphemeralSpec, { pod, running, nowMs }: Known): ContainerState {
  const fresh = { ...newContainer(spec, false, 'ContainerCreating'), isEphemeral: true as const }
  return adopted(fresh, {
    status: pod.status?.ephemeralContainerStatuses?.find(({ name }) => name === spec.name),
    running: running.find(({ name }) => name === spec.name),
    nowMs,
  })
}

/** All containers of a pod, those for debugging last. */
export function everyContainer({ containers, ephemeral }: PodState): readonly ContainerState[] {
  return [...containers, ...ephemeral]
}

/**
 * The pod has changed: containers for debugging were added, or others got more or less of the machine.
 * @param fits false when the machine cannot give what a resize asks for: it stays pending.
 */
export function withPod(
  state: PodState,
  pod: Pod,
  { fits, nowMs }: { fits: boolean; nowMs: number },
): PodState {
  const { containers, initContainers = [], ephemeralContainers = [] } = pod.spec
  const added = ephemeralContainers.filter(
    ({ name }) => !state.ephemeral.some(({ spec }) => spec.name === name),
  )
  const specs = [...initContainers, ...containers]
  return {
    ...state,
    containers: fits ? state.containers.map((one) => resized(one, specs)) : state.containers,
    ephemeral: [...state.ephemeral, ...added.map((spec) => newEphemeral(spec, { pod, running: [], nowMs }))],
  }
}

function resized(container: ContainerState, specs: Pod['spec']['containers']): ContainerState {
  const resources = specs.find(({ name }) => name === container.spec.name)?.resources
  if (!resources || deepEqual(resources, container.spec.resources)) return container
  const changed = { ...container, spec: { ...container.spec, resources } }
  if (!isRunning(container)) return changed
  const { spec, resizing } = container
  const restarts = resizing?.how === 'restart' || resizeRestarts(spec, resources)
  const from = resizing ? resizing.from : spec.resources
  return { ...changed, resizing: { how: restarts ? 'restart' : 'inPlace', from } }
}

/** An action has begun. */
export function withBegun(state: PodState, key: string): PodState {
  return { ...state, underway: new Set([...state.underway, key]) }
}

/** An action has come to its end, with this fact. */
export function withOutcome(state: PodState, key: string, outcome: { pod: Pod; fact: PodFact }): PodState {
  const { pod, fact } = outcome
  const underway = new Set(state.underway)
  underway.delete(key)
  const { [key]: before, ...retries } = state.retries
  if (fact.type !== 'failed') return withFact({ ...state, underway, retries }, pod, fact)
  const retry = { failures: (before?.failures ?? 0) + 1, atMs: fact.retryAtMs }
  const failed = { ...state, underway, retries: { ...retries, [key]: retry } }
  return withFact(failed, pod, fact)
}

/** Something has happened. */
export function withFact(state: PodState, pod: Pod, fact: PodFact): PodState {
  switch (fact.type) {
    case 'mounted':
      return { ...state, isMounted: true }
    case 'sandboxed':
      return { ...state, ip: fact.ip }
    case 'givenUp':
      return { ...state, failure: fact.failure }
    case 'exposed':
      return { ...state, exposed: [...state.exposed, ...fact.ports] }
    case 'released':
      return { ...state, isReleased: true }
    case 'removed':
      return { ...state, isRemoved: true }
    case 'gone':
      return { ...state, isGone: true }
    case 'failed':
      return fact.resize ? withProblem(state, fact.resize) : state
    case 'resized':
      return withContainer(state, fact.name, (one) => ({ ...one, resizing: undefined }))
    case 'started':
      return withContainer({ ...state, exposed: fact.exposed ?? state.exposed }, fact.name, (one) =>
        withStart(one, fact),
      )
    case 'notStarted':
      return withContainer(state, fact.name, (one) => withFailedStart(one, fact))
    case 'startFailed':
      return withContainer(state, fact.name, (one) => {
        const { id, imageId, exit } = fact
        const run = { id, imageId, startedAtMs: exit.finishedAtMs }
        const after = afterExit(withStart(one, run), exit, { pod, state })
        const isBack = after.startAtMs !== undefined && after.phase.type === 'terminated'
        return fact.waiting && isBack ? { ...after, phase: { type: 'waiting', ...fact.waiting } } : after
      })
    case 'exited':
      return withContainer(state, fact.name, (one) => {
        // The end of a run may be told twice: by its watch and by what stopped it.
        if (!isRunning(one) || one.id !== fact.id) return one
        return afterExit(one, fact.exit, { pod, state })
      })
    case 'probed':
      return withContainer(state, fact.name, (one) => {
        if (!isRunning(one) || one.id !== fact.id) return one
        return withVerdict(one, fact.kind, fact.isSuccess)
      })
  }
}

function withContainer(
  state: PodState,
  name: string,
  change: (container: ContainerState) => ContainerState,
): PodState {
  const changed = (one: ContainerState): ContainerState => (one.spec.name === name ? change(one) : one)
  return { ...state, containers: state.containers.map(changed), ephemeral: state.ephemeral.map(changed) }
}

function withProblem(state: PodState, { name, problem }: { name: string; problem: string }): PodState {
  return withContainer(state, name, (one) =>
    one.resizing ? { ...one, resizing: { ...one.resizing, problem } } : one,
  )
}

function afterExit(
  container: ContainerState,
  exit: ContainerExit,
  { pod, state }: { pod: Pod; state: PodState },
): ContainerState {
  const ended = withEnd(container, exit)
  const others = state.containers.filter(({ isInit }) => !isInit)
  // Sidecars serve the others: once those have ended for good they are not started again (KEP-753).
  const isLast = container.isInit && others.every(hasEnded)
  const isEnding = pod.metadata.deletionTimestamp !== undefined || state.failure !== undefined
  const isResized = container.resizing?.how === 'restart'
  const restarts = isResized || restartsAfter(container, pod, exit.exitCode)
  if (container.isEphemeral || isEnding || isLast || !restarts) return ended
  if (isResized) return withRestart(ended, { startAtMs: 0, backoffMs: container.backoffMs })
  const startedAtMs = container.phase.type === 'running' ? container.phase.startedAtMs : exit.finishedAtMs
  const { waitMs, nextMs } = crashBackoff(container.backoffMs, exit.finishedAtMs - startedAtMs)
  const { name } = container.spec
  const text = `back-off ${goDuration(waitMs)} restarting failed container=${name} pod=${podId(pod)}`
  return withRestart(ended, {
    startAtMs: exit.finishedAtMs + waitMs,
    backoffMs: nextMs,
    ...(waitMs > 0 && { waiting: text }),
  })
}

/** `name_namespace(uid)`, as the kubelet's messages name a pod. */
export function podId({ metadata }: Pod): string {
  return `${metadata.name}_${metadata.namespace}(${metadata.uid})`
}

/** A container is being started. */
export function isStarting({ underway }: PodState): boolean {
  return [...underway].some((key) => key.startsWith('startContainer/'))
}

/** How long a container that has started may take to its first probe before it counts as one that fails it. */
const FIRST_PROBE_MS = 1000

/** True when what is known is about to change: something is under way, or a container awaits its first probe. */
export function isPassing({ underway, containers }: PodState, nowMs: number): boolean {
  return underway.size > 0 || containers.some((container) => awaitsFirstProbe(container, nowMs))
}

function awaitsFirstProbe(container: ContainerState, nowMs: number): boolean {
  const { phase, spec } = container
  const probe = spec.startupProbe ?? spec.readinessProbe
  if (phase.type !== 'running' || isReady(container) || !probe || probe.initialDelaySeconds) return false
  return nowMs - phase.startedAtMs < FIRST_PROBE_MS
}
