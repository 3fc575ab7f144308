// Owns the health check of a target group: what a request may ask for, and the defaults by the group's protocol.
// Source: ELBv2 API reference, CreateTargetGroup; ALB user guide, "Health checks for your target groups".
import type { CreateTargetGroupInput, TargetGroup } from '@aws-sdk/client-elastic-load-balancing-v2'

import type { Declared } from '../../../protocol/operation.ts'
import { AwsError } from '../../../../base/errors.ts'
import { validationError } from '../errors.ts'

/** The health check of a group, as operations declare it. */
export const HEALTH_CHECK = [
  'HealthCheckProtocol',
  'HealthCheckPort',
  'HealthCheckPath',
  'HealthCheckEnabled',
  'HealthCheckIntervalSeconds',
  'HealthCheckTimeoutSeconds',
  'HealthyThresholdCount',
  'UnhealthyThresholdCount',
  'Matcher.HttpCode',
  'Matcher.GrpcCode',
] as const

export type HealthCheckInput = Declared<CreateTargetGroupInput, (typeof HEALTH_CHECK)[number]>

/** What of a group decides its defaults. */
export type GroupKind = Pick<TargetGroup, 'Protocol' | 'ProtocolVersion' | 'TargetType'>

/** The health check with its defaults. @throws AwsError ValidationError, InvalidConfigurationRequest */
export function healthCheckOf(kind: GroupKind, input: HealthCheckInput): Partial<TargetGroup> {
  const isApplication = isHttp(kind.Protocol)
  // An Application Load Balancer is asked, never only connected to.
  const isAsked = isApplication || kind.TargetType === 'alb'
  const protocol = input.HealthCheckProtocol ?? (isAsked ? 'HTTP' : 'TCP')
  if (!isHttp(protocol) && (isAsked || protocol !== 'TCP')) {
    throw validationError(
      `Health check protocol '${protocol}' is not supported for target groups with the protocol '${kind.Protocol}'`,
    )
  }
  if (input.HealthCheckEnabled === false) {
    throw validationError(
      `Health check enabled must be true for target groups with target type '${kind.TargetType}'`,
    )
  }
  const interval = input.HealthCheckIntervalSeconds ?? 30
  const timeout = input.HealthCheckTimeoutSeconds ?? defaultTimeout(isApplication, protocol)
  checkTimes(isApplication, interval, timeout)
  return {
    HealthCheckEnabled: true,
    HealthCheckProtocol: protocol,
    HealthCheckPort: input.HealthCheckPort ?? 'traffic-port',
    HealthCheckIntervalSeconds: interval,
    HealthCheckTimeoutSeconds: timeout,
    HealthyThresholdCount: input.HealthyThresholdCount ?? 5,
    UnhealthyThresholdCount: input.UnhealthyThresholdCount ?? 2,
    ...(isHttp(protocol) ? asked(kind, input) : refuseAsked(input)),
  }
}

/** True for the protocols of Application Load Balancers. */
export function isHttp(protocol: string | undefined): protocol is 'HTTP' | 'HTTPS' {
  return protocol === 'HTTP' || protocol === 'HTTPS'
}

function asked(kind: GroupKind, input: HealthCheckInput): Partial<TargetGroup> {
  if (kind.ProtocolVersion === 'GRPC') {
    return {
      HealthCheckPath: input.HealthCheckPath ?? '/AWS.ALB/healthcheck',
      Matcher: { GrpcCode: codes(input.Matcher?.GrpcCode, { standard: '12', from: 0, to: 99 }) },
    }
  }
  const range = isHttp(kind.Protocol)
    ? { standard: '200', from: 200, to: 499 }
    : { standard: '200-399', from: 200, to: 599 }
  return {
    HealthCheckPath: input.HealthCheckPath ?? '/',
    Matcher: { HttpCode: codes(input.Matcher?.HttpCode, range) },
  }
}

function refuseAsked(input: HealthCheckInput): Partial<TargetGroup> {
  if (!input.Matcher?.HttpCode) return {}
  throw new AwsError(
    'InvalidConfigurationRequest',
    'Custom health check matchers are not supported for health checks for target groups with the TCP protocol.',
  )
}

// The application guide says 5 seconds; the network guide 6 for HTTP and 10 else.
function defaultTimeout(isApplication: boolean, protocol: string): number {
  if (isApplication) return 5
  return protocol === 'HTTP' ? 6 : 10
}

function checkTimes(isApplication: boolean, interval: number, timeout: number): void {
  const isLong = isApplication ? timeout >= interval : timeout > interval
  if (!isLong) return
  const relation = isApplication ? 'smaller than' : 'smaller than or equal to'
  throw validationError(`Health check timeout '${timeout}' must be ${relation} the interval '${interval}'`)
}

function codes(
  given: string | undefined,
  { standard, from, to }: { standard: string; from: number; to: number },
): string {
  if (given === undefined) return standard
  const isGood = given.split(',').every((part) => {
    const match = /^(\d{1,3})(?:-(\d{1,3}))?$/.exec(part)
    if (!match) return false
    const [low, high] = [Number(match[1]), Number(match[2] ?? match[1])]
    return low >= from && high <= to && low <= high
  })
  if (isGood) return given
  throw validationError(
    `Health check matcher '${given}' must be a list of values or ranges between '${from}-${to}'`,
  )
}
