// Owns keeping target groups filled: registers and deregisters targets, and reports their health to pods that wait.
import type { Service } from '../../../generated/kubernetes.d.ts'
import { messageOf } from '../../base/errors.ts'
import { endpointSlices, nodes, pods, services } from '../../kubernetes/client/resources.ts'
import {
  keyOf,
  type Controller,
  type ControllerContext,
  type ReconcileResult,
} from '../../reconcile/controller.ts'
import type { Binding, Bindings } from './bindings.ts'
import type { Elbv2Provider } from './elbv2-provider.ts'
import type { TargetDescription } from './elbv2-shapes.ts'
import type { EndpointGroups } from './endpoint-groups.ts'
import { gatedGroups, hasGate, writeGate } from './gates.ts'
import type { BindingObjects } from './target-group-bindings.ts'
import { nodeTargets, podTargets, TargetError, type WantedTarget } from './targets.ts'

export interface TargetControllerOptions {
  readonly context: ControllerContext
  readonly elbv2: Elbv2Provider
  readonly bindings: Bindings
  readonly endpointGroups: EndpointGroups
  readonly objects: BindingObjects
}

/** The recorder's component, as in the events of the real controller. */
const COMPONENT = 'targetGroupBinding'
const BY_SERVICE = 'loadbalancer/service'
/** How soon the health of a target is looked at again while a pod waits for it. */
const HEALTH_POLL_MS = 500
/** How soon a target without a network interface is looked at again (--targetgroupbinding-requeue-duration). */
const NETWORK_RETRY_MS = 15_000
/** How long a pass is good for when nothing changes; targets that somebody else took away are back by then. */
const RESYNC_MS = 600_000

/** One pass brings the targets of all target groups of a Service up to date. */
export function createTargetController(options: TargetControllerOptions): Controller {
  const { context, bindings } = options
  const slices = context.informer(endpointSlices)
  const serviceKeyOf = (slice: {
    metadata: { namespace?: string; labels?: Record<string, string> }
  }): string[] => {
    const name = slice.metadata.labels?.['kubernetes.io/service-name']
    return name === undefined ? [] : [`${slice.metadata.namespace}/${name}`]
  }
  slices.addIndex(BY_SERVICE, serviceKeyOf)
  return {
    name: 'aws-load-balancer-controller/targets',
    concurrency: 3,
    sources: [
      bindings,
      slices.source(serviceKeyOf),
      // A pod that waits for its gate becomes a target when its containers are ready; its slice says nothing then.
      context.informer(pods).source((pod) => bindings.keysOfGroups(gatedGroups(pod))),
      context.informer(nodes).source(() => bindings.instanceKeys()),
    ],
    reconcile: (key) => reconcile(key, options),
  }
}

async function reconcile(key: string, options: TargetControllerOptions): Promise<ReconcileResult | void> {
  const { context, bindings } = options
  const service = context.informer(services).get(key)
  if (!service) return
  const bound = bindings.get(key)
  if (bound.length === 0) return
  let isWaiting = false
  const filled: { binding: Binding; targets: readonly WantedTarget[] }[] = []
  for (const binding of bound) {
    try {
      const targets = wantedTargets(binding, key, context)
      isWaiting = (await fill(binding, targets, options)) || isWaiting
      filled.push({ binding, targets })
    } catch (error) {
      report(
        options,
        { service, binding },
        {
          reason: 'FailedReconcile',
          text: `Failed reconcile due to ${messageOf(error)}`,
        },
      )
      if (!(error instanceof TargetError)) throw error
    }
  }
  const isOpen = await openEndpoints(service, filled, options)
  if (isOpen) await observe(key, filled, options)
  if (isWaiting) return { requeueAfterMs: HEALTH_POLL_MS }
  return { requeueAfterMs: isOpen ? RESYNC_MS : NETWORK_RETRY_MS }
}

/** Opens the security groups of the targets. @returns false when that has to be tried again. */
async function openEndpoints(
  service: Service,
  filled: readonly { readonly binding: Binding; readonly targets: readonly WantedTarget[] }[],
  options: TargetControllerOptions,
): Promise<boolean> {
  try {
    await options.endpointGroups.set(keyOf(service), filled)
    return true
  } catch (error) {
    const [first] = filled
    const about = { service, ...(first && { binding: first.binding }) }
    report(options, about, { reason: 'FailedNetworkReconcile', text: messageOf(error) })
    return false
  }
}

/** @returns whether a pod still waits for its target to become healthy. */
async function fill(
  { model, arn }: Binding,
  wanted: readonly WantedTarget[],
  { context, elbv2 }: TargetControllerOptions,
): Promise<boolean> {
  const current = await elbv2.targets(arn)
  const isSame = (a: TargetDescription, b: TargetDescription): boolean => a.Id === b.Id && a.Port === b.Port
  const gone = current
    .map(({ Target }) => Target)
    .filter((one) => !wanted.some((other) => isSame(one, other)))
  const added = wanted.filter((one) => !current.some(({ Target }) => isSame(one, Target)))
  // Deregistered first, so that an address that moved to another pod is not in the way.
  if (gone.length > 0)
    await elbv2.deregister(
      arn,
      gone.map(({ Id, Port }) => ({ Id, Port })),
    )
  if (added.length > 0)
    await elbv2.register(
      arn,
      added.map(({ Id, Port }) => ({ Id, Port })),
    )
  const gated = wanted.filter(({ pod }) => pod && hasGate(pod, model.name))
  if (gated.length === 0) return false
  const fresh = added.length > 0 ? await elbv2.targets(arn) : current
  const verdicts = await Promise.all(
    gated.map(async ({ pod, ...target }) => {
      const health = fresh.find(({ Target }) => isSame(Target, target))
      return pod ? await writeGate(context, pod, { targetGroupName: model.name, health }) : true
    }),
  )
  return verdicts.includes(false)
}

function wantedTargets({ model }: Binding, key: string, context: ControllerContext): WantedTarget[] {
  if (model.targetType === 'instance') return nodeTargets(model, context.informer(nodes).list())
  const slices = context.informer(endpointSlices).byIndex(BY_SERVICE, key)
  return podTargets(model, slices, (podKey) => context.informer(pods).get(podKey))
}

/** Says on the objects of what has been filled that it has. */
async function observe(
  key: string,
  filled: readonly { readonly binding: Binding }[],
  { context, objects }: TargetControllerOptions,
): Promise<void> {
  for (const { binding } of filled) {
    const object = objects.get(key, binding.model.name)
    if (!object || object.metadata.deletionTimestamp || !(await objects.observe(object))) continue
    const [reason, message] = ['SuccessfullyReconciled', 'Successfully reconciled']
    context.event(object, { type: 'Normal', reason, message, from: COMPONENT })
  }
}

/** An event of the binding's object; of its Service where there are no such objects. */
function report(
  { context, objects }: TargetControllerOptions,
  { service, binding }: { readonly service: Service; readonly binding?: Binding },
  { reason, text }: { readonly reason: string; readonly text: string },
): void {
  const about = (binding && objects.get(keyOf(service), binding.model.name)) ?? service
  context.event(about, { type: 'Warning', reason, message: text, from: COMPONENT })
}
