// Owns how long a request may take.
// Source: apiserver pkg/endpoints/filters/request_deadline.go, pkg/endpoints/handlers/finisher.
import type { Clock } from '../../base/clock.ts'
import { StatusError } from '../../base/errors.ts'

/** kube-apiserver --request-timeout */
const MAXIMUM_MS = 60_000
/** handlers.requestTimeoutUpperBound: writes leave time for the answer. */
const MAXIMUM_WRITE_MS = 34_000

const UNITS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
}

/** Milliseconds of a duration such as `1m30s`, as Go reads it; undefined when it is none. */
export function parseGoDuration(text: string): number | undefined {
  const [, sign = '', rest = ''] = /^([-+]?)(.*)$/.exec(text) ?? []
  if (rest === '0') return 0
  if (!/^((\d+(\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h))+$/.test(rest)) return undefined
  const parts = rest.matchAll(/([\d.]+)(ns|us|µs|ms|s|m|h)/g)
  const sum = [...parts].reduce(
    (total, [, value = '', unit = '']) => total + Number(value) * (UNITS[unit] ?? 0),
    0,
  )
  return sign === '-' ? -sum : sum
}

/** How long a request may take, in ms. @throws StatusError BadRequest for a `timeout` that is no duration. */
export function deadlineMs(query: URLSearchParams, isWrite: boolean): number {
  const most = isWrite ? MAXIMUM_WRITE_MS : MAXIMUM_MS
  const text = query.get('timeout')
  if (!text) return most
  const asked = parseGoDuration(text)
  if (asked === undefined) {
    throw new StatusError(
      'BadRequest',
      `invalid timeout specified in the request URL - time: invalid duration ${JSON.stringify(text)}`,
    )
  }
  return asked > 0 ? Math.min(asked, most) : most
}

/** What a task comes to, or the answer of a server that has waited long enough. @throws StatusError Timeout. */
export async function withDeadline<T>(clock: Clock, limitMs: number, task: () => Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = clock.after(limitMs, () => {
    const text = 'Timeout: request did not complete within requested timeout - context deadline exceeded'
    reject(new StatusError('Timeout', text))
  })
  try {
    return await Promise.race([task(), late])
  } finally {
    timer.cancel()
  }
}
