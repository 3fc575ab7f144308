// Owns what the plan knows of Gateways: which get a load balancer, of which kind, and why one would not.
import type { Service } from '../../generated/kubernetes.d.ts'
import { isObject } from '../base/json.ts'
import type { Manifest, ManifestObject } from '../config/manifest.ts'
import { withoutEmpty } from '../config/yaml.ts'
import { parseGroupVersion } from '../rules/kubernetes/resource-names.ts'
import { BuildError } from '../rules/load-balancer/annotations.ts'
import {
  flavorOf,
  GATEWAY_GROUP,
  type Gateway,
  type GatewayClass,
  type GatewayFlavor,
  type ListenerSet,
  type ReferenceGrant,
  type Route,
} from '../rules/load-balancer/gateway/api.ts'
import { applicationModelOf } from '../rules/load-balancer/gateway/application-model.ts'
import { GatewayLoadError } from '../rules/load-balancer/gateway/backends.ts'
import {
  CONFIGURATION_GROUP,
  type ListenerRuleConfiguration,
  type LoadBalancerConfiguration,
  type TargetGroupConfiguration,
} from '../rules/load-balancer/gateway/configuration.ts'
import { networkModelOf } from '../rules/load-balancer/gateway/network-model.ts'
import {
  mergedConfiguration,
  viewOf,
  type GatewayConfiguration,
  type GatewayObjects,
  type GatewayView,
} from '../rules/load-balancer/gateway/view.ts'
import { asCreated } from './service.ts'

/** A Gateway of the load balancer controller. */
export interface BalancedGateway {
  readonly namespace: string
  readonly name: string
  readonly flavor: GatewayFlavor
  readonly manifest: Manifest
  readonly gateway: Gateway
  readonly class: GatewayClass
}

/** Why something of a Gateway comes to nothing. */
export interface GatewayRefusal {
  readonly subject: string
  readonly message: string
  /** Of the Gateway, or of the route or ListenerSet that it is about. */
  readonly manifest: Manifest
}

/** The Gateways whose class is among the files and the controller's. */
export function balancedGateways(manifests: readonly Manifest[]): BalancedGateway[] {
  const files = new GatewayFiles(manifests)
  return files.ofKind<Gateway>('Gateway').flatMap(({ manifest, object: gateway }) => {
    const found = files.ofKind<GatewayClass>('GatewayClass')
    const owner = found.find(({ object }) => object.metadata.name === gateway.spec.gatewayClassName)?.object
    const flavor = owner && flavorOf(String(owner.spec.controllerName))
    if (!owner || !flavor) return []
    const { namespace = '', name } = gateway.metadata
    return [{ namespace, name, flavor, manifest, gateway, class: owner }]
  })
}

/**
 * What the controller would refuse of Gateways, in its words: of each its listeners, routes, then the load balancer. What the
 * files have not, the cluster may have: nothing is said of that.
 */
export function gatewayRefusals(
  balanced: readonly BalancedGateway[],
  manifests: readonly Manifest[],
  cluster: string,
): GatewayRefusal[] {
  const files = new GatewayFiles(manifests)
  const objects = files.objects(balanced)
  return balanced.flatMap((each) => refusalsOf(each, { files, objects, cluster }))
}

function refusalsOf(
  balanced: BalancedGateway,
  {
    files,
    objects,
    cluster,
  }: { readonly files: GatewayFiles; readonly objects: GatewayObjects; readonly cluster: string },
): GatewayRefusal[] {
  const { gateway, flavor, manifest } = balanced
  const subject = `Gateway ${balanced.namespace}/${balanced.name}`
  const configuration = files.configuration(balanced)
  if (!configuration || !isReadable(gateway)) return []
  const view = attempt(() => viewOf(gateway, flavor, configuration, objects))
  if (!view) return []
  if (typeof view === 'string') return [{ subject, message: view, manifest }]
  const listeners = [...view.verdicts].flatMap(([owner, verdicts]) => {
    const about = `${owner.kind} ${owner.namespace}/${owner.name}`
    const where = files.manifestOf(owner.kind, owner) ?? manifest
    return [...verdicts.values()].flatMap(({ isValid, message }) =>
      isValid ? [] : [{ subject: about, message, manifest: where }],
    )
  })
  const routes = files.routeRefusals(view)
  const model = flavor === 'nlb' ? networkModelOf : applicationModelOf
  const built = attempt(() =>
    // Which certificates and target groups there are is not known before the cluster is.
    model(view.loaded, { cluster, discover: () => ['arn:'], targetGroup: () => 'arn:' }),
  )
  const refused = typeof built === 'string' ? [{ subject, message: built, manifest }] : []
  return [...listeners, ...routes, ...refused]
}

/** The text of a refusal instead of what it came to; undefined where Neargate alone refuses, which is said elsewhere. */
function attempt<T>(build: () => T): T | string | undefined {
  try {
    return build()
  } catch (error) {
    if (error instanceof BuildError) return error.isNotEmulated ? undefined : error.message
    if (error instanceof GatewayLoadError) return error.message
    throw error
  }
}

// The definitions of the API judge what else they look like.
function isReadable({ spec }: Gateway): boolean {
  return areListeners(spec.listeners)
}

function areListeners(value: unknown): boolean {
  const list: readonly unknown[] = Array.isArray(value) ? value : []
  return list.length > 0 && list.every((each) => isObject(each) && typeof each['port'] === 'number')
}

interface Filed<T> {
  readonly manifest: Manifest
  readonly object: T
}

const AT_FIRST = { resourceVersion: '', uid: '', creationTimestamp: '1970-01-01T00:00:00Z' } as const

const GROUPS = ['', GATEWAY_GROUP, CONFIGURATION_GROUP]

function isOurs({ object }: Manifest): boolean {
  return GROUPS.includes(parseGroupVersion(object.apiVersion).group)
}

function filed(manifest: Manifest): Filed<ManifestObject> {
  // A manifest is an object, and stays one.
  const written = withoutEmpty(manifest.object) as ManifestObject
  const { spec } = written
  const { namespace = 'default' } = written.metadata
  const metadata = { ...AT_FIRST, ...written.metadata, namespace }
  return { manifest, object: { ...written, metadata, spec: isObject(spec) ? spec : {} } }
}

/** The objects of the Gateway API among files, as the API will have them. */
class GatewayFiles {
  readonly #manifests: ReadonlyMap<string, readonly Manifest[]>
  readonly #read = new Map<string, readonly Filed<ManifestObject>[]>()

  constructor(manifests: readonly Manifest[]) {
    this.#manifests = Map.groupBy(manifests, ({ object }) => object.kind)
  }

  /** Their fields were not checked: what is read of them is what the rules allow for. */
  ofKind<T>(kind: string): readonly Filed<T>[] {
    // Copied where they are asked for: most files have no Gateway.
    const read = this.#read.get(kind) ?? (this.#manifests.get(kind) ?? []).filter(isOurs).map(filed)
    this.#read.set(kind, read)
    return read as unknown as readonly Filed<T>[]
  }

  manifestOf(kind: string, { namespace, name }: { namespace: string; name: string }): Manifest | undefined {
    const found = this.ofKind<ManifestObject>(kind).find(
      ({ object: { metadata } }) => metadata.name === name && metadata.namespace === namespace,
    )
    return found?.manifest
  }

  #named<T>(kind: string, key: string): T | undefined {
    const [namespace = '', name = ''] = key.split('/')
    const found = this.ofKind<T & ManifestObject>(kind).find(
      ({ object: { metadata } }) => metadata.name === name && metadata.namespace === namespace,
    )
    return found?.object
  }

  /** What a Gateway and its class say; undefined where the files do not have it all. */
  configuration({ namespace, gateway, class: owner }: BalancedGateway): GatewayConfiguration | undefined {
    const ofClass = owner.spec.parametersRef
    const ofGateway = gateway.spec.infrastructure?.parametersRef
    const read = (name: string | undefined, where = '') => {
      if (name === undefined) return { spec: undefined, defaults: undefined }
      const found = this.#named<LoadBalancerConfiguration>('LoadBalancerConfiguration', `${where}/${name}`)
      if (!found) return undefined
      const defaults = found.spec?.defaultTargetGroupConfiguration?.name
      const key = `${where}/${defaults}`
      const own = this.#named<TargetGroupConfiguration>('TargetGroupConfiguration', key)
      return defaults !== undefined && !own ? undefined : { spec: found.spec, defaults: own }
    }
    const both = [read(ofClass?.name, ofClass?.namespace), read(ofGateway?.name, namespace)] as const
    return both[0] && both[1] && mergedConfiguration(both[0], both[1])
  }

  /** @param balanced the Gateways among the files that get a load balancer */
  objects(balanced: readonly BalancedGateway[]): GatewayObjects {
    const objects = <T>(kind: string): T[] => this.ofKind<T>(kind).map(({ object }) => object)
    const inNamespace = <T extends { readonly metadata: { readonly namespace?: string } }>(
      kind: string,
      namespace: string,
    ): T[] => objects<T>(kind).filter(({ metadata }) => metadata.namespace === namespace)
    const gateways = new Map(balanced.map((each) => [`${each.namespace}/${each.name}`, each]))
    return {
      routes: (kind) => objects<Route>(kind).filter(({ spec }) => Array.isArray(spec.parentRefs)),
      listenerSets: () =>
        objects<ListenerSet>('ListenerSet').filter(
          ({ spec }) => isObject(spec.parentRef) && areListeners(spec.listeners),
        ),
      labelsOf: (name) =>
        objects<ManifestObject>('Namespace').find(({ metadata }) => metadata.name === name)?.metadata.labels,
      service: (key): Service | undefined => {
        const found = this.#named<ManifestObject>('Service', key)
        return found && asCreated(found)
      },
      gateway: (key) => {
        const found = gateways.get(key)
        return found && programmed(found)
      },
      grants: (namespace) => inNamespace<ReferenceGrant>('ReferenceGrant', namespace),
      targetGroupConfigurations: (namespace) =>
        inNamespace<TargetGroupConfiguration>('TargetGroupConfiguration', namespace),
      listenerRuleConfiguration: (key) => {
        const found = this.#named<ListenerRuleConfiguration>('ListenerRuleConfiguration', key)
        // The controller accepts each of them.
        return found && { ...found, status: { accepted: true } }
      },
    }
  }

  /** Why routes lead nowhere, as far as the files say. */
  routeRefusals({ routes }: GatewayView): GatewayRefusal[] {
    return routes.flatMap(({ route, isAccepted, isResolved, reason, message }) => {
      if ((isAccepted && isResolved) || UNKNOWABLE.some((pattern) => pattern.test(`${reason} ${message}`)))
        return []
      const { namespace = '', name } = route.metadata
      const manifest = this.manifestOf(route.kind, { namespace, name })
      return manifest ? [{ subject: `${route.kind} ${namespace}/${name}`, message, manifest }] : []
    })
  }
}

// Services, Gateways, configurations and grants may be in the cluster already, and the labels of namespaces.
const UNKNOWABLE = [/not found\)$/, /^RefNotPermitted /, /^NotAllowedByListeners .*namespace does not match/]

/** A Gateway with the status that it will have. */
function programmed({ gateway, flavor }: BalancedGateway): Gateway {
  const message = `arn:aws:elasticloadbalancing:loadbalancer/${flavor === 'alb' ? 'app' : 'net'}/name`
  const told = { type: 'Programmed', status: 'True', reason: 'Programmed', message, lastTransitionTime: '' }
  return { ...gateway, status: { conditions: [told] } }
}
