// Owns what the controller writes on GatewayClasses and on its own configurations: that it has seen them, and that they stay
// as long as something uses them.
// Source: aws-load-balancer-controller v3.5.0, controllers/gateway/gateway_class_controller.go,
// loadbalancer_configuration_controller.go, targetgroup_configuration_controller.go, listenerrule_configuration_controller.go.
import type { KubernetesObject, Resource } from '../../kubernetes/client/client.ts'
import type { Condition } from '../../../generated/kubernetes.d.ts'
import {
  keyOf,
  splitKey,
  type Controller,
  type ControllerContext,
  type ReconcileResult,
} from '../../reconcile/controller.ts'
import { modify, modifyStatus } from '../../reconcile/modify.ts'
import {
  flavorOf,
  type Gateway,
  type GatewayClass,
  type ParametersReference,
} from '../../rules/load-balancer/gateway/api.ts'
import type { ListenerRuleConfiguration } from '../../rules/load-balancer/gateway/configuration.ts'
import { changeFinalizers, withFinalizer, withoutFinalizer } from './finalizers.ts'
import {
  gatewayClasses,
  gateways,
  listenerRuleConfigurations,
  loadBalancerConfigurations,
  routesOf,
  targetGroupConfigurations,
} from '../../kubernetes/client/gateways.ts'
import type { ServedGateways } from './gateway-kinds.ts'
import { withConditions } from './gateway-status.ts'
import { ConfigurationError, processedVersion, PROCESSED, type GatewayWorld } from './gateway-world.ts'

export interface ClassControllerOptions {
  readonly context: ControllerContext
  readonly world: GatewayWorld
  readonly served: ServedGateways
}

const CLASS_FINALIZER = 'gateway.k8s.aws/gatewayclass'
/** When to look again whether the last user of something that is being deleted has gone. */
const RETRY_MS = 5_000

/** The loops of classes and configurations. */
export function createGatewayClassControllers(options: ClassControllerOptions): Controller[] {
  const { context, served } = options
  const isNamed = (kind: 'class' | 'gateway', { metadata }: KubernetesObject): boolean => {
    const names = (reference: Omit<ParametersReference, 'namespace'> | undefined, namespace?: string) =>
      reference?.kind === 'LoadBalancerConfiguration' &&
      reference.name === metadata.name &&
      namespace === metadata.namespace
    if (kind === 'class') {
      const ours = context.informer(gatewayClasses).list().filter(isOurs)
      return ours.some(({ spec }) => names(spec.parametersRef, spec.parametersRef?.namespace))
    }
    const all = context.informer(gateways).list()
    return all.some(({ spec, metadata: own }) => names(spec.infrastructure?.parametersRef, own.namespace))
  }
  return [
    classController(options),
    keeping(context, {
      resource: loadBalancerConfigurations,
      finalizer: 'gateway.k8s.aws/loadbalancerconfigurations',
      isUsed: (object) => isNamed('class', object) || isNamed('gateway', object),
    }),
    keeping(context, {
      resource: targetGroupConfigurations,
      finalizer: 'gateway.k8s.aws/targetgroupconfigurations',
      isUsed: ({ metadata, spec }) =>
        spec?.targetReference === undefined
          ? context
              .informer(loadBalancerConfigurations)
              .list(metadata.namespace)
              .some((each) => each.spec?.defaultTargetGroupConfiguration?.name === metadata.name)
          : isServiceRouted(options, `${metadata.namespace}/${spec.targetReference.name}`),
    }),
    ...(served.flavors.includes('alb') ? [ruleConfigurations(options)] : []),
  ]
}

function isOurs({ spec }: GatewayClass): boolean {
  return flavorOf(spec.controllerName) !== undefined
}

function classController({ context, world, served }: ClassControllerOptions): Controller {
  const all = context.informer(gatewayClasses)
  const keysOfAll = (): string[] => all.list().map(keyOf)
  return {
    name: 'aws-load-balancer-controller/gateway-class',
    sources: [
      all.source(),
      context.informer(loadBalancerConfigurations).source(keysOfAll),
      context.informer(targetGroupConfigurations).source(keysOfAll),
      context.informer(gateways).source(({ spec }) => [spec.gatewayClassName]),
    ],
    async reconcile(key): Promise<ReconcileResult | void> {
      const object = all.get(key)
      const flavor = object && flavorOf(object.spec.controllerName)
      if (!object || !flavor || !served.flavors.includes(flavor)) return
      if (!object.metadata.deletionTimestamp) return await acceptClass({ context, world }, object)
      if (gatewaysOf(context, object).length > 0) return { requeueAfterMs: RETRY_MS }
      const about = { resource: gatewayClasses, object }
      await changeFinalizers(context.client, about, withoutFinalizer(CLASS_FINALIZER))
    },
  }
}

function gatewaysOf(context: ControllerContext, { metadata }: GatewayClass): Gateway[] {
  return context
    .informer(gateways)
    .list()
    .filter(({ spec }) => spec.gatewayClassName === metadata.name)
}

async function acceptClass(
  { context, world }: Pick<ClassControllerOptions, 'context' | 'world'>,
  object: GatewayClass,
): Promise<void> {
  const about = { resource: gatewayClasses, object }
  await changeFinalizers(context.client, about, withFinalizer(CLASS_FINALIZER))
  const { parametersRef } = object.spec
  const tell = (status: 'True' | 'False', reason: string, message: string): Promise<void> =>
    showAccepted(context, object, { type: 'Accepted', status, reason, message })
  if (parametersRef && parametersRef.namespace === undefined) {
    const message = 'Namespace must be specified in ParametersRef for LoadBalancerConfiguration'
    return await tell('False', 'InvalidParametersRef', message)
  }
  try {
    const configuration = world.configurationOf(parametersRef)
    const version = processedVersion(configuration, world.defaultOf(configuration))
    await mark(context, object, version)
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error
    const { name = '', namespace = '' } = parametersRef ?? {}
    // The name stands first, as the controller has it.
    return await tell('False', 'NotFound', `LoadBalancerConfiguration (${name},${namespace}) not found`)
  }
  await tell('True', 'Accepted', 'Accepted')
}

async function mark(context: ControllerContext, object: GatewayClass, version: string): Promise<void> {
  if (object.metadata.annotations?.[PROCESSED] === version) return
  await modify(context.client, {
    resource: gatewayClasses,
    key: splitKey(keyOf(object)),
    change: (current) => {
      if (current.metadata.annotations?.[PROCESSED] === version) return undefined
      const annotations = {
        ...current.metadata.annotations,
        [PROCESSED]: version,
        [`${PROCESSED}-timestamp`]: String(Math.floor(context.clock.now() / 1000)),
      }
      return { ...current, metadata: { ...current.metadata, annotations } }
    },
  })
}

async function showAccepted(
  context: ControllerContext,
  object: GatewayClass,
  wanted: Pick<Condition, 'type' | 'status' | 'reason' | 'message'>,
): Promise<void> {
  await modifyStatus(context.client, {
    resource: gatewayClasses,
    key: splitKey(keyOf(object)),
    change: (current) => {
      const before = current.status?.conditions ?? []
      const generation = current.metadata.generation ?? 0
      const conditions = withConditions(before, [wanted], { generation, now: context.clock.now() })
      const isSame = conditions.length === before.length && conditions.every((each, i) => each === before[i])
      return isSame ? undefined : { ...current, status: { ...current.status, conditions } }
    },
  })
}

interface Kept<T extends KubernetesObject> {
  readonly resource: Resource<T>
  readonly finalizer: string
  readonly isUsed: (object: T) => boolean
}

/** Keeps objects of a kind from going while something uses them. */
function keeping<T extends KubernetesObject>(
  context: ControllerContext,
  { resource, finalizer, isUsed }: Kept<T>,
): Controller {
  const all = context.informer(resource)
  return {
    name: `aws-load-balancer-controller/${resource.plural}`,
    sources: [all.source()],
    async reconcile(key): Promise<ReconcileResult | void> {
      const object = all.get(key)
      if (!object) return
      const isGoing = object.metadata.deletionTimestamp !== undefined
      if (isGoing && isUsed(object)) return { requeueAfterMs: RETRY_MS }
      const change = isGoing ? withoutFinalizer(finalizer) : withFinalizer(finalizer)
      await changeFinalizers(context.client, { resource, object }, change)
    },
  }
}

function isServiceRouted({ context, served }: ClassControllerOptions, serviceKey: string): boolean {
  const kinds = [
    ...(served.flavors.includes('alb') ? [routesOf.HTTPRoute, routesOf.GRPCRoute] : []),
    ...(served.flavors.includes('nlb') ? [routesOf.TLSRoute, routesOf.TCPRoute, routesOf.UDPRoute] : []),
  ]
  const routes = kinds.flatMap((kind) => context.informer(kind).list())
  return routes.some(({ metadata, spec, status }) =>
    status?.parents?.some(({ conditions }) =>
      conditions.some(({ type, status: is }) => type === 'Accepted' && is === 'True'),
    )
      ? (spec.rules ?? [])
          .flatMap(({ backendRefs = [] }) => backendRefs)
          .some((ref) => `${ref.namespace ?? metadata.namespace}/${ref.name}` === serviceKey)
      : false,
  )
}

/** Accepts every ListenerRuleConfiguration: a Secret that one names is refused with the rule that wants it. */
function ruleConfigurations({ context }: ClassControllerOptions): Controller {
  const kept = keeping(context, {
    resource: listenerRuleConfigurations,
    finalizer: 'gateway.k8s.aws/listenerruleconfigurations',
    isUsed: ({ metadata }) =>
      [routesOf.HTTPRoute, routesOf.GRPCRoute]
        .flatMap((kind) => context.informer(kind).list(metadata.namespace))
        .flatMap(({ spec }) => spec.rules ?? [])
        .flatMap(({ filters = [] }) => filters)
        .some(
          ({ extensionRef: ref }) => ref?.kind === 'ListenerRuleConfiguration' && ref.name === metadata.name,
        ),
  })
  const all = context.informer(listenerRuleConfigurations)
  return {
    ...kept,
    async reconcile(key): Promise<ReconcileResult | void> {
      const again = await kept.reconcile(key)
      const object = all.get(key)
      if (object && !object.metadata.deletionTimestamp) await showRuleAccepted(context, object)
      return again
    },
  }
}

async function showRuleAccepted(
  { client }: ControllerContext,
  { metadata }: ListenerRuleConfiguration,
): Promise<void> {
  const { namespace = '', name } = metadata
  await modifyStatus(client, {
    resource: listenerRuleConfigurations,
    key: { namespace, name },
    change: (current) => {
      const observedGeneration = current.metadata.generation ?? 0
      const { accepted, message, observedGeneration: seen } = current.status ?? {}
      if (accepted && message === 'Accepted' && seen === observedGeneration) return undefined
      return { ...current, status: { accepted: true, message: 'Accepted', observedGeneration } }
    },
  })
}
