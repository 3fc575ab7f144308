// Owns what the controller writes into the status of Gateways and of their routes.
// Source: aws-load-balancer-controller v3.5.0, controllers/gateway/gateway_controller.go, listener_status_utils.go,
// route_reconciler.go.
import type { Condition } from '../../../generated/kubernetes.d.ts'
import type { Clock } from '../../base/clock.ts'
import { isNotFound } from '../../base/errors.ts'
import { deepEqual } from '../../base/json.ts'
import type { KubernetesClient } from '../../kubernetes/client/client.ts'
import { keyOf, splitKey } from '../../reconcile/controller.ts'
import { modifyStatus } from '../../reconcile/modify.ts'
import {
  GATEWAY_CONTROLLERS,
  type Gateway,
  type GatewayFlavor,
  type GatewayStatus,
  type Listener,
  type ListenerSet,
  type ListenerStatus,
  type ParentReference,
  type Route,
  type RouteParentStatus,
} from '../../rules/load-balancer/gateway/api.ts'
import type { RouteVerdict } from '../../rules/load-balancer/gateway/attachment.ts'
import type { LoadedGateway } from '../../rules/load-balancer/gateway/front.ts'
import type { ListenerOwner, ListenerVerdict, Verdicts } from '../../rules/load-balancer/gateway/listeners.ts'
import type { LoadBalancer } from './elbv2-shapes.ts'
import { gateways, listenerSets, routesOf } from '../../kubernetes/client/gateways.ts'
import type { GatewayView } from '../../rules/load-balancer/gateway/view.ts'

/** A condition without the moment at which it became so. */
type Wanted = Pick<Condition, 'type' | 'status' | 'reason' | 'message'>

/** Writes status, and only where something is another thing than before. */
export class GatewayStatuses {
  readonly #client: KubernetesClient
  readonly #clock: Clock

  constructor(client: KubernetesClient, clock: Clock) {
    this.#client = client
    this.#clock = clock
  }

  /** The load balancer is there. @returns whether the status was another one */
  async succeeded(gateway: Gateway, view: GatewayView, balancer: LoadBalancer): Promise<boolean> {
    const isProgrammed = isActive(balancer)
    const programmed: Wanted = isProgrammed
      ? { type: 'Programmed', status: 'True', reason: 'Programmed', message: balancer.LoadBalancerArn }
      : {
          type: 'Programmed',
          status: 'Unknown',
          reason: 'Pending',
          message: 'Waiting for load balancer to be active.',
        }
    const verdicts = [...view.verdicts.values()].flatMap((each) => [...each.values()])
    const own = [...view.verdicts].find(([{ kind }]) => kind === 'Gateway')?.[1]
    const accepted: Wanted = {
      type: 'Accepted',
      status: verdicts.some(({ isValid }) => isValid) ? 'True' : 'False',
      reason: verdicts.every(({ isValid }) => isValid) ? 'Accepted' : 'ListenersNotValid',
      message: '',
    }
    await this.#tellSets(view, isProgrammed)
    return await this.#write(gateway, (status, generation) => ({
      ...status,
      addresses: [{ type: 'Hostname', value: balancer.DNSName.toLowerCase() }],
      ...(view.sets && { attachedListenerSets: attachedSets(view) }),
      conditions: this.#with(status.conditions ?? [], [programmed, accepted], generation),
      listeners: this.#listeners(gateway.spec.listeners, own, {
        before: status.listeners ?? [],
        generation,
        isProgrammed,
        loaded: view.loaded,
      }),
    }))
  }

  /** It cannot be, or not yet. */
  async failed(gateway: Gateway, reason: string, message: string): Promise<void> {
    const accepted: Wanted = { type: 'Accepted', status: 'False', reason, message }
    await this.#write(gateway, (status, generation) => ({
      ...status,
      conditions: this.#with(status.conditions ?? [], [accepted], generation),
    }))
  }

  /** What becomes of the references of routes to a Gateway. */
  async tell(flavor: GatewayFlavor, verdicts: readonly RouteVerdict[]): Promise<void> {
    const byRoute = Map.groupBy(verdicts, ({ route }) => route)
    for (const [route, each] of byRoute) await this.#tellRoute(flavor, route, each)
  }

  async #tellRoute(flavor: GatewayFlavor, route: Route, verdicts: readonly RouteVerdict[]): Promise<void> {
    const next = (current: Route): RouteParentStatus[] =>
      (current.spec.parentRefs ?? []).flatMap((parentRef) => {
        const before = current.status?.parents?.find((each) => isSameReference(each.parentRef, parentRef))
        const verdict = verdicts.find((each) => isSameReference(each.parentRef, parentRef))
        if (!verdict) return before ?? []
        const conditions = this.#with(before?.conditions ?? [], routeConditions(verdict), {
          generation: route.metadata.generation ?? 0,
        })
        return { parentRef, controllerName: GATEWAY_CONTROLLERS[flavor], conditions }
      })
    if (deepEqual(next(route), route.status?.parents ?? [])) return
    await modifyStatus(this.#client, {
      resource: routesOf[route.kind],
      key: splitKey(keyOf(route)),
      change: (current) => {
        // The verdict is on what the route was; what it has become meanwhile is looked at next.
        if (current.metadata.generation !== route.metadata.generation) return undefined
        const parents = next(current)
        if (deepEqual(parents, current.status?.parents ?? [])) return undefined
        return { ...current, status: { ...current.status, parents } }
      },
    }).catch(ignoreGone)
  }

  async #tellSets({ verdicts, loaded, sets }: GatewayView, isProgrammed: boolean): Promise<void> {
    for (const set of sets?.rejected ?? []) await this.#tellSet(set, REJECTED, [], { isProgrammed, loaded })
    for (const [owner, set] of sets?.accepted ?? []) {
      const own = verdicts.get(owner) ?? new Map<string, ListenerVerdict>()
      const each = [...own.values()]
      const isGood = isProgrammed && each.some(({ isValid }) => isValid)
      const shown = { isProgrammed: isGood, loaded }
      await this.#tellSet(set, setConditions(each, isProgrammed), [owner, own], shown)
    }
  }

  async #tellSet(
    set: ListenerSet,
    conditions: readonly Wanted[],
    [owner, verdicts]: [] | [ListenerOwner, Verdicts],
    { isProgrammed, loaded }: { readonly isProgrammed: boolean; readonly loaded: LoadedGateway },
  ): Promise<void> {
    const generation = { generation: set.metadata.generation ?? 0 }
    const next = ({ status = {} }: ListenerSet): NonNullable<ListenerSet['status']> => {
      const shown = { before: status.listeners ?? [], generation, isProgrammed, loaded }
      const listeners = this.#listeners(owner?.listeners ?? [], verdicts, shown)
      return {
        conditions: this.#with(status.conditions ?? [], conditions, generation),
        ...(listeners.length > 0 && { listeners }),
      }
    }
    if (deepEqual(next(set), set.status ?? {})) return
    await modifyStatus(this.#client, {
      resource: listenerSets,
      key: splitKey(keyOf(set)),
      change: (current) => {
        const status = next(current)
        return deepEqual(status, current.status ?? {}) ? undefined : { ...current, status }
      },
    }).catch(ignoreGone)
  }

  #listeners(
    listeners: readonly Listener[],
    verdicts: Verdicts | undefined,
    shown: {
      readonly before: readonly ListenerStatus[]
      readonly generation: Generation
      readonly isProgrammed: boolean
      readonly loaded: LoadedGateway
    },
  ): ListenerStatus[] {
    return listeners.flatMap((listener) => {
      const verdict = verdicts?.get(listener.name)
      if (!verdict) return []
      const before = shown.before.find(({ name }) => name === listener.name)
      const conditions = listenerConditions(verdict, shown.isProgrammed)
      return {
        name: listener.name,
        supportedKinds: verdict.supportedKinds,
        attachedRoutes: shown.loaded.attachment.counts.get(listener) ?? 0,
        conditions: this.#with(before?.conditions ?? [], conditions, shown.generation),
      }
    })
  }

  async #write(
    gateway: Gateway,
    change: (status: GatewayStatus, generation: Generation) => GatewayStatus,
  ): Promise<boolean> {
    const generation = { generation: gateway.metadata.generation ?? 0 }
    if (deepEqual(change(gateway.status ?? {}, generation), gateway.status ?? {})) return false
    let isChanged = false
    await modifyStatus(this.#client, {
      resource: gateways,
      key: splitKey(keyOf(gateway)),
      change: (current) => {
        const status = change(current.status ?? {}, generation)
        isChanged = !deepEqual(status, current.status ?? {})
        return isChanged ? { ...current, status } : undefined
      },
    }).catch(ignoreGone)
    return isChanged
  }

  /** Conditions with others in their places; those that stay the same keep their time. */
  #with(current: readonly Condition[], wanted: readonly Wanted[], { generation }: Generation): Condition[] {
    return withConditions(current, wanted, { generation, now: this.#clock.now() })
  }
}

interface Generation {
  readonly generation: number
}

/** Conditions of which some are as wanted from now on: in their old places, and with their old time if nothing changes. */
export function withConditions(
  current: readonly Condition[],
  wanted: readonly Wanted[],
  { generation, now }: Generation & { readonly now: number },
): Condition[] {
  const lastTransitionTime = new Date(now).toISOString().replace(/\.\d+Z$/, 'Z')
  const made = (one: Wanted): Condition => {
    const before = current.find(({ type }) => type === one.type)
    const next = { ...one, observedGeneration: generation }
    const isSame =
      before && deepEqual({ ...before, lastTransitionTime: '' }, { ...next, lastTransitionTime: '' })
    return isSame ? before : { ...next, lastTransitionTime }
  }
  const kept = current.map((each) => {
    const one = wanted.find(({ type }) => type === each.type)
    return one ? made(one) : each
  })
  const added = wanted.filter(({ type }) => !current.some((each) => each.type === type))
  return [...kept, ...added.map(made)]
}

/** Whether a load balancer carries traffic. */
export function isActive({ State }: LoadBalancer): boolean {
  return State?.Code === 'active' || State?.Code === 'active_impaired'
}

/** How many ListenerSets have a listener that is valid. */
function attachedSets({ sets, verdicts }: GatewayView): number {
  const owners = [...(sets?.accepted.keys() ?? [])]
  return owners.filter((owner) => [...(verdicts.get(owner)?.values() ?? [])].some(({ isValid }) => isValid))
    .length
}

const NOT_LET_IN = { status: 'False', reason: 'NotAllowed', message: 'Parent Gateway rejected ListenerSet' }
const REJECTED: readonly Wanted[] = ['Accepted', 'Programmed'].map((type) => ({ type, ...NOT_LET_IN }))

function setConditions(verdicts: readonly ListenerVerdict[], isProgrammed: boolean): Wanted[] {
  const isAnyValid = verdicts.some(({ isValid }) => isValid)
  const areAll = verdicts.every(({ isValid }) => isValid)
  const isGood = isProgrammed && isAnyValid
  const [reason, message] = isProgrammed
    ? (['ListenersNotValid', 'No valid listeners to materialize'] as const)
    : (['Pending', 'Parent gateway not yet programmed'] as const)
  return [
    {
      type: 'Accepted',
      status: isAnyValid ? 'True' : 'False',
      ...(areAll
        ? { reason: 'Accepted', message: 'Accepted' }
        : { reason: 'ListenersNotValid', message: 'Some listeners are not valid' }),
    },
    {
      type: 'Programmed',
      ...(isGood
        ? { status: 'True', reason: 'Programmed', message: 'Programmed' }
        : { status: 'False', reason, message }),
    },
  ]
}

function routeConditions({ isAccepted, isResolved, reason, message }: RouteVerdict): Wanted[] {
  const no = { status: 'False', reason, message }
  return [
    {
      type: 'ResolvedRefs',
      ...(isResolved ? { status: 'True', reason: 'ResolvedRefs', message: '' } : no),
    },
    { type: 'Accepted', ...(isAccepted ? { status: 'True', reason: 'Accepted', message: '' } : no) },
  ]
}

const CONFLICTS = ['HostnameConflict', 'ProtocolConflict']
const UNACCEPTED = ['PortUnavailable', 'UnsupportedProtocol', ...CONFLICTS]
const UNRESOLVED = ['InvalidRouteKinds', 'RefNotPermitted']

function listenerConditions({ reason, message, isValid }: ListenerVerdict, isProgrammed: boolean): Wanted[] {
  const told = { reason, message }
  const conflicted = CONFLICTS.includes(reason)
  const unaccepted = UNACCEPTED.includes(reason)
  const unresolved = UNRESOLVED.includes(reason)
  return [
    {
      type: 'Accepted',
      ...(unaccepted
        ? { status: 'False', ...told }
        : { status: 'True', reason: 'Accepted', message: 'Listener is accepted.' }),
    },
    {
      type: 'Conflicted',
      ...(conflicted
        ? { status: 'True', ...told }
        : { status: 'False', reason: 'NoConflicts', message: 'Listener has no conflict.' }),
    },
    { type: 'Programmed', ...programmedOf(isValid ? undefined : reason, isProgrammed) },
    {
      type: 'ResolvedRefs',
      ...(unresolved
        ? { status: 'False', ...told }
        : { status: 'True', reason: 'ResolvedRefs', message: 'Listener has all refs resolved.' }),
    },
  ]
}

function programmedOf(refused: string | undefined, isProgrammed: boolean): Omit<Wanted, 'type'> {
  if (refused !== undefined) return { status: 'False', reason: refused, message: 'Listener is not accepted.' }
  if (isProgrammed) return { status: 'True', reason: 'Programmed', message: 'Listener is programmed.' }
  return { status: 'False', reason: 'Pending', message: 'Listener is pending to be programmed.' }
}

function isSameReference(a: ParentReference, b: ParentReference): boolean {
  const members = ['group', 'kind', 'namespace', 'name', 'sectionName', 'port'] as const
  return members.every((member) => a[member] === b[member])
}

function ignoreGone(error: unknown): void {
  if (!isNotFound(error)) throw error
}
