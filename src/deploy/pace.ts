// Owns how often a deployment asks whether something has become so.

export interface Pace {
  /** Milliseconds between the first two looks; each further pause is longer. */
  readonly firstPauseMs: number
  readonly longestPauseMs: number
  /** How long a rollout or a load balancer may take, where nobody says otherwise. */
  readonly applicationTimeoutMs: number
}

/** For a region on this machine, where most is done within a second. */
export const NEAR_PACE: Pace = { firstPauseMs: 20, longestPauseMs: 10_000, applicationTimeoutMs: 5 * 60_000 }

/**
 * For AWS, whose control planes are throttled by account and region: CloudFormation answers many who poll with
 * `Rate exceeded` (eksctl#567). A pod on Fargate takes up to two minutes there, and a load balancer five before it has
 * healthy targets.
 */
export const FAR_PACE: Pace = {
  firstPauseMs: 2_000,
  longestPauseMs: 15_000,
  applicationTimeoutMs: 15 * 60_000,
}
