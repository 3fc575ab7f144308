// Owns turning Gateways into load balancers, and removing them again.
// Source: aws-load-balancer-controller v3.5.0, controllers/gateway/gateway_controller.go.
import { messageOf } from '../../base/errors.ts'
import {
  keyOf,
  type Controller,
  type ControllerContext,
  type ReconcileResult,
} from '../../reconcile/controller.ts'
import { BuildError } from '../../rules/load-balancer/annotations.ts'
import {
  GATEWAY_CONTROLLERS,
  type Gateway,
  type GatewayFlavor,
} from '../../rules/load-balancer/gateway/api.ts'
import { GatewayLoadError, type LoadedRoute } from '../../rules/load-balancer/gateway/backends.ts'
import { isGatewayProtected } from '../../rules/load-balancer/gateway/front.ts'
import type { BoundOwners } from './bound-owners.ts'
import { changeFinalizers, withFinalizer, withoutFinalizer } from './finalizers.ts'
import { gateways } from '../../kubernetes/client/gateways.ts'
import type { ServedGateways } from './gateway-kinds.ts'
import type { GatewayStacks } from './gateway-stacks.ts'
import { GatewayStatuses, isActive } from './gateway-status.ts'
import type { GatewayView } from '../../rules/load-balancer/gateway/view.ts'
import { ConfigurationError, type GatewayWorld } from './gateway-world.ts'
import { isInUse, lookAgainMs } from './in-use.ts'
import { gatewayLabels } from './target-group-bindings.ts'

export interface GatewayControllerOptions {
  readonly context: ControllerContext
  readonly world: GatewayWorld
  readonly served: ServedGateways
  readonly stacks: GatewayStacks
  readonly owners: BoundOwners
  /** A Gateway is gone: what it shared with others may go when it was the last. */
  released(key: string): Promise<void>
}

const RESYNC_MS = 600_000
const RETRY_MS = 30_000
/** How soon to look whether a new load balancer has become active: the controller itself does so after two minutes. */
const PROVISIONING_MS = 1_000
/** What is said of a Gateway whose events say more. */
const SEE_EVENTS = 'Check Gateway Events for more information.'

/** The finalizer of a Gateway that has something in AWS. */
export function gatewayFinalizer(flavor: GatewayFlavor): string {
  return GATEWAY_CONTROLLERS[flavor]
}

/** Who has bound the target groups of a Gateway. */
export function gatewayOwner(key: string): string {
  return `gateway:${key}`
}

/** The loop that makes the load balancers of Gateways. */
export class GatewayLoop implements Controller {
  readonly name = 'aws-load-balancer-controller/gateway'
  readonly concurrency = 3
  readonly sources: Controller['sources']
  readonly #options: GatewayControllerOptions
  readonly #statuses: GatewayStatuses
  readonly #passes = new Map<string, { readonly fingerprint: string; readonly atMs: number }>()

  constructor(options: GatewayControllerOptions) {
    const { context, world } = options
    this.#options = options
    this.#statuses = new GatewayStatuses(context.client, context.clock)
    this.sources = world.sources(() => context.informer(gateways).list().map(keyOf))
  }

  async reconcile(key: string): Promise<ReconcileResult | void> {
    const { context, world } = this.#options
    const gateway = context.informer(gateways).get(key)
    const owner = gateway && world.classOf(gateway)
    if (!gateway || !owner) return void this.#passes.delete(key)
    const { flavor } = owner
    try {
      const configuration = world.configuration(gateway, owner.object)
      const view = world.view(gateway, flavor, configuration)
      await this.#statuses.tell(flavor, view.routes)
      if (gateway.metadata.deletionTimestamp) return await this.#remove(gateway, view)
      return await this.#reconcile(gateway, view)
    } catch (error) {
      return await this.#failed(gateway, flavor, error)
    }
  }

  async #reconcile(gateway: Gateway, view: GatewayView): Promise<ReconcileResult> {
    const { context, stacks, owners } = this.#options
    const { flavor } = view.loaded
    const key = keyOf(gateway)
    const fingerprint = fingerprintOf(view)
    const last = this.#passes.get(key)
    const ageMs = context.clock.now() - (last?.atMs ?? -Infinity)
    if (last?.fingerprint === fingerprint && ageMs < RESYNC_MS) return { requeueAfterMs: RESYNC_MS - ageMs }
    const planned = await stacks.plan(view.loaded)
    const about = { resource: gateways, object: gateway }
    await changeFinalizers(context.client, about, withFinalizer(gatewayFinalizer(flavor)))
    const { balancer, bindings, isChanged } = await planned.deploy()
    const { labels = {}, annotations = {} } = gateway.spec.infrastructure ?? {}
    await owners.bind(gatewayOwner(key), bindings, {
      labels: gatewayLabels(key, flavor),
      extra: { labels, annotations },
    })
    const isShown = await this.#statuses.succeeded(gateway, view, balancer)
    if (!isActive(balancer)) {
      const message = 'Failed update status due to requeue needed after 2m0s: Monitoring provisioning state'
      this.#event(gateway, flavor, { type: 'Warning', reason: 'FailedUpdateStatus', message })
      return { requeueAfterMs: PROVISIONING_MS }
    }
    this.#passes.set(key, { fingerprint, atMs: context.clock.now() })
    if (isChanged || isShown) {
      const message = 'Successfully reconciled'
      this.#event(gateway, flavor, { type: 'Normal', reason: 'SuccessfullyReconciled', message })
    }
    return { requeueAfterMs: RESYNC_MS }
  }

  async #remove(gateway: Gateway, { loaded }: GatewayView): Promise<void> {
    const { context, stacks, owners } = this.#options
    const { flavor, config } = loaded
    const key = keyOf(gateway)
    if (isGatewayProtected(config)) {
      throw new BuildError(`Unable to delete gateway ${key} because deletion protection is enabled.`)
    }
    if (!gateway.metadata.finalizers?.includes(gatewayFinalizer(flavor))) return
    await owners.unbind(gatewayOwner(key), gatewayLabels(key, flavor), () => stacks.remove(flavor, key))
    await this.#options.released(key)
    this.#passes.delete(key)
    const about = { resource: gateways, object: gateway }
    await changeFinalizers(context.client, about, withoutFinalizer(gatewayFinalizer(flavor)))
  }

  async #failed(gateway: Gateway, flavor: GatewayFlavor, error: unknown): Promise<ReconcileResult> {
    if (error instanceof ConfigurationError) {
      await this.#statuses.failed(gateway, 'Invalid', error.message)
      return { requeueAfterMs: RETRY_MS }
    }
    if (error instanceof GatewayLoadError) {
      if (error.reason !== undefined) await this.#statuses.failed(gateway, error.reason, error.message)
      return { requeueAfterMs: RETRY_MS }
    }
    if (isInUse(error)) {
      const waitMs = lookAgainMs(gateway.metadata.deletionTimestamp, this.#options.context.clock.now())
      if (waitMs !== undefined) return { requeueAfterMs: waitMs }
    }
    const isBuild = error instanceof BuildError
    const what = isBuild ? 'build' : 'deploy'
    const reason = isBuild ? 'FailedBuildModel' : 'FailedDeployModel'
    const message = `Failed ${what} model due to ${messageOf(error)}`
    this.#event(gateway, flavor, { type: 'Warning', reason, message })
    await this.#statuses.failed(gateway, 'Invalid', SEE_EVENTS)
    if (isBuild) return { requeueAfterMs: RETRY_MS }
    throw error
  }

  #event(
    gateway: Gateway,
    flavor: GatewayFlavor,
    event: { readonly type: 'Normal' | 'Warning'; readonly reason: string; readonly message: string },
  ): void {
    // The recorder's component, as in the events of the real controller.
    this.#options.context.event(gateway, { ...event, from: GATEWAY_CONTROLLERS[flavor] })
  }
}

// Everything that a pass depends on; status is not part of it, that of another Gateway excepted.
function fingerprintOf({ loaded, routes: verdicts, verdicts: listeners, sets }: GatewayView): string {
  const { gateway, config, routes } = loaded
  const { metadata, spec } = gateway
  return JSON.stringify([
    metadata.uid,
    metadata.annotations,
    spec,
    config,
    [...listeners].map(([{ kind, namespace, name, listeners: each }, own]) => [
      kind,
      namespace,
      name,
      each,
      ...own.values(),
    ]),
    sets?.rejected.map((set) => [set.metadata.uid, set.metadata.generation]),
    verdicts.map(({ route, reason, message }) => [route.metadata.uid, reason, message]),
    [...routes].map(([port, each]) => [port, each.map(routeFingerprint)]),
  ])
}

function routeFingerprint({ route, rules }: LoadedRoute): unknown {
  return [
    route.metadata.uid,
    route.metadata.generation,
    rules.map(({ config, backends }) => [
      config,
      backends.map((backend) =>
        backend.kind === 'Service'
          ? [backend.service.metadata.uid, backend.service.spec, backend.props, backend.weight]
          : backend,
      ),
    ]),
  ]
}
