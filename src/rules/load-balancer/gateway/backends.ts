// Owns what the rules of a route lead to: Services with their TargetGroupConfigurations, target groups by name, other
// Gateways; and what is said of references that lead nowhere.
// Source: aws-load-balancer-controller v3.5.0, pkg/gateway/routeutils/backend.go, backend_service.go, backend_gateway.go.
import type { Service, ServicePort } from '../../../../generated/kubernetes.d.ts'
import {
  GATEWAY_GROUP,
  type BackendReference,
  type Gateway,
  type ReferenceGrant,
  type Route,
  type RouteRule,
} from './api.ts'
import {
  CONFIGURATION_GROUP,
  mergedProps,
  propsForRoute,
  type ListenerRuleConfiguration,
  type ListenerRuleConfigurationSpec,
  type TargetGroupConfiguration,
  type TargetGroupProps,
} from './configuration.ts'

/** Where routes find what they name; keys are `namespace/name`. */
export interface BackendSources {
  service(key: string): Service | undefined
  gateway(key: string): Gateway | undefined
  grants(namespace: string): readonly ReferenceGrant[]
  targetGroupConfigurations(namespace: string): readonly TargetGroupConfiguration[]
  listenerRuleConfiguration(key: string): ListenerRuleConfiguration | undefined
}

export interface ServiceBackend {
  readonly kind: 'Service'
  readonly service: Service
  readonly port: ServicePort
  readonly props: TargetGroupProps
}

/** The Application Load Balancer of another Gateway. */
export interface GatewayBackend {
  readonly kind: 'Gateway'
  /** `namespace/name` */
  readonly key: string
  readonly arn: string
  readonly port: number
  readonly props: TargetGroupProps
}

export type BackendTarget =
  | ServiceBackend
  | GatewayBackend
  /** A target group of ELBv2 that is there already. */
  | { readonly kind: 'TargetGroupName'; readonly name: string }

export type Backend = BackendTarget & { readonly weight: number }

/** A rule of a route with what it leads to. */
export interface LoadedRule {
  readonly rule: RouteRule
  readonly backends: readonly Backend[]
  readonly config: ListenerRuleConfigurationSpec | undefined
}

export interface LoadedRoute {
  readonly route: Route
  readonly rules: readonly LoadedRule[]
  /** What the status of the route says instead of that all is well. */
  readonly problems: readonly RouteProblem[]
}

export interface RouteProblem {
  readonly reason: string
  readonly message: string
}

/** What keeps the whole Gateway from being looked at further; the reason is that of its condition, if it is told. */
export class GatewayLoadError extends Error {
  override readonly name = 'GatewayLoadError'
  readonly reason: string | undefined

  constructor(message: string, reason?: string) {
    super(message)
    this.reason = reason
  }
}

class RouteProblemError extends Error {
  readonly problem: RouteProblem

  constructor(reason: string, message: string) {
    super(message)
    this.problem = { reason, message }
  }
}

/** @throws GatewayLoadError */
export function loadRoute(
  route: Route,
  sources: BackendSources,
  defaults: TargetGroupConfiguration | undefined,
): LoadedRoute {
  const problems: RouteProblem[] = []
  const attempt = <T>(load: () => T): T | undefined => {
    try {
      return load()
    } catch (error) {
      if (!(error instanceof RouteProblemError)) throw error
      problems.push(error.problem)
      return undefined
    }
  }
  const rules = (route.spec.rules ?? []).map((rule): LoadedRule => {
    const found = attempt(() => ({ config: ruleConfiguration(route, rule, sources) }))
    // A rule whose configuration cannot be had leads nowhere.
    if (!found) return { rule, backends: [], config: undefined }
    const backends = (rule.backendRefs ?? []).flatMap(
      (ref) => attempt(() => backendOf(route, ref, { sources, defaults })) ?? [],
    )
    return { rule, backends, config: found.config }
  })
  return { route, rules, problems }
}

function ruleConfiguration(
  { metadata: { namespace } }: Route,
  { filters = [] }: RouteRule,
  sources: BackendSources,
): ListenerRuleConfigurationSpec | undefined {
  const [name, ...others] = filters.flatMap(({ type, extensionRef: ref }) =>
    type === 'ExtensionRef' && ref?.group === CONFIGURATION_GROUP && ref.kind === 'ListenerRuleConfiguration'
      ? [ref.name]
      : [],
  )
  if (name === undefined) return undefined
  const refuse = (message: string): RouteProblemError => new RouteProblemError('IncompatibleFilters', message)
  if (others.length > 0)
    throw refuse('Only one listener rule config can be referenced per route rule, found multiple')
  const found = sources.listenerRuleConfiguration(`${namespace}/${name}`)
  // The words, bracket included, are the controller's.
  if (!found) throw refuse(`ListenerRuleConfiguration [${namespace}/${name}] not found)`)
  if (found.status?.accepted !== true) {
    const why = found.status?.message ?? 'status unknown'
    throw refuse(`ListenerRuleConfiguration [${namespace}/${name}] is not accepted. Reason:  ${why})`)
  }
  return found.spec ?? {}
}

const HEAVIEST = 999

function backendOf(
  route: Route,
  ref: BackendReference,
  options: { readonly sources: BackendSources; readonly defaults: TargetGroupConfiguration | undefined },
): Backend {
  const { kind = 'Service', weight = 1 } = ref
  const target = ((): BackendTarget => {
    if (kind === 'Service') return serviceBackend(route, ref, options)
    if (kind === 'TargetGroupName') return { kind, name: ref.name }
    if (kind === 'Gateway') return gatewayBackend(route, ref, options.sources)
    throw new RouteProblemError('InvalidKind', 'Unknown backend reference kind')
  })()
  // Here the controller gives up without telling anybody.
  if (weight > HEAVIEST)
    throw new GatewayLoadError(`Weight [${weight}] must be less than or equal to ${HEAVIEST}`)
  return { ...target, weight }
}

function serviceBackend(
  route: Route,
  ref: BackendReference,
  {
    sources,
    defaults,
  }: { readonly sources: BackendSources; readonly defaults: TargetGroupConfiguration | undefined },
): ServiceBackend {
  const { port: number } = ref
  if (number === undefined) throw new RouteProblemError('UnsupportedValue', 'Port is required')
  const namespace = granted(route, ref, { sources, group: '', kind: 'Service' })
  const service = sources.service(`${namespace}/${ref.name}`)
  if (!service)
    throw new RouteProblemError('BackendNotFound', `Service (${namespace}:${ref.name}) not found)`)
  const port = service.spec.ports?.find((each) => each.port === number)
  if (!port) throw new RouteProblemError('BackendNotFound', `Unable to find service port for port ${number}`)
  const own = configurationOf('Service', { namespace, name: ref.name }, sources)
  const props = mergedProps(
    own && propsForRoute(own.spec ?? {}, identityOf(route)),
    defaults && propsForRoute(defaults.spec ?? {}, identityOf(route)),
  )
  return { kind: 'Service', service, port, props: props ?? {} }
}

function gatewayBackend(route: Route, ref: BackendReference, sources: BackendSources): BackendTarget {
  const { port } = ref
  if (port === undefined) throw new RouteProblemError('UnsupportedValue', 'Port is required')
  const namespace = granted(route, ref, { sources, group: GATEWAY_GROUP, kind: 'Gateway' })
  const key = `${namespace}/${ref.name}`
  const gateway = sources.gateway(key)
  if (!gateway)
    throw new RouteProblemError('BackendNotFound', `Gateway (${namespace}:${ref.name}) not found)`)
  const programmed = gateway.status?.conditions?.find(
    ({ type, status }) => type === 'Programmed' && status === 'True',
  )
  const arn = programmed?.message ?? ''
  if (arn === '') {
    const message = `Gateway (${namespace}:${ref.name}) is not usable yet, LB ARN is not provisioned)`
    throw new GatewayLoadError(withRoute(message, route), 'ListenersNotValid')
  }
  if (arn.split('/')[1] !== 'app') {
    throw new RouteProblemError(
      'BackendNotFound',
      `invalid gateway ARN: ${arn}, the resource type must be application load balancer`,
    )
  }
  const own = configurationOf('Gateway', { namespace, name: ref.name }, sources)
  const props = own ? propsForRoute(own.spec ?? {}, identityOf(route)) : {}
  return { kind: 'Gateway', key, arn, port, props }
}

/** The namespace of a reference that may lead there. */
function granted(
  route: Route,
  ref: BackendReference,
  to: { readonly sources: BackendSources; readonly group: string; readonly kind: string },
): string {
  const own = route.metadata.namespace ?? ''
  const namespace = ref.namespace ?? own
  const isGranted = ({ spec }: ReferenceGrant): boolean =>
    spec.from.some(
      (each) => each.group === GATEWAY_GROUP && each.kind === route.kind && each.namespace === own,
    ) &&
    spec.to.some(
      (each) => each.group === to.group && each.kind === to.kind && (each.name ?? ref.name) === ref.name,
    )
  if (namespace === own || to.sources.grants(namespace).some(isGranted)) return namespace
  throw new RouteProblemError('RefNotPermitted', 'No explicit ReferenceGrant exists to allow the reference.')
}

function configurationOf(
  kind: 'Service' | 'Gateway',
  { namespace, name }: { readonly namespace: string; readonly name: string },
  sources: BackendSources,
): TargetGroupConfiguration | undefined {
  return sources.targetGroupConfigurations(namespace).find(({ spec }) => {
    const reference = spec?.targetReference
    return reference !== undefined && (reference.kind ?? 'Service') === kind && reference.name === name
  })
}

function identityOf({ kind, metadata: { namespace = '', name } }: Route) {
  return { kind, namespace, name }
}

function withRoute(message: string, { kind, metadata }: Route): string {
  return `${message}. Invalid data can be found in route (${kind}, ${metadata.namespace}:${metadata.name})`
}
