// Owns one pod on one node: from binding over running to its removal.
import type { Pod, PodStatus } from '../../generated/kubernetes.d.ts'
import { onAbort } from '../base/abort.ts'
import { isNotFound, messageOf } from '../base/errors.ts'
import { Supervisor } from '../base/supervisor.ts'
import { configMaps, pods, secrets, services } from '../kubernetes/client/resources.ts'
import type { Dialer } from '../network/dialer.ts'
import type { RunningContainer, Runtime } from '../runtime/runtime.ts'
import type { ControllerContext } from '../reconcile/controller.ts'
import { runContainer, type ContainerHost } from './container-loop.ts'
import { resolveEnvironment } from './environment.ts'
import { podPhase, podStatus } from './pod-status.ts'
import type { Machine, PodAddresses } from './ports.ts'
import { runProbe } from './probe.ts'
import { slept } from './prober.ts'
import { serviceVariables } from './service-variables.ts'
import { StatusWriter } from './status-writer.ts'
import { TrackedContainer } from './tracked-container.ts'

/** What all pods of a cluster share. */
export interface PodWorld {
  readonly cluster: ControllerContext
  readonly runtime: Runtime
  readonly dialer: Dialer
  readonly addresses: PodAddresses
}

export interface PodWorkerOptions {
  readonly world: PodWorld
  readonly machine: Machine
  readonly pod: Pod
  /** Containers of this pod that the runtime still runs from before. */
  readonly running: readonly RunningContainer[]
  /** Why the node cannot take the pod, when it cannot. */
  readonly rejection: { readonly reason: string; readonly message: string } | undefined
}

const DEFAULT_GRACE_SECONDS = 30
const RETRY_MS = 1000

/** Drives one pod. */
export class PodWorker {
  readonly #world: PodWorld
  readonly #machine: Machine
  readonly #running: readonly RunningContainer[]
  readonly #rejection: PodWorkerOptions['rejection']
  readonly #containers: readonly TrackedContainer[]
  readonly #writer: StatusWriter
  readonly #supervisor: Supervisor
  readonly #startedAtMs: number
  readonly #life = new AbortController()
  #pod: Pod
  #ip: string | undefined
  /** Ends the route to the pod's address. */
  #unroute = (): void => undefined
  #isReleased = false
  #isDetached = false
  #ending: Promise<void> | undefined

  constructor({ world, machine, pod, running, rejection }: PodWorkerOptions) {
    this.#world = world
    this.#machine = machine
    this.#pod = pod
    this.#running = running
    this.#rejection = rejection
    this.#containers = [
      ...(pod.spec.initContainers ?? []).map((spec) => new TrackedContainer(spec, true)),
      ...pod.spec.containers.map((spec) => new TrackedContainer(spec, false)),
    ]
    this.#supervisor = new Supervisor(world.cluster.log)
    this.#startedAtMs = Date.parse(pod.status?.startTime ?? '') || world.cluster.clock.now()
    this.#writer = new StatusWriter(world.cluster, pod, (newest) => this.#status(newest))
  }

  get pod(): Pod {
    return this.#pod
  }

  get ip(): string | undefined {
    return this.#ip
  }

  /** Starts what the pod asks for, or its removal. */
  start(): void {
    this.#restore()
    if (this.#pod.metadata.deletionTimestamp) return this.#end()
    this.#supervisor.run(`pod ${this.#name}`, (signal) =>
      this.#run(AbortSignal.any([signal, this.#life.signal])),
    )
  }

  /** Takes note of a newer version of the pod. */
  update(pod: Pod): void {
    this.#pod = pod
    this.#writer.observe(pod)
    if (pod.metadata.deletionTimestamp) return this.#end()
    if (!isOver(pod)) this.#writer.schedule()
  }

  /** The pod is no longer in the API: ends what is left of it at once. */
  async discard(): Promise<void> {
    this.#writer.close()
    this.#life.abort()
    await this.#ending
    await this.#supervisor.stop()
    await this.#release()
  }

  /** Stops driving the pod and leaves it running, for the next start of Neargate. */
  async detach(): Promise<void> {
    this.#isDetached = true
    this.#life.abort()
    await this.#supervisor.stop()
    await this.#writer.flush()
    this.#writer.close()
    if (!this.#isReleased) this.#unroute()
  }

  /** The runtime's id of a container; the previous run's with `previous`. */
  containerId(name: string, previous = false): string | undefined {
    const tracked = this.#containers.find(({ spec }) => spec.name === name)
    return previous ? tracked?.last?.id : tracked?.id
  }

  get #name(): string {
    return `${this.#pod.metadata.namespace}/${this.#pod.metadata.name}`
  }

  get #uid(): string {
    return this.#pod.metadata.uid
  }

  get #isHostNetwork(): boolean {
    return this.#pod.spec.hostNetwork === true
  }

  async #run(signal: AbortSignal): Promise<void> {
    if (isOver(this.#pod)) return
    if (this.#rejection) {
      this.#event('Warning', this.#rejection.reason, this.#rejection.message)
      return this.#writer.schedule()
    }
    while (!(await this.#prepared())) {
      if (!(await slept(this.#world.cluster.clock, RETRY_MS, signal))) return
    }
    if (signal.aborted) return
    this.#writer.schedule()
    if (await this.#initialize(signal)) {
      const main = this.#containers.filter(({ isInit }) => !isInit)
      await Promise.all(main.map((one) => this.#drive(one, signal)))
    }
    if (!signal.aborted) await this.#finish()
  }

  // Containers that ended for good stay ended; those that the runtime still has are taken over as they are.
  #restore(): void {
    const { containerStatuses = [], initContainerStatuses = [] } = this.#pod.status ?? {}
    for (const tracked of this.#containers) {
      const status = [...initContainerStatuses, ...containerStatuses].find(
        ({ name }) => name === tracked.spec.name,
      )
      if (status) tracked.restore(status)
      const running = this.#running.find(({ name }) => name === tracked.spec.name)
      if (running) {
        tracked.id = running.id
        tracked.phase = { type: 'running', startedAtMs: running.startedAtMs }
        tracked.isStarted = status?.started ?? false
        tracked.isProbedReady = status?.ready ?? false
      } else if (status?.state?.running) {
        // It ended while nobody looked (kubelet: ContainerStatusUnknown, exit code 137).
        const now = this.#world.cluster.clock.now()
        const startedAtMs = Date.parse(status.state.running.startedAt ?? '') || now
        const phase = {
          type: 'terminated' as const,
          exitCode: 137,
          reason: 'ContainerStatusUnknown',
          startedAtMs,
          finishedAtMs: now,
        }
        tracked.last = { phase, id: tracked.id ?? '' }
        tracked.restarts++
      }
    }
  }

  async #prepared(): Promise<boolean> {
    const { runtime, addresses } = this.#world
    const { namespace = '', name, uid, labels = {} } = this.#pod.metadata
    const { nodeName, ip: nodeIp, podIpIsNodeIp } = this.#machine
    try {
      const isShared = this.#isHostNetwork || podIpIsNodeIp
      const ip = isShared ? nodeIp : await addresses.assign({ nodeName, podUid: uid, namespace, name })
      await runtime.createSandbox({ id: uid, namespace, name, ip, node: nodeName, labels })
      this.#ip = ip
      if (!this.#isHostNetwork) {
        this.#unroute = this.#world.dialer.register(ip, (port) => runtime.addressOf(uid, port))
      }
      return true
    } catch (error) {
      this.#event('Warning', 'FailedCreatePodSandBox', `Failed to create pod sandbox: ${messageOf(error)}`)
      return false
    }
  }

  // One after the other; a sidecar is done with once it has started.
  async #initialize(signal: AbortSignal): Promise<boolean> {
    const init = this.#containers.filter(({ isInit }) => isInit)
    for (const tracked of this.#containers.filter(({ isInit }) => !isInit)) {
      if (init.length > 0 && tracked.phase.type === 'waiting' && !tracked.last) {
        tracked.phase = { type: 'waiting', reason: 'PodInitializing' }
      }
    }
    for (const tracked of init) {
      if (tracked.isSidecar) await this.#startSidecar(tracked, signal)
      else if (!tracked.isReady) await this.#drive(tracked, signal)
      if (signal.aborted || !(tracked.isSidecar ? tracked.isStarted : tracked.isReady)) return false
    }
    return true
  }

  async #startSidecar(tracked: TrackedContainer, signal: AbortSignal): Promise<void> {
    const started = Promise.withResolvers<void>()
    const host = this.#host()
    const watched: ContainerHost = {
      ...host,
      changed: () => {
        host.changed()
        if (tracked.isStarted) started.resolve()
      },
    }
    onAbort(signal, () => started.resolve())
    this.#supervisor.run(`sidecar ${tracked.spec.name}`, () => runContainer(tracked, watched, signal))
    await started.promise
  }

  async #drive(tracked: TrackedContainer, signal: AbortSignal): Promise<void> {
    if (tracked.phase.type === 'terminated') return
    await runContainer(tracked, this.#host(), signal)
  }

  // Every container ended for good: the sandbox goes, the object stays.
  async #finish(): Promise<void> {
    this.#life.abort()
    const phase = podPhase(this.#pod, this.#containers)
    if (phase === 'Succeeded' || phase === 'Failed') await this.#release()
    this.#writer.schedule()
  }

  #host(): ContainerHost {
    const { cluster, runtime, dialer } = this.#world
    const current = (): Pod => this.#pod
    return {
      get pod() {
        return current()
      },
      clock: cluster.clock,
      runtime,
      environment: (tracked) => this.#environment(tracked),
      probe: (tracked, probe) =>
        runProbe(probe, {
          container: tracked.spec,
          containerId: tracked.id ?? '',
          podIp: this.#ip ?? '',
          dialer,
          runtime,
          kubeletVersion: /^v(\d+\.\d+)/.exec(this.#machine.kubeletVersion)?.[1] ?? '',
        }),
      changed: () => this.#writer.schedule(),
      event: (type, reason, message) => this.#event(type, reason, message),
    }
  }

  async #environment(tracked: TrackedContainer): Promise<Record<string, string>> {
    const { cluster } = this.#world
    const { client } = cluster
    const { namespace = '' } = this.#pod.metadata
    const live = cluster.informer(services)
    const inNamespace = this.#pod.spec.enableServiceLinks === false ? [] : live.list(namespace)
    const kubernetes = live.get('default/kubernetes')
    return await resolveEnvironment({
      pod: this.#pod,
      container: tracked.spec,
      podIp: this.#ip ?? '',
      hostIp: this.#machine.ip,
      allocatable: this.#machine.allocatable,
      services: serviceVariables([...(kubernetes ? [kubernetes] : []), ...inNamespace]),
      configMap: (name) => client.get(configMaps, { namespace, name }).catch(absent),
      secret: (name) => client.get(secrets, { namespace, name }).catch(absent),
    })
  }

  #end(): void {
    this.#ending ??= this.#terminate().catch((error: unknown) => {
      this.#world.cluster.log.error(`pod ${this.#name} not removed`, { error })
    })
  }

  // Sidecars outlive the main containers (KEP-753); the object goes last, so that its name is free only then.
  async #terminate(): Promise<void> {
    const { runtime, cluster } = this.#world
    const grace = this.#pod.metadata.deletionGracePeriodSeconds ?? DEFAULT_GRACE_SECONDS
    const isRunning = (one: TrackedContainer): boolean => one.phase.type === 'running' && one.id !== undefined
    this.#life.abort()
    await this.#supervisor.stop()
    for (const isInit of [false, true]) {
      const group = this.#containers.filter((one) => one.isInit === isInit && isRunning(one))
      await Promise.all(
        group.map(async (one) => {
          this.#event('Normal', 'Killing', `Stopping container ${one.spec.name}`)
          await runtime.stopContainer(one.id ?? '', grace * 1000)
        }),
      )
    }
    await this.#release()
    this.#writer.close()
    const { namespace = '', name, uid } = this.#pod.metadata
    const options = { gracePeriodSeconds: 0, preconditions: { uid } }
    for (;;) {
      try {
        return await cluster.client.delete(pods, { namespace, name }, options)
      } catch (error) {
        if (isNotFound(error) || this.#isDetached) return
        cluster.log.warn(`pod ${this.#name} not deleted`, { error })
        await cluster.clock.sleep(RETRY_MS)
      }
    }
  }

  // Once only: the address may belong to another pod a moment later.
  async #release(): Promise<void> {
    if (this.#isReleased) return
    this.#isReleased = true
    this.#unroute()
    await this.#world.runtime.removeSandbox(this.#uid)
    if (!this.#isHostNetwork && !this.#machine.podIpIsNodeIp) await this.#world.addresses.release(this.#uid)
  }

  #status(newest: Pod): PodStatus {
    return podStatus({
      pod: newest,
      containers: this.#containers,
      hostIp: this.#machine.ip,
      podIp: this.#ip ?? newest.status?.podIP,
      startedAtMs: this.#startedAtMs,
      nowMs: this.#world.cluster.clock.now(),
      ...(this.#rejection && { failure: this.#rejection }),
    })
  }

  #event(type: 'Normal' | 'Warning', reason: string, message: string): void {
    this.#world.cluster.event(this.#pod, { type, reason, message, from: 'kubelet' })
  }
}

function isOver(pod: Pod): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed'
}

function absent(error: unknown): undefined {
  if (isNotFound(error)) return undefined
  throw error
}
