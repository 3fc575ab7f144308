// Owns telling the API that nodes are alive: the Node object, its status, and a Lease every ten seconds.
import type { Lease, Node } from '../../generated/kubernetes.d.ts'
import { resourceQuantity } from '../base/canonical-quantity.ts'
import { microTimestamp } from '../base/clock.ts'
import { isAlreadyExists, isConflict, isNotFound } from '../base/errors.ts'
import { leases, nodes } from '../kubernetes/client/resources.ts'
import type { ControllerContext, Informer } from '../reconcile/controller.ts'
import type { Machine } from './ports.ts'
import {
  allocatableNow,
  bootIdOf,
  hasNetwork,
  isSameNodeStatus,
  nodeDraft,
  nodeStatus,
} from './registration.ts'

const LEASE_NAMESPACE = 'kube-node-lease'
/** Kubelet defaults: nodeLeaseDurationSeconds 40, renewed every quarter of it; nodeStatusReportFrequency 5 minutes. */
const LEASE_SECONDS = 40
const STATUS_REPORT_MS = 300_000

/** Keeps one node known and alive. */
export class Heartbeat {
  readonly #cluster: ControllerContext
  readonly #machine: Machine
  readonly #nodes: Informer<Node>
  #node: Node | undefined
  #lease: Lease | undefined
  #reportedAtMs = 0
  #isRegistered = false
  /** What was last found to say what there is to say of the machine. */
  #current: { readonly node: Node; readonly machine: string } | undefined

  constructor(cluster: ControllerContext, machine: Machine) {
    this.#cluster = cluster
    // As the API stores them: in another spelling they would be told it at every beat.
    const { capacity, allocatable } = machine
    this.#machine = { ...machine, capacity: canonical(capacity), allocatable: canonical(allocatable) }
    this.#nodes = cluster.informer(nodes)
  }

  /**
   * Creates the Node, or brings labels and status of the one that is there up to date.
   * @returns true when the machine has booted since it was last registered
   */
  async register(): Promise<boolean> {
    const { client, clock } = this.#cluster
    const key = { name: this.#machine.nodeName }
    let bootBefore: string | undefined
    try {
      const draft = nodeDraft(this.#machine, clock.now())
      this.#node = await client.create(nodes, draft)
      this.#announce(this.#node)
      // The status of a create may be dropped (it is a subresource): then it is posted.
      const { status } = this.#node
      const isTold = isSameNodeStatus(nodeStatus(this.#machine, status, clock.now()), status)
      if (isTold) this.#reportedAtMs = clock.now()
      else await this.#postStatus()
    } catch (error) {
      if (!isAlreadyExists(error)) throw error
      const present = await client.get(nodes, key)
      bootBefore = present.status?.nodeInfo?.bootID
      this.#node = await this.#reconcileLabels(present)
      await this.#postStatus()
    }
    await this.#renew()
    this.#isRegistered = true
    return this.#tellReboot(bootBefore)
  }

  // pkg/kubelet/nodestatus: MachineInfo. A node that never reported has no boot to tell from.
  #tellReboot(before: string | undefined): boolean {
    const bootId = bootIdOf(this.#machine)
    if (!before || before === bootId || !this.#node) return false
    this.#cluster.event(this.#node, {
      type: 'Warning',
      reason: 'Rebooted',
      message: `Node ${this.#machine.nodeName} has been rebooted, boot id: ${bootId}`,
      from: 'kubelet',
    })
    return true
  }

  /** One beat: renews the lease, posts the status when it changed or is due. */
  async beat(): Promise<void> {
    // A lease that is being made must not be made twice.
    if (!this.#isRegistered) return
    const isDue = this.#cluster.clock.now() - this.#reportedAtMs >= STATUS_REPORT_MS
    await Promise.all([this.#renew(), isDue || this.#isOutdated() ? this.#postStatus() : undefined])
  }

  /** What the node leaves to pods, as of now. */
  allocatable(): Readonly<Record<string, string>> {
    return allocatableNow(this.#machine, this.#live()?.status)
  }

  #live(): Node | undefined {
    return this.#nodes.get(this.#machine.nodeName)
  }

  // Somebody has advertised a resource, or written something that the kubelet says.
  #isOutdated(): boolean {
    const node = this.#live()
    if (!node) return false
    // Objects are never changed, and of a machine no more than this is: thousands of nodes are as they were.
    const machine = `${this.#machine.isRuntimeUp?.()} ${hasNetwork(this.#machine)}`
    if (this.#current?.node === node && this.#current.machine === machine) return false
    const wanted = nodeStatus(this.#machine, node.status, this.#cluster.clock.now())
    if (!isSameNodeStatus(wanted, node.status)) return true
    this.#current = { node, machine }
    return false
  }

  /** Removes Lease and Node. */
  async unregister(): Promise<void> {
    const { client } = this.#cluster
    const { nodeName } = this.#machine
    await client.delete(nodes, { name: nodeName }).catch(ignoreAbsence)
    await client.delete(leases, { namespace: LEASE_NAMESPACE, name: nodeName }).catch(ignoreAbsence)
  }

  async #reconcileLabels(node: Node): Promise<Node> {
    const { labels } = this.#machine
    const isSame = Object.entries(labels).every(([name, value]) => node.metadata.labels?.[name] === value)
    if (isSame) return node
    const body = { metadata: { labels: { ...labels } } }
    return await this.#cluster.client.patch(nodes, { name: node.metadata.name }, body, { type: 'merge' })
  }

  async #postStatus(): Promise<void> {
    const { client, clock } = this.#cluster
    const node = await client.get(nodes, { name: this.#machine.nodeName })
    const status = nodeStatus(this.#machine, node.status, clock.now())
    try {
      this.#node = await client.updateStatus(nodes, { ...node, status })
      this.#reportedAtMs = clock.now()
    } catch (error) {
      // Somebody else wrote the node in between: it is as due as before, at the next beat.
      if (!isConflict(error)) throw error
    }
  }

  async #renew(): Promise<void> {
    const { client, clock } = this.#cluster
    const { nodeName } = this.#machine
    const renewTime = microTimestamp(clock)
    try {
      this.#lease ??= await client.get(leases, { namespace: LEASE_NAMESPACE, name: nodeName })
      const spec = { ...this.#lease.spec, renewTime }
      this.#lease = await client.update(leases, { ...this.#lease, spec })
    } catch (error) {
      this.#lease = undefined
      if (isConflict(error)) return
      if (!isNotFound(error)) throw error
      this.#lease = await this.#createLease(renewTime)
    }
  }

  async #createLease(renewTime: string): Promise<Lease> {
    const { nodeName } = this.#machine
    const uid = this.#node?.metadata.uid ?? ''
    return await this.#cluster.client.create(leases, {
      metadata: {
        name: nodeName,
        namespace: LEASE_NAMESPACE,
        ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: nodeName, uid }],
      },
      spec: { holderIdentity: nodeName, leaseDurationSeconds: LEASE_SECONDS, renewTime },
    })
  }

  #announce(node: Node): void {
    const say = (reason: string, message: string): void =>
      this.#cluster.event(node, { type: 'Normal', reason, message, from: 'kubelet' })
    const { nodeName } = this.#machine
    say('Starting', 'Starting kubelet.')
    say('NodeAllocatableEnforced', 'Updated Node Allocatable limit across pods')
    if (hasNetwork(this.#machine)) say('NodeReady', `Node ${nodeName} status is now: NodeReady`)
  }
}

function ignoreAbsence(error: unknown): void {
  if (!isNotFound(error)) throw error
}

function canonical(resources: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(resources).map(([name, value]) => [name, resourceQuantity(value)]))
}
