// Owns what is made of the replicas that metrics ask for: windows in which recommendations settle, and how fast the
// number may change. Source: kubernetes pkg/controller/podautoscaler/horizontal.go.
import type { HorizontalPodAutoscalerBehavior, HPAScalingRules } from '../../../generated/kubernetes.d.ts'

// --horizontal-pod-autoscaler-downscale-stabilization
const DOWNSCALE_WINDOW_SECONDS = 300
const SCALE_UP_FACTOR = 2
const SCALE_UP_MINIMUM = 4
// Nothing looks further back (MaxPeriodSeconds, MaxStabilizationWindowSeconds).
const KEPT_MS = 3600_000

interface Moment {
  readonly atMs: number
  readonly value: number
}

/** What an autoscaler has recommended and done lately. */
export interface History {
  readonly recommendations: readonly Moment[]
  readonly ups: readonly Moment[]
  readonly downs: readonly Moment[]
}

export const emptyHistory: History = { recommendations: [], ups: [], downs: [] }

/** The history with one more recommendation; what nobody asks for any more is left out. */
export function recommend(history: History, value: number, atMs: number): History {
  return { ...history, recommendations: added(history.recommendations, { atMs, value }) }
}

/** The history after the number of replicas was changed. */
export function changed(history: History, from: number, { to, atMs }: { to: number; atMs: number }): History {
  const moment = { atMs, value: Math.abs(to - from) }
  return to > from
    ? { ...history, ups: added(history.ups, moment) }
    : { ...history, downs: added(history.downs, moment) }
}

function added(moments: readonly Moment[], moment: Moment): Moment[] {
  return [...moments.filter(({ atMs }) => atMs > moment.atMs - KEPT_MS), moment]
}

export interface Wish {
  readonly current: number
  readonly desired: number
  readonly minimum: number
  readonly maximum: number
  readonly behavior: HorizontalPodAutoscalerBehavior | undefined
  readonly history: History
  readonly nowMs: number
}

/** A condition's reason and message. */
export interface Saying {
  readonly reason: string
  readonly message: string
}

export interface Limited {
  readonly replicas: number
  /** Why the recommendation is or is not the newest. */
  readonly stable: Saying
  /** Why the replicas are or are not those recommended. */
  readonly limit: Saying
  readonly isLimited: boolean
}

const READY: Saying = { reason: 'ReadyForNewScale', message: 'recommended size matches current size' }
const WITHIN: Saying = {
  reason: 'DesiredWithinRange',
  message: 'the desired count is within the acceptable range',
}
const TOO_MANY: Saying = {
  reason: 'TooManyReplicas',
  message: 'the desired replica count is more than the maximum replica count',
}
const TOO_FEW: Saying = {
  reason: 'TooFewReplicas',
  message: 'the desired replica count is less than the minimum replica count',
}
const UP_LIMIT: Saying = {
  reason: 'ScaleUpLimit',
  message: 'the desired replica count is increasing faster than the maximum scale rate',
}
const DOWN_LIMIT: Saying = {
  reason: 'ScaleDownLimit',
  message: 'the desired replica count is decreasing faster than the maximum scale rate',
}
const LOWEST: Saying = {
  reason: 'ScaleUpStabilized',
  message: 'recent recommendations were lower than current one, applying the lowest recent recommendation',
}
const HIGHEST: Saying = {
  reason: 'ScaleDownStabilized',
  message: 'recent recommendations were higher than current one, applying the highest recent recommendation',
}

/** The replicas that there are to be, and what to say about them. */
export function limited(wish: Wish): Limited {
  const { desired, current, behavior } = wish
  const stabilized = behavior ? stabilizedBy(wish, behavior) : stabilizedDown(wish)
  const settled = !behavior || desired < current ? HIGHEST : LOWEST
  const stable = stabilized === desired ? READY : settled
  const [replicas, limit] = behavior
    ? ratedBy({ ...wish, desired: stabilized }, behavior)
    : rated({ ...wish, desired: stabilized })
  return { replicas, stable, limit, isLimited: replicas !== stabilized }
}

/** Without a behavior: the highest recommendation of the last five minutes. */
function stabilizedDown({ desired, history, nowMs }: Wish): number {
  const since = nowMs - DOWNSCALE_WINDOW_SECONDS * 1000
  const recent = history.recommendations.filter(({ atMs }) => atMs >= since).map(({ value }) => value)
  return Math.max(desired, ...recent)
}

/** With one: no higher than the lowest of one window, no lower than the highest of the other. */
function stabilizedBy(
  { current, desired, history, nowMs }: Wish,
  { scaleUp, scaleDown }: HorizontalPodAutoscalerBehavior,
): number {
  const within = (seconds: number): number[] =>
    history.recommendations.filter(({ atMs }) => atMs > nowMs - seconds * 1000).map(({ value }) => value)
  const lowest = Math.min(desired, ...within(scaleUp?.stabilizationWindowSeconds ?? 0))
  const downSeconds = scaleDown?.stabilizationWindowSeconds ?? DOWNSCALE_WINDOW_SECONDS
  const highest = Math.max(desired, ...within(downSeconds))
  return Math.min(Math.max(current, lowest), highest)
}

function rated({ current, desired, minimum, maximum }: Wish): [number, Saying] {
  const fastest = Math.max(SCALE_UP_FACTOR * current, SCALE_UP_MINIMUM)
  const [most, why] = maximum > fastest ? [fastest, UP_LIMIT] : [maximum, TOO_MANY]
  if (desired < minimum) return [minimum, TOO_FEW]
  return desired > most ? [most, why] : [desired, WITHIN]
}

function ratedBy(wish: Wish, { scaleUp, scaleDown }: HorizontalPodAutoscalerBehavior): [number, Saying] {
  const { current, desired, minimum, maximum } = wish
  if (desired > current) {
    const fastest = Math.max(current, upLimit(wish, scaleUp))
    const [most, why] = maximum > fastest ? [fastest, UP_LIMIT] : [maximum, TOO_MANY]
    if (desired > most) return [most, why]
  } else if (desired < current) {
    const fastest = Math.min(current, downLimit(wish, scaleDown))
    const [least, why] = minimum < fastest ? [fastest, DOWN_LIMIT] : [minimum, TOO_FEW]
    if (desired < least) return [least, why]
  }
  return [desired, WITHIN]
}

function upLimit(wish: Wish, rules: HPAScalingRules | undefined): number {
  if (rules?.selectPolicy === 'Disabled') return wish.current
  const limits = (rules?.policies ?? []).map(({ type, value, periodSeconds }) => {
    const start = startOfPeriod(wish, periodSeconds)
    return type === 'Pods' ? start + value : Math.ceil(start * (1 + value / 100))
  })
  return rules?.selectPolicy === 'Min' ? Math.min(...limits) : Math.max(...limits)
}

function downLimit(wish: Wish, rules: HPAScalingRules | undefined): number {
  if (rules?.selectPolicy === 'Disabled') return wish.current
  const limits = (rules?.policies ?? []).map(({ type, value, periodSeconds }) => {
    const start = startOfPeriod(wish, periodSeconds)
    return type === 'Pods' ? start - value : Math.trunc(start * (1 - value / 100))
  })
  // The least change leaves the most.
  return rules?.selectPolicy === 'Min' ? Math.max(...limits) : Math.min(...limits)
}

/** The replicas that there were when the period began. */
function startOfPeriod({ current, history, nowMs }: Wish, periodSeconds: number): number {
  const sum = (moments: readonly Moment[]): number =>
    moments
      .filter(({ atMs }) => atMs > nowMs - periodSeconds * 1000)
      .reduce((total, { value }) => total + value, 0)
  return current - sum(history.ups) + sum(history.downs)
}
