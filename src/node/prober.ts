// Owns the probes of one running container: when each is run, how many verdicts in a row decide.
import type { Probe } from '../../generated/kubernetes.d.ts'
import type { Clock } from '../base/clock.ts'
import type { ProbeOutcome } from './probe-outcome.ts'

export type ProbeKind = 'startup' | 'readiness' | 'liveness'

export interface ProberOptions {
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly startedAtMs: number
  run(probe: Probe): Promise<ProbeOutcome>
  /** Called when the verdict of a kind changes: after `successThreshold` or `failureThreshold` results in a row. */
  onVerdict(kind: ProbeKind, isSuccess: boolean): void
  /** Called for every result that is not a success. */
  onTrouble(kind: ProbeKind, outcome: ProbeOutcome): void
}

/**
 * Runs one probe until the signal aborts; the first time at once after `initialDelaySeconds`.
 * A startup probe ends with its first success; startup and liveness probes end when they have failed.
 */
export async function watchProbe(kind: ProbeKind, probe: Probe, options: ProberOptions): Promise<void> {
  const { clock, signal, startedAtMs } = options
  const { periodSeconds = 10, successThreshold = 1, failureThreshold = 3, initialDelaySeconds = 0 } = probe
  let verdict: boolean | undefined
  let last: boolean | undefined
  let inARow = 0
  const wait = startedAtMs + initialDelaySeconds * 1000 - clock.now()
  if (wait > 0 && !(await slept(clock, wait, signal))) return
  for (;;) {
    const outcome = await options.run(probe)
    if (signal.aborted) return
    if (outcome.result !== 'success') options.onTrouble(kind, outcome)
    if (outcome.result !== 'unknown') {
      const isSuccess = outcome.result === 'success'
      inARow = isSuccess === last ? inARow + 1 : 1
      last = isSuccess
      if (isSuccess !== verdict && inARow >= (isSuccess ? successThreshold : failureThreshold)) {
        verdict = isSuccess
        options.onVerdict(kind, isSuccess)
        if (isFinal(kind, isSuccess)) return
      }
    }
    if (!(await slept(clock, periodSeconds * 1000, signal))) return
  }
}

function isFinal(kind: ProbeKind, isSuccess: boolean): boolean {
  if (kind === 'startup') return true
  return kind === 'liveness' && !isSuccess
}

/** Waits on the clock. @returns false when the signal aborted first. */
export async function slept(clock: Clock, delayMs: number, signal: AbortSignal): Promise<boolean> {
  if (signal.aborted) return false
  try {
    await clock.sleep(delayMs, signal)
    return true
  } catch {
    return false
  }
}
