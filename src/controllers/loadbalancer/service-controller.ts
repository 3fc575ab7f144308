// Owns turning Services of type LoadBalancer into network load balancers, and removing them again; puts together all
// loops of the controller.
import type { Service } from '../../../generated/kubernetes.d.ts'
import { isNotFound, messageOf } from '../../base/errors.ts'
import { deepEqual } from '../../base/json.ts'
import { ingresses, services } from '../../kubernetes/client/resources.ts'
import {
  keyOf,
  splitKey,
  type Controller,
  type ControllerContext,
  type ReconcileResult,
} from '../../reconcile/controller.ts'
import { modify, modifyStatus } from '../../reconcile/modify.ts'
import { BuildError } from '../../rules/load-balancer/annotations.ts'
import { isClaimed } from '../../rules/load-balancer/claim.ts'
import { CHART, serviceFinalizer, type Edition } from '../../rules/load-balancer/edition.ts'
import { finalizedGroups, type GroupId } from '../../rules/load-balancer/ingress/group.ts'
import { buildModel, isDeletionProtected, stackTags } from '../../rules/load-balancer/model.ts'
import type { Aws } from './aws.ts'
import { bindingOwner, createBindingController } from './binding-controller.ts'
import { Bindings } from './bindings.ts'
import { Ec2Provider } from './ec2-provider.ts'
import { EndpointGroups } from './endpoint-groups.ts'
import { EndpointInterfaces } from './endpoint-interfaces.ts'
import { Elbv2Provider } from './elbv2-provider.ts'
import type { LoadBalancer } from './elbv2-shapes.ts'
import { openGates } from './gates.ts'
import { isInUse, lookAgainMs } from './in-use.ts'
import { BoundOwners } from './bound-owners.ts'
import { gatewayFinalizer, gatewayOwner } from './gateway-controller.ts'
import { createGatewayControllers } from './gateway-controllers.ts'
import { gateways } from '../../kubernetes/client/gateways.ts'
import { NO_GATEWAYS, type ServedGateways } from './gateway-kinds.ts'
import { GatewayStacks } from './gateway-stacks.ts'
import { createIngressControllers, groupOwner } from './ingress-controller.ts'
import { ApplicationStacks } from './application-stacks.ts'
import { IngressStacks } from './ingress-stacks.ts'
import { NetworkStacks } from './network-stacks.ts'
import { createTargetController } from './target-controller.ts'
import { BindingObjects, serviceLabels } from './target-group-bindings.ts'

export interface ServiceControllerOptions {
  readonly context: ControllerContext
  readonly aws: Aws
  readonly clusterName: string
  readonly vpcId: string
  readonly region: string
  /** Whether TargetGroupBindings can be made: their definition is installed. */
  readonly hasBindings: boolean
  /** What of the Gateway API is installed; nothing when absent. */
  readonly served?: ServedGateways
  /** That of the chart when absent. */
  readonly edition?: Edition
}

type Whole = Required<ServiceControllerOptions>

/** The recorder's component, as in the events of the real controller. */
const COMPONENT = 'service'
/** How long a pass is good for when nothing changes; drift in AWS is mended by then. */
const RESYNC_MS = 600_000
/** When to look again at what AWS may offer later (subnets, security groups). */
const RETRY_MS = 30_000

/** The AWS Load Balancer Controller for Services: one loop for load balancers, one for their targets. */
export function createServiceController(given: ServiceControllerOptions): Controller[] {
  const options: Whole = { edition: CHART, served: NO_GATEWAYS, ...given }
  const bindings = new Bindings()
  const elbv2 = new Elbv2Provider(options.aws, options.vpcId)
  const ec2 = new Ec2Provider(options)
  const { context, vpcId, hasBindings, edition, served, clusterName } = options
  const objects = new BindingObjects(context, { vpcId, isServed: hasBindings, edition })
  const endpointGroups = new EndpointGroups({
    ec2,
    interfaces: new EndpointInterfaces(options),
    clock: options.context.clock,
    edition,
    serviceKeys: () => [
      ...new Set([
        ...balancedKeys(options),
        ...bindings.keys(),
        ...pendingOwners(options, bindings),
        ...objects
          .foreign()
          .map(bindingOwner)
          .filter((owner) => !bindings.isSettled(owner)),
      ]),
    ],
  })
  const networks = new NetworkStacks({ aws: options.aws, ec2, elbv2 })
  const parts = { ec2, elbv2, networks, bindings, endpointGroups, objects }
  const loop = new ServiceLoop(options, parts)
  const all = options.context.informer(services)
  const applications = new ApplicationStacks({ aws: options.aws, ec2, elbv2 })
  const stacks = new IngressStacks({ ...options, applications, service: (key) => all.get(key) })
  const owners = new BoundOwners({ context, ...parts })
  const releasedBy = async (owner: string): Promise<void> => {
    if (!isAnyBalanced(options, { owner })) await ec2.deleteBackendGroup()
  }
  const released = (group: GroupId): Promise<void> => releasedBy(groupOwner(group))
  return [
    loop,
    ...createIngressControllers({ context, edition, owners, stacks, released }),
    ...(served.flavors.length > 0
      ? createGatewayControllers({
          context,
          served,
          owners,
          stacks: new GatewayStacks({ clusterName, elbv2, applications, networks }),
          released: (key) => releasedBy(gatewayOwner(key)),
        })
      : []),
    createTargetController({ context, ...parts }),
    ...(hasBindings ? [createBindingController({ context, edition, ...parts })] : []),
  ]
}

/** Services that have a load balancer, or are about to. */
function balancedKeys({ context, edition }: Whole): string[] {
  return context
    .informer(services)
    .list()
    .filter((service) => isClaimed(service, edition) && isFinalized(service, edition))
    .map(keyOf)
}

// Groups that have something in AWS and were not looked at since the start: until they are, no rule is taken away.
function isFinalized({ metadata }: Service, edition: Edition): boolean {
  return metadata.finalizers?.includes(serviceFinalizer(edition)) ?? false
}

/** Groups of Ingresses and Gateways that have something in AWS. */
function ownersOf({ context, edition, served }: Whole): string[] {
  const groups = context
    .informer(ingresses)
    .list()
    .flatMap((ingress) => finalizedGroups(ingress, edition).map(groupOwner))
  if (served.flavors.length === 0) return groups
  const finalizers = served.flavors.map(gatewayFinalizer)
  const finalized = context
    .informer(gateways)
    .list()
    .filter(({ metadata }) => metadata.finalizers?.some((each) => finalizers.includes(each)))
  return [...groups, ...finalized.map((gateway) => gatewayOwner(keyOf(gateway)))]
}

function pendingOwners(options: Whole, bindings: Bindings): string[] {
  return ownersOf(options).filter((owner) => !bindings.isSettled(owner))
}

/** Whether anything but one Service, or but one group of Ingresses or Gateway, has a load balancer. */
function isAnyBalanced(
  options: Whole,
  but: { readonly serviceKey?: string; readonly owner?: string },
): boolean {
  const others = options.context
    .informer(services)
    .list()
    .filter((service) => keyOf(service) !== but.serviceKey)
  return (
    others.some((service) => isFinalized(service, options.edition)) ||
    ownersOf(options).some((owner) => owner !== but.owner)
  )
}

interface Parts {
  readonly ec2: Ec2Provider
  readonly elbv2: Elbv2Provider
  readonly networks: NetworkStacks
  readonly bindings: Bindings
  readonly endpointGroups: EndpointGroups
  readonly objects: BindingObjects
}

interface Pass {
  readonly fingerprint: string
  readonly atMs: number
}

/** The API does not take the status: that of a Service of another type than LoadBalancer has no load balancer. */
class StatusRefusal extends Error {}

class ServiceLoop implements Controller {
  readonly name = 'aws-load-balancer-controller/service'
  readonly concurrency = 3
  readonly sources: Controller['sources']
  readonly #options: Whole
  readonly #finalizer: string
  readonly #ec2: Ec2Provider
  readonly #stacks: NetworkStacks
  readonly #bindings: Bindings
  readonly #endpointGroups: EndpointGroups
  readonly #objects: BindingObjects
  readonly #passes = new Map<string, Pass>()

  constructor(options: Whole, { ec2, networks, bindings, endpointGroups, objects }: Parts) {
    this.#options = options
    this.#finalizer = serviceFinalizer(options.edition)
    this.#ec2 = ec2
    this.#endpointGroups = endpointGroups
    this.#objects = objects
    this.#stacks = networks
    this.#bindings = bindings
    this.sources = [options.context.informer(services).source()]
  }

  async reconcile(key: string): Promise<ReconcileResult | void> {
    const service = this.#options.context.informer(services).get(key)
    if (!service) return this.#forget(key)
    if (!isClaimed(service, this.#options.edition)) return await this.#cleanUp(service)
    const fingerprint = fingerprintOf(service)
    const last = this.#passes.get(key)
    const ageMs = this.#options.context.clock.now() - (last?.atMs ?? -Infinity)
    // A write of our own to the status brings the Service back here: there is nothing new to tell AWS.
    if (last?.fingerprint === fingerprint && ageMs < RESYNC_MS) return { requeueAfterMs: RESYNC_MS - ageMs }
    try {
      const isChanged = await this.#reconcile(service)
      this.#passes.set(key, { fingerprint, atMs: this.#options.context.clock.now() })
      if (isChanged) this.#event(service, 'Normal', 'SuccessfullyReconciled', 'Successfully reconciled')
      return { requeueAfterMs: RESYNC_MS }
    } catch (error) {
      if (isNotFound(error)) return
      if (error instanceof BuildError) return this.#failedBuild(service, error)
      const [reason, what] =
        error instanceof StatusRefusal
          ? ['FailedUpdateStatus', 'update status']
          : ['FailedDeployModel', 'deploy model']
      this.#event(service, 'Warning', reason, `Failed ${what} due to ${messageOf(error)}`)
      throw error
    }
  }

  /** @returns whether anything changed. */
  async #reconcile(service: Service): Promise<boolean> {
    const { clusterName, edition } = this.#options
    const planned = await this.#stacks.plan(stackTags(clusterName, service.metadata, edition), (existing) =>
      buildModel(clusterName, service, existing, edition),
    )
    // It began to be deleted meanwhile: what is made now nobody would remove.
    if (!(await this.#withFinalizer(service))) return false
    const { balancer, bindings, isChanged } = await this.#stacks.deploy(planned)
    await this.#objects.sync(serviceLabels(keyOf(service), this.#options.edition), bindings)
    const gone = this.#bindings.set(keyOf(service), bindings)
    await openGates(this.#options.context, service.metadata.namespace ?? '', gone)
    return (await this.#showBalancer(service, balancer)) || isChanged
  }

  async #showBalancer(service: Service, balancer: LoadBalancer): Promise<boolean> {
    try {
      return await this.#writeStatus(service, balancer)
    } catch (error) {
      if (isNotFound(error)) throw error
      throw new StatusRefusal(`failed to update service status: ${keyOf(service)}: ${messageOf(error)}`)
    }
  }

  #failedBuild(service: Service, error: BuildError): ReconcileResult {
    this.#event(service, 'Warning', 'FailedBuildModel', `Failed build model due to ${error.message}`)
    return { requeueAfterMs: RETRY_MS }
  }

  async #cleanUp(service: Service): Promise<ReconcileResult | void> {
    const key = keyOf(service)
    const { context, edition } = this.#options
    if (!isFinalized(service, edition)) return this.#forget(key)
    try {
      if (isDeletionProtected(service)) {
        const text = `deletion_protection is enabled, cannot delete the service: ${service.metadata.name}`
        return this.#failedBuild(service, new BuildError(text))
      }
      await this.#objects.sync(serviceLabels(key, edition), [])
      const { clusterName } = this.#options
      const removed = await this.#stacks.remove(stackTags(clusterName, service.metadata, edition))
      const bound = this.#bindings.own(key).map(({ model }) => model.name)
      this.#forget(key)
      await openGates(context, service.metadata.namespace ?? '', [...removed, ...bound])
      // Rules that name the shared group keep it from being deleted.
      await this.#endpointGroups.delete(key)
      if (!isAnyBalanced(this.#options, { serviceKey: key })) await this.#ec2.deleteBackendGroup()
    } catch (error) {
      if (error instanceof BuildError) return this.#failedBuild(service, error)
      // What still uses a resource lets go of it in time; the real controller waits for that without an event.
      if (isInUse(error)) {
        const waitMs = lookAgainMs(service.metadata.deletionTimestamp, context.clock.now())
        if (waitMs !== undefined) return { requeueAfterMs: waitMs }
      } else {
        this.#event(service, 'Warning', 'FailedDeployModel', `Failed deploy model due to ${messageOf(error)}`)
      }
      throw error
    }
    if (!service.metadata.deletionTimestamp) await this.#writeStatus(service, undefined)
    await modify(context.client, {
      resource: services,
      key: splitKey(key),
      change: (current) => {
        const finalizers = (current.metadata.finalizers ?? []).filter((name) => name !== this.#finalizer)
        return { ...current, metadata: { ...current.metadata, finalizers } }
      },
    }).catch((error: unknown) => {
      if (!isNotFound(error)) throw error
    })
  }

  #forget(key: string): void {
    this.#passes.delete(key)
    this.#bindings.delete(key)
  }

  /** @returns whether the Service has the finalizer now. */
  async #withFinalizer(service: Service): Promise<boolean> {
    if (isFinalized(service, this.#options.edition)) return true
    const { metadata } = await modify(this.#options.context.client, {
      resource: services,
      key: splitKey(keyOf(service)),
      change: (current) => {
        const finalizers = current.metadata.finalizers ?? []
        if (finalizers.includes(this.#finalizer) || current.metadata.deletionTimestamp) return undefined
        return { ...current, metadata: { ...current.metadata, finalizers: [...finalizers, this.#finalizer] } }
      },
    })
    return metadata.finalizers?.includes(this.#finalizer) ?? false
  }

  async #writeStatus(service: Service, balancer: LoadBalancer | undefined): Promise<boolean> {
    const ports = (service.spec.ports ?? []).map(({ port, protocol = 'TCP' as const }) => ({
      port,
      protocol,
    }))
    const loadBalancer = balancer ? { ingress: [{ hostname: balancer.DNSName.toLowerCase(), ports }] } : {}
    if (deepEqual(service.status?.loadBalancer ?? {}, loadBalancer)) return false
    await modifyStatus(this.#options.context.client, {
      resource: services,
      key: splitKey(keyOf(service)),
      change: (current) => ({ ...current, status: { ...current.status, loadBalancer } }),
    })
    return true
  }

  #event(service: Service, type: 'Normal' | 'Warning', reason: string, message: string): void {
    this.#options.context.event(service, { type, reason, message, from: COMPONENT })
  }
}

/** Everything that a pass depends on; the status is not part of it. */
function fingerprintOf({ metadata, spec }: Service): string {
  return JSON.stringify([metadata.uid, metadata.annotations ?? {}, spec])
}
