// Owns the target groups that all routes of one Gateway lead to, each made once.
import type { ApplicationTarget } from '../network.ts'
import type { ForwardGroup, TargetGroupModel } from '../target-group.ts'
import type { Route } from './api.ts'
import type { Backend } from './backends.ts'
import { notEmulated } from './configuration.ts'
import { gatewayTags, type GatewaySources, type LoadedGateway } from './front.ts'
import { gatewayTargetGroup, routeTargetGroup, type TargetGroupPlace } from './target-group.ts'

/** Filled while listeners and rules are built. */
export class RouteGroups {
  readonly #place: Omit<TargetGroupPlace, 'protocol'>
  readonly #sources: GatewaySources
  readonly #groups = new Map<string, TargetGroupModel>()
  readonly #applications = new Map<string, ApplicationTarget>()

  constructor(
    loaded: LoadedGateway,
    sources: GatewaySources,
    { ipAddressType }: Pick<TargetGroupPlace, 'ipAddressType'>,
  ) {
    const { namespace = '', name } = loaded.gateway.metadata
    this.#sources = sources
    this.#place = {
      cluster: sources.cluster,
      flavor: loaded.flavor,
      gateway: { namespace, name },
      ipAddressType,
      tagged: gatewayTags(loaded, sources.cluster),
    }
  }

  /**
   * What a listener or a rule forwards to.
   * @param protocol of the listener
   * @throws BuildError with the controller's text, or Neargate's for what is not emulated
   */
  forward(route: Route, backend: Backend, protocol: string): ForwardGroup {
    const { weight } = backend
    const place = { ...this.#place, protocol }
    if (backend.kind === 'TargetGroupName') return { arn: this.#sources.targetGroup(backend.name), weight }
    if (backend.kind === 'Gateway') {
      if (place.flavor === 'alb') throw notEmulated(route.kind, 'a backend of kind Gateway')
      const { arn, port } = backend
      const group = gatewayTargetGroup(route, backend, place)
      // The first one of a route stands for all that lead to the same port.
      if (!this.#applications.has(group.resourceId))
        this.#applications.set(group.resourceId, { group, arn, port })
      return { resourceId: group.resourceId, weight }
    }
    const group = routeTargetGroup(route, backend, place)
    if (!this.#groups.has(group.resourceId)) this.#groups.set(group.resourceId, group)
    return { resourceId: group.resourceId, weight }
  }

  targetGroups(): readonly TargetGroupModel[] {
    return [...this.#groups.values()]
  }

  applications(): readonly ApplicationTarget[] {
    return [...this.#applications.values()]
  }
}
