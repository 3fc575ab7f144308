// Owns how long a job waits before it makes another pod after failures.
// Source: kubernetes pkg/controller/job/backoff_utils.go.
import type { Pod } from '../../../generated/kubernetes.d.ts'
import { absoluteFailureCountOf, finishedAtMs } from './job-pod.ts'

const FIRST_MS = 10_000
const MAXIMUM_MS = 10 * 60_000

/** Failures since the last success. */
export interface BackoffRecord {
  readonly failures: number
  readonly lastFailureMs: number
}

const NONE: BackoffRecord = { failures: 0, lastFailureMs: 0 }

/** The record after more pods have ended; failures before the latest success are forgiven. */
export function nextRecord(
  record: BackoffRecord = NONE,
  { succeeded, failed }: { readonly succeeded: readonly Pod[]; readonly failed: readonly Pod[] },
): BackoffRecord {
  const lastSuccessMs = Math.max(...succeeded.map(finishedAtMs))
  const failures = failed.map(finishedAtMs).filter((atMs) => atMs > lastSuccessMs)
  const before = succeeded.length > 0 ? NONE : record
  if (failures.length === 0) return before
  return { failures: before.failures + failures.length, lastFailureMs: Math.max(...failures) }
}

/** Milliseconds until another pod may be made; 0 when at once. */
export function remainingMs({ failures, lastFailureMs }: BackoffRecord, nowMs: number): number {
  if (failures === 0) return 0
  const waitMs = Math.min(FIRST_MS * 2 ** (failures - 1), MAXIMUM_MS)
  return Math.max(0, lastFailureMs + waitMs - nowMs)
}

/** The same for one index, whose last pod is given. */
export function remainingForIndexMs(lastFailed: Pod | undefined, nowMs: number): number {
  if (!lastFailed) return 0
  const record = { failures: absoluteFailureCountOf(lastFailed) + 1, lastFailureMs: finishedAtMs(lastFailed) }
  return remainingMs(record, nowMs)
}
