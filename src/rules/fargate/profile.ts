// Owns what a Fargate profile is to the rules.

export interface FargateSelector {
  /** May contain the wildcards `*` and `?`. */
  readonly namespace: string
  /** All must match; keys and values may contain wildcards. */
  readonly labels?: Readonly<Record<string, string>>
}

/** The part of a Fargate profile that placement depends on. */
export interface FargateProfile {
  readonly name: string
  readonly selectors: readonly FargateSelector[]
  readonly subnets: readonly string[]
  readonly podExecutionRoleArn: string
}
