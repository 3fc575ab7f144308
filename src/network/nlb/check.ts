// Owns one health check of a target: connect, and for HTTP and HTTPS ask for the path.
import type { Duplex } from 'node:stream'
import { connect as connectTls } from 'node:tls'

import { aborted } from '../../base/abort.ts'
import type { Clock } from '../../base/clock.ts'
import { hostPort } from '../../base/host-port.ts'
import { timeLimit } from '../../base/time-limit.ts'
import { DialError, type Dialer } from '../dialer.ts'
import { httpGet } from '../http-get.ts'
import type { HealthCheck, TargetAddress, TargetGroupPlan } from '../load-balancer.ts'
import { isSuccessCode } from './health.ts'
import { localHeader } from './proxy-protocol.ts'

/** What checks of HTTP call themselves. */
export const USER_AGENT = 'ELB-HealthChecker/2.0'

/** `unroutable`: nothing has the target's address. */
export type CheckResult = 'passed' | 'failed' | 'unroutable'

export interface CheckOptions {
  readonly dialer: Dialer
  readonly clock: Clock
  /** Version 2 of the PROXY protocol has a header for checks too; of version 1, checks have none. */
  readonly proxyProtocol?: TargetGroupPlan['proxyProtocol']
}

/**
 * Checks a target once, by connecting to it. Never throws: whatever fails is a failed check. Its time-out leaves out the
 * time in which this process was held up: a stand-in answers from the same event loop.
 */
export async function checkTarget(
  target: TargetAddress,
  check: HealthCheck,
  { dialer, clock, proxyProtocol }: CheckOptions,
): Promise<CheckResult> {
  const port = check.port === 'traffic-port' ? target.port : Number(check.port)
  const limit = timeLimit(clock, check.timeoutSeconds * 1000)
  try {
    const stream = await dialWithin(dialer, { ip: target.ip, port }, limit.signal)
    if (check.protocol === 'TCP') {
      stream.on('error', () => undefined)
      if (proxyProtocol === 2) stream.end(localHeader(), () => stream.destroy())
      else stream.destroy()
      return 'passed'
    }
    // Before TLS too: it belongs to the connection.
    if (proxyProtocol === 2) stream.write(localHeader())
    if (check.protocol === 'SSL') return (await agrees(stream, limit.signal)) ? 'passed' : 'failed'
    const { status } = await httpGet(stream, {
      isTls: check.protocol === 'HTTPS',
      host: target.host ?? hostPort(target.ip, port),
      path: check.path,
      headers: { 'user-agent': check.userAgent ?? USER_AGENT },
      signal: limit.signal,
    })
    return isSuccessCode(status, check.successCodes) ? 'passed' : 'failed'
  } catch (error) {
    return error instanceof DialError && error.code === 'EHOSTUNREACH' ? 'unroutable' : 'failed'
  } finally {
    limit.end()
  }
}

// A handshake, whatever certificate comes.
async function agrees(stream: Duplex, signal: AbortSignal): Promise<boolean> {
  const secure = connectTls({ socket: stream, rejectUnauthorized: false })
  secure.on('error', () => undefined)
  const agreed = new Promise<true>((resolve) => secure.once('secureConnect', () => resolve(true)))
  const ended = new Promise<undefined>((resolve) => secure.once('close', () => resolve(undefined)))
  const result = await Promise.race([agreed, ended, aborted(signal)])
  secure.destroy()
  return result === true
}

// Longer than any time-out of a check (120 s), which is what ends the waiting.
const LONGEST_DIAL_MS = 600_000

/** Connects, unless the signal is sooner. @throws DialError */
export async function dialWithin(
  dialer: Dialer,
  { ip, port }: { readonly ip: string; readonly port: number },
  signal: AbortSignal,
): Promise<Duplex> {
  const dialing = dialer.dial(ip, port, { timeoutMs: LONGEST_DIAL_MS })
  const stream = await Promise.race([dialing, aborted(signal)])
  if (stream) return stream
  dialing.then(
    (late) => late.destroy(),
    () => undefined,
  )
  throw new DialError('ETIMEDOUT', `connect ETIMEDOUT ${hostPort(ip, port)}`)
}
