// Owns a node for tests: an agent over a fake API, a fake runtime and a fake VPC, all on one fake clock.
import { PassThrough, type Duplex } from 'node:stream'

import type { Pod, PodSpec } from '../../../generated/kubernetes.d.ts'
import { silentLog } from '../../base/log.ts'
import { Supervisor } from '../../base/supervisor.ts'
import { FakeClock } from '../../base/testing/fake-clock.ts'
import { nodes, pods } from '../../kubernetes/client/resources.ts'
import { FakeClient } from '../../kubernetes/client/testing/fake-client.ts'
import { DialError, type Dialer, type PortResolver } from '../../network/dialer.ts'
import { createControllerContext } from '../../reconcile/context.ts'
import type { ControllerContext } from '../../reconcile/controller.ts'
import { FakeRuntime } from '../../runtime/testing/fake-runtime.ts'
import { createNodeAgents, type NodeAgents } from '../agents.ts'
import type { Machine, PodAddresses } from '../ports.ts'
import type { RealPods } from '../real-pods.ts'

export const NODE = 'ip-10-0-0-5.ec2.internal'

const machine: Machine = {
  nodeName: NODE,
  ip: '10.0.0.5',
  hostname: NODE,
  providerId: 'aws:///us-east-1a/i-0',
  zone: 'us-east-1a',
  region: 'us-east-1',
  labels: {},
  annotations: {},
  taints: [],
  capacity: { cpu: '96', memory: '384Gi', pods: '1000' },
  allocatable: { cpu: '96', memory: '384Gi', pods: '1000' },
  kubeletVersion: 'v1.35.0',
  osImage: 'Amazon Linux 2023',
  kernelVersion: '6.12',
  containerRuntimeVersion: 'containerd://2',
  architecture: 'amd64',
  podIpIsNodeIp: false,
}

/** Addresses that count up; `given` are those in use, by pod UID. */
class CountingAddresses implements PodAddresses {
  readonly given = new Map<string, string>()
  #next = 20

  async assign({ podUid }: { podUid: string }): Promise<string> {
    const ip = this.given.get(podUid) ?? `10.0.0.${this.#next++}`
    this.given.set(podUid, ip)
    return ip
  }

  async release(podUid: string): Promise<void> {
    this.given.delete(podUid)
  }
}

/** A VPC in which every port of every routed address answers, or none does. */
class ScriptedDialer implements Dialer {
  readonly routes = new Map<string, PortResolver>()
  answers = true

  register(ip: string, resolve: PortResolver): () => void {
    this.routes.set(ip, resolve)
    return () => void this.routes.delete(ip)
  }

  async dial(ip: string, port: number): Promise<Duplex> {
    if (this.answers && this.routes.has(ip)) return new PassThrough()
    throw new DialError('ECONNREFUSED', `connect ECONNREFUSED ${ip}:${port}`)
  }

  async openFlow(ip: string, port: number): Promise<never> {
    throw new DialError('ECONNREFUSED', `send ECONNREFUSED ${ip}:${port}`)
  }

  statusOf(): undefined {
    return undefined
  }
}

/** One node with an agent. */
export class NodeScene {
  readonly clock = new FakeClock()
  readonly client = new FakeClient({ clock: this.clock })
  readonly runtime = new FakeRuntime(this.clock)
  readonly dialer = new ScriptedDialer()
  readonly addresses = new CountingAddresses()
  /** `reason: message` of every event, in order. */
  readonly events: string[] = []
  readonly #supervisor = new Supervisor(silentLog)
  readonly cluster: ControllerContext
  readonly machine = machine
  readonly agents: NodeAgents

  private constructor(real: RealPods | undefined) {
    const { client, clock, runtime, dialer, addresses } = this
    const context = createControllerContext({ client, clock, log: silentLog, supervisor: this.#supervisor })
    this.cluster = {
      ...context,
      event: (_about: unknown, { reason, message }: { reason: string; message: string }) =>
        void this.events.push(`${reason}: ${message}`),
    }
    this.agents = createNodeAgents({ cluster: this.cluster, runtime, dialer, addresses, real })
  }

  /** A node that is registered. @param real as where pods are real processes */
  static async create(change: Partial<Machine> = {}, real?: RealPods): Promise<NodeScene> {
    const scene = new NodeScene(real)
    await scene.agents.add({ ...machine, ...change })
    scene.events.length = 0
    return scene
  }

  /** Binds a pod of one container to the node and lets the agent take note. */
  async createPod(
    name: string,
    spec: Partial<PodSpec> = {},
    labels: Record<string, string> = {},
  ): Promise<Pod> {
    const containers = [{ name: 'web', image: 'nginx' }]
    const pod = this.client.seed(pods, {
      metadata: { namespace: 'shop', name, labels },
      spec: { nodeName: NODE, containers, restartPolicy: 'Always', ...spec },
    })
    await this.settle()
    return pod
  }

  async pod(name: string): Promise<Pod> {
    return await this.client.get(pods, { namespace: 'shop', name })
  }

  async node() {
    return await this.client.get(nodes, { name: NODE })
  }

  /** Lets everything happen that needs no time. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 12; turn++) await this.clock.advance(0)
  }

  async advance(ms: number): Promise<void> {
    await this.clock.advance(ms)
    await this.settle()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const stopped = this.agents.stop()
    await this.clock.advance(5000)
    await stopped
    await this.#supervisor.stop()
  }
}
