// Owns turning Services of type LoadBalancer into network load balancers, and removing them again.
import type { Service } from '../../../generated/kubernetes.d.ts'
import { isAwsCode, isNotFound, messageOf } from '../../base/errors.ts'
import { deepEqual } from '../../base/json.ts'
import { services } from '../../kubernetes/client/resources.ts'
import {
  keyOf,
  splitKey,
  type Controller,
  type ControllerContext,
  type ReconcileResult,
} from '../../reconcile/controller.ts'
import { modify, modifyStatus } from '../../reconcile/modify.ts'
import { BuildError } from './annotations.ts'
import type { Aws } from './aws.ts'
import { Bindings, type Binding } from './bindings.ts'
import { isClaimed, SERVICE_FINALIZER as FINALIZER } from '../../rules/load-balancer/claim.ts'
import { Ec2Provider } from './ec2-provider.ts'
import { Elbv2Provider, type Stack } from './elbv2-provider.ts'
import type { LoadBalancer } from './elbv2-shapes.ts'
import { buildModel, stackTags, type LoadBalancerModel } from './model.ts'
import { createTargetController } from './target-controller.ts'

export interface ServiceControllerOptions {
  readonly context: ControllerContext
  readonly aws: Aws
  readonly clusterName: string
  readonly vpcId: string
  readonly region: string
}

/** The recorder's component, as in the events of the real controller. */
const COMPONENT = 'service'
/** How long a pass is good for when nothing changes; drift in AWS is mended by then. */
const RESYNC_MS = 600_000
/** When to look again at what AWS may offer later (subnets, security groups). */
const RETRY_MS = 30_000

/** The AWS Load Balancer Controller for Services: one loop for load balancers, one for their targets. */
export function createServiceController(options: ServiceControllerOptions): Controller[] {
  const bindings = new Bindings()
  const elbv2 = new Elbv2Provider(options.aws, options.vpcId)
  const loop = new ServiceLoop(options, elbv2, bindings)
  return [loop, createTargetController({ context: options.context, elbv2, bindings })]
}

interface Pass {
  readonly fingerprint: string
  readonly atMs: number
}

class ServiceLoop implements Controller {
  readonly name = 'aws-load-balancer-controller/service'
  readonly concurrency = 3
  readonly sources: Controller['sources']
  readonly #options: ServiceControllerOptions
  readonly #ec2: Ec2Provider
  readonly #elbv2: Elbv2Provider
  readonly #bindings: Bindings
  readonly #passes = new Map<string, Pass>()

  constructor(options: ServiceControllerOptions, elbv2: Elbv2Provider, bindings: Bindings) {
    this.#options = options
    this.#ec2 = new Ec2Provider(options)
    this.#elbv2 = elbv2
    this.#bindings = bindings
    this.sources = [options.context.informer(services).source()]
  }

  async reconcile(key: string): Promise<ReconcileResult | void> {
    const service = this.#options.context.informer(services).get(key)
    if (!service) return this.#forget(key)
    if (!isClaimed(service)) return await this.#cleanUp(service)
    const fingerprint = fingerprintOf(service)
    const last = this.#passes.get(key)
    const ageMs = this.#options.context.clock.now() - (last?.atMs ?? -Infinity)
    // A write of our own to the status brings the Service back here: there is nothing new to tell AWS.
    if (last?.fingerprint === fingerprint && ageMs < RESYNC_MS) return { requeueAfterMs: RESYNC_MS - ageMs }
    try {
      const isChanged = await this.#deploy(await this.#withFinalizer(service))
      this.#passes.set(key, { fingerprint, atMs: this.#options.context.clock.now() })
      if (isChanged) this.#event(service, 'Normal', 'SuccessfullyReconciled', 'Successfully reconciled')
      return { requeueAfterMs: RESYNC_MS }
    } catch (error) {
      if (isNotFound(error)) return
      if (error instanceof BuildError) {
        this.#event(service, 'Warning', 'FailedBuildModel', `Failed build model due to ${error.message}`)
        return { requeueAfterMs: RETRY_MS }
      }
      this.#event(service, 'Warning', 'FailedDeployModel', `Failed deploy model due to ${messageOf(error)}`)
      throw error
    }
  }

  async #deploy(service: Service): Promise<boolean> {
    const { clusterName } = this.#options
    const model = buildModel(clusterName, service)
    const found = await this.#elbv2.find(stackTags(clusterName, service))
    const stack = await this.#withoutMisfit(found, model)
    const where = await this.#place(model, stack)
    const bound: Binding[] = []
    let isChanged = false
    for (const group of model.targetGroups) {
      const { arn, isChanged: isGroupChanged } = await this.#elbv2.ensureTargetGroup(group, stack)
      isChanged ||= isGroupChanged
      bound.push({ model: group, arn })
    }
    const there = stack.loadBalancer
    const balancer =
      there ?? (await this.#elbv2.createLoadBalancer(model, { ...where, subnets: where.subnets ?? [] }))
    if (there) isChanged = (await this.#elbv2.updateLoadBalancer(there, where)) || isChanged
    const arn = balancer.LoadBalancerArn
    isChanged = (await this.#elbv2.ensureLoadBalancerAttributes(arn, model.attributes)) || isChanged
    isChanged = (await this.#elbv2.ensureListeners(arn, bound)) || isChanged
    for (const group of stack.targetGroups) {
      if (bound.some((one) => one.arn === group.TargetGroupArn)) continue
      await this.#elbv2.deleteTargetGroup(group.TargetGroupArn)
      isChanged = true
    }
    this.#bindings.set(keyOf(service), bound)
    return (await this.#writeStatus(service, balancer)) || isChanged || !there
  }

  // Scheme and name cannot be changed: the load balancer is replaced (pkg/deploy/elbv2 isSDKLoadBalancerRequiresReplacement).
  async #withoutMisfit(stack: Stack, model: LoadBalancerModel): Promise<Stack> {
    const { loadBalancer } = stack
    if (!loadBalancer || loadBalancer.Scheme === model.scheme) return stack
    await this.#elbv2.deleteLoadBalancer(loadBalancer.LoadBalancerArn)
    return { ...stack, loadBalancer: undefined }
  }

  // Subnets of a load balancer that is there stay, unless the Service names others.
  async #place(
    model: LoadBalancerModel,
    { loadBalancer }: Stack,
  ): Promise<{ subnets: readonly string[] | undefined; securityGroups: readonly string[] }> {
    const isFixed = loadBalancer !== undefined && model.subnets === undefined
    const subnets = isFixed ? undefined : await this.#ec2.subnets(model)
    return { subnets, securityGroups: await this.#ec2.securityGroups(model) }
  }

  async #cleanUp(service: Service): Promise<ReconcileResult | void> {
    const key = keyOf(service)
    if (!service.metadata.finalizers?.includes(FINALIZER)) return this.#forget(key)
    const { clusterName, context } = this.#options
    const tags = stackTags(clusterName, service)
    try {
      const { loadBalancer, targetGroups } = await this.#elbv2.find(tags)
      if (loadBalancer) await this.#elbv2.deleteLoadBalancer(loadBalancer.LoadBalancerArn)
      for (const { TargetGroupArn } of targetGroups) await this.#elbv2.deleteTargetGroup(TargetGroupArn)
      await this.#ec2.deleteManagedGroup(tags)
      this.#forget(key)
      if (!this.#isAnyOtherClaimed(key)) await this.#ec2.deleteBackendGroup()
    } catch (error) {
      // What still uses a resource lets go of it in time; the real controller waits for that without an event.
      if (!isAwsCode(error, 'ResourceInUse', 'ResourceInUseException', 'DependencyViolation')) {
        this.#event(service, 'Warning', 'FailedDeployModel', `Failed deploy model due to ${messageOf(error)}`)
      }
      throw error
    }
    if (!service.metadata.deletionTimestamp) await this.#writeStatus(service, undefined)
    await modify(context.client, {
      resource: services,
      key: splitKey(key),
      change: (current) => {
        const finalizers = (current.metadata.finalizers ?? []).filter((name) => name !== FINALIZER)
        return { ...current, metadata: { ...current.metadata, finalizers } }
      },
    }).catch((error: unknown) => {
      if (!isNotFound(error)) throw error
    })
  }

  #isAnyOtherClaimed(key: string): boolean {
    return this.#options.context
      .informer(services)
      .list()
      .some(
        (service) => keyOf(service) !== key && (service.metadata.finalizers?.includes(FINALIZER) ?? false),
      )
  }

  #forget(key: string): void {
    this.#passes.delete(key)
    this.#bindings.delete(key)
  }

  async #withFinalizer(service: Service): Promise<Service> {
    if (service.metadata.finalizers?.includes(FINALIZER)) return service
    return await modify(this.#options.context.client, {
      resource: services,
      key: splitKey(keyOf(service)),
      change: (current) => {
        const finalizers = current.metadata.finalizers ?? []
        if (finalizers.includes(FINALIZER) || current.metadata.deletionTimestamp) return undefined
        return { ...current, metadata: { ...current.metadata, finalizers: [...finalizers, FINALIZER] } }
      },
    })
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
