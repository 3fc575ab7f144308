// Owns the health check of a Classic Load Balancer: what may be one, and what is found by it.
import type {
  ConfigureHealthCheckInput,
  ConfigureHealthCheckOutput,
  HealthCheck,
} from '@aws-sdk/client-elastic-load-balancing'

import { operation } from '../../protocol/operation.ts'
import { validationError } from '../elbv2/errors.ts'
import { changeBalancer, type ClassicElb, type ClassicListener } from './state.ts'

/** What `Target` says: `HTTP:80/ready`, `TCP:8080`. */
export interface CheckTarget {
  readonly protocol: 'HTTP' | 'HTTPS' | 'TCP' | 'SSL'
  readonly port: number
  readonly path: string
}

/** What a new load balancer checks (user guide, "Health check configuration": the defaults of the API). */
export function defaultCheck(listeners: readonly ClassicListener[]): Required<HealthCheck> {
  const port = listeners[0]?.instancePort ?? 80
  return { Target: `TCP:${port}`, Interval: 30, Timeout: 5, UnhealthyThreshold: 2, HealthyThreshold: 10 }
}

/** Reads `Target`. @throws AwsError ValidationError */
export function readTarget(target: string): CheckTarget {
  const [, protocol = '', number = '', path = ''] = /^([A-Za-z]+):(\d+)(.*)$/s.exec(target) ?? []
  const name = protocol.toUpperCase()
  const port = Number(number)
  if (name === 'HTTP' || name === 'HTTPS') {
    if (port < 1 || port > 65_535 || !path.startsWith('/')) {
      throw validationError(
        `HealthCheck ${name} Target must specify a port followed by a path that begins with a slash. e.g. ${name}:80/ping/this/path`,
      )
    }
    return { protocol: name, port, path }
  }
  if ((name !== 'TCP' && name !== 'SSL') || port < 1 || port > 65_535 || path !== '') {
    throw validationError('HealthCheck Target must begin with one of HTTP, TCP, HTTPS, SSL and name a port')
  }
  return { protocol: name, port, path: '' }
}

// API reference, HealthCheck: the ranges of its members.
const RANGES = {
  Interval: [5, 300],
  Timeout: [2, 60],
  UnhealthyThreshold: [2, 10],
  HealthyThreshold: [2, 10],
} as const

/** @throws AwsError LoadBalancerNotFound, ValidationError */
export const configureHealthCheck = operation<
  ClassicElb,
  ConfigureHealthCheckInput,
  ConfigureHealthCheckOutput
>()({
  honours: [
    'LoadBalancerName',
    'HealthCheck.Target',
    'HealthCheck.Interval',
    'HealthCheck.Timeout',
    'HealthCheck.UnhealthyThreshold',
    'HealthCheck.HealthyThreshold',
  ],
  handle: async ({ LoadBalancerName, HealthCheck: given }, elb) => {
    const check = readCheck(given ?? {})
    await changeBalancer(elb, LoadBalancerName, () => ({ healthCheck: check }))
    return { HealthCheck: check }
  },
})

function readCheck({ Target = '', ...numbers }: Partial<HealthCheck>): Required<HealthCheck> {
  readTarget(Target)
  const within = (name: keyof typeof RANGES): number => {
    const [least, most] = RANGES[name]
    const value = numbers[name]
    if (value !== undefined && value >= least && value <= most) return value
    throw validationError(`HealthCheck ${name} ${value} must be in the range ${least} to ${most}`)
  }
  const check = {
    Target,
    Interval: within('Interval'),
    Timeout: within('Timeout'),
    UnhealthyThreshold: within('UnhealthyThreshold'),
    HealthyThreshold: within('HealthyThreshold'),
  }
  if (check.Timeout >= check.Interval) {
    throw validationError(
      `HealthCheck Timeout ${check.Timeout} must be less than its Interval ${check.Interval}`,
    )
  }
  return check
}
