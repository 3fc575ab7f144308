// Owns Application Load Balancers at work: plans in, requests answered and sent on.
import { randomBytes } from 'node:crypto'
import type { Socket } from 'node:net'

import type { Clock } from '../../base/clock.ts'
import { deepEqual } from '../../base/json.ts'
import type { Log } from '../../base/log.ts'
import type { HostAddress, Vpcs } from '../dialer.ts'
import type { Edge } from '../edge/edge.ts'
import type { EdgeListener, Entry } from '../edge/front.ts'
import { ipv4Of } from '../knock.ts'
import { DroppedConnections } from '../nlb/dropped-connections.ts'
import type { TargetGroup } from '../nlb/target-group.ts'
import { ignoreErrors, reset } from '../relay.ts'
import { AccessNote, NotedReply } from './access-note.ts'
import type { Ask, Reply } from './ask.ts'
import type { Random } from './choose.ts'
import { ListenerFront } from './front.ts'
import type { ApplicationListener, ApplicationPlan } from './plan.ts'
import { carry, decide, type RouterOptions, type Visit } from './router.ts'
import { StickyCookies } from './stickiness.ts'
import { TargetPool } from './target-pool.ts'
import type { UpgradeRequest } from './upgrade.ts'
import { UpgradeReply } from './upgrade-reply.ts'

export interface ApplicationPlaneOptions {
  readonly edge: Edge
  readonly vpcs: Vpcs
  readonly clock: Clock
  readonly log: Log
  readonly random?: Random
  /** A target group of the region. */
  group(arn: string): TargetGroup | undefined
}

interface Front {
  readonly front: ListenerFront
  readonly listener: ApplicationListener
  readonly settings: ApplicationPlan['settings']
}

/** The Application Load Balancers of a region. */
export class ApplicationPlane {
  readonly #options: ApplicationPlaneOptions
  readonly #plans = new Map<string, ApplicationPlan>()
  readonly #fronts = new Map<string, Front>()
  readonly #pools = new Map<string, TargetPool>()
  /** Ends of the routes by which Network Load Balancers reach them. */
  readonly #routes = new Map<string, () => void>()
  readonly #dropped: DroppedConnections
  readonly #router: RouterOptions

  constructor(options: ApplicationPlaneOptions) {
    this.#options = options
    this.#dropped = new DroppedConnections(options.clock)
    this.#router = {
      clock: options.clock,
      random: options.random ?? Math.random,
      cookies: new StickyCookies(randomBytes(32).toString('hex')),
      pool: (arn) => this.#pool(arn),
    }
  }

  /** Takes over a plan. @returns what listens, for the edge */
  apply(plan: ApplicationPlan): readonly EdgeListener[] {
    const before = this.#plans.get(plan.arn)
    this.#plans.set(plan.arn, plan)
    for (const { arn } of before?.listeners ?? []) {
      if (!plan.listeners.some((listener) => listener.arn === arn)) this.#closeFront(arn)
    }
    for (const listener of plan.listeners) this.#openFront(plan, listener)
    this.#routes.get(plan.arn)?.()
    this.#routes.set(
      plan.arn,
      this.#options.vpcs.dialer(plan.vpcId).register(plan.arn, (port) => this.#addressOf(plan.arn, port)),
    )
    return plan.listeners.map(({ arn, port, protocol }) => ({
      arn,
      port,
      scheme: protocol === 'HTTPS' ? 'https' : 'http',
      accept: (socket, entry) => this.#accept(socket, { balancer: plan.arn, listener: arn, ...entry }),
    }))
  }

  remove(arn: string): void {
    for (const listener of this.#plans.get(arn)?.listeners ?? []) this.#closeFront(listener.arn)
    this.#plans.delete(arn)
    this.#routes.get(arn)?.()
    this.#routes.delete(arn)
  }

  /** Where a listener of a load balancer is on this machine. */
  #addressOf(arn: string, port: number): HostAddress | undefined {
    const listener = this.#plans.get(arn)?.listeners.find((each) => each.port === port)
    const address = this.#options.edge.addresses(arn).find(({ listenerArn }) => listenerArn === listener?.arn)
    const own = address?.own.find(({ isOpen }) => isOpen)
    if (own) return { host: own.address, port }
    const [host, direct] = address?.direct?.split(':') ?? []
    return host === undefined ? undefined : { host, port: Number(direct) }
  }

  /** The zones of the load balancer that sends requests to a group; undefined when none does. */
  zonesFor(groupArn: string): readonly string[] | undefined {
    for (const { zones, listeners } of this.#plans.values()) {
      const isUsed = listeners.some(({ rules }) =>
        rules.some(
          ({ action }) => action.kind === 'forward' && action.groups.some(({ arn }) => arn === groupArn),
        ),
      )
      if (isUsed) return zones
    }
    return undefined
  }

  /** The health or the targets of a group have changed. */
  observe(groupArn: string): void {
    // Who was healthy before the first request counts too.
    if (this.#options.group(groupArn)?.plan.requests) this.#pool(groupArn)?.observe()
  }

  forget(groupArn: string): void {
    this.#pools.get(groupArn)?.close()
    this.#pools.delete(groupArn)
  }

  #pool(arn: string): TargetPool | undefined {
    const group = this.#options.group(arn)
    if (!group) return undefined
    const there = this.#pools.get(arn)
    if (there?.group === group) return there
    there?.close()
    const pool = new TargetPool(group, this.#options.clock)
    this.#pools.set(arn, pool)
    return pool
  }

  #openFront({ arn, settings }: ApplicationPlan, listener: ApplicationListener): void {
    const there = this.#fronts.get(listener.arn)
    // Rules are looked up with each request; only what the sockets know needs new ones.
    const isSame =
      there?.listener.protocol === listener.protocol &&
      deepEqual(there.listener.certificates, listener.certificates) &&
      deepEqual(there.listener.tlsPolicy, listener.tlsPolicy) &&
      deepEqual(there.listener.clientCertificates, listener.clientCertificates) &&
      deepEqual(there.settings, settings)
    if (isSame) return
    const front = new ListenerFront({
      listener,
      settings,
      now: () => this.#options.clock.now(),
      connectionLog: () => this.#plans.get(arn)?.connectionLog,
      serve: (ask, reply) => this.#serve(this.#visit(arn, listener.arn, { ask, reply })),
      upgrade: (ask, request) => {
        const reply = new UpgradeReply(request.socket)
        this.#serve(this.#visit(arn, listener.arn, { ask, reply }), request)
      },
    })
    this.#fronts.set(listener.arn, { front, listener, settings })
  }

  #closeFront(listenerArn: string): void {
    this.#fronts.get(listenerArn)?.front.close()
    this.#fronts.delete(listenerArn)
  }

  #accept(socket: Socket, way: Entry & { readonly balancer: string; readonly listener: string }): void {
    ignoreErrors(socket)
    const plan = this.#plans.get(way.balancer)
    const listener = plan?.listeners.find(({ arn }) => arn === way.listener)
    const front = this.#fronts.get(way.listener)?.front
    if (!plan || !listener || !front) return reset(socket)
    const sourceIp = ipv4Of(socket.remoteAddress)
    if (!plan.admits({ sourceIp, port: listener.port })) return this.#dropped.hold(socket)
    front.accept(socket, way.zone)
  }

  // Looks at the plan of now: a request that comes after a change of rules meets the new ones.
  #visit(
    balancerArn: string,
    listenerArn: string,
    { ask, reply }: { readonly ask: Ask; readonly reply: Reply },
  ): Visit | undefined {
    const plan = this.#plans.get(balancerArn)
    const listener = plan?.listeners.find(({ arn }) => arn === listenerArn)
    if (plan?.log && listener) {
      const note = new AccessNote(ask, listener, () => this.#options.clock.now())
      return { plan, listener, ask, note, reply: new NotedReply(reply, note, plan.log) }
    }
    if (plan && listener) return { plan, listener, ask, reply }
    reply.abort()
    return undefined
  }

  #serve(visit: Visit | undefined, upgrade?: UpgradeRequest): void {
    const journey = visit && decide(visit, this.#router)
    if (!journey) return
    carry(visit, journey, { clock: this.#options.clock, upgrade }).catch((error: unknown) => {
      this.#options.log.warn('a request failed in the load balancer', { url: journey.url, error })
      visit.reply.abort()
    })
  }
}
