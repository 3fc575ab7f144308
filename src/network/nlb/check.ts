// Owns one health check of a target: connect, and for HTTP and HTTPS ask for the path.
import { DialError, type Dialer } from '../dialer.ts'
import { httpGet } from '../http-get.ts'
import type { HealthCheck, TargetAddress } from '../load-balancer.ts'
import { isSuccessCode } from './health.ts'
import { localHeader } from './proxy-protocol.ts'

/** `unroutable`: nothing has the target's address. */
export type CheckResult = 'passed' | 'failed' | 'unroutable'

export interface CheckOptions {
  readonly dialer: Dialer
  /** Whether the target expects a PROXY protocol header on each connection, also on this one. */
  readonly proxyProtocolV2: boolean
}

/** Checks a target once, by connecting to it. Never throws: whatever fails is a failed check. */
export async function checkTarget(
  target: TargetAddress,
  check: HealthCheck,
  { dialer, proxyProtocolV2 }: CheckOptions,
): Promise<CheckResult> {
  const port = check.port === 'traffic-port' ? target.port : Number(check.port)
  const timeoutMs = check.timeoutSeconds * 1000
  const signal = AbortSignal.timeout(timeoutMs)
  try {
    const stream = await dialer.dial(target.ip, port, { timeoutMs })
    if (check.protocol === 'TCP') {
      stream.on('error', () => undefined)
      if (proxyProtocolV2) stream.end(localHeader(), () => stream.destroy())
      else stream.destroy()
      return 'passed'
    }
    // Before TLS too: it belongs to the connection.
    if (proxyProtocolV2) stream.write(localHeader())
    const { status } = await httpGet(stream, {
      isTls: check.protocol === 'HTTPS',
      host: `${target.ip}:${port}`,
      path: check.path,
      headers: { 'user-agent': 'ELB-HealthChecker/2.0' },
      signal,
    })
    return isSuccessCode(status, check.successCodes) ? 'passed' : 'failed'
  } catch (error) {
    return error instanceof DialError && error.code === 'EHOSTUNREACH' ? 'unroutable' : 'failed'
  }
}
