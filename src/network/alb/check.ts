// Owns one health check of a target that gets requests: asks for the path, and says why it failed as AWS does.
// Source: ELBv2 API reference, TargetHealth; ALB user guide, "Health checks for your target groups".
import { connect } from 'node:http2'
import type { Duplex } from 'node:stream'
import { connect as connectTls } from 'node:tls'

import { aborted } from '../../base/abort.ts'
import type { Clock } from '../../base/clock.ts'
import { hostPort } from '../../base/host-port.ts'
import { timeLimit } from '../../base/time-limit.ts'
import { DialError, type Dialer } from '../dialer.ts'
import { httpGet } from '../http-get.ts'
import type { HealthCheck, TargetAddress } from '../load-balancer.ts'
import { dialWithin, USER_AGENT } from '../nlb/check.ts'
import { isSuccessCode } from '../nlb/health.ts'
import type { RequestSettings } from './plan.ts'

/** What a check has found; `unroutable`: nothing has the target's address. */
export type RequestCheck =
  | { readonly result: 'passed' | 'unroutable' }
  | { readonly result: 'failed'; readonly reason: string; readonly description: string }

const FAILED: RequestCheck = {
  result: 'failed',
  reason: 'Target.FailedHealthChecks',
  description: 'Health checks failed',
}
const TIMED_OUT: RequestCheck = {
  result: 'failed',
  reason: 'Target.Timeout',
  description: 'Request timed out',
}

/** Checks a target once. Never throws: whatever fails is a failed check. */
export async function checkRequests(
  target: TargetAddress,
  check: HealthCheck,
  {
    dialer,
    clock,
    version,
  }: { readonly dialer: Dialer; readonly clock: Clock } & Pick<RequestSettings, 'version'>,
): Promise<RequestCheck> {
  const port = check.port === 'traffic-port' ? target.port : Number(check.port)
  const limit = timeLimit(clock, check.timeoutSeconds * 1000)
  try {
    const stream = await dialWithin(dialer, { ip: target.ip, port }, limit.signal)
    const isTls = check.protocol === 'HTTPS'
    const standard = isTls ? 443 : 80
    const address = hostPort(target.ip, port)
    const host = port === standard ? address.slice(0, address.lastIndexOf(':')) : address
    const asked = { isTls, host, path: check.path, signal: limit.signal }
    const code =
      version === 'HTTP1'
        ? (await httpGet(stream, { ...asked, headers: { 'user-agent': check.userAgent ?? USER_AGENT } }))
            .status
        : await askHttp2(stream, { ...asked, isGrpc: version === 'GRPC' })
    if (isSuccessCode(code, check.successCodes)) return { result: 'passed' }
    return {
      result: 'failed',
      reason: 'Target.ResponseCodeMismatch',
      description: `Health checks failed with these codes: [${code}]`,
    }
  } catch (error) {
    if (error instanceof DialError && error.code === 'EHOSTUNREACH') return { result: 'unroutable' }
    return limit.signal.aborted ? TIMED_OUT : FAILED
  } finally {
    limit.end()
  }
}

interface Http2Question {
  readonly isTls: boolean
  readonly host: string
  readonly path: string
  readonly signal: AbortSignal
  readonly isGrpc: boolean
}

/** Asks over HTTP/2. @returns the HTTP status, or for gRPC the gRPC status */
async function askHttp2(
  stream: Duplex,
  { isTls, host, path, signal, isGrpc }: Http2Question,
): Promise<number> {
  const transport = isTls
    ? connectTls({ socket: stream, rejectUnauthorized: false, ALPNProtocols: ['h2'] })
    : stream
  const session = connect(`${isTls ? 'https' : 'http'}://${host}`, { createConnection: () => transport })
  try {
    const answered = new Promise<number>((resolve, reject) => {
      session.on('error', reject)
      transport.on('error', reject)
      const request = session.request(
        {
          ':method': isGrpc ? 'POST' : 'GET',
          ':path': path,
          'user-agent': USER_AGENT,
          ...(isGrpc ? { 'content-type': 'application/grpc', te: 'trailers' } : {}),
        },
        { endStream: !isGrpc },
      )
      let code: number | undefined
      const read = (headers: { readonly [name: string]: unknown }): void => {
        const status = headers['grpc-status']
        if (isGrpc && status !== undefined) code = Number(status)
      }
      request.on('response', (headers) => {
        if (isGrpc) read(headers)
        else code = headers[':status']
      })
      request.on('trailers', read)
      request.on('error', reject)
      request.on('close', () => (code === undefined ? reject(new NoStatus()) : resolve(code)))
      request.resume()
      // A message without content: one byte of flags, four of length.
      if (isGrpc) request.end(Buffer.alloc(5))
    })
    answered.catch(() => undefined)
    const code = await Promise.race([answered, aborted(signal)])
    if (code === undefined) throw new NoStatus()
    return code
  } finally {
    session.destroy()
    stream.on('error', () => undefined)
    stream.destroy()
  }
}

/** The target has answered without a status. */
class NoStatus extends Error {
  override readonly name = 'NoStatus'
}
