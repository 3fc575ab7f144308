// Owns one run of a gRPC probe, with the kubelet's verdicts and texts (pkg/probe/grpc/grpc.go).
import type { Duplex } from 'node:stream'

import type { Probe } from '../../generated/kubernetes.d.ts'
import { aborted } from '../base/abort.ts'
import { hostPort } from '../base/host-port.ts'
import { messageOf } from '../base/errors.ts'
import { askHealth, openHttp2, type HealthAnswer } from '../network/grpc-health.ts'
import { goDuration } from './backoff.ts'
import type { ProbeOutcome } from './probe-outcome.ts'

export interface GrpcTarget {
  readonly podIp: string
  readonly kubeletVersion: string
  readonly timeoutMs: number
  /** Aborts when the time is up. */
  readonly signal: AbortSignal
  dial(port: number): Promise<Duplex>
}

// google.golang.org/grpc/codes, by number.
const CODES =
  'OK Canceled Unknown InvalidArgument DeadlineExceeded NotFound AlreadyExists PermissionDenied ResourceExhausted FailedPrecondition Aborted OutOfRange Unimplemented Internal Unavailable DataLoss Unauthenticated'.split(
    ' ',
  )

/** Asks the health service of the container once. Credentials are not supported, as by the kubelet. */
export async function probeGrpc(
  { port, service = '' }: NonNullable<Probe['grpc']>,
  target: GrpcTarget,
): Promise<ProbeOutcome> {
  const { podIp, kubeletVersion, timeoutMs, signal } = target
  const authority = hostPort(podIp, port)
  const within = goDuration(timeoutMs)
  const stream = await target.dial(port).catch(() => undefined)
  // The client tries again as long as it may, so that whatever fails before HTTP/2 is spoken is a time-out.
  const unreachable = `timeout: failed to connect service "${authority}" within ${within}: context deadline exceeded`
  if (!stream) return failure(unreachable)
  try {
    const opening = openHttp2(stream, authority)
    opening.catch(() => undefined)
    const session = await Promise.race([opening, aborted(signal)]).catch(() => undefined)
    if (!session) return failure(unreachable)
    const asking = askHealth(session, { authority, service, userAgent: `kube-probe/${kubeletVersion}` })
    asking.catch(() => undefined)
    const answer = await Promise.race([asking, aborted(signal)])
    return answer ? outcomeOf(answer) : failure(`timeout: health rpc did not complete within ${within}`)
  } catch (error) {
    return failure(`error: health rpc probe failed: rpc error: code = Unavailable desc = ${messageOf(error)}`)
  } finally {
    // A late error of a stream that nobody reads any more is of no interest.
    stream.on('error', () => undefined)
    stream.destroy()
  }
}

function outcomeOf({ code, message, status }: HealthAnswer): ProbeOutcome {
  const name = CODES[code] ?? `Code(${code})`
  if (name === 'Unimplemented') {
    const text = 'error: this server does not implement the grpc health protocol (grpc.health.v1.Health)'
    return failure(`${text}: ${message}`)
  }
  if (code !== 0)
    return failure(`error: health rpc probe failed: rpc error: code = ${name} desc = ${message}`)
  if (status !== 'SERVING') return failure(`service unhealthy (responded with "${status}")`)
  return { result: 'success', message: 'service healthy' }
}

function failure(message: string): ProbeOutcome {
  return { result: 'failure', message }
}
