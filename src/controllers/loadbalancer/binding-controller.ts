// Owns TargetGroupBindings that somebody else than the controller has made: the targets of a target group that is there.
// Source: aws-load-balancer-controller, controllers/elbv2/targetgroupbinding_controller.go, pkg/targetgroupbinding and
// webhooks/elbv2/targetgroupbinding_mutator.go (what is left out is taken from the target group).
import { messageOf } from '../../base/errors.ts'
import { services } from '../../kubernetes/client/resources.ts'
import {
  keyOf,
  splitKey,
  type Controller,
  type ControllerContext,
  type ReconcileResult,
} from '../../reconcile/controller.ts'
import { modify } from '../../reconcile/modify.ts'
import { BuildError } from '../../rules/load-balancer/annotations.ts'
import { bindingFinalizer, type Edition } from '../../rules/load-balancer/edition.ts'
import { boundGroup } from '../../rules/load-balancer/bound-group.ts'
import type { Bindings } from './bindings.ts'
import type { Elbv2Provider } from './elbv2-provider.ts'
import type { EndpointGroups } from './endpoint-groups.ts'
import { openGates } from './gates.ts'
import { isMade, type BindingObjects, type TargetGroupBinding } from './target-group-bindings.ts'

export interface BindingControllerOptions {
  readonly context: ControllerContext
  readonly elbv2: Elbv2Provider
  readonly bindings: Bindings
  readonly endpointGroups: EndpointGroups
  readonly objects: BindingObjects
  readonly edition: Edition
}

/** The recorder's component, as in the events of the real controller. */
const COMPONENT = 'targetGroupBinding'
const RETRY_MS = 30_000

/** One pass hands what an object says to the loop of targets, and takes its targets out when it goes. */
export function createBindingController(options: BindingControllerOptions): Controller {
  const { context, bindings, objects, edition } = options
  const all = context.informer(objects.resource)
  const keysOfService = (service: { metadata: { namespace?: string; name: string } }): string[] =>
    all
      .list(service.metadata.namespace)
      .filter(({ spec }) => spec.serviceRef.name === service.metadata.name)
      .map(keyOf)
  return {
    name: 'aws-load-balancer-controller/target-group-binding',
    sources: [all.source(), context.informer(services).source(keysOfService)],
    async reconcile(key): Promise<ReconcileResult | void> {
      const object = all.get(key)
      if (!object) return
      if (object.metadata.deletionTimestamp) return await cleanUp(object, options)
      if (isMade(object, edition)) return
      try {
        await bind(object, options)
        return
      } catch (error) {
        if (!(error instanceof BuildError)) throw error
        bindings.settle(bindingOwner(object))
        const reason = error.message.startsWith('backend not found') ? 'BackendNotFound' : 'FailedReconcile'
        const message =
          reason === 'BackendNotFound' ? error.message : `Failed reconcile due to ${error.message}`
        context.event(object, { type: 'Warning', reason, message, from: COMPONENT })
        return { requeueAfterMs: RETRY_MS }
      }
    },
  }
}

/** Who has bound what an object says that somebody else than the controller has made. */
export function bindingOwner(object: TargetGroupBinding): string {
  return `binding:${keyOf(object)}`
}

async function bind(object: TargetGroupBinding, options: BindingControllerOptions): Promise<void> {
  const { context, elbv2, bindings } = options
  const group = await elbv2.targetGroup(object.spec)
  const { namespace = '', name } = object.metadata
  const serviceKey = `${namespace}/${object.spec.serviceRef.name}`
  const service = context.informer(services).get(serviceKey)
  if (!service) {
    throw new BuildError(`backend not found: Service "${object.spec.serviceRef.name}" not found`)
  }
  const model = boundGroup(object.spec, { name, service, group })
  const { targetType } = model
  if (
    !object.metadata.finalizers?.includes(bindingFinalizer(options.edition)) ||
    object.spec.targetType !== targetType
  ) {
    await modify(context.client, {
      resource: options.objects.resource,
      key: splitKey(keyOf(object)),
      change: (current) => {
        const { finalizers = [], deletionTimestamp } = current.metadata
        if (deletionTimestamp) return undefined
        const all = [...new Set([...finalizers, bindingFinalizer(options.edition)])]
        return {
          ...current,
          metadata: { ...current.metadata, finalizers: all },
          spec: { ...current.spec, targetType },
        }
      },
    })
  }
  const networking = object.spec.networking?.ingress
  bindings.set(serviceKey, [{ model, arn: group.TargetGroupArn, networking }], bindingOwner(object))
}

async function cleanUp(object: TargetGroupBinding, options: BindingControllerOptions): Promise<void> {
  const { context, elbv2, bindings, endpointGroups, objects } = options
  if (!object.metadata.finalizers?.includes(bindingFinalizer(options.edition))) return
  try {
    const owner = bindingOwner(object)
    for (const serviceKey of bindings.keysOfOwner(owner)) {
      bindings.delete(serviceKey, owner)
      if (bindings.get(serviceKey).length === 0) await endpointGroups.delete(serviceKey)
    }
    // Those of a Service or an Ingress go with their target group.
    if (!isMade(object, options.edition)) await elbv2.deregisterAll(object.spec)
    await openGates(context, object.metadata.namespace ?? '', [object.metadata.name])
    await objects.release(object)
  } catch (error) {
    const message = `Failed cleanup due to ${messageOf(error)}`
    context.event(object, { type: 'Warning', reason: 'FailedCleanup', message, from: COMPONENT })
    throw error
  }
}
