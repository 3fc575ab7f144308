// Owns what a resource waits for before it counts as made: how many signals, for how long, and what it is told by then.
// Sources: template reference, "CreationPolicy attribute" and AWS::CloudFormation::WaitCondition; the sentences are those of
// stack events (widdix/aws-cf-templates#565, F5Networks/f5-aws-cloudformation#168, aws/aws-parallelcluster).
import { validationError } from '../errors.ts'
import { isTemplateObject, textOf, type TemplateObject, type TemplateValue } from './template.ts'

export interface Signal {
  /** Of whoever sends it, mostly the id of an instance. Another one with the same id changes nothing. */
  readonly uniqueId: string
  readonly isSuccess: boolean
  readonly reason?: string
  readonly data?: string
}

/** How many successes are waited for, and how long. */
export interface Awaited {
  readonly count: number
  readonly timeoutMs: number
  /** Of the count, in an Auto Scaling group. */
  readonly minPercent?: number
}

export type Verdict =
  | { readonly state: 'ready' | 'pending' }
  | {
      readonly state: 'failed'
      readonly reason: string
      /** Told before, as an event of its own. */
      readonly missing?: string
    }

const DURATION = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/

/** `PT1H30M10S` in milliseconds. @throws AwsError ValidationError */
export function durationMs(value: TemplateValue | undefined, fallbackMs: number): number {
  if (value === undefined) return fallbackMs
  const text = textOf(value)
  const match = DURATION.exec(text)
  if (!match || text.endsWith('T') || text === 'P') throw validationError(`Invalid duration ${text}`)
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = match.slice(1).map((part) => Number(part ?? 0))
  return (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000
}

const FIVE_MINUTES_MS = 300_000

/** What a creation policy, its functions resolved, waits for. @throws AwsError ValidationError */
export function awaitedBy(policy: TemplateObject, { isGroup }: { readonly isGroup: boolean }): Awaited {
  const signal = membersOf(policy, 'ResourceSignal')
  const group = membersOf(policy, 'AutoScalingCreationPolicy')
  const awaited = {
    count: numberOf(signal['Count'], 1),
    timeoutMs: durationMs(signal['Timeout'], FIVE_MINUTES_MS),
  }
  return isGroup ? { ...awaited, minPercent: numberOf(group['MinSuccessfulInstancesPercent'], 100) } : awaited
}

function membersOf(policy: TemplateObject, name: string): TemplateObject {
  const value = policy[name]
  return isTemplateObject(value) ? value : {}
}

/** A number that a template writes as text or not. @throws AwsError ValidationError */
export function numberOf(value: TemplateValue | undefined, fallback: number): number {
  if (value === undefined) return fallback
  const number = Number(textOf(value))
  if (!Number.isFinite(number) || number < 0) throw validationError(`Invalid number ${textOf(value)}`)
  return number
}

/** Whether a resource with a creation policy is made, by the signals that have come within `elapsedMs`. */
export function verdictOf(awaited: Awaited, signals: readonly Signal[], elapsedMs: number): Verdict {
  const { count, timeoutMs, minPercent } = awaited
  const failed = signals.filter(({ isSuccess }) => !isSuccess)
  const successes = signals.length - failed.length
  if (minPercent !== undefined) return groupVerdict({ ...awaited, minPercent }, signals, elapsedMs)
  if (failed[0]) {
    return { state: 'failed', reason: `Received FAILURE signal with UniqueId ${failed[0].uniqueId}` }
  }
  if (successes >= count) return { state: 'ready' }
  if (elapsedMs < timeoutMs) return { state: 'pending' }
  const reason = `Failed to receive ${count - successes} resource signal(s) within the specified duration`
  return { state: 'failed', reason }
}

/** The verdict on instances of a group, of which a part must succeed; who says nothing in time has failed. */
export function groupVerdict(
  { count, timeoutMs, minPercent }: Required<Awaited>,
  signals: readonly Signal[],
  elapsedMs: number,
): Verdict {
  const successes = signals.filter(({ isSuccess }) => isSuccess).length
  const failures = signals.length - successes
  const isOver = elapsedMs >= timeoutMs
  const needed = Math.ceil((count * minPercent) / 100)
  const canSucceed = successes + (isOver ? 0 : Math.max(0, count - signals.length)) >= needed
  if (canSucceed) return { state: signals.length >= count || isOver ? 'ready' : 'pending' }
  const told = failures > 0 ? `${failures} FAILURE` : `${successes} SUCCESS`
  const missing = count - signals.length
  return {
    state: 'failed',
    reason: `Received ${told} signal(s) out of ${count}. Unable to satisfy ${minPercent}% MinSuccessfulInstancesPercent requirement`,
    ...(missing > 0 && isOver
      ? {
          missing: `Failed to receive ${missing} resource signal(s) for the current batch. Each resource signal timeout is counted as a FAILURE.`,
        }
      : {}),
  }
}

/** Whether a wait condition has been told of enough by its handle. */
export function conditionVerdict(awaited: Awaited, signals: readonly Signal[], elapsedMs: number): Verdict {
  const { count, timeoutMs } = awaited
  const failed = signals.find(({ isSuccess }) => !isSuccess)
  if (failed) {
    const reason = `WaitCondition received failed message: '${failed.reason ?? ''}' for uniqueId: ${failed.uniqueId}`
    return { state: 'failed', reason }
  }
  if (signals.length >= count) return { state: 'ready' }
  if (elapsedMs < timeoutMs) return { state: 'pending' }
  const reason = `WaitCondition timed out. Received ${signals.length} conditions when expecting ${count}`
  return { state: 'failed', reason }
}
