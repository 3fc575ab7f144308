// Owns which target group and which target a request goes to, and the cookies that bring the next one there too.
import { chooseGroup, type Random } from './choose.ts'
import { valuesOf, type Header } from './headers.ts'
import type { ClassicStickiness, ForwardAction, RequestSettings } from './plan.ts'
import { classicCookies, classicKey } from './classic-stickiness.ts'
import { applicationCookies, cookieIn, cookiePair, type StickyCookies } from './stickiness.ts'
import type { Chosen, TargetPool } from './target-pool.ts'

export interface Routing {
  readonly pool: TargetPool
  readonly settings: RequestSettings
  readonly target: Chosen
  /** Cookies to set, by what the target's answer says. */
  cookies(answer: readonly Header[]): readonly string[]
}

export interface StickyChoiceOptions {
  readonly cookies: StickyCookies
  readonly nowMs: number
  readonly random: Random
  /** Where the target has to be; anywhere without one. */
  readonly zone?: string | undefined
  pool(groupArn: string): TargetPool | undefined
}

/** A request that finds no target: its group has none, or none in use. */
export const NO_TARGET = 'no-target'

/** Chooses for a request. @param headers those of the request */
export function route(
  action: ForwardAction,
  headers: readonly Header[],
  options: StickyChoiceOptions,
): Routing | typeof NO_TARGET {
  const sent = valuesOf(headers, 'cookie')
  const group = groupFor(action, sent, options)
  const pool = group && options.pool(group.arn)
  const settings = pool?.group.plan.requests
  if (!group || !pool || !settings) return NO_TARGET
  const { classicStickiness: classic } = action
  if (classic) return routeClassic({ pool, settings, sent, classic }, options)
  const target = targetFor(pool, settings, { ...options, sent })
  if (!target) return NO_TARGET
  return {
    pool,
    settings,
    target,
    cookies: (answer) => [
      ...targetCookies(settings, target, answer, options),
      ...groupCookies(action, group.arn, options),
    ],
  }
}

// The cookie is not made anew while it leads somewhere.
function routeClassic(
  {
    pool,
    settings,
    sent,
    classic,
  }: Pick<Routing, 'pool' | 'settings'> & {
    readonly sent: readonly string[]
    readonly classic: ClassicStickiness
  },
  { cookies, random, zone }: StickyChoiceOptions,
): Routing | typeof NO_TARGET {
  const key = classicKey(classic, sent, (cookie) => cookies.openClassic(cookie, pool.keys()))
  const there = key === undefined ? undefined : pool.sticky(key)
  const target = there ?? pool.choose(settings, random, zone)
  if (!target) return NO_TARGET
  const isNew = there === undefined
  const value = (): string => cookies.sealClassic(target.key)
  return { pool, settings, target, cookies: (answer) => classicCookies(classic, { isNew, answer, value }) }
}

function groupFor(
  { groups, groupStickinessSeconds }: ForwardAction,
  sent: readonly string[],
  { cookies, nowMs, random }: StickyChoiceOptions,
): ForwardAction['groups'][number] | undefined {
  if (groupStickinessSeconds !== undefined) {
    const arns = groups.filter(({ weight }) => weight > 0).map(({ arn }) => arn)
    const values = [cookieIn(sent, 'AWSALBTG'), cookieIn(sent, 'AWSALBTGCORS')]
    const arn = values.map((value) => cookies.open(value, arns, nowMs)).find((each) => each !== undefined)
    const found = groups.find((group) => group.arn === arn)
    if (found) return found
  }
  return chooseGroup(groups, random)
}

function targetFor(
  pool: TargetPool,
  settings: RequestSettings,
  options: StickyChoiceOptions & { readonly sent: readonly string[] },
): Chosen | undefined {
  const { cookies, nowMs, random, sent, zone } = options
  const names = {
    none: [],
    lb_cookie: ['AWSALB', 'AWSALBCORS'],
    app_cookie: ['AWSALBAPP-0'],
  }[settings.stickiness.kind]
  for (const name of names) {
    const key = cookies.open(cookieIn(sent, name), pool.keys(), nowMs)
    const there = key === undefined ? undefined : pool.sticky(key)
    if (there) return there
  }
  return pool.choose(settings, random, zone)
}

function targetCookies(
  { stickiness }: RequestSettings,
  target: Chosen,
  answer: readonly Header[],
  { cookies, nowMs }: StickyChoiceOptions,
): readonly string[] {
  if (stickiness.kind === 'none') return []
  const value = cookies.seal({ value: target.key, expiresAtMs: nowMs + stickiness.seconds * 1000 })
  if (stickiness.kind === 'lb_cookie') return cookiePair('AWSALB', value, nowMs)
  // Only when the application says that the client is to stay.
  const isSet = valuesOf(answer, 'set-cookie').some((cookie) => cookie.startsWith(`${stickiness.cookie}=`))
  return isSet ? applicationCookies(value, nowMs) : []
}

function groupCookies(
  { groupStickinessSeconds }: ForwardAction,
  arn: string,
  { cookies, nowMs }: StickyChoiceOptions,
): readonly string[] {
  if (groupStickinessSeconds === undefined) return []
  const expiresAtMs = nowMs + groupStickinessSeconds * 1000
  return cookiePair('AWSALBTG', cookies.seal({ value: arn, expiresAtMs }), nowMs)
}
