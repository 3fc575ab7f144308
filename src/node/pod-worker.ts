// Owns one pod on one node: notes what happens, plans, and has the plan carried out, until nothing is left of it.
import type { Pod, PodStatus } from '../../generated/kubernetes.d.ts'
import { ABORTED, aborted } from '../base/abort.ts'
import type { Timer } from '../base/clock.ts'
import { Supervisor } from '../base/supervisor.ts'
import { services } from '../kubernetes/client/resources.ts'
import type { RunningContainer } from '../runtime/runtime.ts'
import type { Rejection } from './admission.ts'
import { isBackingOff } from './container-state.ts'
import { evictionOf, hasStorageLimit } from './eviction.ts'
import { perform, type ActionContext, type PodWorld } from './pod-actions.ts'
import { actionKey, podPlan, type DesiredPod, type PodAction, type Watch } from './pod-plan.ts'
import type { PodFailure } from './pod-failure.ts'
import {
  everyContainer,
  initialState,
  isPassing,
  isStarting,
  podId,
  withBegun,
  withFact,
  withOutcome,
  withPod,
  type PodState,
} from './pod-state.ts'
import { podStatus } from './pod-status.ts'
import type { Machine, NodeFiles } from './ports.ts'
import { watchContainer } from './pod-watch.ts'
import { refreshFiles } from './real-pods.ts'
import { resizeProblem, resizeText } from './resize.ts'
import { servicePorts } from './service-ports.ts'
import { storageUsage } from './storage-usage.ts'
import { StatusWriter } from './status-writer.ts'
import { Watches } from './watches.ts'

export interface PodWorkerOptions {
  readonly world: PodWorld
  readonly machine: Machine
  readonly files: NodeFiles
  readonly pod: Pod
  /** Containers of this pod that the runtime still runs from before. */
  readonly running: readonly RunningContainer[]
  /** Why the node cannot take the pod, when it cannot. */
  readonly rejection: Rejection | undefined
}

/** How long an action that cannot be called back may hold up the end of the agent. */
const DETACH_MS = 2000

/** Drives one pod. What is known of it is one value that only `#note` replaces. */
export class PodWorker {
  readonly #options: PodWorkerOptions
  readonly #writer: StatusWriter
  readonly #supervisor: Supervisor
  readonly #watches = new Watches((watch, signal) => this.#watch(watch, signal))
  /** Aborts once nothing of the pod is to be started any more. */
  readonly #starts = new AbortController()
  readonly #removed = Promise.withResolvers<void>()
  #pod: Pod
  #mode: DesiredPod['mode'] = 'drive'
  #state: PodState
  #endRoute = (): void => undefined
  #wake: Timer | undefined
  /** It is being looked at what it has on disk. */
  #isWeighed = false

  constructor(options: PodWorkerOptions) {
    const { world, pod, running, rejection } = options
    const { clock, log } = world.cluster
    this.#options = options
    this.#pod = pod
    this.#state = initialState(pod, running, clock.now())
    this.#supervisor = new Supervisor(log)
    this.#writer = new StatusWriter(world.cluster, pod, (newest) => this.#status(newest))
    if (rejection) this.#event(rejection.reason, rejection.message)
  }

  get pod(): Pod {
    return this.#pod
  }

  get ip(): string | undefined {
    return this.#state.ip
  }

  /** Starts what the pod asks for, or its removal. */
  start(): void {
    this.#step()
  }

  /** Takes note of a newer version of the pod. */
  update(pod: Pod): void {
    this.#pod = pod
    this.#writer.observe(pod)
    const fits = this.#resizeProblem() === undefined
    const before = this.#state
    this.#state = withPod(before, pod, { fits, nowMs: this.#options.world.cluster.clock.now() })
    if (isResized(before, this.#state)) this.#tell('ResizeStarted', resizeText('Pod resize started', pod))
    this.#step()
  }

  /** Something that the plan depends on has changed: the Services of the namespace. */
  reconsider(): void {
    if (this.#mode === 'drive') this.#step()
  }

  /** Brings what its processes see of the API up to date: files of ConfigMaps, Secrets and tokens. */
  refresh(): void {
    const { world, machine } = this.#options
    const { real, cluster } = world
    if (!real || this.#mode !== 'drive' || !this.#state.isMounted || this.#state.isRemoved) return
    const pod = this.#pod
    this.#supervisor.run(`files of pod ${podId(pod)}`, () =>
      refreshFiles(real, { cluster, machine, pod, ip: this.#state.ip ?? '' }),
    )
  }

  /** Looks at what it has on the disk of its node, and gives it up where that is too much. */
  weigh(): void {
    const { world, machine } = this.#options
    const { real, runtime } = world
    const isIdle = this.#mode !== 'drive' || !this.#state.isMounted || this.#state.failure || this.#isWeighed
    if (!real || isIdle || isOver(this.#pod) || !hasStorageLimit(this.#pod, machine)) return
    this.#isWeighed = true
    this.#supervisor.run(`the storage of pod ${podId(this.#pod)}`, async () => {
      const containerId = (name: string): string | undefined => this.containerId(name)
      const measured = { pod: this.#pod, directories: real.directories, runtime, containerId }
      const usage = await storageUsage(measured).finally(() => (this.#isWeighed = false))
      const failure = evictionOf(this.#pod, usage, machine)
      if (failure && this.#mode === 'drive' && !this.#state.failure) this.#evict(failure)
    })
  }

  #evict(failure: PodFailure): void {
    this.#event(failure.reason, failure.message)
    this.#note((state) => withFact(state, this.#pod, { type: 'givenUp', failure }))
  }

  /**
   * The pod is no longer in the API, or its machine is gone: ends what is left of it at once.
   * @param signal gives that up
   */
  async discard(signal?: AbortSignal): Promise<void> {
    await this.#end('remove', signal)
  }

  /** Its machine is switched off: ends its containers at once, and keeps its volumes. @param signal gives that up */
  async halt(signal: AbortSignal): Promise<void> {
    await this.#end('halt', signal)
  }

  async #end(mode: 'remove' | 'halt', signal: AbortSignal | undefined): Promise<void> {
    this.#mode = mode
    this.#writer.close()
    this.#step()
    await (signal ? Promise.race([this.#removed.promise, aborted(signal)]) : this.#removed.promise)
    this.#mode = 'leave'
    this.#step()
  }

  /** Stops driving the pod and leaves it running, for the next start of Neargate. */
  async detach(): Promise<void> {
    this.#mode = 'leave'
    this.#step()
    // What is under way is noted first: a container that has just started is in the status then.
    const patience = new AbortController()
    const late = this.#options.world.cluster.clock.sleep(DETACH_MS, patience.signal).catch(() => undefined)
    await Promise.race([this.#supervisor.stop(), late])
    patience.abort(ABORTED)
    await this.#writer.flush()
    this.#writer.close()
    this.#endRoute()
  }

  /** The runtime's id of a container; the previous run's with `previous`. */
  containerId(name: string, previous = false): string | undefined {
    const container = everyContainer(this.#state).find(({ spec }) => spec.name === name)
    if (previous) return container?.last?.id
    // While it waits to be started again, the newest run is the one that ended.
    return container?.id
  }

  // The three turns of the wheel: what is known, what follows from it, have it done.
  #step(): void {
    const { cluster } = this.#options.world
    const isEnding = this.#pod.metadata.deletionTimestamp || this.#state.failure
    if (isEnding || this.#mode !== 'drive') this.#starts.abort(ABORTED)
    const plan = podPlan(this.#desired(), this.#state, cluster.clock.now())
    this.#watches.keep(plan.watches)
    this.#wake?.cancel()
    this.#wake =
      plan.wakeAtMs === undefined
        ? undefined
        : cluster.clock.after(plan.wakeAtMs - cluster.clock.now(), () => this.#step())
    for (const action of plan.actions) this.#begin(action)
    if (this.#state.isRemoved && this.#state.isReleased) this.#removed.resolve()
    if (this.#state.isGone) this.#writer.close()
    else if (!isOver(this.#pod)) this.#writer.schedule(isPassing(this.#state, cluster.clock.now()))
  }

  #desired(): DesiredPod {
    const { rejection } = this.#options
    return { pod: this.#pod, mode: this.#mode, rejection, servicePorts: this.#servicePorts() }
  }

  #servicePorts(): number[] {
    const { cluster } = this.#options.world
    return servicePorts(this.#pod, cluster.informer(services).list(this.#pod.metadata.namespace))
  }

  #begin(action: PodAction): void {
    const key = actionKey(action)
    this.#state = withBegun(this.#state, key)
    const context = this.#context()
    this.#supervisor.run(`${key} of pod ${podId(this.#pod)}`, async () => {
      const fact = await perform(action, context)
      this.#note((state) => withOutcome(state, key, { pod: this.#pod, fact }))
    })
  }

  #note(change: (state: PodState) => PodState): void {
    const before = this.#state
    this.#state = change(before)
    this.#tellBackoffs(before)
    if (isResizing(before) && !isResizing(this.#state))
      this.#tell('ResizeCompleted', resizeText('Pod resize completed', this.#pod))
    this.#step()
  }

  #tellBackoffs(before: PodState): void {
    for (const container of this.#state.containers) {
      const was = before.containers.find(({ spec }) => spec === container.spec)
      if (!isBackingOff(container) || (was && isBackingOff(was))) continue
      const { name } = container.spec
      this.#event('BackOff', `Back-off restarting failed container ${name} in pod ${podId(this.#pod)}`)
    }
  }

  async #watch(watch: Watch, signal: AbortSignal): Promise<void> {
    const { world, machine } = this.#options
    await watchContainer(watch, {
      world,
      machine,
      signal,
      pod: () => this.#pod,
      state: () => this.#state,
      note: (fact) => {
        if (!signal.aborted) this.#note((state) => withFact(state, this.#pod, fact))
      },
    })
  }

  #context(): ActionContext {
    const { world, machine, files } = this.#options
    return {
      world,
      machine,
      files,
      pod: this.#pod,
      state: this.#state,
      servicePorts: this.#servicePorts(),
      signal: this.#starts.signal,
      keepsFiles: this.#mode === 'halt',
      route: (ip) => this.#route(ip),
    }
  }

  #route(ip: string | undefined): void {
    const { dialer, runtime } = this.#options.world
    const { uid } = this.#pod.metadata
    this.#endRoute()
    this.#endRoute =
      ip === undefined
        ? () => undefined
        : dialer.register(
            ip,
            (port) => runtime.addressOf(uid, port),
            (port) => runtime.datagramsTo(uid, port),
          )
  }

  #status(newest: Pod): PodStatus {
    const { machine, rejection, world } = this.#options
    const pendingResize = this.#resizeProblem()
    return podStatus({
      pod: newest,
      containers: this.#state.containers,
      ephemeral: this.#state.ephemeral,
      isStarting: isStarting(this.#state),
      hostIp: machine.ip,
      podIp: this.#state.ip ?? newest.status?.podIP,
      startedAtMs: this.#state.startedAtMs,
      nowMs: world.cluster.clock.now(),
      ...(pendingResize && { pendingResize }),
      ...(rejection && { rejection: { ...rejection, message: `Pod was rejected: ${rejection.message}` } }),
      ...(this.#state.failure && { failure: this.#state.failure }),
    })
  }

  #resizeProblem(): PodFailure | undefined {
    if (this.#state.containers.every(({ id }) => id === undefined)) return undefined
    return resizeProblem(this.#pod, this.#options.machine.allocatable)
  }

  #tell(reason: string, message: string): void {
    this.#options.world.cluster.event(this.#pod, { type: 'Normal', reason, message, from: 'kubelet' })
  }

  #event(reason: string, message: string): void {
    this.#options.world.cluster.event(this.#pod, { type: 'Warning', reason, message, from: 'kubelet' })
  }
}

function isResizing(state: PodState): boolean {
  return state.containers.some(({ resizing }) => resizing !== undefined)
}

function isResized(before: PodState, after: PodState): boolean {
  return after.containers.some(
    ({ resizing }, i) => resizing !== undefined && resizing !== before.containers[i]?.resizing,
  )
}

function isOver({ status }: Pod): boolean {
  return status?.phase === 'Succeeded' || status?.phase === 'Failed'
}
