// Owns what a Gateway is read with: its class and configurations, the routes that name it and what those lead to.
// Source: aws-load-balancer-controller v3.5.0, controllers/gateway/config_resolver.go, pkg/gateway/routeutils/loader.go.
import type { Service } from '../../../generated/kubernetes.d.ts'
import type { KubernetesObject, Resource } from '../../kubernetes/client/client.ts'
import { namespaces, services } from '../../kubernetes/client/resources.ts'
import type { ControllerContext, Informer, Source } from '../../reconcile/controller.ts'
import {
  flavorOf,
  ROUTES_OF,
  type Gateway,
  type GatewayClass,
  type GatewayFlavor,
  type ParametersReference,
} from '../../rules/load-balancer/gateway/api.ts'
import {
  CONFIGURATION_GROUP,
  type LoadBalancerConfiguration,
  type TargetGroupConfiguration,
} from '../../rules/load-balancer/gateway/configuration.ts'
import {
  mergedConfiguration,
  viewOf,
  type GatewayConfiguration,
  type GatewayObjects,
  type GatewayView,
} from '../../rules/load-balancer/gateway/view.ts'
import {
  gatewayClasses,
  gateways,
  listenerRuleConfigurations,
  listenerSets,
  loadBalancerConfigurations,
  referenceGrants,
  routesOf,
  targetGroupConfigurations,
} from '../../kubernetes/client/gateways.ts'
import type { ServedGateways } from './gateway-kinds.ts'

/** Why the configuration of a Gateway cannot be read; the text is that of its condition `Accepted`. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError'
}

/** All objects that Gateways depend on, as the API has them. */
export class GatewayWorld {
  readonly #context: ControllerContext
  readonly #served: ServedGateways

  constructor(context: ControllerContext, served: ServedGateways) {
    this.#context = context
    this.#served = served
  }

  /** Wakes whoever works on Gateways by each change of what they depend on. */
  sources(keysOfAll: () => readonly string[]): Source[] {
    const any = <T extends KubernetesObject>(resource: Resource<T>): Source =>
      this.#context.informer(resource).source(() => keysOfAll())
    return [
      any(gateways),
      any(gatewayClasses),
      any(loadBalancerConfigurations),
      any(targetGroupConfigurations),
      any(listenerRuleConfigurations),
      any(services),
      any(namespaces),
      ...(this.#served.hasGrants ? [any(referenceGrants)] : []),
      ...(this.#served.hasListenerSets ? [any(listenerSets)] : []),
      ...this.#served.flavors.flatMap((flavor) => ROUTES_OF[flavor].map((kind) => any(routesOf[kind]))),
    ]
  }

  /** The class of a Gateway that the controller takes care of. */
  classOf({ spec }: Gateway): { readonly object: GatewayClass; readonly flavor: GatewayFlavor } | undefined {
    const object = this.#context.informer(gatewayClasses).get(spec.gatewayClassName)
    const flavor = object && flavorOf(object.spec.controllerName)
    return object && flavor && this.#served.flavors.includes(flavor) ? { object, flavor } : undefined
  }

  /** The configuration that something names. @throws ConfigurationError when it is not there */
  configurationOf(reference: ParametersReference | undefined): LoadBalancerConfiguration | undefined {
    if (!reference) return undefined
    const { namespace, name } = reference
    const found = this.#context.informer(loadBalancerConfigurations).get(`${namespace}/${name}`)
    if (found) return found
    throw new ConfigurationError(`LoadBalancerConfiguration.${CONFIGURATION_GROUP} "${name}" not found`)
  }

  /** The TargetGroupConfiguration that a LoadBalancerConfiguration names. @throws ConfigurationError */
  defaultOf(of: LoadBalancerConfiguration | undefined): TargetGroupConfiguration | undefined {
    const name = of?.spec?.defaultTargetGroupConfiguration?.name
    if (!of || name === undefined) return undefined
    const { namespace } = of.metadata
    const found = this.#context.informer(targetGroupConfigurations).get(`${namespace}/${name}`)
    if (!found)
      throw new ConfigurationError(`TargetGroupConfiguration.${CONFIGURATION_GROUP} "${name}" not found`)
    if (!found.spec?.targetReference) return found
    // The dash is the controller's.
    const why =
      'has targetReference set and cannot be used as a defaultTargetGroupConfiguration \u2014 a default TGC must not have targetReference'
    throw new ConfigurationError(`TargetGroupConfiguration "${name}" in namespace "${namespace}" ${why}`)
  }

  /** What a Gateway and its class say. @throws ConfigurationError with the controller's text */
  configuration({ metadata, spec }: Gateway, owner: GatewayClass): GatewayConfiguration {
    const accepted = owner.status?.conditions?.find(({ type }) => type === 'Accepted')
    const { name } = owner.metadata
    if (accepted?.status !== 'True') {
      throw new ConfigurationError(
        `Unable to materialize gateway when gateway class [${name}] is not accepted`,
      )
    }
    const ofClass = this.configurationOf(owner.spec.parametersRef)
    const classDefault = this.#default(ofClass, 'GatewayClass')
    const latest = processedVersion(ofClass, classDefault)
    const seen = owner.metadata.annotations?.[PROCESSED] ?? ''
    if (ofClass && seen !== latest) {
      throw new ConfigurationError(
        `GatewayClass [${name}] hasn't processed latest loadbalancer config. Processed version ${seen}, Latest version ${latest}`,
      )
    }
    const parameters = spec.infrastructure?.parametersRef
    const ofGateway = this.configurationOf(
      parameters && {
        ...parameters,
        ...(metadata.namespace !== undefined && { namespace: metadata.namespace }),
      },
    )
    const ownDefault = this.#default(ofGateway, 'Gateway')
    return mergedConfiguration(
      { spec: ofClass?.spec ?? (ofClass && {}), defaults: classDefault },
      { spec: ofGateway?.spec ?? (ofGateway && {}), defaults: ownDefault },
    )
  }

  /** Reads the routes of a Gateway. @throws GatewayLoadError */
  view(gateway: Gateway, flavor: GatewayFlavor, configuration: GatewayConfiguration): GatewayView {
    return viewOf(gateway, flavor, configuration, this.#objects())
  }

  #default(of: LoadBalancerConfiguration | undefined, level: 'GatewayClass' | 'Gateway') {
    try {
      return this.defaultOf(of)
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error
      const what =
        level === 'GatewayClass'
          ? 'for GatewayClass LBC'
          : `"${of?.spec?.defaultTargetGroupConfiguration?.name}" referenced by Gateway LoadBalancerConfiguration "${of?.metadata.name}" in namespace "${of?.metadata.namespace}"`
      throw new ConfigurationError(
        `failed to resolve default TargetGroupConfiguration ${what}: ${error.message}`,
      )
    }
  }

  #objects(): GatewayObjects {
    const read = <T extends KubernetesObject>(resource: Resource<T>): Informer<T> =>
      this.#context.informer(resource)
    const { hasGrants, hasListenerSets } = this.#served
    return {
      routes: (kind) => read(routesOf[kind]).list(),
      listenerSets: () => (hasListenerSets ? read(listenerSets).list() : undefined),
      labelsOf: (name) => read(namespaces).get(name)?.metadata.labels ?? undefined,
      service: (key): Service | undefined => read(services).get(key),
      gateway: (key) => read(gateways).get(key),
      grants: (namespace) => (hasGrants ? read(referenceGrants).list(namespace) : []),
      targetGroupConfigurations: (namespace) => read(targetGroupConfigurations).list(namespace),
      listenerRuleConfiguration: (key) => read(listenerRuleConfigurations).get(key),
    }
  }
}

/** The annotation by which a class says what of its configuration it has seen. */
export const PROCESSED = 'elbv2.k8s.aws/last-processed-config'

/** The versions of what a class is configured with; empty for nothing. */
export function processedVersion(
  of: LoadBalancerConfiguration | undefined,
  defaults: TargetGroupConfiguration | undefined,
): string {
  if (!of) return ''
  const { resourceVersion } = of.metadata
  return defaults ? `${resourceVersion}-${defaults.metadata.resourceVersion}` : resourceVersion
}
