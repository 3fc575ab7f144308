// Owns what becomes of each request: refused, answered as a rule says, or sent to a target.
import { randomBytes } from 'node:crypto'

import type { Clock } from '../../base/clock.ts'
import type { AccessNote } from './access-note.ts'
import { isGrpc, type Ask, type Reply } from './ask.ts'
import { clientCertificateHeaders } from './client-certificate-headers.ts'
import type { Random } from './choose.ts'
import { exchange, type Exchange } from './exchange.ts'
import { requestHeaders, valuesOf, type Header } from './headers.ts'
import { firstMatch } from './match.ts'
import { answerFixed, answerPage, answerRedirect, type OwnAnswer } from './own-answer.ts'
import type { ApplicationListener, ApplicationPlan, ForwardAction, RequestSettings, Rule } from './plan.ts'
import { LONGEST_LOCATION, locationOf } from './redirect.ts'
import { verdictOf } from './refuse.ts'
import type { StickyCookies } from './stickiness.ts'
import { NO_TARGET, route, type Routing } from './sticky-choice.ts'
import type { TargetPool } from './target-pool.ts'
import { transformed } from './transform.ts'
import { carryUpgrade, type UpgradeRequest } from './upgrade.ts'

export interface RouterOptions {
  readonly clock: Clock
  readonly random: Random
  readonly cookies: StickyCookies
  pool(groupArn: string): TargetPool | undefined
}

/** A request at one listener of a load balancer. */
export interface Visit {
  readonly plan: ApplicationPlan
  readonly listener: ApplicationListener
  readonly ask: Ask
  readonly reply: Reply
  /** Where there is an access log. */
  readonly note?: AccessNote
}

/** Path, query and host of a request, whichever form its target has. */
export interface Place {
  readonly host: string | undefined
  readonly path: string
  /** Without the question mark. */
  readonly query: string
  /** Path and query. */
  readonly url: string
}

/** Where a request wants to go: a whole URL, as proxies get it, wins over the Host header. */
export function placeOf({ target, host }: Pick<Ask, 'target' | 'host'>): Place {
  const absolute = /^https?:\/\/([^/?#]*)([^#]*)/i.exec(target)
  const [name, rest] = absolute ? [absolute[1], absolute[2] ?? ''] : [host, target]
  const url = rest.startsWith('/') || rest === '*' ? rest : `/${rest}`
  const at = url.indexOf('?')
  return {
    host: name,
    path: at < 0 ? url : url.slice(0, at),
    query: at < 0 ? '' : url.slice(at + 1),
    url,
  }
}

/** A request that goes to a target. */
export interface Journey {
  readonly routing: Routing
  readonly url: string
  readonly headers: readonly Header[]
}

/** What a rule makes of a request; undefined when it has been answered. */
export function decide(visit: Visit, options: RouterOptions): Journey | undefined {
  const { plan, listener, ask, reply } = visit
  const own: OwnAnswer = { ask, reply, listener, nowMs: options.clock.now(), note: visit.note }
  const { status, isClosing, classified } = verdictOf(ask, plan.settings)
  if (classified) visit.note?.classified(classified)
  if (status !== undefined) return answerPage(own, status, { isClosing })
  if (isClosing) reply.closeAfterwards()
  const place = placeOf(ask)
  const rule = firstMatch(listener.rules, factsOf(ask, place))
  visit.note?.ruled(rule)
  switch (rule?.action.kind) {
    case undefined:
      return answerPage(own, 503)
    case 'fixed-response':
      return answerFixed(own, rule.action)
    case 'redirect': {
      const location = locationOf(rule.action, {
        ...originOf(listener, place),
        path: place.path,
        query: place.query,
      })
      if (location.length > LONGEST_LOCATION) return answerPage(own, 507)
      visit.note?.redirected(location)
      return answerRedirect(own, rule.action.status, location)
    }
    case 'forward':
      return travel(visit, { place, rule, action: rule.action, own, options })
  }
}

function travel(
  { plan, listener, ask, note }: Visit,
  trip: {
    readonly place: Place
    readonly rule: Rule
    readonly action: ForwardAction
    readonly own: OwnAnswer
    readonly options: RouterOptions
  },
): Journey | undefined {
  const { place, rule, action, own, options } = trip
  const { clock } = options
  const target = transformed(rule.transforms, place)
  if (!target) return answerPage(own, 500)
  const zone = plan.settings.isZonal === true ? ask.peer.zone : undefined
  const routing = route(action, ask.headers, { ...options, zone, nowMs: clock.now() })
  if (routing === NO_TARGET) return answerPage(own, 503)
  if (!speaks(ask, routing.settings)) return answerPage(own, 464)
  const { clientCertificates: clients } = listener
  const headers = requestHeaders(ask.headers, {
    settings: plan.settings,
    clientIp: ask.peer.ip,
    clientPort: ask.peer.port,
    isTls: listener.protocol === 'HTTPS',
    port: listener.port,
    host: target.host,
    dnsName: plan.dnsName,
    ...(ask.peer.tls ? { tls: ask.peer.tls } : {}),
    ...(clients && {
      clientCertificate: clientCertificateHeaders(clients.mode, ask.peer.tls?.clientChain ?? []),
    }),
    ...(listener.renamedHeaders && { renamed: listener.renamedHeaders }),
    trace: { now: () => clock.now(), hex: (length) => randomBytes(length / 2).toString('hex') },
  })
  note?.routed({ target: routing.target.key, group: routing.pool.group.plan.arn, headers })
  return { routing, url: target.url, headers: withTe(headers, ask, routing.settings) }
}

/**
 * Sends a request to its target and the answer back.
 * @param upgrade the connection, when the client asks for another protocol on it
 */
export async function carry(
  visit: Visit,
  journey: Journey,
  { clock, upgrade }: Pick<RouterOptions, 'clock'> & { readonly upgrade?: UpgradeRequest | undefined },
): Promise<void> {
  const { ask, reply, plan, listener, note } = visit
  const { routing, url, headers } = journey
  const trip: Exchange = {
    ask,
    reply,
    client: routing.target.client,
    url,
    headers,
    idleSeconds: plan.settings.idleTimeoutSeconds,
    clock,
    insertedHeaders: listener.insertedHeaders,
    cookies: (answer) => routing.cookies(answer),
    ...(note && { note }),
    fail: (status) =>
      answerPage({ ask, reply, listener, nowMs: clock.now(), note }, status, { isClosing: status === 408 }),
  }
  const end = routing.target.begin()
  note?.send()
  try {
    await (upgrade ? carryUpgrade(upgrade, trip) : exchange(trip))
  } finally {
    end()
  }
}

function factsOf(ask: Ask, { host = '', path, query }: Place) {
  return {
    method: ask.method,
    host: host.replace(/:\d+$/, '').toLowerCase(),
    path,
    query,
    sourceIp: ask.peer.ip,
    header: (name: string) => valuesOf(ask.headers, name),
  }
}

function originOf(listener: ApplicationListener, { host = '' }: Place) {
  return {
    protocol: listener.protocol === 'HTTPS' ? ('https' as const) : ('http' as const),
    host: host.replace(/:\d+$/, ''),
    port: listener.port,
  }
}

// ALB user guide, "Protocol versions": which requests a target group takes; all else is answered with 464.
function speaks(ask: Ask, { version }: RequestSettings): boolean {
  if (version === 'HTTP1') return !isGrpc(ask)
  if (ask.httpVersion !== '2.0') return false
  return version === 'HTTP2' || isGrpc(ask) || ask.method === 'POST'
}

// gRPC wants to hear that trailers are understood; of other hop-by-hop headers nothing is sent on.
function withTe(headers: readonly Header[], ask: Ask, { version }: RequestSettings): readonly Header[] {
  if (version === 'HTTP1' || !valuesOf(ask.headers, 'te').includes('trailers')) return headers
  return [...headers, ['te', 'trailers']]
}
