// Owns the node agents of one cluster: which machines are nodes, which pods each of them drives.
import type { Pod } from '../../generated/kubernetes.d.ts'
import type { Timer } from '../base/clock.ts'
import { isNotFound } from '../base/errors.ts'
import { Supervisor } from '../base/supervisor.ts'
import { nodes, pods, services } from '../kubernetes/client/resources.ts'
import type { KubeletGateway } from '../kubernetes/server/ports.ts'
import type { DatagramWay } from '../network/datagrams.ts'
import type { Dialer, PodWay } from '../network/dialer.ts'
import { RequestCache } from '../rules/scheduling/requests.ts'
import type { RunningContainer, Runtime } from '../runtime/runtime.ts'
import { rejectionOf } from './admission.ts'
import type { ControllerContext } from '../reconcile/controller.ts'
import { Heartbeat } from './heartbeat.ts'
import { createKubelet } from './kubelet.ts'
import { createNodeFiles } from './node-files.ts'
import { NodeRoutes } from './node-routes.ts'
import { PodWorker } from './pod-worker.ts'
import type { Machine, NodeFiles, PodAddresses } from './ports.ts'
import type { RealPods } from './real-pods.ts'
import { readUsage, type PodUsage } from './usage.ts'

export interface NodeAgentsOptions {
  /** The cluster; a ControllerContext serves. */
  readonly cluster: ControllerContext
  readonly runtime: Runtime
  /** The addresses of the cluster's VPC. */
  readonly dialer: Dialer
  readonly addresses: PodAddresses
  /** Undefined where nothing but stand-ins runs. */
  readonly real?: RealPods | undefined
  /** Called each time before an image of a pod is looked for. */
  readonly onImages?: (pod: Pod) => void
}

export interface NodeAgents {
  /**
   * Makes the machine a node: registers it and drives its pods. Repeating it changes nothing, unless the machine has
   * booted since: then its containers are those of the boot before, and start anew.
   */
  add(machine: Machine): Promise<void>
  /**
   * The machine is gone: its containers end at once, its Node and Lease go, its pods are deleted as pod garbage
   * collection does for nodes that do not exist. No error when it is not there.
   */
  remove(nodeName: string): Promise<void>
  /**
   * The machine is switched off: its containers end at once; its Node and its pods stay, and nobody speaks for them
   * until it is added again. No error when it is not there.
   */
  suspend(nodeName: string): Promise<void>
  nodeNames(): readonly string[]
  /** What the containers of every pod have used so far. */
  usage(): Promise<readonly PodUsage[]>
  readonly kubelet: KubeletGateway
  /** Stops driving pods and leaves them as they are, for the next start. */
  stop(): Promise<void>
}

/** One manager drives all nodes of a cluster, with one live copy of its pods. */
export function createNodeAgents(options: NodeAgentsOptions): NodeAgents {
  return new Agents(options)
}

const BEAT_MS = 10_000
/** Nodes beat in so many turns: what thousands write at once is more than is young when V8 clears up after it. */
const BEAT_TURNS = 20
const BY_NODE = 'agents-by-node'
/** The kubelet looks once a minute (syncFrequency). */
const TURNS_TO_REFRESH = 6 * BEAT_TURNS

interface NodeState {
  readonly machine: Machine
  readonly files: NodeFiles
  readonly heartbeat: Heartbeat
  /** In which turn it beats. */
  readonly turn: number
  /** Ends the route to the node's own address. */
  readonly unroute: () => void
  /** By pod UID. */
  readonly workers: Map<string, PodWorker>
}

class Agents implements NodeAgents {
  readonly kubelet: KubeletGateway
  readonly #options: NodeAgentsOptions
  readonly #nodes = new Map<string, NodeState>()
  /** Every worker of every node, by pod UID. */
  readonly #workers = new Map<string, PodWorker>()
  readonly #routes: NodeRoutes
  readonly #requests = new RequestCache()
  readonly #supervisor: Supervisor
  readonly #unsubscribe: () => void
  #adoptable: Promise<Map<string, RunningContainer[]>> | undefined
  #beat: Timer | undefined
  /** Turns of beats so far. */
  #turns = 0
  #added = 0

  constructor(options: NodeAgentsOptions) {
    this.#options = options
    const { cluster, runtime, dialer } = options
    this.#supervisor = new Supervisor(cluster.log)
    this.#routes = new NodeRoutes({
      cluster,
      onHost: (nodeName, port) => this.#onHost(nodeName, port),
      ofPod: (ip, port) => this.#ofPod(ip, (uid) => runtime.addressOf(uid, port)),
      datagrams: {
        onHost: (nodeName, port) => this.#datagramsOnHost(nodeName, port),
        ofPod: (ip, port) => this.#ofPod(ip, (uid) => runtime.datagramsTo(uid, port)),
      },
    })
    this.kubelet = createKubelet({
      runtime,
      dialer,
      clock: cluster.clock,
      find: (ref) => this.#workers.get(ref.uid),
    })
    // A micro-node has one pod of thousands.
    cluster.informer(pods).addIndex(BY_NODE, ({ spec }) => (spec.nodeName ? [spec.nodeName] : []))
    const endPods = cluster.informer(pods).onChange(({ before, after }) => {
      if (after) this.#offer(after)
      else if (before) this.#gone(before)
    })
    const endServices = cluster.informer(services).onChange(({ before, after }) => {
      this.#reconsider((after ?? before)?.metadata.namespace)
    })
    this.#unsubscribe = () => {
      endPods()
      endServices()
    }
  }

  async add(given: Machine): Promise<void> {
    const { cluster, dialer, runtime } = this.#options
    const present = this.#nodes.get(given.nodeName)
    if (present && present.machine.bootId === given.bootId) return
    if (present) await this.suspend(given.nodeName)
    const machine = { ...given, isRuntimeUp: () => runtime.isHealthy !== false }
    const heartbeat = new Heartbeat(cluster, machine)
    // A micro-node's address is that of its pod, which says itself what listens there.
    const unroute = machine.podIpIsNodeIp
      ? (): void => undefined
      : dialer.register(
          machine.ip,
          (port) => this.#routes.resolve(machine.nodeName, port),
          (port) => this.#routes.datagrams(machine.nodeName, port),
        )
    const turn = (this.#added += 1) % BEAT_TURNS
    const state = { machine, files: createNodeFiles(), heartbeat, turn, unroute, workers: new Map() }
    this.#nodes.set(machine.nodeName, state)
    try {
      const hasRebooted = await heartbeat.register()
      await this.#adopt()
      if (hasRebooted) await this.#endAdopted(machine.nodeName)
    } catch (error) {
      // Left in the table it would never be registered again.
      this.#nodes.delete(machine.nodeName)
      unroute()
      throw error
    }
    const current = this.#nodes.get(machine.nodeName)
    // The machine has gone while it was registered; another one of its name has registered itself.
    if (current !== state) return current ? undefined : await heartbeat.unregister()
    this.#beat ??= this.#nextTurn()
    const bound = cluster.informer(pods).byIndex(BY_NODE, machine.nodeName)
    for (const pod of bound.toSorted(byAge)) this.#offer(pod)
  }

  async suspend(nodeName: string): Promise<void> {
    await this.#switchOff(nodeName, (worker) => worker.halt(this.#supervisor.signal))
  }

  /** @returns what drove its pods, at its end; undefined when there is no such machine */
  async #switchOff(
    nodeName: string,
    end: (worker: PodWorker) => Promise<void>,
  ): Promise<readonly PodWorker[] | undefined> {
    const state = this.#nodes.get(nodeName)
    if (!state) return undefined
    this.#nodes.delete(nodeName)
    for (const uid of state.workers.keys()) this.#workers.delete(uid)
    state.unroute()
    const workers = [...state.workers.values()]
    await Promise.all(workers.map(end))
    return workers
  }

  async remove(nodeName: string): Promise<void> {
    const { cluster } = this.#options
    const heartbeat = this.#nodes.get(nodeName)?.heartbeat
    const workers = await this.#switchOff(nodeName, (worker) => worker.discard(this.#supervisor.signal))
    if (!workers || !heartbeat) return
    await heartbeat.unregister()
    const force = { gracePeriodSeconds: 0 }
    await Promise.all(
      workers.map(async ({ pod }) => {
        const { namespace = '', name, uid } = pod.metadata
        await cluster.client
          .delete(pods, { namespace, name }, { ...force, preconditions: { uid } })
          .catch((error: unknown) => {
            if (!isNotFound(error)) cluster.log.warn('pod of a removed node not deleted', { name, error })
          })
      }),
    )
  }

  nodeNames(): readonly string[] {
    return [...this.#nodes.keys()]
  }

  async usage(): Promise<readonly PodUsage[]> {
    const { runtime } = this.#options
    const workers = [...this.#nodes].flatMap(([nodeName, state]) =>
      [...state.workers.values()].map((worker) => readUsage(runtime, nodeName, worker)),
    )
    return await Promise.all(workers)
  }

  async stop(): Promise<void> {
    this.#unsubscribe()
    this.#beat?.cancel()
    const states = [...this.#nodes.values()]
    this.#nodes.clear()
    this.#workers.clear()
    const workers = states.flatMap((state) => [...state.workers.values()])
    await Promise.all(workers.map((worker) => worker.detach()))
    for (const { unroute } of states) unroute()
    await this.#supervisor.stop()
  }

  // Once, before the first pod: what the runtime runs that is not ours to know is another cluster's.
  async #adopt(): Promise<void> {
    this.#adoptable ??= this.#options.runtime
      .list()
      .then((running) => Map.groupBy(running, ({ sandboxId }) => sandboxId))
    this.#adopted = await this.#adoptable
  }
  #adopted: Map<string, RunningContainer[]> | undefined

  // The process was ended between a boot and its reckoning: what it left running belongs to the boot before.
  async #endAdopted(nodeName: string): Promise<void> {
    const { cluster, runtime } = this.#options
    const uids = cluster
      .informer(pods)
      .byIndex(BY_NODE, nodeName)
      .map(({ metadata }) => metadata.uid)
    for (const uid of uids) {
      if (!this.#adopted?.delete(uid)) continue
      await runtime.removeSandbox(uid)
    }
  }

  /** Starts driving a bound pod, or tells its worker of the change. */
  #offer(pod: Pod): void {
    const state = this.#nodes.get(pod.spec.nodeName ?? '')
    // Until the node is registered its pods wait: `add` offers them again.
    if (!state || !this.#adopted) return
    const { uid } = pod.metadata
    const worker = state.workers.get(uid)
    if (worker) return worker.update(pod)
    const created = new PodWorker({
      world: this.#options,
      machine: state.machine,
      files: state.files,
      pod,
      running: this.#adopted.get(uid) ?? [],
      rejection: this.#rejection(pod, state),
    })
    this.#adopted.delete(uid)
    state.workers.set(uid, created)
    this.#workers.set(uid, created)
    created.start()
  }

  // A pod that has started before was admitted then.
  #rejection(pod: Pod, state: NodeState): ReturnType<typeof rejectionOf> {
    if (pod.status?.startTime || state.machine.podIpIsNodeIp) return undefined
    const active = [...state.workers.values()]
      .map((worker) => worker.pod)
      .filter(({ status }) => status?.phase !== 'Succeeded' && status?.phase !== 'Failed')
    return rejectionOf(pod, {
      others: active,
      allocatable: state.heartbeat.allocatable(),
      requests: this.#requests,
      node: this.#options.cluster.informer(nodes).get(state.machine.nodeName),
    })
  }

  // Services may name ports of pods that no container declares.
  #reconsider(namespace: string | undefined): void {
    for (const worker of this.#workers.values()) {
      if (worker.pod.metadata.namespace === namespace) worker.reconsider()
    }
  }

  #gone(pod: Pod): void {
    const state = this.#nodes.get(pod.spec.nodeName ?? '')
    const worker = state?.workers.get(pod.metadata.uid)
    if (!worker) return
    state?.workers.delete(pod.metadata.uid)
    this.#workers.delete(pod.metadata.uid)
    this.#supervisor.run(`discard of ${pod.metadata.name}`, (signal) => worker.discard(signal))
  }

  #nextTurn(): Timer {
    return this.#options.cluster.clock.after(BEAT_MS / BEAT_TURNS, () => this.#beatSome())
  }

  #beatSome(): void {
    this.#beat = this.#nextTurn()
    this.#turns += 1
    if (this.#turns % TURNS_TO_REFRESH === 0) for (const worker of this.#workers.values()) worker.refresh()
    for (const { heartbeat, machine, turn, workers } of this.#nodes.values()) {
      if (turn !== this.#turns % BEAT_TURNS) continue
      // As often as the kubelet's eviction manager does (evictionMonitoringPeriod).
      if (this.#options.real) for (const worker of workers.values()) worker.weigh()
      this.#supervisor.run(`heartbeat of ${machine.nodeName}`, () => heartbeat.beat())
    }
  }

  #onHost(nodeName: string, port: number): PodWay | undefined {
    for (const { pod } of this.#nodes.get(nodeName)?.workers.values() ?? []) {
      if (!pod.spec.hostNetwork) continue
      const address = this.#options.runtime.addressOf(pod.metadata.uid, port)
      if (address) return address
    }
    return undefined
  }

  // Nobody can tell who on a host would hear a datagram but by what is declared.
  #datagramsOnHost(nodeName: string, port: number): DatagramWay | undefined {
    const workers = [...(this.#nodes.get(nodeName)?.workers.values() ?? [])]
    const hearing = workers.find(
      ({ pod }) =>
        pod.spec.hostNetwork &&
        pod.spec.containers.some(({ ports = [] }) =>
          ports.some(({ containerPort, protocol }) => containerPort === port && protocol === 'UDP'),
        ),
    )
    return hearing && this.#options.runtime.datagramsTo(hearing.pod.metadata.uid, port)
  }

  #ofPod<Way>(ip: string, wayTo: (podUid: string) => Way | undefined): Way | undefined {
    for (const { workers } of this.#nodes.values()) {
      for (const worker of workers.values()) {
        if (worker.ip === ip && !worker.pod.spec.hostNetwork) {
          return wayTo(worker.pod.metadata.uid)
        }
      }
    }
    return undefined
  }
}

function byAge(a: Pod, b: Pod): number {
  return Date.parse(a.metadata.creationTimestamp) - Date.parse(b.metadata.creationTimestamp)
}
