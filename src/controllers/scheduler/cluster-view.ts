// Owns the scheduler's live view of the nodes: kept up by what happens to pods and nodes, never built anew.
// Source: kubernetes pkg/scheduler/backend/cache.
import type { Namespace, Node, Pod, PodDisruptionBudget } from '../../../generated/kubernetes.d.ts'
import { deepEqual } from '../../base/json.ts'
import type { Informer } from '../../reconcile/controller.ts'
import { holdsResources } from '../../rules/scheduling/requests.ts'
import type { RequestCache } from '../../rules/scheduling/requests.ts'
import { nodeInfo } from '../../rules/scheduling/snapshot.ts'
import type { NodeInfo, Snapshot } from '../../rules/scheduling/snapshot.ts'

interface Place {
  readonly nodeName: string
  readonly pod: Pod
}

export interface ClusterViewOptions {
  readonly pods: Informer<Pod>
  readonly nodes: Informer<Node>
  readonly namespaces: Informer<Namespace>
  readonly budgets?: Informer<PodDisruptionBudget>
  readonly requests: RequestCache
  /** Of Kubernetes: 35 for 1.35. */
  readonly minor?: number
}

/** Which pods are on which nodes, those included whose binding is on its way. */
export class ClusterView {
  readonly #options: ClusterViewOptions
  readonly #nodes = new Map<string, Node>()
  /** Pods that hold something of a node, by its name and their uid; the node need not be there (yet). */
  readonly #onNode = new Map<string, Map<string, Pod>>()
  readonly #places = new Map<string, Place>()
  /** Nodes of pods whose binding the informer has not shown yet. */
  readonly #assumed = new Map<string, string>()
  /** Pods for which room is being made, by uid. */
  readonly #nominated = new Map<string, Place>()
  /** What was worked out for nodes that have not changed since. */
  readonly #infos = new Map<string, NodeInfo>()
  #list: readonly NodeInfo[] | undefined

  constructor(options: ClusterViewOptions) {
    this.#options = options
  }

  /** Takes in what is there and all that happens from now on. @returns a function that ends that. */
  follow(): () => void {
    const { pods, nodes } = this.#options
    const ends = [
      nodes.onChange(({ before, after }) => this.#setNode(after ?? before, after !== undefined)),
      pods.onChange(({ before, after }) => this.#setPod(after ?? before, after !== undefined)),
    ]
    for (const node of nodes.list()) this.#setNode(node, true)
    for (const pod of pods.list()) this.#setPod(pod, true)
    return () => ends.forEach((end) => end())
  }

  isAssumed(uid: string): boolean {
    return this.#assumed.has(uid)
  }

  /** Counts a pod as being on a node before the API says so. */
  assume(pod: Pod, nodeName: string): void {
    const { uid } = pod.metadata
    this.#assumed.set(uid, nodeName)
    this.#nominated.delete(uid)
    this.#place(uid, { nodeName, pod })
  }

  /** The binding did not come about. */
  forget(uid: string): void {
    if (this.#assumed.delete(uid)) this.#place(uid, undefined)
  }

  /** Counts a pod as being on its way to a node where room is made for it. */
  nominate(pod: Pod, nodeName: string): void {
    this.#nominated.set(pod.metadata.uid, { nodeName, pod })
  }

  /** What one pod sees: room that is made for others of the same or a higher priority is not for it. */
  snapshotFor(pod: Pod): Snapshot {
    const { namespaces, budgets, requests, minor } = this.#options
    this.#list ??= [...this.#nodes.values()].map((node) => this.#info(node))
    const priority = pod.spec.priority ?? 0
    const extra = Map.groupBy(
      [...this.#nominated.values()].filter(
        (place) => place.pod.metadata.uid !== pod.metadata.uid && (place.pod.spec.priority ?? 0) >= priority,
      ),
      ({ nodeName }) => nodeName,
    )
    const withNominated = (info: NodeInfo): NodeInfo => {
      const coming = extra.get(info.node.metadata.name)
      return coming
        ? nodeInfo(info.node, [...info.pods, ...coming.map((place) => place.pod)], requests)
        : info
    }
    return {
      nodes: extra.size === 0 ? this.#list : this.#list.map(withNominated),
      namespaceLabels: (name) => namespaces.get(name)?.metadata.labels ?? {},
      ...(budgets ? { budgets: () => budgets.list() } : {}),
      ...(minor === undefined ? {} : { minor }),
    }
  }

  #info(node: Node): NodeInfo {
    const { name } = node.metadata
    const known = this.#infos.get(name)
    if (known) return known
    const pods = [...(this.#onNode.get(name)?.values() ?? [])]
    const info = nodeInfo(node, pods, this.#options.requests)
    this.#infos.set(name, info)
    return info
  }

  #setNode(node: Node | undefined, isThere: boolean): void {
    if (!node) return
    const { name } = node.metadata
    if (isThere) this.#nodes.set(name, node)
    else this.#nodes.delete(name)
    this.#changed(name)
  }

  #setPod(pod: Pod | undefined, isThere: boolean): void {
    if (!pod) return
    const { uid } = pod.metadata
    if (!isThere || pod.spec.nodeName) this.#assumed.delete(uid)
    const { nominatedNodeName } = pod.status ?? {}
    const isWaiting = isThere && !pod.spec.nodeName && !this.#assumed.has(uid) && holdsResources(pod)
    if (!isWaiting) this.#nominated.delete(uid)
    else if (nominatedNodeName) this.#nominated.set(uid, { nodeName: nominatedNodeName, pod })
    const nodeName = pod.spec.nodeName || this.#assumed.get(uid)
    this.#place(uid, isThere && nodeName && holdsResources(pod) ? { nodeName, pod } : undefined)
  }

  #place(uid: string, next: Place | undefined): void {
    const before = this.#places.get(uid)
    if (before && before.nodeName !== next?.nodeName) {
      const siblings = this.#onNode.get(before.nodeName)
      siblings?.delete(uid)
      if (siblings?.size === 0) this.#onNode.delete(before.nodeName)
      this.#changed(before.nodeName)
    }
    if (!next) {
      this.#places.delete(uid)
      return
    }
    this.#places.set(uid, next)
    const siblings = this.#onNode.get(next.nodeName)
    if (siblings) siblings.set(uid, next.pod)
    else this.#onNode.set(next.nodeName, new Map([[uid, next.pod]]))
    // Of a pod that stays, only what placement looks at is news: its status changes often and says nothing.
    if (before?.nodeName !== next.nodeName || !isSamePlacement(before.pod, next.pod))
      this.#changed(next.nodeName)
  }

  #changed(nodeName: string): void {
    this.#infos.delete(nodeName)
    this.#list = undefined
  }
}

function isSamePlacement(a: Pod, b: Pod): boolean {
  return (
    a.metadata.generation === b.metadata.generation &&
    a.metadata.deletionTimestamp === b.metadata.deletionTimestamp &&
    deepEqual(a.metadata.labels, b.metadata.labels)
  )
}
