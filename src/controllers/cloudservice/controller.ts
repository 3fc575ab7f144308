// Owns the load balancers that EKS's cloud controller makes for Services which the AWS Load Balancer Controller does not
// take: Classic Load Balancers to the ports of nodes.
// Source: kubernetes staging/src/k8s.io/cloud-provider/controllers/service/controller.go (what wakes it, the events).
import type { Node, Service } from '../../../generated/kubernetes.d.ts'
import { isNotFound, messageOf } from '../../base/errors.ts'
import { deepEqual } from '../../base/json.ts'
import { nodes, services } from '../../kubernetes/client/resources.ts'
import { keyOf, splitKey } from '../../reconcile/controller.ts'
import type { Controller, ControllerContext, ReconcileResult } from '../../reconcile/controller.ts'
import { modify, modifyStatus } from '../../reconcile/modify.ts'
import { COMPUTE_TYPE } from '../../rules/fargate/match.ts'
import {
  classicModel,
  CLEANUP_FINALIZER,
  cloudBalancerName,
  isCloudNetwork,
  isLeftToCloud,
} from '../../rules/load-balancer/classic.ts'
import { cloudNetworkModel } from '../../rules/load-balancer/cloud-network.ts'
import { changeFinalizers, withoutFinalizer } from '../loadbalancer/finalizers.ts'
import { ClassicProvider } from './classic-provider.ts'
import type { CloudOptions } from './cloud.ts'
import { NetworkProvider } from './network-provider.ts'

export interface CloudServiceOptions extends CloudOptions {
  readonly context: ControllerContext
}

const FROM = 'service-controller'
// minRetryDelay and maxRetryDelay.
const FIRST_RETRY_MS = 5_000
const LAST_RETRY_MS = 300_000
/** How soon to look whether AWS has taken down what was deleted. */
const TAKE_DOWN_MS = 100

/** The control loop. Keys are Services. */
export function createCloudServiceController(options: CloudServiceOptions): Controller {
  return new CloudServiceLoop(options)
}

/** What the last pass over a Service told AWS. */
interface Pass {
  readonly spec: unknown
  /** undefined: nothing yet, since all nodes are Fargate's */
  readonly instanceIds: readonly string[] | undefined
}

/** The load balancer of a Service, of whichever kind. */
interface CloudBalancer {
  /** Of the nodes that are registered. */
  readonly nodeLabels: Readonly<Record<string, string>>
  /** Makes or changes it. @returns its DNS name */
  ensure(instanceIds: readonly string[]): Promise<string>
  /** The instances alone. */
  register(instanceIds: readonly string[]): Promise<unknown>
}

class CloudServiceLoop implements Controller {
  readonly name = FROM
  readonly sources: Controller['sources']
  readonly #context: ControllerContext
  readonly #classic: ClassicProvider
  readonly #network: NetworkProvider
  readonly #passes = new Map<string, Pass>()
  readonly #failures = new Map<string, number>()

  constructor({ context, ...cloud }: CloudServiceOptions) {
    this.#context = context
    this.#classic = new ClassicProvider(cloud)
    this.#network = new NetworkProvider(cloud)
    const all = context.informer(services)
    this.sources = [
      all.source((service) => (isLeftToCloud(service) || isKept(service) ? [keyOf(service)] : [])),
      context.informer(nodes).source(() => [...this.#passes.keys()]),
    ]
  }

  async reconcile(key: string): Promise<ReconcileResult | void> {
    const service = this.#context.informer(services).get(key)
    if (!service) return this.#forget(key)
    try {
      const result = isLeftToCloud(service)
        ? await this.#ensure(key, service)
        : isKept(service)
          ? await this.#remove(key, service)
          : undefined
      this.#failures.delete(key)
      return result
    } catch (error) {
      if (isNotFound(error)) return this.#forget(key)
      return this.#failed(key, service, error)
    }
  }

  async #ensure(key: string, service: Service): Promise<void> {
    const instanceIds = (nodeLabels: Readonly<Record<string, string>>): string[] =>
      this.#context
        .informer(nodes)
        .list()
        .flatMap((node) => (isTarget(node, nodeLabels) ? instanceOf(node) : []))
        .toSorted((a, b) => a.localeCompare(b))
    const { metadata, spec } = service
    const looksAt = { spec, annotations: metadata.annotations ?? {} }
    const last = this.#passes.get(key)
    const isSame = last !== undefined && deepEqual(last.spec, looksAt)
    if (!isSame) this.#event(service, 'Normal', 'EnsuringLoadBalancer', 'Ensuring load balancer')
    const made = this.#balancerOf(key, service)
    const ids = instanceIds(made.nodeLabels)
    if (last?.instanceIds && isSame) {
      if (!deepEqual(last.instanceIds, ids)) await this.#follow(key, service, { made, ids })
      return
    }
    await this.#keep(service)
    if (!last?.instanceIds && this.#isAllFargate()) {
      this.#passes.set(key, { spec: looksAt, instanceIds: undefined })
      return
    }
    if (ids.length === 0) this.#unavailable(service)
    const hostname = await made.ensure(ids)
    this.#passes.set(key, { spec: looksAt, instanceIds: ids })
    this.#event(service, 'Normal', 'EnsuredLoadBalancer', 'Ensured load balancer')
    await this.#show(key, [{ hostname }])
  }

  #balancerOf(serviceName: string, service: Service): CloudBalancer {
    if (isCloudNetwork(service)) {
      const model = cloudNetworkModel(service)
      const ensure: CloudBalancer['ensure'] = (instanceIds) =>
        this.#network.ensure({ model, serviceName, instanceIds })
      return { nodeLabels: model.nodeLabels, ensure, register: ensure }
    }
    const model = classicModel(service)
    return {
      nodeLabels: model.nodeLabels,
      ensure: (instanceIds) => this.#classic.ensure({ model, serviceName, instanceIds }),
      register: (instanceIds) => this.#classic.register({ model, serviceName, instanceIds }),
    }
  }

  /** The nodes have changed. */
  async #follow(
    key: string,
    service: Service,
    { made, ids }: { readonly made: CloudBalancer; readonly ids: readonly string[] },
  ): Promise<void> {
    await made.register(ids)
    this.#passes.set(key, { spec: this.#passes.get(key)?.spec, instanceIds: ids })
    if (ids.length === 0) this.#unavailable(service)
    else this.#event(service, 'Normal', 'UpdatedLoadBalancer', 'Updated load balancer with new hosts')
  }

  // With no other node, EKS leaves the Service `<pending>` after its first event. Source: eksctl-io/eksctl#3874,
  // kubernetes/ingress-nginx#4888 (2021; AWS says no more than that Fargate has no Classic Load Balancers).
  #isAllFargate(): boolean {
    const all = this.#context.informer(nodes).list()
    return all.length > 0 && all.every(({ metadata }) => metadata.labels?.[COMPUTE_TYPE] === 'fargate')
  }

  async #remove(key: string, service: Service): Promise<ReconcileResult | void> {
    const name = cloudBalancerName(service.metadata.uid ?? '')
    const provider = isCloudNetwork(service) ? this.#network : this.#classic
    if (this.#passes.has(key) || (await provider.find(name))) {
      this.#event(service, 'Normal', 'DeletingLoadBalancer', 'Deleting load balancer')
    }
    this.#passes.delete(key)
    if (!(await provider.remove(name))) return { requeueAfterMs: TAKE_DOWN_MS }
    this.#event(service, 'Normal', 'DeletedLoadBalancer', 'Deleted load balancer')
    if (service.metadata.deletionTimestamp === undefined) await this.#show(key, [])
    const about = { resource: services, object: service }
    await changeFinalizers(this.#context.client, about, withoutFinalizer(CLEANUP_FINALIZER))
  }

  // Before anything is made, and for a Service that is gone nothing is: nobody would remove it otherwise.
  async #keep(service: Service): Promise<void> {
    if (isKept(service)) return
    await modify(this.#context.client, {
      resource: services,
      key: splitKey(keyOf(service)),
      change: (current) => {
        const { finalizers = [] } = current.metadata
        if (finalizers.includes(CLEANUP_FINALIZER)) return undefined
        return {
          ...current,
          metadata: { ...current.metadata, finalizers: [...finalizers, CLEANUP_FINALIZER] },
        }
      },
    })
  }

  async #show(key: string, ingress: { hostname: string }[]): Promise<void> {
    await modifyStatus(this.#context.client, {
      resource: services,
      key: splitKey(key),
      change: (current) => {
        if (deepEqual(current.status?.loadBalancer?.ingress ?? [], ingress)) return undefined
        const loadBalancer = ingress.length > 0 ? { ingress } : {}
        return { ...current, status: { ...current.status, loadBalancer } }
      },
    })
  }

  #failed(key: string, service: Service, error: unknown): ReconcileResult {
    const verb = isLeftToCloud(service) ? 'ensure' : 'delete'
    const message = `Error syncing load balancer: failed to ${verb} load balancer: ${messageOf(error)}`
    this.#event(service, 'Warning', 'SyncLoadBalancerFailed', message)
    const failures = this.#failures.get(key) ?? 0
    this.#failures.set(key, failures + 1)
    return { requeueAfterMs: Math.min(FIRST_RETRY_MS * 2 ** failures, LAST_RETRY_MS) }
  }

  #unavailable(service: Service): void {
    const message = 'There are no available nodes for LoadBalancer'
    this.#event(service, 'Warning', 'UnAvailableLoadBalancer', message)
  }

  #event(service: Service, type: 'Normal' | 'Warning', reason: string, message: string): void {
    this.#context.event(service, { type, reason, message, from: FROM })
  }

  #forget(key: string): void {
    this.#passes.delete(key)
    this.#failures.delete(key)
  }
}

function isKept({ metadata }: Service): boolean {
  return metadata.finalizers?.includes(CLEANUP_FINALIZER) ?? false
}

const EXCLUDED = 'node.kubernetes.io/exclude-from-external-load-balancers'
const LEAVING = 'ToBeDeletedByClusterAutoscaler'

// stableNodeSetPredicates and filterTargetNodes.
function isTarget({ metadata, spec }: Node, labels: Readonly<Record<string, string>>): boolean {
  return (
    metadata.deletionTimestamp === undefined &&
    metadata.labels?.[EXCLUDED] === undefined &&
    !(spec?.taints ?? []).some(({ key }) => key === LEAVING) &&
    Object.entries(labels).every(([key, value]) => metadata.labels?.[key] === value)
  )
}

// `aws:///ZONE/i-…`; micro-nodes of Fargate are no instances.
function instanceOf({ spec }: Node): string[] {
  const id = spec?.providerID?.split('/').at(-1) ?? ''
  return id.startsWith('i-') ? [id] : []
}
