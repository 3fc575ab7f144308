// Owns the health of one target as a state machine: results of checks in, states of DescribeTargetHealth out.
import type { HealthCheck, TargetHealth } from '../load-balancer.ts'

export interface HealthState {
  readonly state: 'initial' | 'healthy' | 'unhealthy'
  /** Results in a row that speak against the state. */
  readonly against: number
  readonly reason?: string
  readonly description?: string
}

// Reasons: ELBv2 API reference, TargetHealth. Descriptions: the tables "Health check reason codes" of the user guides.
export const REGISTERING: HealthState = {
  state: 'initial',
  against: 0,
  reason: 'Elb.RegistrationInProgress',
  description: 'Target registration is in progress',
}
export const NOT_IN_USE: Pick<TargetHealth, 'state' | 'reason' | 'description'> = {
  state: 'unused',
  reason: 'Target.NotInUse',
  description: 'Target group is not configured to receive traffic from the load balancer',
}
export const ZONE_NOT_ENABLED: typeof NOT_IN_USE = {
  state: 'unused',
  reason: 'Target.NotInUse',
  description: 'Target is in an Availability Zone that is not enabled for the load balancer',
}
export const DRAINING: typeof NOT_IN_USE = {
  state: 'draining',
  reason: 'Target.DeregistrationInProgress',
  description: 'Target deregistration is in progress',
}

const INITIAL = {
  state: 'initial',
  reason: 'Elb.InitialHealthChecking',
  description: 'Initial health checks in progress',
} as const
const FAILED = {
  state: 'unhealthy',
  reason: 'Target.FailedHealthChecks',
  description: 'Health checks failed',
} as const

/**
 * The state after one more check. A new target is in service once it has passed one check ("Your target is not in
 * service until it passes one health check", NLB user guide, Troubleshooting); after that the thresholds count.
 */
export function afterCheck(
  current: HealthState,
  isSuccess: boolean,
  check: Pick<HealthCheck, 'healthyThreshold' | 'unhealthyThreshold'> & {
    /** What the check has found, where more is known than that it failed. */
    readonly why?: { readonly reason: string; readonly description: string }
  },
): HealthState {
  const failed = { ...FAILED, ...check.why }
  if (current.state === 'initial') {
    if (isSuccess) return { state: 'healthy', against: 0 }
    const against = current.against + 1
    return against >= check.unhealthyThreshold ? { ...failed, against: 0 } : { ...INITIAL, against }
  }
  const agrees = isSuccess === (current.state === 'healthy')
  if (agrees && current.state === 'unhealthy' && check.why) return { ...failed, against: 0 }
  if (agrees) return current.against === 0 ? current : { ...current, against: 0 }
  const against = current.against + 1
  const threshold = isSuccess ? check.healthyThreshold : check.unhealthyThreshold
  if (against < threshold) return { ...current, against }
  return isSuccess ? { state: 'healthy', against: 0 } : { ...failed, against: 0 }
}

/** Whether an HTTP status is among success codes such as `200-399` or `200,204`. */
export function isSuccessCode(status: number, successCodes: string): boolean {
  return successCodes.split(',').some((part) => {
    const [low = '', high = low] = part.trim().split('-')
    return status >= Number(low) && status <= Number(high)
  })
}
